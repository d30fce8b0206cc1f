#include "core/exchange/resting.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"

namespace tocsin::exchange {
namespace {

using testing::Deliveries;
using ::testing::ElementsAre;
using testing::problem;

const Error kNoAgreement{ErrorCode::Forbidden, "delivery.no_agreement", {"x"}, {}};
const Error kQuarantined{ErrorCode::Forbidden, "delivery.quarantined", {}, {}};

class RestingStreams : public Deliveries {
 protected:
  RestingStreams() {
    other_ = trust::testing::agreement_between({a_.id(), b_.id()});
    trust::bind_id(other_);
    for (testing::Node* node : {&a_, &b_}) node->agree(other_);
  }
  Digest say_control(std::string_view kind) { return a_.say(draft(kind), {}, b_.id()); }
  Digest say_under_other() { return a_.say(a_.draft(other_)); }
  bool refuse(const Delivery& delivery, const Error& error) {
    const trust::Party b = a_.peer(b_);
    return a_.get([&](store::Transaction& tx) { return rest_stream(tx, b, *delivery.envelope, error, a_.now); });
  }
  std::string why_late() {
    const trust::Party b = a_.peer(b_);
    const auto why = a_.get([&](store::Transaction& tx) { return exchange::why_late(tx, b, a_.self, a_.now); });
    return why ? why->id : "";
  }
  /// What B takes of one delivery after the other, until A has nothing more for it now.
  std::vector<Digest> arrive() {
    std::vector<Digest> out;
    while (const auto delivery = a_.next(b_)) {
      const auto incoming = b_.open(a_, delivery->records);
      if (!incoming) return ADD_FAILURE() << problem(incoming), out;
      for (const auto& in : incoming->fresh) out.push_back(in.statement.digest());
      a_.take(b_, incoming->receipts);
    }
    return out;
  }
  trust::Agreement other_;
};

TEST_F(RestingStreams, TheControlStreamGoesFirstAndAlone) {
  const Digest content = a_.say(draft()), word = say_control("ping");
  EXPECT_EQ(a_.next(b_)->statements, 1u);
  EXPECT_THAT(arrive(), ElementsAre(word, content));
}

TEST_F(RestingStreams, AgreementsAreServedByTurns) {
  const Digest here = a_.say(draft()), there = say_under_other();
  const auto served = b_.open(a_, a_.next(b_)->records);
  ASSERT_TRUE(served) << problem(served);
  a_.take(b_, served->receipts);
  const bool is_here = served->fresh.at(0).statement.digest() == here;
  const Digest more = is_here ? a_.say(draft()) : say_under_other();
  EXPECT_THAT(arrive(), ElementsAre(is_here ? there : here, more));
}

TEST_F(RestingStreams, OneThatIsRefusedKeepsNoOtherBack) {
  const Digest stays = a_.say(draft());
  const auto refused = a_.next(b_);
  const Digest goes = say_under_other(), word = say_control("ping");
  EXPECT_TRUE(refuse(*refused, kNoAgreement));
  EXPECT_THAT(arrive(), ::testing::UnorderedElementsAre(word, goes, stays)) << "a word between the two may help";
}

TEST_F(RestingStreams, AreTriedAgainAfterAPauseThatGrows) {
  const Digest said = a_.say(draft());
  for (const std::int64_t seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    const auto delivery = a_.next(b_);
    ASSERT_TRUE(delivery) << seconds;
    ASSERT_TRUE(refuse(*delivery, kNoAgreement));
    EXPECT_EQ(why_late(), "delivery.no_agreement");
    a_.now = a_.now + Duration{base::seconds(seconds).us - 1};
    EXPECT_FALSE(a_.next(b_)) << seconds;
    a_.now = a_.now + Duration{1};
  }
  EXPECT_THAT(arrive(), ElementsAre(said));
  EXPECT_EQ(why_late(), "");
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM resting"), 0);
}

TEST_F(RestingStreams, OfAPeerThatTheNodeHasSuspendedSayWhyUntilPersonsHaveComparedTheNumber) {
  EXPECT_EQ(why_late(), "");
  a_.sql("UPDATE parties SET state = 'suspended' WHERE own = 0");
  EXPECT_EQ(why_late(), "peers.suspended_here");
  a_.meet(b_);
  EXPECT_EQ(why_late(), "");
}

TEST_F(RestingStreams, RestNoLongerWhereTheClockIsSetBack) {
  const Digest said = a_.say(draft());
  a_.now = a_.now + base::days(1);
  ASSERT_TRUE(refuse(*a_.next(b_), kNoAgreement));
  EXPECT_FALSE(a_.next(b_));
  a_.now = a_.now - base::days(1);
  EXPECT_THAT(arrive(), ElementsAre(said));
}

TEST_F(RestingStreams, OnlyAnOpenEnvelopeMakesItsStreamRest) {
  a_.say(draft());
  const auto delivery = a_.next(b_);
  a_.take(b_, b_.open(a_, delivery->records)->receipts);
  EXPECT_FALSE(refuse(*delivery, kNoAgreement));
  EXPECT_FALSE(refuse({"", crypto::sha256("none"), 0}, kNoAgreement));
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM resting"), 0);
}

TEST_F(RestingStreams, InQuarantineThereAcknowledgementsPassEverythingElseThatWaits) {
  const Digest ping = say_control("ping");
  const Digest ack = say_control("ack");
  EXPECT_TRUE(refuse(*a_.next(b_), kQuarantined));
  EXPECT_THAT(arrive(), ElementsAre(ack));
  const Digest later = say_control("ack");
  EXPECT_THAT(arrive(), ElementsAre(later)) << "that one was taken says nothing of the others";
  EXPECT_EQ(why_late(), "delivery.quarantined");
  a_.now = a_.now + base::seconds(2);
  EXPECT_THAT(arrive(), ElementsAre(ping)) << "lifted meanwhile";
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM resting"), 0);
}

}  // namespace
}  // namespace tocsin::exchange
