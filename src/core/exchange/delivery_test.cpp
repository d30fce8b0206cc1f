#include "core/exchange/delivery.h"

#include <gmock/gmock.h>

#include "core/exchange/exchange_fixture.h"
#include "core/exchange/ledger.h"
#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

using ::testing::Contains;
using testing::deliver_lawlessly;
using ::testing::ElementsAre;
using testing::Node;

std::string problem(const tl::expected<Incoming, Refusal>& result) {
  return result ? "" : result.error().error.id;
}

// Three parties under one agreement; An and Binh know each other, Binh and Chi too.
class Deliveries : public ::testing::Test {
 protected:
  Deliveries() {
    agreement_ = trust::testing::agreement_between({a_.id(), b_.id(), c_.id()});
    agreement_.terms.tlp = stix::Tlp::Amber;
    agreement_.terms.onward = trust::Onward::Free;
    for (Node* node : {&a_, &b_, &c_}) node->agree(agreement_);
    introduce(a_, b_);
    introduce(b_, c_);
  }
  static void introduce(Node& x, Node& y) {
    x.meet(y);
    y.meet(x);
  }
  Statement draft(std::string_view kind = "message") const { return a_.draft(agreement_, kind); }
  std::string lawless(std::vector<VerifiedStatement> statements, std::vector<std::string> readers = {}) {
    return deliver_lawlessly(a_, b_, {std::move(statements), {"", agreement_.id}, 0, {}, std::move(readers)});
  }
  VerifiedStatement signed_by_a(const Statement& statement) { return sign_statement(a_.keys(), statement); }

  Node a_{10}, b_{30}, c_{50};
  trust::Agreement agreement_;
};

TEST_F(Deliveries, ArriveAndAreReceipted) {
  const Digest said = a_.say(draft());
  const auto delivery = a_.next(b_);
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->statements, 1u);
  const auto incoming = b_.open(a_, delivery->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  ASSERT_EQ(incoming->fresh.size(), 1u);
  EXPECT_EQ(incoming->fresh[0].statement.digest(), said);
  EXPECT_EQ(incoming->fresh[0].voucher, a_.id());
  EXPECT_EQ(incoming->fresh[0].label_value.tlp, stix::Tlp::Green);
  EXPECT_EQ(incoming->repeated, 0u);
  ASSERT_EQ(incoming->receipts.size(), 1u);
  a_.take(b_, incoming->receipts);
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted"));
  EXPECT_THAT(b_.ledger_with(a_), ElementsAre("in received"));
  EXPECT_FALSE(a_.next(b_)) << "what was receipted is not sent again";
}

TEST_F(Deliveries, AreServedByteForByteUntilReceipted) {
  a_.say(draft());
  const auto first = a_.next(b_), second = a_.next(b_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->envelopes, second->envelopes);
  EXPECT_EQ(first->records, second->records);
}

TEST_F(Deliveries, TheSameOneTwiceGivesTheSameReceiptAndNothingFresh) {
  a_.say(draft());
  const auto delivery = a_.next(b_);
  const auto first = b_.open(a_, delivery->records), again = b_.open(a_, delivery->records);
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(again->fresh.empty());
  EXPECT_EQ(again->repeated, 1u);
  ASSERT_EQ(again->receipts.size(), 1u);
  EXPECT_EQ(again->receipts[0].jws, first->receipts[0].jws);
  EXPECT_EQ(again->receipts[0].payload, first->receipts[0].payload);
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 1);
  a_.take(b_, again->receipts);
  a_.take(b_, first->receipts);  // a repeated receipt does no harm either
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted"));
}

TEST_F(Deliveries, GoOnDenselyInOneStream) {
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i <= round; ++i) a_.say(draft());
    const auto delivery = a_.next(b_);
    ASSERT_TRUE(delivery);
    const auto incoming = b_.open(a_, delivery->records);
    ASSERT_TRUE(incoming) << problem(incoming);
    EXPECT_EQ(incoming->fresh.size(), static_cast<std::size_t>(round + 1));
    a_.take(b_, incoming->receipts);
    EXPECT_EQ(b_.peer(a_).checkpoint_state, "consistent");
  }
  EXPECT_EQ(b_.count("SELECT position FROM inbound"), 15);
}

TEST_F(Deliveries, ToAnotherRecipientAreRefused) {
  introduce(a_, c_);
  a_.say(draft());
  EXPECT_EQ(problem(c_.open(a_, a_.next(b_)->records)), "envelope.not_for_us");
  EXPECT_EQ(c_.count("SELECT COUNT(*) FROM statements"), 0);
}

TEST_F(Deliveries, OfAnotherSenderAreRefused) {
  a_.say(draft());
  EXPECT_NE(problem(b_.open(c_, a_.next(b_)->records)), "") << "a verified peer replays what another one said";
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 0);
}

TEST_F(Deliveries, ApplyNothingWhereAnyByteIsChanged) {
  a_.say(draft());
  const std::string good = a_.next(b_)->records;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    ASSERT_FALSE(b_.open(a_, bad)) << "byte " << i << " of " << good.size();
  }
  for (std::size_t size = 0; size < good.size(); size += 7) {
    const auto cut = b_.open(a_, good.substr(0, size));
    EXPECT_TRUE(!cut || (cut->fresh.empty() && cut->receipts.empty())) << size;
  }
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 0);
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM ledger"), 0);
  EXPECT_TRUE(b_.open(a_, good));
}

TEST_F(Deliveries, WithAGapAreRefused) {
  a_.say(draft());
  ASSERT_TRUE(a_.next(b_));
  a_.sql("UPDATE envelopes SET state = 'receipted'");  // a sender that lost one and says otherwise
  a_.say(draft());
  const auto refused = b_.open(a_, a_.next(b_)->records);
  ASSERT_EQ(problem(refused), "envelope.gap");
  EXPECT_EQ(refused.error().error.args, (std::vector<std::string>{"1", "0"}));
  EXPECT_TRUE(refused.error().envelope);
}

TEST_F(Deliveries, OfADifferentFirstEnvelopeAreAGapToo) {
  const auto incoming = b_.open(a_, lawless({signed_by_a(draft())}));
  ASSERT_TRUE(incoming) << problem(incoming);
  // The same position again with another statement: the stream has gone on, there is no second past.
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(draft())}))), "envelope.gap");
}

TEST_F(Deliveries, AboveTheTlpCeilingAreWithheldWithTheReason) {
  Statement s = draft();
  s.handling.tlp = stix::Tlp::AmberStrict;
  a_.say(s);
  EXPECT_FALSE(a_.next(b_));
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out withheld release.above_tlp_ceiling"));
  a_.say(draft());
  const auto delivery = a_.next(b_);
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->statements, 1u);
  EXPECT_TRUE(b_.open(a_, delivery->records)) << "what was withheld leaves no gap";
}

TEST_F(Deliveries, AboveTheCeilingsAreRefusedAtTheReceiver) {
  Statement s = draft();
  s.handling.tlp = stix::Tlp::AmberStrict;
  const VerifiedStatement above = signed_by_a(s);
  const auto refused = b_.open(a_, lawless({above}));
  ASSERT_EQ(problem(refused), "release.above_tlp_ceiling");
  EXPECT_EQ(refused.error().statement, above.digest());
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 0);
}

TEST_F(Deliveries, OfAKindThatIsNotAgreedAreRefused) {
  trust::Agreement alerts = agreement_;
  alerts.id = "0193a0c4-0000-7000-8000-000000000009";
  alerts.terms.categories = {"alert"};
  for (Node* node : {&a_, &b_}) node->agree(alerts);
  const auto statement = signed_by_a(a_.draft(alerts, "intel"));
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{statement}, {"", alerts.id}, 0, {}, {}}))),
            "release.kind_not_agreed");
}

TEST_F(Deliveries, UnderTermsNobodySignedAreRefused) {
  Statement s = draft();
  s.terms = crypto::sha256(std::string_view("other terms"));
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(s)}))), "delivery.unknown_terms");
}

TEST_F(Deliveries, UnderAnAgreementNotInForceAreRefused) {
  b_.write([&](store::Transaction& tx) { return trust::withdraw(tx, agreement_.id, b_.id(), b_.now); });
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(draft())}))), "delivery.no_agreement");
}

TEST_F(Deliveries, OfContentInTheControlStreamAreRefused) {
  const auto content = signed_by_a(draft());
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{content}, {"", ""}, 0, {}, {}}))), "delivery.wrong_stream");
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(draft("ping"))}))), "delivery.wrong_stream");
}

TEST_F(Deliveries, BeforeAnybodyComparedTheNumberAreRefused) {
  Node stranger{70};
  b_.meet(stranger, false);
  stranger.meet(b_);
  const auto ping = sign_statement(stranger.keys(), stranger.draft(agreement_, "ping"));
  EXPECT_EQ(problem(b_.open(stranger, deliver_lawlessly(stranger, b_, {{ping}, {"", ""}, 0, {}, {}}))),
            "delivery.not_verified_here");
}

// Hands A's statement on from B to C, and tells what C says to it.
struct OnwardResult {
  std::optional<Delivery> delivery;
  Digest statement;
};
OnwardResult pass_on(Node& a, Node& b, Node& c, const trust::Agreement& agreement, trust::Onward onward) {
  Statement s = a.draft(agreement);
  s.handling.onward = onward;
  const Digest digest = a.say(s);
  const auto incoming = b.open(a, a.next(b)->records);
  CHECK(incoming);
  b.write([&](store::Transaction& tx) -> Result<void> {
    return enqueue(tx, TRY(archived(tx, digest)), agreement.id, c.id(), b.now);
  });
  return {b.next(c), digest};
}

TEST_F(Deliveries, OnwardWithoutPermissionAreWithheld) {
  EXPECT_FALSE(pass_on(a_, b_, c_, agreement_, trust::Onward::None).delivery);
  EXPECT_THAT(b_.ledger_with(c_), ElementsAre("out withheld release.onward_none"));
}

TEST_F(Deliveries, OnwardWithoutPermissionAreRefusedByTheReceiverToo) {
  Statement s = draft();
  s.handling.onward = trust::Onward::WithConsent;
  const Digest digest = a_.say(s);
  ASSERT_TRUE(b_.open(a_, a_.next(b_)->records));
  b_.sql("UPDATE labels SET onward = 4");  // Binh's node tells itself that it may
  b_.write([&](store::Transaction& tx) -> Result<void> {
    return enqueue(tx, TRY(archived(tx, digest)), agreement_.id, c_.id(), b_.now);
  });
  const auto delivery = b_.next(c_);
  ASSERT_TRUE(delivery);
  const auto refused = c_.open(b_, delivery->records);
  ASSERT_EQ(problem(refused), "delivery.onward_not_permitted");
  EXPECT_EQ(refused.error().statement, digest);
}

TEST_F(Deliveries, OnwardWithPermissionAreAcceptedWithProofAndDescriptorOfTheAuthor) {
  const auto [delivery, digest] = pass_on(a_, b_, c_, agreement_, trust::Onward::WithinAgreement);
  ASSERT_TRUE(delivery);
  const auto incoming = c_.open(b_, delivery->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  ASSERT_EQ(incoming->fresh.size(), 1u);
  EXPECT_EQ(incoming->fresh[0].statement.digest(), digest);
  EXPECT_EQ(incoming->fresh[0].statement->author, a_.id());
  EXPECT_EQ(incoming->fresh[0].basis, Basis::Onward);
  EXPECT_EQ(incoming->fresh[0].voucher, b_.id()) << "the author is no verified peer of the receiver";
  const auto author = c_.get([&](store::Transaction& tx) { return author_descriptor(tx, a_.id()); });
  EXPECT_TRUE(trust::verify_descriptor(author));
  EXPECT_TRUE(c_.get([&, said = digest](store::Transaction& tx) { return kept_proof(tx, said); }));
}

TEST_F(Deliveries, OnwardFromAVerifiedAuthorAreVouchedForByTheAuthor) {
  introduce(a_, c_);
  const auto delivery = pass_on(a_, b_, c_, agreement_, trust::Onward::Free).delivery;
  ASSERT_TRUE(delivery);
  const auto incoming = c_.open(b_, delivery->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(incoming->fresh.at(0).voucher, a_.id());
}

// The records without those for which `drop` says yes.
template <typename Drop>
std::string without(std::string_view records, Drop drop) {
  std::string out;
  for (const Record& record : testing::must(read_records(records)))
    if (!drop(record)) append_record(out, record.type, record.object);
  return out;
}

TEST_F(Deliveries, OnwardWithoutProofOrAuthorsDescriptorAreRefused) {
  const auto delivery = pass_on(a_, b_, c_, agreement_, trust::Onward::Free).delivery;
  ASSERT_TRUE(delivery);
  EXPECT_EQ(problem(c_.open(
                b_, without(delivery->records, [](const Record& r) { return r.type == RecordType::Descriptor; }))),
            "delivery.no_author_descriptor");
  EXPECT_EQ(
      problem(c_.open(b_, without(delivery->records, [](const Record& r) { return r.type == RecordType::Proof; }))),
      "delivery.no_inclusion_proof");
  EXPECT_EQ(
      problem(c_.open(b_, without(delivery->records, [](const Record& r) { return r.type == RecordType::Statement; }))),
      "envelope.missing_statement");
  EXPECT_EQ(problem(c_.open(
                b_, without(delivery->records, [](const Record& r) { return r.type == RecordType::Checkpoint; }))),
            "delivery.no_checkpoint");
}

// A key that its owner has taken back stays taken back, even where a forwarder shows the descriptor of before.
TEST_F(Deliveries, OnwardUnderAnOlderDescriptorOfAKnownAuthorAreRefused) {
  introduce(a_, c_);
  const auto delivery = pass_on(a_, b_, c_, agreement_, trust::Onward::Free).delivery;
  ASSERT_TRUE(delivery);
  a_.descriptor().version = 2;
  a_.descriptor().statement_key = trust::testing::key_of(200).public_key();
  c_.meet(a_);
  EXPECT_EQ(problem(c_.open(b_, delivery->records)), "trust.wrong_key");
}

TEST_F(Deliveries, UnderAnUnknownKeyAreRefused) {
  Node thief{90};
  Statement s = draft();
  EXPECT_EQ(problem(b_.open(a_, lawless({sign_statement(thief.keys(), s)}))), "trust.wrong_key");
}

TEST_F(Deliveries, UnderARetiredKeyAreGoodUpToItsLastLeaf) {
  const auto old_key = a_.keys().statement.public_key();
  const VerifiedStatement in_time = signed_by_a(draft()), too_late = signed_by_a(draft());
  a_.descriptor().version = 2;
  a_.descriptor().retired = {{"statement", old_key, a_.descriptor().log.id, 0, 0}};
  a_.keys().statement = trust::testing::key_of(200);
  a_.descriptor().statement_key = a_.keys().statement.public_key();
  b_.meet(a_);
  EXPECT_EQ(problem(b_.open(a_, lawless({in_time, too_late}))), "statement.retired_key");
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 0);
}

// Positions begin anew with each epoch: who has stolen a key of before could stand where it was still good.
TEST_F(Deliveries, UnderAKeyThatWasRetiredInAnEarlierEpochAreRefused) {
  const VerifiedStatement stolen = signed_by_a(draft());
  a_.descriptor().version = 2;
  a_.descriptor().retired = {{"statement", a_.keys().statement.public_key(), "1-" + std::string(32, '0'), 0, 1000}};
  a_.keys().statement = trust::testing::key_of(200);
  a_.descriptor().statement_key = a_.keys().statement.public_key();
  b_.meet(a_);
  EXPECT_EQ(problem(b_.open(a_, lawless({stolen}))), "statement.retired_key");
}

TEST_F(Deliveries, AStatementTooLargeIsRefusedByName) {
  Statement s = draft();
  s.body = json::Object{{"text", std::string((8u << 20) + 1, 'x')}};
  const VerifiedStatement large = signed_by_a(s);
  const auto refused = b_.open(a_, lawless({large}));
  ASSERT_EQ(problem(refused), "delivery.statement_too_large");
  EXPECT_EQ(refused.error().error.code, ErrorCode::TooLarge);
  EXPECT_EQ(refused.error().statement, large.digest());
}

TEST_F(Deliveries, TooManyInAMinuteAreRefused) {
  b_.write([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 6000; ++i)
      TRY_VOID(enter(tx, {a_.id(), "in", "received", Digest{}, "message", {}, {}, {}, "", {}, 1, false}, b_.now));
    return {};
  });
  a_.say(draft());
  const auto delivery = a_.next(b_);
  EXPECT_EQ(problem(b_.open(a_, delivery->records)), "delivery.too_fast");
  b_.now = b_.now + base::minutes(2);
  EXPECT_EQ(problem(b_.open(a_, delivery->records)), "");
}

TEST_F(Deliveries, ARefusalSetsOnlyThatStatementAsideAndTheRestGoesOn) {
  const Digest first = a_.say(draft()), bad = a_.say(draft()), last = a_.say(draft());
  const auto delivery = a_.next(b_);
  ASSERT_EQ(delivery->statements, 3u);
  const trust::Party b = a_.peer(b_);
  a_.write([&](store::Transaction& tx) {
    return take_refusal(tx, b, delivery->envelopes.at(0), bad, {ErrorCode::Malformed, "statement.malformed", {"body"}},
                        a_.now);
  });
  const auto again = a_.next(b_);
  ASSERT_TRUE(again);
  EXPECT_NE(again->envelopes, delivery->envelopes);
  const auto incoming = b_.open(a_, again->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  std::vector<Digest> arrived;
  for (const auto& in : incoming->fresh) arrived.push_back(in.statement.digest());
  EXPECT_THAT(arrived, ElementsAre(first, last));
  a_.take(b_, incoming->receipts);
  EXPECT_THAT(a_.ledger_with(b_), Contains("out refused statement.malformed"));
  EXPECT_FALSE(a_.next(b_));
  const auto rows = a_.get([&](store::Transaction& tx) { return recipients_of(tx, bad); });
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].reason_args, std::vector<std::string>{"body"});
}

TEST_F(Deliveries, ARefusalOfAReceiptedEnvelopeChangesNothing) {
  const Digest said = a_.say(draft());
  const auto delivery = a_.next(b_);
  a_.take(b_, b_.open(a_, delivery->records)->receipts);
  const trust::Party b = a_.peer(b_);
  a_.write([&](store::Transaction& tx) {
    return take_refusal(tx, b, delivery->envelopes.at(0), said, {ErrorCode::Malformed, "statement.malformed", {}},
                        a_.now);
  });
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted"));
}

// The network keeps a copy of an envelope, its recipient refuses the original, and takes the copy when the reason is
// gone. Its answer to the copy goes nowhere.
class ArrivedAfterAll : public Deliveries {
 protected:
  void SetUp() override {
    Deliveries::SetUp();
    first_ = a_.say(draft("intel"));
    second_ = a_.say(draft());
    sealed_ = *a_.next(b_);
    refuse(first_);
    third_ = a_.say(draft());
  }
  void refuse(const Digest& statement) {
    const trust::Party b = a_.peer(b_);
    a_.write([&](store::Transaction& tx) {
      return take_refusal(tx, b, sealed_.envelopes.at(0), statement,
                          {ErrorCode::Forbidden, "release.kind_not_agreed", {}}, a_.now);
    });
  }
  Signed held() {
    const auto refused = b_.open(a_, a_.next(b_)->records);
    EXPECT_EQ(problem(refused), "envelope.gap");
    return refused.error().held.value();
  }
  // Delivers until nothing waits, and says what arrived.
  std::vector<Digest> deliver_all() {
    std::vector<Digest> arrived;
    while (const auto delivery = a_.next(b_)) {
      const auto incoming = b_.open(a_, delivery->records);
      EXPECT_TRUE(incoming) << problem(incoming);
      if (!incoming) break;
      for (const auto& in : incoming->fresh) arrived.push_back(in.statement.digest());
      a_.take(b_, incoming->receipts);
    }
    return arrived;
  }
  Digest first_, second_, third_;
  Delivery sealed_;
};

TEST_F(ArrivedAfterAll, TheStreamGoesOnBehindItWithWhatWasSealedInItsPlace) {
  ASSERT_TRUE(a_.next(b_));  // in its place: the second and the third
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  a_.take(b_, {held()});
  EXPECT_THAT(deliver_all(), ElementsAre(third_)) << "nothing lost, nothing twice";
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted", "out receipted", "out receipted"));
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM ledger"), 3);
}

TEST_F(ArrivedAfterAll, ItsReceiptIsTakenOnceOnly) {
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  const Signed receipt = held();
  const auto take = [&] {
    const trust::Party b = a_.peer(b_);
    return a_.get([&](store::Transaction& tx) { return take_receipt(tx, b, receipt, a_.now); });
  };
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  EXPECT_THAT(deliver_all(), ElementsAre(third_));
  EXPECT_FALSE(take()) << "and says nothing new later";
  EXPECT_FALSE(a_.next(b_));
}

TEST_F(ArrivedAfterAll, ARetractionFollowsToWhoeverWasThoughtNotToHoldIt) {
  a_.write([&](store::Transaction& tx) -> Result<void> {
    Retraction retraction;
    retraction.targets = {first_};
    Statement said = a_.draft(agreement_, "retract");
    said.body = write_retraction(retraction);
    const auto issued = TRY(issue(tx, a_.self, said, {}, a_.now));
    return keep_retraction(tx, issued.digest(), retraction, a_.id(), a_.now);
  });
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  a_.take(b_, {held()});
  deliver_all();
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements WHERE kind = 'retract'"), 1);
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM retraction_holders"), 1);
}

TEST_F(ArrivedAfterAll, WhoHasSignedForSomethingElseAtThatPlaceIsNotBelieved) {
  EXPECT_THAT(deliver_all(), ElementsAre(second_, third_));
  const Envelope envelope = a_.get([&](store::Transaction& tx) -> Result<Envelope> {
    std::string payload;
    TRY_VOID(tx.each("SELECT payload FROM envelopes WHERE state = 'void'",
                     [&](const store::Row& row) { payload = base::as_text(row.blob(0)); }));
    return read_envelope(TRY(json::parse(payload)));
  });
  const Signed lie = sign_receipt(b_.keys(), {a_.id(),
                                              b_.id(),
                                              envelope.stream,
                                              envelope.first,
                                              envelope.first + 1,
                                              run_digest(envelope.statements),
                                              sealed_.envelopes.at(0),
                                              {}});
  const trust::Party b = a_.peer(b_);
  const auto taken = a_.db().write_value([&](store::Transaction& tx) { return take_receipt(tx, b, lie, a_.now); });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().id, "receipt.mismatch");
  a_.say(draft());
  EXPECT_EQ(deliver_all().size(), 1u) << "and the stream goes on";
}

TEST_F(Deliveries, ReceiptsOfOthersOrOfOtherRunsCloseNothing) {
  a_.say(draft());
  const auto delivery = a_.next(b_);
  const auto incoming = b_.open(a_, delivery->records);
  ASSERT_TRUE(incoming);
  const Receipt good = testing::must(verify_receipt(incoming->receipts[0], b_.descriptor()));
  const trust::Party b = a_.peer(b_);
  const auto take = [&](const Signed& receipt) {
    const auto done = a_.db().write_value([&](store::Transaction& tx) { return take_receipt(tx, b, receipt, a_.now); });
    return done ? "" : done.error().id;
  };
  EXPECT_EQ(take(sign_receipt(c_.keys(), good)), "trust.wrong_key");
  Receipt other = good;
  other.to = 7;
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.mismatch");
  other = good;
  other.statements = Digest{};
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.mismatch");
  other = good;
  other.envelope = Digest{};
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.unknown_envelope");
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out sent"));
  EXPECT_EQ(take(incoming->receipts[0]), "");
}

TEST_F(Deliveries, QuarantineStopsContentBothWaysAndLetsRetractionsOut) {
  const auto quarantine = [](Node& node, const Node& other) {
    node.write([&](store::Transaction& tx) {
      return trust::set_quarantine(tx, other.id(), true, "keys stolen", "an", node.now);
    });
  };
  const auto delivery = lawless({signed_by_a(draft())});
  quarantine(b_, a_);
  EXPECT_EQ(problem(b_.open(a_, delivery)), "delivery.quarantined");
  const auto ping = signed_by_a(draft("ping"));
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{ping}, {"", ""}, 0, {}, {}}))), "delivery.quarantined");
  const auto ack = signed_by_a(draft("ack"));
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{ack}, {"", ""}, 0, {}, {}}))), "");

  b_.say(b_.draft(agreement_));
  EXPECT_FALSE(b_.next(a_));
  EXPECT_THAT(b_.ledger_with(a_), Contains("out withheld release.quarantined"));
  const Digest retraction = b_.say(b_.draft(agreement_, "retract"), {}, a_.id());
  const auto out = b_.next(a_);
  ASSERT_TRUE(out);
  const auto incoming = a_.open(b_, out->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(incoming->fresh.at(0).statement.digest(), retraction);
}

TEST_F(Deliveries, TwoStatementsUnderOneIdAreRefusedWithEvidence) {
  const Statement s = draft();
  const VerifiedStatement first = signed_by_a(s), second = signed_by_a(s);
  ASSERT_NE(first.digest(), second.digest());
  const auto refused = b_.open(a_, lawless({first, second}));
  ASSERT_EQ(problem(refused), "statement.two_of_one_id");
  ASSERT_TRUE(refused.error().evidence);
  EXPECT_EQ(refused.error().evidence->digest(), second.digest());
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM equivocations"), 0) << "rolled back with everything else";
  b_.write([&](store::Transaction& tx) { return keep_evidence(tx, *refused.error().evidence, a_.id(), b_.now); });
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM equivocations"), 1);
}

TEST_F(Deliveries, TwoCheckpointsOfOneSizeAreAContradiction) {
  ASSERT_TRUE(b_.open(a_, lawless({signed_by_a(draft())})));
  EXPECT_EQ(b_.peer(a_).checkpoint_state, "consistent");
  Node twin{10};  // the same keys, another log under the same epoch
  twin.sql("UPDATE log_epochs SET epoch = '" + a_.descriptor().log.id + "'");
  twin.meet(b_);
  const auto ping = sign_statement(twin.keys(), twin.draft(agreement_, "ping"));
  ASSERT_TRUE(b_.open(a_, deliver_lawlessly(twin, b_, {{ping}, {"", ""}, 0, {}, {}})));
  EXPECT_EQ(b_.peer(a_).checkpoint_state, "contradiction");
}

}  // namespace
}  // namespace tocsin::exchange
