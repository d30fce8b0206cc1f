// Each journey with its first, second, third ... statement failing: it leaves all or nothing, and can be done again.
#include "core/exchange/retractions.h"
#include "journeys/journeys_fixture.h"
#include "journeys/renew.h"

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
  /// The same of what a person does: the entry that says so is a part of it. `who` "analyst", `action` "publish" ...
  int expect_deed(Node& node, const std::string& who, const std::string& action, const std::function<bool()>& journey) {
    const std::string entries =
        "SELECT COUNT(*) FROM people_audit WHERE outcome = 'ok' AND action = '" + action + "' AND who = '" + who + "'";
    const std::int64_t before = node.count(entries);
    const int statements = expect_all_or_nothing(node, journey);
    EXPECT_EQ(node.count(entries), before + 1) << action;
    return statements;
  }
  int expect_taken_whole(Node& from, Node& to) {
    const std::string travelling = records(from, to);
    EXPECT_NE(travelling, "");
    return expect_all_or_nothing(to, [&] { return receive(to.context(), from.id(), travelling).has_value(); });
  }
};

TEST_F(Atomicity, OfPublishing) {
  const auto items = an_.import({"198.51.100.7", "198.51.100.8"});
  EXPECT_GT(expect_deed(an_, "analyst", "publish", [&] { return an_.publish(items).has_value(); }), 10);
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

TEST_F(Atomicity, OfServingAndOfTakingAReceipt) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  EXPECT_GT(expect_all_or_nothing(an_, [&] { return answer_pull(an_.context(), binh_.id()).status == 200; }), 5);
  const auto receipts = receive(binh_.context(), an_.id(), records(an_, binh_));
  ASSERT_TRUE(receipts);
  EXPECT_GT(expect_all_or_nothing(
                an_, [&] { return answer_receipts(an_.context(), binh_.id(), receipts->answer).status == 204; }),
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
  EXPECT_GT(expect_deed(binh_, "duty", "alert_acknowledge",
                        [&] { return acknowledge_alert(binh_.context(), alert, kDuty, "Duty", "seen").has_value(); }),
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
  EXPECT_GT(expect_deed(an_, "analyst", "retract",
                        [&] { return an_.retract(item, exchange::RetractReason::PersonalData).has_value(); }),
            10);
  EXPECT_GT(expect_taken_whole(an_, binh_), 20);
  EXPECT_GT(expect_taken_whole(binh_, chi_), 20);
  EXPECT_GT(expect_taken_whole(chi_, binh_), 10);  // its confirmation
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NULL"), 0);
}

TEST_F(Atomicity, OfAProposal) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("A second one");
  trust::AgreementId id;
  const auto proposes = [&] {
    const auto proposed = propose(an_.context(), draft, kAnalyst);
    if (proposed) id = proposed->agreement.id;
    return proposed.has_value();
  };
  EXPECT_GT(expect_deed(an_, "analyst", "agreement_propose", proposes), 5);
  EXPECT_GT(expect_taken_whole(an_, binh_), 10);
  for (const std::string person : {"linh", "minh"})  // the first waits for the second, who binds the party
    EXPECT_GT(expect_deed(an_, person, "agreement_sign", [&] { return approve(an_, id, person).has_value(); }), 2);
}

TEST_F(Atomicity, OfSharingAnAlertAgain) {
  binh_.import({"198.51.100.7"});
  binh_.mark_critical("10.1.4.20");
  ASSERT_TRUE(binh_.see("198.51.100.7", "10.1.4.20"));
  PublishRequest request;
  request.alert = binh_.all_alerts().at(0).id;
  request.agreement = with_chi_;
  request.by = kAnalyst;
  EXPECT_GT(expect_deed(binh_, "analyst", "alert_share", [&] { return publish(binh_.context(), request).has_value(); }),
            5);
}

TEST_F(Atomicity, OfRetractingWhatNeverLeft) {
  const auto item = an_.import({"198.51.100.7"}).at(0);
  EXPECT_GT(expect_deed(an_, "analyst", "retract", [&] { return an_.retract(item).has_value(); }), 2);
}

TEST_F(Atomicity, OfTakingARenewedDescriptor) {
  clock_.advance(base::days(1));
  const auto next = must(prepare_renewal(chi_.context())).next;
  const trust::Signed renewed = trust::sign_descriptor(root_of_chi(), next);
  EXPECT_GT(expect_deed(chi_, "linh", "descriptor_renew",
                        [&] {
                          return take_renewal(chi_.context(), renewed, {"linh", "console"}).has_value();
                        }),
            5);
}

// An import is committed in runs, and may be repeated after whatever stopped it.
TEST_F(Atomicity, OfAnImportThatIsRepeatedAfterEachFailureEndsWithEachObjectOnce) {
  ImportRequest request;
  request.name = "list.txt";
  request.content = "198.51.100.7\n198.51.100.8\n";
  request.format = lists::Format::Plain;
  request.tlp = stix::Tlp::Green;
  request.by = kAnalyst;
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
    EXPECT_EQ(an_.count("SELECT COUNT(*) FROM people_audit WHERE action = 'import' AND outcome = 'ok'"),
              an_.count("SELECT COUNT(*) FROM imports"))
        << statement;
    EXPECT_EQ(an_.count("SELECT COUNT(*) FROM postings"), objects) << statement;
  }
  EXPECT_GT(failures, 10);
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
