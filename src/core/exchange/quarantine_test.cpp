#include "core/exchange/delivery.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"

namespace tocsin::exchange {
namespace {

using ::testing::Contains;
using testing::deliver_lawlessly;
using testing::Deliveries;
using ::testing::ElementsAre;
using testing::Node;
using testing::problem;

class Quarantine : public Deliveries {
 protected:
  static void set(Node& node, const Node& other, bool on) {
    node.write([&](store::Transaction& tx) {
      return trust::set_quarantine(tx, other.id(), on, "keys stolen", "an", node.now);
    });
  }
};

TEST_F(Quarantine, RefusesContentAndTakesAcknowledgements) {
  const auto delivery = lawless({signed_by_a(draft())});
  set(b_, a_, true);
  EXPECT_EQ(problem(b_.open(a_, delivery)), "delivery.quarantined");
  const auto ping = signed_by_a(draft("ping"));
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{ping}, {"", ""}, 0, {}, {}}))), "delivery.quarantined");
  const auto ack = signed_by_a(draft("ack"));
  EXPECT_EQ(problem(b_.open(a_, deliver_lawlessly(a_, b_, {{ack}, {"", ""}, 0, {}, {}}))), "");
}

TEST_F(Quarantine, LetsRetractionsOutAndNothingElse) {
  set(b_, a_, true);
  b_.say(b_.draft(agreement_));
  EXPECT_FALSE(b_.next(a_));
  b_.say(b_.draft(agreement_, "ping"), {}, a_.id());
  const Digest retraction = b_.say(b_.draft(agreement_, "retract"), {}, a_.id());
  const auto out = b_.next(a_);
  ASSERT_TRUE(out);
  const auto incoming = a_.open(b_, out->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  ASSERT_EQ(incoming->fresh.size(), 1u);
  EXPECT_EQ(incoming->fresh.at(0).statement.digest(), retraction);
  b_.take(a_, incoming->receipts);
  EXPECT_FALSE(b_.next(a_)) << "and no retraction twice";
}

TEST_F(Quarantine, KeepsWhatWaitsUntilItIsLifted) {
  set(b_, a_, true);
  const Digest ping = b_.say(b_.draft(agreement_, "ping"), {}, a_.id());
  const Digest content = b_.say(b_.draft(agreement_));
  b_.say(b_.draft(agreement_, "retract"), {}, a_.id());
  const auto first = a_.open(b_, b_.next(a_)->records);
  ASSERT_TRUE(first) << problem(first);
  b_.take(a_, first->receipts);
  const trust::Party a = b_.peer(a_);
  EXPECT_EQ(b_.get([&](store::Transaction& tx) { return waiting_for(tx, a, b_.self, b_.now); }).statements, 2);
  set(b_, a_, false);
  std::vector<Digest> arrived;
  while (const auto delivery = b_.next(a_)) {
    const auto incoming = a_.open(b_, delivery->records);
    ASSERT_TRUE(incoming) << problem(incoming);
    for (const auto& in : incoming->fresh) arrived.push_back(in.statement.digest());
    b_.take(a_, incoming->receipts);
  }
  EXPECT_THAT(arrived, ElementsAre(ping, content));
}

TEST_F(Quarantine, StopsWhatWasSealedBefore) {
  const Digest said = a_.say(draft("intel"));
  const auto sealed = a_.next(b_);
  ASSERT_TRUE(sealed);
  set(a_, b_, true);
  EXPECT_FALSE(a_.next(b_)) << "sealed is not sent";
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out unsure")) << "a retraction of it would go there";
  set(a_, b_, false);
  const auto again = a_.next(b_);
  ASSERT_TRUE(again);
  const auto incoming = b_.open(a_, again->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  EXPECT_EQ(incoming->fresh.at(0).statement.digest(), said);
}

TEST_F(Quarantine, OfWhatArrivedAllTheSameIsFoundOutAfterwards) {
  a_.say(draft());
  const auto sealed = a_.next(b_);
  ASSERT_TRUE(b_.open(a_, sealed->records));  // its receipt is lost
  set(a_, b_, true);
  EXPECT_FALSE(a_.next(b_));
  set(a_, b_, false);
  const Digest later = a_.say(draft());
  const auto refused = b_.open(a_, a_.next(b_)->records);
  ASSERT_EQ(problem(refused), "envelope.gap");
  a_.take(b_, {refused.error().held.value()});
  const auto incoming = b_.open(a_, a_.next(b_)->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  ASSERT_EQ(incoming->fresh.size(), 1u);
  EXPECT_EQ(incoming->fresh[0].statement.digest(), later);
}

TEST_F(Deliveries, SealedBeforeTheirAgreementWasNarrowedDoNotLeave) {
  Statement s = draft();
  s.handling.tlp = stix::Tlp::Amber;
  a_.say(s);
  ASSERT_TRUE(a_.next(b_));
  trust::Agreement narrow = agreement_;
  narrow.version = 2;
  narrow.terms.tlp = stix::Tlp::Green;
  for (Node* node : {&a_, &b_, &c_}) node->agree(narrow);
  EXPECT_FALSE(a_.next(b_));
  EXPECT_THAT(a_.ledger_with(b_), Contains("out withheld release.above_tlp_ceiling"));
}

}  // namespace
}  // namespace tocsin::exchange
