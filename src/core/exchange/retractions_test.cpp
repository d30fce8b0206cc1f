#include "core/exchange/retractions.h"

#include <gtest/gtest.h>

#include "core/trust/trust_fixture.h"
#include "tests/support/databases.h"

namespace tocsin::exchange {
namespace {

using test_support::all_engines;
using test_support::Engine;
using test_support::engine_name;
using test_support::FreshDatabase;

Digest digest_of(int number) {
  return crypto::sha256(std::to_string(number));
}

class Retractions : public ::testing::TestWithParam<Engine> {
 protected:
  Retractions() { CHECK(db_); }

  void migrate(std::size_t steps = kMigrations.steps.size()) {
    store::Migrations some = kMigrations;
    some.steps.resize(steps);
    const store::Migrations rooms[] = {some};
    ASSERT_TRUE(db_->migrate(rooms));
  }
  static Retraction retraction_of(std::vector<int> targets) {
    Retraction out;
    for (const int target : targets) out.targets.push_back(digest_of(target));
    out.objects = {"indicator--\",\"x"};
    return out;
  }
  void keep(int digest, std::vector<int> targets, const PartyId& author) {
    ASSERT_TRUE(db_->write([&](store::Transaction& tx) {
      return keep_retraction(tx, digest_of(digest), retraction_of(std::move(targets)), author, Time{1});
    }));
  }
  /// As it was kept before targets had a table.
  void keep_as_before(int digest, std::vector<int> targets, const PartyId& author) {
    ASSERT_TRUE(db_->write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run("INSERT INTO retractions (digest, author, body, at) VALUES (?, ?, ?, ?)", digest_of(digest),
                 author.text(), json::write(write_retraction(retraction_of(std::move(targets)))), Time{1}));
      return {};
    }));
  }
  std::vector<Digest> of(int target, const PartyId& author) {
    const auto found =
        db_->read_value([&](store::Transaction& tx) { return retractions_of(tx, digest_of(target), author); });
    EXPECT_TRUE(found);
    std::vector<Digest> out;
    for (const StoredRetraction& stored : *found) out.push_back(stored.digest);
    return out;
  }
  using Digests = std::vector<Digest>;

  FreshDatabase fresh_{GetParam()};
  std::unique_ptr<store::Database> db_ = fresh_.open();
  const PartyId an_ = trust::testing::party_of(1), binh_ = trust::testing::party_of(2);
};
INSTANTIATE_TEST_SUITE_P(AllEngines, Retractions, ::testing::ValuesIn(all_engines()), engine_name);

TEST_P(Retractions, AreFoundByTheirTargetAndItsAuthorInTheirOrder) {
  migrate();
  keep(103, {1, 2}, an_);
  keep(101, {2, 2, 3}, an_);
  keep(102, {2}, binh_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(103)});
  EXPECT_EQ(of(2, an_), (Digests{digest_of(103), digest_of(101)}));
  EXPECT_EQ(of(2, binh_), Digests{digest_of(102)});
  EXPECT_EQ(of(3, binh_), Digests{});
  EXPECT_EQ(of(4, an_), Digests{});
}

TEST_P(Retractions, ThatComeAgainAreKeptOnce) {
  migrate();
  keep(100, {1}, an_);
  keep(100, {1}, an_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(100)});
}

TEST_P(Retractions, KeptBeforeTargetsHadATableAreFoundAsWell) {
  migrate(2);
  std::vector<int> many(1000);
  for (int i = 0; i < 1000; ++i) many[static_cast<std::size_t>(i)] = i;
  keep_as_before(2001, {5}, an_);
  keep_as_before(2002, many, an_);
  keep_as_before(2003, {1500, 5, 5}, binh_);
  migrate();
  EXPECT_EQ(of(5, an_), (Digests{digest_of(2001), digest_of(2002)}));
  EXPECT_EQ(of(5, binh_), Digests{digest_of(2003)});
  EXPECT_EQ(of(1500, binh_), Digests{digest_of(2003)});
  for (const int target : {0, 1, 500, 998, 999}) EXPECT_EQ(of(target, an_), Digests{digest_of(2002)}) << target;
  const auto rows =
      db_->read_value([](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM retraction_targets"); });
  EXPECT_EQ(rows->value_or(0), 1 + 1000 + 2) << "and nothing else counts as a target";
}

}  // namespace
}  // namespace tocsin::exchange
