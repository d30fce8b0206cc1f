// An alert that goes on: whoever was told hears of what is new, however many hands the first word went through.
#include "core/infra/critical.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kHost = "10.1.4.20";

/// Binh gave Chi two indicators; one is seen on a critical host of Chi, and Binh is told by itself.
class Growing : public Three {
 protected:
  Growing() {
    must(binh_.publish(binh_.import({"198.51.100.7", "198.51.100.8"}), with_chi_));
    CHECK(settle());
    chi_.mark_critical(std::string(kHost));
    see("198.51.100.7");
    CHECK(settle());
  }

  void see(const std::string& value) { must(chi_.see(value, std::string(kHost))); }
  void see_what_is_worse(const std::string& value) {
    chi_.get([&](store::Transaction& tx) {
      infra::CriticalHost host;
      host.host = kHost;
      host.name = "Ward monitors";
      host.service = "Intensive care";
      host.sector = "HEA";
      host.population_served = 250'000;
      return infra::mark(tx, host);
    });
    see(value);
  }
  void wait(Duration duration) {
    clock_.advance(duration);
    for (Node* node : {&chi_, &binh_}) {
      must(tell_growth_due(node->context()));
      CHECK(settle());
    }
  }
  static alerts::Alert only_alert(Node& node) {
    const auto all = node.all_alerts();
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
  }
  static std::vector<std::string> values(Node& node) { return only_alert(node).facts.values; }
  static void acknowledge(Node& node, const std::string& by = "Duty officer") {
    must(acknowledge_alert(node.context(), only_alert(node).id, kDuty, by, ""));
  }
  void pass_on() {
    binh_.share_alert(with_an_);
    CHECK(settle());
  }
  static std::vector<Digest> statements(Node& node) {
    std::vector<Digest> out;
    for (const auto& version :
         node.get([id = only_alert(node).id](store::Transaction& tx) { return alerts::statements_about(tx, id); }))
      out.push_back(version.statement);
    return out;
  }
  /// Of all that was said of it: "Duty officer" or "waits" of each expectation.
  static std::vector<std::string> expected(Node& node) {
    std::vector<std::string> out;
    for (const Digest& statement : statements(node))
      for (const auto& to : node.get([&](store::Transaction& tx) { return alerts::sent_to(tx, statement); }))
        out.push_back(to.acknowledged_at ? to.acknowledged_by : "waits");
    return out;
  }
  static std::vector<std::string> events(Node& node) {
    std::vector<std::string> out;
    for (const auto& event :
         node.get([id = only_alert(node).id](store::Transaction& tx) { return alerts::events(tx, id, 100); }))
      out.push_back(event.what);
    return out;
  }
};

TEST_F(Growing, IsToldOnceInFiveMinutesWithAllThatCameUntilThen) {
  see("198.51.100.8");
  wait(base::minutes(4));
  EXPECT_THAT(values(binh_), ElementsAre("198.51.100.7")) << "not yet";
  wait(base::minutes(1));
  EXPECT_THAT(values(binh_), UnorderedElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_EQ(statements(chi_).size(), 2u);
  EXPECT_EQ(statements(binh_), statements(chi_));
  EXPECT_THAT(expected(chi_), ElementsAre("waits")) << "the first word is awaited, the second adds to it";
  see("198.51.100.8");
  wait(base::hours(1));
  EXPECT_EQ(statements(chi_).size(), 2u) << "what is known already is no news";
}

TEST_F(Growing, ThatIsWorseIsToldAtOnceAndOpensTheAlertAgain) {
  acknowledge(binh_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(chi_), ElementsAre("Duty officer"));
  const int before = only_alert(binh_).severity;
  see_what_is_worse("198.51.100.7");
  ASSERT_TRUE(settle());
  const alerts::Alert told = only_alert(binh_);
  EXPECT_GT(told.severity, before);
  EXPECT_EQ(told.severity, only_alert(chi_).severity);
  EXPECT_EQ(told.state, alerts::State::Open);
  EXPECT_EQ(told.facts.population_served, only_alert(chi_).facts.population_served);
  EXPECT_THAT(expected(chi_), ElementsAre("Duty officer", "waits"));
  acknowledge(binh_, "The next officer");
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(chi_), ElementsAre("Duty officer", "The next officer"));
}

TEST_F(Growing, AnswersTheFirstWordWithAnAcknowledgementOfTheSecond) {
  see("198.51.100.8");
  wait(base::minutes(5));
  acknowledge(binh_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(chi_), ElementsAre("Duty officer"));
}

TEST_F(Growing, GoesOnToWhomTheFirstWordWasPassedOn) {
  pass_on();
  acknowledge(an_);
  ASSERT_TRUE(settle());
  see("198.51.100.8");
  wait(base::minutes(5));
  EXPECT_THAT(values(binh_), UnorderedElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(values(an_), ElementsAre("198.51.100.7")) << "not each word of Chi's at once";
  wait(base::minutes(5));
  EXPECT_THAT(values(an_), UnorderedElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_EQ(only_alert(an_).state, alerts::State::Acknowledged);
  see_what_is_worse("198.51.100.8");
  ASSERT_TRUE(settle());
  EXPECT_EQ(only_alert(an_).state, alerts::State::Open);
  EXPECT_EQ(statements(an_), statements(chi_));
  EXPECT_THAT(expected(binh_), ElementsAre("Duty officer", "waits"));
  acknowledge(an_, "The next officer");
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(binh_), ElementsAre("Duty officer", "The next officer"));
  EXPECT_THAT(expected(chi_), UnorderedElementsAre("waits", "Duty officer", "waits", "The next officer"))
      << "An's word of each has come back through Binh, who has said nothing itself";
}

TEST_F(Growing, IsWithheldFromWhomAStricterLabelExcludesAndTheHistorySaysSo) {
  const auto strict = chi_.import({"203.0.113.9"}, stix::Tlp::AmberStrict);
  see("203.0.113.9");
  wait(base::minutes(5));
  EXPECT_THAT(values(binh_), ElementsAre("198.51.100.7"));
  EXPECT_EQ(statements(chi_).size(), 1u);
  wait(base::hours(1));
  EXPECT_THAT(events(chi_), ElementsAre("alerts.event.raised", "alerts.event.sent", "alerts.event.grew",
                                        "alerts.event.update_withheld"));
}

TEST_F(Growing, ThatNobodyHasHeardOfIsToldToNobody) {
  chi_.set_state(binh_, trust::PeerState::Suspended);
  chi_.mark_critical("10.1.4.21");
  must(chi_.see("198.51.100.7", "10.1.4.21"));
  must(chi_.see("198.51.100.8", "10.1.4.21"));
  clock_.advance(base::minutes(6));
  const auto before = chi_.count("SELECT COUNT(*) FROM statements");
  must(tell_growth_due(chi_.context()));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM statements"), before);
}

TEST_F(Growing, IsToldOnAtMostOnceInFiveMinutesHoweverOftenItsAuthorSaysIt) {
  pass_on();
  const auto thread =
      chi_.get([id = only_alert(chi_).id](store::Transaction& tx) { return alerts::newest_statements(tx, id); })
          .at(0)
          .thread;
  for (int i = 0; i < 8; ++i) {
    clock_.advance(base::seconds(1));
    exchange::Statement more;
    more.kind = "alert";
    more.thread = thread;
    more.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::Free, 30};
    alerts::Facts facts = only_alert(chi_).facts;
    facts.count += i;
    more.body = alerts::write_facts(facts, i % 2 == 0 ? 0 : 2, "severity.scope.single_entity");
    say(chi_, more, with_chi_, binh_);
    ASSERT_TRUE(settle());
  }
  EXPECT_EQ(statements(binh_).size(), 9u);
  EXPECT_EQ(statements(an_).size(), 1u);
  wait(base::minutes(5));
  EXPECT_EQ(statements(an_).size(), 2u) << "the newest alone";
  EXPECT_EQ(only_alert(an_).facts.count, only_alert(binh_).facts.count);
}

TEST_F(Growing, SharedAgainTheSameWayIsTheSameAlert) {
  see("198.51.100.8");
  chi_.share_alert(with_chi_);
  ASSERT_TRUE(settle());
  EXPECT_EQ(values(binh_).size(), 2u);
  EXPECT_THAT(expected(chi_), ElementsAre("waits"));
}

TEST_F(Growing, CannotBeSaidByAnother) {
  pass_on();
  exchange::Statement forged;
  forged.kind = "alert";
  forged.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::Free, 30};
  forged.supersedes = statements(binh_).at(0);
  forged.thread =
      binh_.get([id = only_alert(binh_).id](store::Transaction& tx) { return alerts::newest_statements(tx, id); })
          .at(0)
          .thread;
  forged.body = alerts::write_facts(only_alert(chi_).facts, 0, "severity.scope.single_entity");
  say(binh_, forged, with_an_, an_);
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.all_alerts().size(), 2u) << "Binh's own alert, beside Chi's";
  EXPECT_THAT(an_.all_alerts().at(0).severity, only_alert(chi_).severity);
}

/// All three have an agreement besides, and An leaves it.
class GrowingAmongThree : public Growing {
 protected:
  GrowingAmongThree() {
    meet(an_, chi_);
    trust::Agreement draft;
    draft.parties = {binh_.id(), chi_.id()};
    draft.terms = terms("Alerts of three");
    of_three_ = must(propose(an_.context(), draft, kAnalyst)).agreement.id;
    settle_all();
    for (Node* node : {&an_, &binh_, &chi_}) {
      const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
      for (const auto& person : own.descriptor.signatories) must(approve(*node, of_three_, person.name));
    }
    settle_all();
  }
  void settle_all() {
    for (int round = 0; round < 10; ++round) {
      CHECK(settle());
      hand_over(an_, chi_);
      hand_over(chi_, an_);
    }
  }
  void share(Node& node) {
    node.share_alert(of_three_);
    settle_all();
  }
  /// The update comes to be due, and has gone wherever it may.
  void let_it_grow() {
    see("198.51.100.8");
    clock_.advance(base::minutes(5));
    must(tell_growth_due(chi_.context()));
    settle_all();
  }
  /// Statements that arrived under the agreement of three.
  std::int64_t alerts_sent(Node& from, const Node& to) {
    return from.count(
        "SELECT COUNT(*) FROM ledger WHERE direction = 'out' AND kind = 'alert' AND state = 'receipted' "
        "AND agreement = '" +
        of_three_ + "' AND party = '" + to.id().text() + "'");
  }

  trust::AgreementId of_three_;
};

TEST_F(GrowingAmongThree, IsToldToWhoHasStayedAndNotToWhoHasLeft) {
  share(chi_);
  ASSERT_EQ(alerts_sent(chi_, an_), 1);
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  settle_all();
  let_it_grow();
  EXPECT_EQ(alerts_sent(chi_, an_), 1) << "neither the update";
  EXPECT_EQ(values(an_).size(), 1u);
  EXPECT_EQ(alerts_sent(chi_, binh_), 2);
  const auto newest =
      chi_.get([id = only_alert(chi_).id](store::Transaction& tx) { return alerts::newest_statements(tx, id); });
  for (const alerts::Version& said : newest)
    for (const auto& to : chi_.get([&](store::Transaction& tx) { return alerts::sent_to(tx, said.statement); }))
      EXPECT_NE(to.party, an_.id()) << "nor is its acknowledgement awaited";

  PublishRequest request;
  request.alert = only_alert(chi_).id;
  request.agreement = of_three_;
  request.by = kAnalyst;
  std::vector<std::string> reasons;
  for (const auto& recipient : must(preview(chi_.context(), request)).recipients)
    if (recipient.party == an_.id())
      for (const auto& refused : recipient.refused) reasons.push_back(refused.reason);
  EXPECT_THAT(reasons, ElementsAre("release.has_left"));
}

TEST_F(GrowingAmongThree, IsPassedOnToWhoHasStayedAndNotToWhoHasLeft) {
  share(binh_);
  ASSERT_EQ(alerts_sent(binh_, an_), 1) << "passed on, as it came under the agreement of Binh and Chi";
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  settle_all();
  see_what_is_worse("198.51.100.8");
  settle_all();
  ASSERT_EQ(values(binh_).size(), 2u);
  EXPECT_EQ(alerts_sent(binh_, an_), 1);
  EXPECT_EQ(values(an_).size(), 1u);
  EXPECT_THAT(expected(binh_), ElementsAre("waits")) << "that it is worse is to be acknowledged by nobody";
}

TEST_F(Growing, IsOneAlertAgainAfterTheNodeWasRestored) {
  see("198.51.100.8");
  wait(base::minutes(5));
  Node restored = restored_chi();
  for (int i = 0; i < 6; ++i) {
    hand_over(binh_, restored);
    hand_over(restored, binh_);
  }
  EXPECT_THAT(values(restored), UnorderedElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(expected(restored), ElementsAre("waits"));
}

TEST_F(Growing, SurvivesACrashBeforeItWasDue) {
  see("198.51.100.8");
  chi_.restart();
  wait(base::minutes(5));
  EXPECT_EQ(values(binh_).size(), 2u);
}

/// An, who knows Chi, has got Chi's alert from Binh, and gives it to Binh a second time.
TEST_F(Growing, IsAcknowledgedToEverybodyWhoGaveIt) {
  meet(an_, chi_);
  pass_on();
  const Digest said = statements(chi_).at(0);
  must(an_.db().write([&](store::Transaction& tx) -> Result<void> {
    return exchange::enqueue(tx, TRY(exchange::archived(tx, said)), with_an_, {}, clock_.now());
  }));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.get([&](store::Transaction& tx) { return exchange::givers_of(tx, said); }),
              ElementsAre(chi_.id(), an_.id()));
  must(
      an_.db().write([&](store::Transaction& tx) { return alerts::expect_ack(tx, said, binh_.id(), base::hours(1)); }));
  acknowledge(binh_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(an_), ElementsAre("Duty officer"));
  EXPECT_THAT(expected(chi_), ElementsAre("Duty officer"));
}

TEST_F(Growing, IsAcknowledgedToWhoGivesItAfterwards) {
  meet(an_, chi_);
  pass_on();
  const Digest said = statements(chi_).at(0);
  acknowledge(binh_);
  ASSERT_TRUE(settle());
  must(an_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(alerts::expect_ack(tx, said, binh_.id(), base::hours(1)));
    return exchange::enqueue(tx, TRY(exchange::archived(tx, said)), with_an_, {}, clock_.now());
  }));
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(an_), ElementsAre("Duty officer"));
}

TEST_F(Growing, IsAnsweredOnceToWhoeverPassesItOnAndNotForEachWord) {
  meet(an_, chi_);
  pass_on();
  acknowledge(an_);
  ASSERT_TRUE(settle());
  const auto acks = [&] {
    return an_.count("SELECT COUNT(*) FROM statements WHERE kind = 'ack' AND author = '" + an_.id().text() + "'");
  };
  ASSERT_EQ(acks(), 1);
  see("198.51.100.8");
  wait(base::minutes(5));
  wait(base::minutes(5));
  ASSERT_EQ(values(an_).size(), 2u);
  EXPECT_EQ(acks(), 1) << "nobody here has seen the second word";
}

/// Of the second word alone, which nobody here was asked to acknowledge.
TEST_F(Growing, IsAcknowledgedToWhoGivesOnlyALaterWordOfIt) {
  meet(an_, chi_);
  acknowledge(binh_);
  pass_on();
  see("198.51.100.8");
  wait(base::minutes(5));
  wait(base::minutes(5));
  ASSERT_EQ(only_alert(binh_).state, alerts::State::Acknowledged);
  const Digest second = statements(an_).at(1);
  must(an_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(alerts::expect_ack(tx, second, binh_.id(), base::hours(1)));
    return exchange::enqueue(tx, TRY(exchange::archived(tx, second)), with_an_, {}, clock_.now());
  }));
  ASSERT_TRUE(settle());
  EXPECT_THAT(expected(an_), ElementsAre("duty"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
