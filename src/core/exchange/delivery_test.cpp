#include "core/exchange/delivery.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"
#include "core/exchange/ledger.h"

namespace tocsin::exchange {
namespace {

using ::testing::Contains;
using testing::deliver_lawlessly;
using testing::Deliveries;
using ::testing::ElementsAre;
using testing::Node;
using testing::problem;

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
  EXPECT_EQ(incoming->repetitions, 0u);
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
  EXPECT_EQ(first->envelope, second->envelope);
  EXPECT_EQ(first->records, second->records);
}

TEST_F(Deliveries, TheSameOneTwiceGivesTheSameReceiptAndNothingFresh) {
  a_.say(draft());
  const auto delivery = a_.next(b_);
  const auto first = b_.open(a_, delivery->records), again = b_.open(a_, delivery->records);
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(again->fresh.empty());
  EXPECT_EQ(again->repetitions, 1u);
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
  trust::bind_id(alerts);
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
  b_.write([&](store::Transaction& tx) { return trust::withdraw(tx, agreement_.id, b_.id(), Digest{}, b_.now); });
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

TEST_F(Deliveries, OnwardBringTheDescriptorOfAnAuthorOnce) {
  std::vector<Digest> said;
  for (int i = 0; i < 2; ++i) {
    Statement passed_on = draft();
    passed_on.handling.onward = trust::Onward::Free;
    said.push_back(a_.say(passed_on));
  }
  ASSERT_TRUE(b_.open(a_, a_.next(b_)->records));
  b_.write([&](store::Transaction& tx) -> Result<void> {
    for (const Digest& digest : said) TRY_VOID(enqueue(tx, TRY(archived(tx, digest)), agreement_.id, c_.id(), b_.now));
    return {};
  });
  const auto delivery = b_.next(c_);
  ASSERT_TRUE(delivery);
  ASSERT_EQ(delivery->statements, 2u);
  std::size_t descriptors = 0;
  for (const Record& record : testing::must(read_records(delivery->records)))
    descriptors += record.type == RecordType::Descriptor;
  EXPECT_EQ(descriptors, 2u) << "the sender's and the author's";
  const auto incoming = c_.open(b_, delivery->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(incoming->fresh.size(), 2u);
}

TEST_F(Deliveries, OnwardOfAnAuthorWhoIsHeldBackHereAreRefused) {
  introduce(a_, c_);
  const auto delivery = pass_on(a_, b_, c_, agreement_, trust::Onward::Free).delivery;
  ASSERT_TRUE(delivery);
  c_.write(
      [&](store::Transaction& tx) { return trust::set_quarantine(tx, a_.id(), true, "keys stolen", "an", c_.now); });
  EXPECT_EQ(problem(c_.open(b_, delivery->records)), "delivery.author_held_back");
  c_.write([&](store::Transaction& tx) { return trust::set_quarantine(tx, a_.id(), false, "", "an", c_.now); });
  c_.write([&](store::Transaction& tx) { return trust::suspend(tx, a_.id()); });
  EXPECT_EQ(problem(c_.open(b_, delivery->records)), "delivery.author_held_back");
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

// The same for a root key: whoever stole an earlier one cannot speak for an author who has gone on to the next, however
// high they count.
TEST_F(Deliveries, OnwardAreReadUnderTheRootThatTheirAuthorHasGoneOnTo) {
  using trust::testing::key_of;
  introduce(a_, c_);
  const auto delivery = pass_on(a_, b_, c_, agreement_, trust::Onward::Free).delivery;
  ASSERT_TRUE(delivery);
  trust::Descriptor rotated = a_.descriptor();
  Bytes message = base::to_bytes("tocsin-root-link/1\n");
  rotated.version = 2;
  rotated.root = key_of(11).public_key();
  base::append(message, rotated.root.view());
  rotated.root_chain = {{key_of(10).public_key(), crypto::sha256(rotated.root.view()), key_of(10).sign(message)}};
  c_.write([&](store::Transaction& tx) -> Result<void> {
    const auto verified = TRY(trust::verify_descriptor(trust::sign_descriptor(key_of(11), rotated)));
    EXPECT_EQ(TRY(trust::take_descriptor(tx, verified, c_.now)), trust::DescriptorOutcome::Newer);
    return {};
  });
  const std::string of_before = a_.verified_descriptor().signed_bytes().payload;
  std::string records = without(delivery->records, [&](const Record& r) { return r.object.payload == of_before; });
  a_.descriptor().version = 3;
  a_.descriptor().statement_key = key_of(200).public_key();
  append_record(records, RecordType::Descriptor, a_.verified_descriptor().signed_bytes());
  EXPECT_EQ(problem(c_.open(b_, records)), "") << "by the keys that the present root names, not by those of the thief";
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

TEST_F(Deliveries, WhoseBodiesTogetherHoldTooManyValuesAreRefused) {
  const auto dense = [&] {
    Statement s = draft();
    s.body = json::Object{{"list", json::Array(400'000, 0)}};
    return signed_by_a(s);
  };
  EXPECT_EQ(problem(b_.open(a_, lawless({dense(), dense(), dense()}))), "delivery.too_many_values");
  EXPECT_EQ(problem(b_.open(a_, lawless({dense(), dense()}))), "");
}

TEST_F(Deliveries, ThatNameReadersInEverNewGroupsAreRefused) {
  agreement_.nonce = std::string(32, '2');
  agreement_.id = trust::bound_id(agreement_.parties, agreement_.nonce);
  agreement_.terms.tlp = stix::Tlp::Red;
  for (Node* node : {&a_, &b_}) node->agree(agreement_);
  Statement s = draft();
  s.handling = {stix::Tlp::Red, stix::Pap::Red, trust::Onward::None, 365};
  b_.write([&](store::Transaction& tx) -> Result<void> {
    trust::Label label;
    label.voucher = a_.id();
    label.agreement = agreement_.id;
    label.agreement_version = agreement_.version;
    label.tlp = stix::Tlp::Red;
    for (std::int64_t i = 0; i < trust::kMaxReaderGroups; ++i) {
      label.readers = {{b_.id(), "reader" + std::to_string(i)}};
      TRY(trust::intern(tx, label));
    }
    return {};
  });
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(s)}, {"reader7", "reader8"}))), "release.too_many_reader_groups");
  Statement other = draft();
  other.handling = {stix::Tlp::Red, stix::Pap::Green, trust::Onward::None, 365};
  EXPECT_EQ(problem(b_.open(a_, lawless({signed_by_a(s), signed_by_a(other)}, {"reader7"}))), "")
      << "a group that is known, also under another label";
}

TEST_F(Deliveries, OfAClockThatWasAheadDoNotCountAsOfTheLastMinute) {
  b_.write([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 6000; ++i)
      TRY_VOID(enter(tx, {a_.id(), "in", DeliveryState::Received, Digest{}, "message", {}, {}, {}, "", {}, 1, false},
                     b_.now + base::days(1)));
    return {};
  });
  a_.say(draft());
  const auto delivery = a_.next(b_);
  EXPECT_EQ(problem(b_.open(a_, delivery->records)), "");
}

TEST_F(Deliveries, TooManyInAMinuteAreRefused) {
  b_.write([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 6000; ++i)
      TRY_VOID(enter(tx, {a_.id(), "in", DeliveryState::Received, Digest{}, "message", {}, {}, {}, "", {}, 1, false},
                     b_.now));
    return {};
  });
  a_.say(draft());
  const auto delivery = a_.next(b_);
  EXPECT_EQ(problem(b_.open(a_, delivery->records)), "delivery.too_fast");
  b_.now = b_.now + base::minutes(2);
  EXPECT_EQ(problem(b_.open(a_, delivery->records)), "");
}

}  // namespace
}  // namespace tocsin::exchange
