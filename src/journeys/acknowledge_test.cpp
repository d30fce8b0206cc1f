// Who acknowledged an alert becomes known to whoever raised it, however many hands it went through, and nobody can say
// so for another.
#include "core/exchange/exchange_fixture.h"
#include "formats/merkle/test_tree.h"
#include "journeys/journeys_fixture.h"
#include "journeys/told.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Chi raises an alert, which goes to Binh by itself, and Binh passes it on to An, whom Chi has never met.
class Acknowledging : public Three {
 protected:
  Acknowledging() {
    must(binh_.publish(binh_.import({"198.51.100.7"}), with_chi_));
    CHECK(settle());
    chi_.mark_critical("10.1.4.20");
    must(chi_.see("198.51.100.7", "10.1.4.20"));
    CHECK(settle());
  }

  static alerts::Alert alert_at(Node& node) { return node.all_alerts().at(0); }
  static Digest statement(Node& node) {
    return node.get([id = alert_at(node).id](store::Transaction& tx) { return alerts::newest_statements(tx, id); })
        .at(0)
        .statement;
  }
  void pass_on() {
    binh_.share_alert(with_an_);
    CHECK(settle());
  }
  static void acknowledge(Node& node) {
    must(acknowledge_alert(node.context(), alert_at(node).id, kDuty, "Duty officer", ""));
  }
  /// "<party> by <person>", "<party> by <person> via <party>", "<party> waits".
  std::vector<std::string> acknowledged(Node& node) {
    std::vector<std::string> out;
    const Digest about = statement(node);
    for (const auto& one : node.get([&](store::Transaction& tx) { return alerts::sent_to(tx, about); }))
      out.push_back(name(one.party) + (one.acknowledged_at ? " by " + one.acknowledged_by : " waits") +
                    (one.via ? " via " + name(*one.via) : ""));
    return out;
  }
  std::string name(const trust::PartyId& id) const {
    return id == an_.id() ? "An" : id == binh_.id() ? "Binh" : id == chi_.id() ? "Chi" : "Dao";
  }
  /// What the alert's page says of each: "<party> receipted", "<party> late", "<party> by <person> via <party>".
  std::vector<std::string> told(Node& node) {
    std::vector<std::string> out;
    const auto all = node.get(
        [&, alert = alert_at(node)](store::Transaction& tx) { return told_of(tx, alert, node.context().now()); });
    for (const Told& one : all) {
      const std::string delivery(exchange::name(one.delivery));
      out.push_back(name(one.party) + " " +
                    (one.acknowledged_at ? "by " + one.acknowledged_by
                     : one.is_late       ? "late"
                                         : delivery) +
                    (one.via ? " via " + name(*one.via) : ""));
    }
    return out;
  }
  /// An acknowledgement of the alert, as any party could write it.
  exchange::Statement ack(std::string_view by, trust::Onward onward) {
    exchange::Statement out;
    out.kind = "ack";
    out.in_reply_to = statement(chi_);
    out.handling.onward = onward;
    out.body = json::Object{{"of", "alert"}, {"by", by}};
    return out;
  }
};

TEST_F(Acknowledging, OfWhatWasPassedOnIsKnownToWhoeverPassedItOnAndToItsAuthor) {
  pass_on();
  EXPECT_THAT(acknowledged(binh_), ElementsAre("An waits"));
  acknowledge(an_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(acknowledged(binh_), ElementsAre("An by Duty officer"));
  EXPECT_THAT(acknowledged(chi_), UnorderedElementsAre("Binh waits", "An by Duty officer via Binh"));
  const auto events =
      chi_.get([id = alert_at(chi_).id](store::Transaction& tx) { return alerts::events(tx, id, 100); });
  EXPECT_EQ(events.back().what, "alerts.event.onward_acknowledged");
  EXPECT_EQ(events.back().who, an_.id().text());
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM statements WHERE kind = 'ack' AND author = '" + an_.id().text() + "'"), 1)
      << "the evidence is An's own signed word";
}

TEST_F(Acknowledging, IsShownOfEverybodyWhoWasToldWithHowFarItGot) {
  pass_on();
  EXPECT_THAT(told(chi_), ElementsAre("Binh receipted"));
  EXPECT_THAT(told(binh_), ElementsAre("An receipted")) << "Chi, who gave it, was not told";
  clock_.advance(base::hours(1));
  EXPECT_THAT(told(chi_), ElementsAre("Binh receipted")) << "the agreement says one hour";
  clock_.advance(base::seconds(1));
  EXPECT_THAT(told(chi_), ElementsAre("Binh late"));
  acknowledge(an_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(told(binh_), ElementsAre("An by Duty officer"));
  EXPECT_THAT(told(chi_), UnorderedElementsAre("Binh late", "An by Duty officer via Binh"));
}

TEST_F(Acknowledging, OfWhatWasPassedOnIsAwaitedAsSoonAsItsAuthorAsked) {
  binh_.sql("UPDATE alerts SET severity = 5");  // no matter: both agreements say one hour for all
  exchange::Statement urgent;
  urgent.kind = "alert";
  urgent.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::Free, 30};
  urgent.reply_within = base::minutes(5);
  urgent.body = alerts::write_facts(alert_at(chi_).facts, 4, "severity.scope.single_entity");
  const Digest asked = say(chi_, urgent, with_chi_, binh_);
  ASSERT_TRUE(settle());
  PublishRequest request;
  request.alert = binh_.get([&](store::Transaction& tx) { return alerts::by_statement(tx, asked); })->id;
  request.agreement = with_an_;
  request.by = kAnalyst;
  ASSERT_TRUE(publish(binh_.context(), request));
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) { return alerts::sent_to(tx, asked); }).at(0).within,
            base::minutes(5));
}

TEST_F(Acknowledging, TravelsOverEveryHandTheAlertWentThrough) {
  pass_on();
  // An has passed the alert on to Dao, whom neither Binh nor Chi knows, and has Dao's word.
  const trust::OwnKeys keys = exchange::testing::keys_of(60);
  const trust::Descriptor dao = trust::testing::descriptor_of(60);
  exchange::Statement word = ack("Dao's officer", trust::Onward::Free);
  word.author = dao.party;
  word.id = base::uuid7(clock_.now());
  word.time = clock_.now();
  const auto said = exchange::sign_statement(keys, word);
  merkle::MemoryTree log;
  log.add(said.digest().view());
  const std::string origin = exchange::origin(dao.party, dao.log.id);
  const std::string head = merkle::sign_checkpoint({origin, 1, must(merkle::root(1, log.reader()))}, origin, keys.log);
  const Digest about = statement(chi_);
  must(an_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(alerts::expect_ack(tx, about, dao.party, base::hours(1)));
    TRY_VOID(exchange::keep_author(
        tx, TRY(trust::verify_descriptor(trust::sign_descriptor(trust::testing::key_of(60), dao)))));
    TRY(exchange::keep(tx, said, dao.party, false, 1, clock_.now()));
    TRY_VOID(exchange::keep_proof(
        tx, said.digest(),
        {exchange::write_proof(exchange::InclusionProof{said.digest(), dao.log.id, 0, 1, {}, head}), head}));
    return exchange::enqueue(tx, said, "", binh_.id(), clock_.now());
  }));
  ASSERT_TRUE(settle());
  EXPECT_THAT(acknowledged(binh_), UnorderedElementsAre("An waits", "Dao by Dao's officer via An"));
  EXPECT_THAT(acknowledged(chi_), UnorderedElementsAre("Binh waits", "Dao by Dao's officer via Binh"));
}

TEST_F(Acknowledging, InAnothersNameSaysNothingOfTheOther) {
  pass_on();
  say(binh_, ack("An's officer", trust::Onward::Free), "", chi_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh by An's officer")) << "Binh's own word, whatever it says";
  auto forged = ack("An's officer", trust::Onward::Free);
  forged.author = an_.id();
  forged.id = base::uuid7(clock_.now());
  forged.time = clock_.now();
  const auto said = exchange::sign_statement(*binh_.context().self.keys, forged);
  must(binh_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY(exchange::keep(tx, said, an_.id(), false, 1, clock_.now()));
    TRY_VOID(exchange::keep_proof(
        tx, said.digest(), TRY(exchange::kept_proof(tx, forged.in_reply_to.value())).value_or(exchange::KeptProof{})));
    return exchange::enqueue(tx, said, "", chi_.id(), clock_.now());
  }));
  EXPECT_EQ(hand_over(binh_, chi_), Handed::Refused);
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh by An's officer"));
}

TEST_F(Acknowledging, GoesNoFurtherThanItsAuthorPermits) {
  pass_on();
  const Digest said = say(an_, ack("An's officer", trust::Onward::None), "", binh_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(acknowledged(binh_), ElementsAre("An by An's officer"));
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh waits"));
  must(binh_.db().write([&](store::Transaction& tx) -> Result<void> {
    return exchange::enqueue(tx, TRY(exchange::archived(tx, said)), "", chi_.id(), clock_.now());
  }));
  expect_refused(binh_, chi_, "delivery.onward_not_permitted");
}

TEST_F(Acknowledging, BehindSomebodyWhomNobodyToldSaysNothing) {
  say(an_, ack("An's officer", trust::Onward::Free), "", binh_);  // An has never got the alert
  ASSERT_TRUE(settle());
  EXPECT_THAT(acknowledged(binh_), IsEmpty());
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh waits"));
}

TEST_F(Acknowledging, IsKeptForEveryStatementAboutTheAlert) {
  acknowledge(binh_);
  ASSERT_TRUE(settle());
  PublishRequest again;
  again.alert = alert_at(chi_).id;
  again.tlp = stix::Tlp::Amber;  // another handling: not the same word again
  again.by = kAnalyst;
  ASSERT_TRUE(publish(chi_.context(), again));
  ASSERT_TRUE(settle());
  const auto about =
      chi_.get([id = alert_at(chi_).id](store::Transaction& tx) { return alerts::newest_statements(tx, id); });
  ASSERT_EQ(about.size(), 2u);
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh by Duty officer")) << "of the first";
  const auto second = [&] {
    return chi_.get([&](store::Transaction& tx) { return alerts::sent_to(tx, about[1].statement); });
  };
  ASSERT_EQ(second().size(), 1u);
  EXPECT_FALSE(second()[0].acknowledged_at);
  for (const auto& alert : binh_.all_alerts()) {
    if (alert.state != alerts::State::Open) continue;
    ASSERT_TRUE(acknowledge_alert(binh_.context(), alert.id, kDuty, "The next officer", ""));
  }
  ASSERT_TRUE(settle());
  EXPECT_EQ(second()[0].acknowledged_by, "The next officer");
  EXPECT_THAT(acknowledged(chi_), ElementsAre("Binh by Duty officer"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
