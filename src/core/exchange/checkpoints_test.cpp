#include "core/exchange/delivery.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"

namespace tocsin::exchange {
namespace {

using testing::deliver_lawlessly;
using testing::Deliveries;
using ::testing::ElementsAre;
using testing::Node;
using testing::problem;

// A peer's log as its deliveries show it: what was proved once is what everything later goes on from.
class Checkpoints : public Deliveries {
 protected:
  /// What a node with the same keys and another log under the same epoch would deliver, at that size.
  std::string of_a_fork(std::uint64_t size) {
    Node twin{10};
    twin.sql("UPDATE log_epochs SET epoch = '" + a_.descriptor().log.id + "'");
    twin.meet(b_);
    std::vector<VerifiedStatement> pings;
    while (pings.size() < size) pings.push_back(sign_statement(twin.keys(), twin.draft(agreement_, "ping")));
    return deliver_lawlessly(twin, b_, {pings, {"", ""}, 0, {}, {}});
  }
  // Says one thing more and delivers it. Returns what the receiver answered besides receipts.
  std::string deliver(bool lose_the_answer = false) {
    a_.say(draft());
    const auto delivery = a_.next(b_);
    const auto incoming = b_.open(a_, delivery->records);
    EXPECT_TRUE(incoming) << problem(incoming);
    if (!incoming || lose_the_answer) return "";
    a_.take(b_, incoming->receipts);
    a_.write([&](store::Transaction& tx) { return take_proved(tx, b_.id(), incoming->unproved_since); });
    return incoming->unproved_since;
  }
  std::string state() { return b_.peer(a_).checkpoint_state; }
};

TEST_F(Checkpoints, GoOnFromOneAnother) {
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(deliver(), "");
    EXPECT_EQ(state(), "consistent");
    EXPECT_EQ(b_.peer(a_).checkpoint_size, static_cast<std::uint64_t>(i));
  }
}

TEST_F(Checkpoints, WithoutAProofTheLastProvedOneStaysAndTheNextDeliveryProvesFromThere) {
  deliver();
  a_.sql("UPDATE envelopes SET checkpoint_size = 0");  // it has forgotten what it had shown
  EXPECT_NE(deliver(), "");
  EXPECT_EQ(state(), "unverified");
  EXPECT_EQ(b_.peer(a_).checkpoint_size, 1u) << "what was not proved is nothing to go on from";
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(state(), "consistent");
  EXPECT_EQ(b_.peer(a_).checkpoint_size, 3u);
}

TEST_F(Checkpoints, ALostAnswerMendsItself) {
  deliver();
  deliver(true);
  deliver();
  deliver();
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(state(), "consistent");
}

TEST_F(Checkpoints, OnlyOurOwnIsTakenAsProved) {
  deliver();
  const auto take = [&](const std::string& note) {
    const auto done = a_.db().write([&](store::Transaction& tx) { return take_proved(tx, b_.id(), note); });
    return done ? "" : done.error().id;
  };
  EXPECT_NE(take("nonsense"), "");
  const std::string of_b = b_.get([&](store::Transaction& tx) { return checkpoint(tx, b_.self, b_.now); });
  EXPECT_NE(take(of_b), "");
  EXPECT_EQ(take(b_.peer(a_).checkpoint), "");
}

TEST_F(Checkpoints, TwoOfOneSizeRefuseTheDeliverySuspendThePeerAndAreKept) {
  deliver();
  const std::string first = b_.peer(a_).checkpoint;
  const auto refused = b_.open(a_, of_a_fork(1));
  ASSERT_EQ(problem(refused), "delivery.two_histories");
  ASSERT_TRUE(refused.error().two_histories);
  EXPECT_EQ(refused.error().two_histories->first, first);
  b_.write([&](store::Transaction& tx) { return keep(tx, a_.id(), *refused.error().two_histories, b_.now); });
  const auto evidence = b_.get([&](store::Transaction& tx) { return evidence_against(tx, a_.id()); });
  ASSERT_EQ(evidence.size(), 1u);
  EXPECT_EQ(evidence[0].histories->size, 1u);
  EXPECT_NE(evidence[0].histories->first, evidence[0].histories->second);
  EXPECT_EQ(b_.peer(a_).state, trust::PeerState::Suspended);
  a_.say(draft());
  EXPECT_EQ(problem(b_.open(a_, a_.next(b_)->records)), "delivery.suspended") << "until persons have looked";
}

TEST_F(Checkpoints, OfAForkThatIsLongerAreNeverSomethingToGoOnFrom) {
  deliver();
  const auto incoming = b_.open(a_, of_a_fork(4));
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(state(), "unverified");
  EXPECT_EQ(b_.peer(a_).checkpoint_size, 1u);
  // The genuine log comes to the size that the other showed: both are signed.
  deliver();
  deliver();
  a_.say(draft());
  EXPECT_EQ(problem(b_.open(a_, a_.next(b_)->records)), "delivery.two_histories");
}

TEST_F(Checkpoints, OfTwoDeliveriesThatCrossedAreProvedWithoutWaitingForMoreToSay) {
  deliver();
  a_.say(draft());
  const auto content = a_.next(b_);
  a_.say(draft("ping"), {}, b_.id());
  const auto word = a_.next(b_);  // fetched before the receipt of the first has come: it proves from before it
  for (const auto& delivery : {content, word}) {
    const auto incoming = b_.open(a_, delivery->records);
    ASSERT_TRUE(incoming) << problem(incoming);
    a_.take(b_, incoming->receipts);
    a_.write([&](store::Transaction& tx) { return take_proved(tx, b_.id(), incoming->unproved_since); });
  }
  ASSERT_EQ(state(), "unverified");
  const auto proof = a_.next(b_);
  ASSERT_TRUE(proof);
  EXPECT_FALSE(proof->envelope);
  const auto incoming = b_.open(a_, proof->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(state(), "consistent");
  a_.write([&](store::Transaction& tx) { return take_proved(tx, b_.id(), incoming->unproved_since); });
  EXPECT_FALSE(a_.next(b_));
}

TEST_F(Checkpoints, OfAForkThatIsShorterProveNothing) {
  deliver();
  deliver();
  EXPECT_EQ(problem(b_.open(a_, of_a_fork(1))), "delivery.old_checkpoint");
  EXPECT_EQ(state(), "consistent");
}

TEST_F(Checkpoints, OfBeforeAreHarmlessWhereNothingNewRestsOnThem) {
  a_.say(draft());
  const auto first = a_.next(b_);
  const auto incoming = b_.open(a_, first->records);
  ASSERT_TRUE(incoming);
  a_.take(b_, incoming->receipts);
  deliver();
  const auto again = b_.open(a_, first->records);
  ASSERT_TRUE(again) << problem(again);
  EXPECT_EQ(again->repetitions, 1u);
  EXPECT_EQ(state(), "consistent");
}

TEST_F(Deliveries, TwoStatementsUnderOneIdAreRefusedWithEvidence) {
  const Statement s = draft();
  const VerifiedStatement first = signed_by_a(s), second = signed_by_a(s);
  ASSERT_NE(first.digest(), second.digest());
  const auto refused = b_.open(a_, lawless({first, second}));
  ASSERT_EQ(problem(refused), "statement.two_of_one_id");
  ASSERT_TRUE(refused.error().two_statements);
  EXPECT_EQ(refused.error().two_statements->second.digest(), second.digest());
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM equivocations"), 0) << "rolled back with everything else";
  b_.write([&](store::Transaction& tx) { return keep(tx, a_.id(), *refused.error().two_statements, b_.now); });
  const auto evidence = b_.get([&](store::Transaction& tx) { return evidence_against(tx, a_.id()); });
  ASSERT_EQ(evidence.size(), 1u);
  EXPECT_EQ(evidence[0].statement->digest, second.digest());
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM equivocations WHERE length(payload) > 0"), 1) << "the proof itself is kept";
}

}  // namespace
}  // namespace tocsin::exchange
