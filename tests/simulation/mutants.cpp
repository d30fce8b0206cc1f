#include "tests/simulation/mutants.h"

#include "tests/simulation/is_off.h"
#include "tests/support/forwarding_database.h"

#include <algorithm>
#include <set>

namespace tocsin::simulation {
namespace {

const Mutant* active = nullptr;

std::set<std::string_view>& checks() {
  static std::set<std::string_view> known;
  return known;
}

// Passes everything through but the statements that begin like this: they are answered as if they had been run.
class ForgetfulTransaction final : public store::Transaction {
 public:
  ForgetfulTransaction(store::Transaction& inner, std::string_view forgets) : inner_(inner), forgets_(forgets) {}
  Result<std::int64_t> execute(std::string_view sql, std::span<const store::Cell> parameters) override {
    if (active && sql.starts_with(forgets_)) return 1;
    return inner_.execute(sql, parameters);
  }
  Result<void> query(std::string_view sql, std::span<const store::Cell> parameters,
                     const std::function<bool(const store::Row&)>& each) override {
    return inner_.query(sql, parameters, each);
  }
  std::int64_t last_id() override { return inner_.last_id(); }

 private:
  store::Transaction& inner_;
  const std::string_view forgets_;
};

class ForgetfulDatabase final : public test_support::ForwardingDatabase {
 public:
  ForgetfulDatabase(store::Database& inner, std::string_view forgets) : ForwardingDatabase(inner), forgets_(forgets) {}
  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override {
    return inner_.write([&](store::Transaction& tx) -> Result<void> {
      ForgetfulTransaction forgetful(tx, forgets_);
      return function(forgetful);
    });
  }

 private:
  const std::string_view forgets_;
};

Wrap forgets(std::string_view sql) {
  return [sql](store::Database& inner) { return std::make_unique<ForgetfulDatabase>(inner, sql); };
}

// Says that it was written where the disk said no: a receipt before the commit.
class BoastfulDatabase final : public test_support::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override {
    Result<void> outcome;
    const auto done = inner_.write([&](store::Transaction& tx) -> Result<void> {
      outcome = function(tx);
      return outcome;
    });
    return done || !active ? done : outcome;
  }
};

std::vector<Mutant> make_mutants() {
  std::vector<Mutant> out = {
      {"receipt-before-commit", "an answer leaves although the disk has not taken what it is for",
       [](store::Database& inner) { return std::make_unique<BoastfulDatabase>(inner); }},
      {"forget-tombstones", "what is retracted before it arrives is not remembered", forgets("INSERT INTO tombstones")},
      {"forget-unposting", "what is retracted goes on being matched", forgets("DELETE FROM postings")},
      {"forget-retracted", "that a statement is retracted is not remembered",
       forgets("UPDATE statements SET retracted_by")},
      {"forget-holders", "whom a retraction has to reach is not remembered", forgets("INSERT INTO retraction_holders")},
      {"forget-queue", "what is to be sent is not remembered", forgets("INSERT INTO queue")},
      {"forget-cursor", "how far a stream has come is not remembered", forgets("INSERT INTO cursors")},
      {"forget-inbound", "how far a peer's stream has come is not remembered", forgets("INSERT INTO inbound")},
      {"forget-departures", "that a party has left an agreement is not remembered",
       forgets("INSERT INTO agreement_departures")},
      {"forget-erasure", "what has to be erased stays", forgets("UPDATE statements SET payload")},
      {"forget-leaf", "what is said does not go into the log", forgets("INSERT INTO log_leaves")},
  };
  for (const std::string_view id : checks()) out.push_back({id, "the check that refuses with this id is switched off"});
  return out;
}

}  // namespace

bool is_off(std::string_view id) {
  return active && active->name == id;
}

Checks::Checks(std::initializer_list<std::string_view> ids) {
  checks().insert(ids.begin(), ids.end());
}

const std::vector<Mutant>& all_mutants() {
  static const std::vector<Mutant> all = make_mutants();
  return all;
}

const Mutant* mutant_named(std::string_view name) {
  for (const Mutant& mutant : all_mutants())
    if (mutant.name == name) return &mutant;
  return nullptr;
}

void switch_on(const Mutant* mutant) {
  active = mutant;
}

}  // namespace tocsin::simulation
