// Parties for the tests of this room: each with its own keys and its own database in memory.
#pragma once

#include "core/exchange/delivery.h"
#include "core/exchange/proof.h"
#include "core/trust/trust_fixture.h"

namespace tocsin::exchange::testing {

using trust::testing::kNow;

/// The value, or the end of the test program: what the tests prepare must work.
template <typename T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << base::describe(result.error());
  CHECK(result);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline trust::OwnKeys keys_of(std::uint8_t number) {
  using trust::testing::key_of;
  const auto next = [&](int offset) { return key_of(static_cast<std::uint8_t>(number + offset)); };
  return {next(2), next(3), next(4), {}, {}, {}, Bytes(32, 1), Bytes(32, 2)};
}

class Node {
 public:
  explicit Node(std::uint8_t number)
      : number_(number),
        keys_(keys_of(number)),
        db_(trust::testing::open_memory({trust::kMigrations, kMigrations})),
        self{trust::testing::party_of(number), &keys_} {
    write([&](store::Transaction& tx) -> Result<void> {
      descriptor_ = trust::testing::descriptor_of(number_);
      descriptor_.log.id = TRY(open_epoch(tx, now));
      return trust::store_own(tx, verified_descriptor(), now);
    });
  }

  const PartyId& id() const { return self.party; }
  trust::OwnKeys& keys() { return keys_; }
  store::Database& db() { return *db_; }
  trust::Descriptor& descriptor() { return descriptor_; }
  trust::VerifiedDescriptor verified_descriptor() const {
    return must(trust::verify_descriptor(trust::sign_descriptor(trust::testing::key_of(number_), descriptor_)));
  }

  template <typename Function>
  auto get(Function&& function) {
    return must(db_->write_value(std::forward<Function>(function)));
  }
  void write(const std::function<Result<void>(store::Transaction&)>& function) { must(db_->write(function)); }
  void sql(std::string_view text) {
    write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run(text));
      return {};
    });
  }
  std::int64_t count(std::string_view sql) {
    return get([&](store::Transaction& tx) { return tx.integer(sql); }).value_or(0);
  }

  trust::Party peer(const Node& other) {
    return get([&](store::Transaction& tx) { return trust::party(tx, other.id()); });
  }
  /// Takes the other's descriptor, and verifies it where asked.
  void meet(const Node& other, bool verify = true) {
    write([&](store::Transaction& tx) -> Result<void> {
      TRY(trust::take_descriptor(tx, other.verified_descriptor(), now));
      if (!verify) return {};
      const std::string number =
          trust::verification_number(id(), descriptor_.first_root(), other.id(), other.descriptor_.first_root());
      return trust::verify_peer(tx, other.id(), number, trust::VerificationMethod::InPerson, "an", now);
    });
  }
  void agree(const trust::Agreement& agreement) {
    write([&](store::Transaction& tx) -> Result<void> {
      TRY_VOID(trust::keep_agreement(tx, agreement, id(), now));
      for (const PartyId& party : agreement.parties)
        TRY_VOID(trust::add_signature(tx, agreement.id, agreement.version, party, Digest{}, now));
      return {};
    });
  }

  Statement draft(const trust::Agreement& agreement, std::string_view kind = "message") const {
    Statement s;
    s.id = base::uuid7(now);
    s.author = id();
    s.time = now;
    s.kind = kind;
    if (kind_class(kind) == KindClass::Content) {
      s.agreement = agreement.id;
      s.terms = trust::terms_digest(agreement.terms);
    }
    s.handling.tlp = stix::Tlp::Green;
    s.handling.pap = stix::Pap::Green;
    s.body = json::Object{{"text", "hello"}};
    return s;
  }
  /// Says it lawfully: logged and queued for everybody of its agreement, or for one party.
  Digest say(const Statement& statement, const std::set<trust::Person>& readers = {}, const PartyId& to = {}) {
    return get([&](store::Transaction& tx) -> Result<Digest> {
      const auto issued = TRY(issue(tx, self, statement, readers, now));
      TRY_VOID(enqueue(tx, issued, statement.agreement, to, now));
      return issued.digest();
    });
  }

  std::optional<Delivery> next(const Node& to) {
    const trust::Party recipient = peer(to);
    return get([&](store::Transaction& tx) { return next_delivery(tx, self, recipient, now); });
  }
  tl::expected<Incoming, Refusal> open(const Node& from, std::string_view records) {
    const trust::Party sender = peer(from);
    tl::expected<Incoming, Refusal> out = tl::unexpected(Refusal{});
    const auto done = db_->write([&](store::Transaction& tx) -> Result<void> {
      out = open_delivery(tx, self, sender, records, now);
      if (!out) return tl::unexpected(out.error().error);
      return {};
    });
    CHECK(done.has_value() == out.has_value());
    return out;
  }
  void take(const Node& from, const std::vector<Signed>& receipts) {
    const trust::Party sender = peer(from);
    write([&](store::Transaction& tx) -> Result<void> {
      for (const Signed& receipt : receipts) TRY(take_receipt(tx, sender, receipt, now));
      return {};
    });
  }
  /// Everything that happened between us and the other, newest first: "out withheld release.above_tlp_ceiling".
  std::vector<std::string> ledger_with(const Node& other) {
    std::vector<std::string> out;
    for (const LedgerRow& row : get([&](store::Transaction& tx) { return ledger(tx, other.id(), 0, 100); }))
      out.push_back(row.direction + " " + std::string(name(row.state)) + (row.reason.empty() ? "" : " " + row.reason));
    return out;
  }

 private:
  std::uint8_t number_;
  trust::OwnKeys keys_;
  std::unique_ptr<store::Database> db_;
  trust::Descriptor descriptor_;

 public:
  Self self;
  Time now = kNow;
};

/// What a sender that keeps no rules could hand over: any statements, well signed and well proved.
struct Lawless {
  std::vector<VerifiedStatement> statements;
  Stream stream;
  std::uint64_t first = 0;
  std::optional<Digest> previous;
  std::vector<std::string> readers;
};
inline std::string deliver_lawlessly(Node& from, const Node& to, Lawless plan) {
  return from.get([&](store::Transaction& tx) -> Result<std::string> {
    std::vector<LeafPosition> leaves;
    Envelope envelope{from.id(), to.id(), plan.stream, plan.first, {}, plan.previous, Basis::Direct, plan.readers};
    envelope.stream.epoch = TRY(current_epoch(tx)).id;
    for (const auto& statement : plan.statements) {
      leaves.push_back(TRY(append_leaf(tx, statement.digest(), statement->kind, from.now)));
      envelope.statements.push_back(statement.digest());
    }
    const std::string note = TRY(checkpoint(tx, from.self, from.now));
    const std::uint64_t size = TRY(current_epoch(tx)).size;
    std::string records;
    append_record(records, RecordType::Checkpoint, {"", note});
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      append_record(records, RecordType::Statement, plan.statements[i].signed_bytes());
      append_record(records, RecordType::Proof,
                    {"", write_proof(InclusionProof{plan.statements[i].digest(), leaves[i].epoch, leaves[i].index, size,
                                                    TRY(inclusion(tx, leaves[i], size)), ""})});
    }
    append_record(records, RecordType::Envelope, sign_envelope(from.keys(), envelope));
    return records;
  });
}

}  // namespace tocsin::exchange::testing
