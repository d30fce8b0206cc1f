// Each journey with its first, second, third ... statement failing: it leaves all or nothing, and can be done again.
#include "core/exchange/retractions.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;

class Atomicity : public Three {
 protected:
  /// Runs `journey` at the node, failing at each statement in turn, until it gets through. Returns how many there were.
  int expect_all_or_nothing(Node& node, const std::function<bool()>& journey) {
    const Content before = node.content();
    for (int statement = 1; statement < 2000; ++statement) {
      node.faults().fail_at(statement);
      const bool done = journey();
      const bool failed = node.faults().failed();
      node.faults().heal();
      if (!failed) {
        EXPECT_TRUE(done) << "nothing failed";
        EXPECT_NE(difference(before, node.content()), "") << "nothing was done";
        return statement - 1;
      }
      const std::string left = difference(before, node.content());
      EXPECT_FALSE(done) << "said to be done although statement " << statement << " failed";
      EXPECT_EQ(left, "") << "left behind when statement " << statement << " failed";
      if (done || !left.empty()) return statement;
    }
    ADD_FAILURE() << "it never got through";
    return 0;
  }
  int expect_taken_whole(Node& from, Node& to) {
    const std::string travelling = records(from, to);
    EXPECT_NE(travelling, "");
    return expect_all_or_nothing(to, [&] { return receive(to.context(), from.id(), travelling).has_value(); });
  }
};

TEST_F(Atomicity, OfPublishing) {
  const auto items = an_.import({"198.51.100.7", "198.51.100.8"});
  EXPECT_GT(expect_all_or_nothing(an_, [&] { return an_.publish(items).has_value(); }), 10);
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

TEST_F(Atomicity, OfServingAndOfTakingAReceipt) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  EXPECT_GT(expect_all_or_nothing(an_, [&] { return answer_pull(an_.context(), binh_.id()).status == 200; }), 5);
  const auto receipts = receive(binh_.context(), an_.id(), records(an_, binh_));
  ASSERT_TRUE(receipts);
  EXPECT_GT(
      expect_all_or_nothing(an_, [&] { return answer_receipts(an_.context(), binh_.id(), *receipts).status == 204; }),
      2);
  EXPECT_EQ(hand_over(an_, binh_), Handed::Nothing);
}

TEST_F(Atomicity, OfReceivingIntelligence) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7", "198.51.100.8"})));
  EXPECT_GT(expect_taken_whole(an_, binh_), 20);
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

TEST_F(Atomicity, OfReceivingWhatWasPassedOn) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  EXPECT_GT(expect_taken_whole(binh_, chi_), 20);
}

TEST_F(Atomicity, OfAHitWithItsAlertAndItsSighting) {
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  EXPECT_GT(expect_all_or_nothing(chi_, [&] { return chi_.see("198.51.100.7", "10.1.4.20").has_value(); }), 20);
  EXPECT_GT(expect_taken_whole(chi_, binh_), 20);  // the alert and the sighting, in one delivery
  ASSERT_TRUE(settle());
  const auto alert = binh_.all_alerts().at(0).id;
  EXPECT_GT(expect_all_or_nothing(
                binh_, [&] { return acknowledge_alert(binh_.context(), alert, "duty", "Duty", "seen").has_value(); }),
            5);
  EXPECT_GT(expect_taken_whole(binh_, chi_), 10);
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM alert_recipients WHERE acknowledged_at IS NOT NULL"), 1);
}

TEST_F(Atomicity, OfARetractionOnItsWholeWay) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  ASSERT_TRUE(settle());
  const auto item = an_.item_of("198.51.100.7").item;
  EXPECT_GT(
      expect_all_or_nothing(an_, [&] { return an_.retract(item, exchange::RetractReason::PersonalData).has_value(); }),
      10);
  EXPECT_GT(expect_taken_whole(an_, binh_), 20);
  EXPECT_GT(expect_taken_whole(binh_, chi_), 20);
  EXPECT_GT(expect_taken_whole(chi_, binh_), 10);  // its confirmation
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM retraction_holders WHERE state <> 'confirmed'"), 0);
}

TEST_F(Atomicity, OfAProposal) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("A second one");
  EXPECT_GT(expect_all_or_nothing(an_, [&] { return propose(an_.context(), draft).has_value(); }), 5);
  EXPECT_GT(expect_taken_whole(an_, binh_), 10);
}

// An import is committed in runs, and may be repeated after whatever stopped it.
TEST_F(Atomicity, OfAnImportThatIsRepeatedAfterEachFailureEndsWithEachObjectOnce) {
  ImportRequest request;
  request.name = "list.txt";
  request.content = "198.51.100.7\n198.51.100.8\n";
  request.format = lists::Format::Plain;
  request.tlp = stix::Tlp::Green;
  request.by = "analyst";
  int failures = 0;
  for (int statement = 1;; ++statement) {
    an_.faults().fail_at(statement);
    const auto report = import_file(an_.context(), request);
    const bool failed = an_.faults().failed();
    an_.faults().heal();
    EXPECT_NE(report.has_value(), failed) << statement;
    if (!failed) break;
    ++failures;
    const auto objects = an_.count("SELECT COUNT(*) FROM objects");
    EXPECT_TRUE(objects == 0 || objects == 2) << statement;
    EXPECT_EQ(an_.count("SELECT COUNT(*) FROM postings"), objects) << statement;
  }
  EXPECT_GT(failures, 10);
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
