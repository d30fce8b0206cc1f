// What is said again: a newer version of an alert changes it, and asks again only for what is worse.
#include "duty/alerts/alerts_fixture.h"

namespace tocsin::alerts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Digest digest_of(std::string_view name) {
  return crypto::sha256(name);
}

class Versions : public AlertsTest {
 protected:
  Received take_version(const Alert& alert, std::string_view statement, std::string_view supersedes) {
    return get(
        [&](store::Transaction& tx) { return receive(tx, alert, digest_of(statement), digest_of(supersedes), now_); });
  }
  static Alert naming(Alert alert, std::vector<std::string> indicators) {
    alert.facts.indicators = std::move(indicators);
    return alert;
  }
  std::vector<Digest> newest(AlertId id) {
    return get([&](store::Transaction& tx) { return newest_statements(tx, id); });
  }

  // What we say, version after version.
  void say(AlertId id, std::string_view statement, std::optional<Digest> supersedes = {}) {
    get([&](store::Transaction& tx) { return add_statement(tx, id, {digest_of(statement), supersedes}); });
  }
  void expect_of(const trust::PartyId& party, std::string_view statement) {
    get([&](store::Transaction& tx) { return expect_ack(tx, digest_of(statement), party, base::hours(1)); });
  }
  bool acknowledged_by(const trust::PartyId& party, std::string_view statement) {
    return get([&](store::Transaction& tx) { return take_ack(tx, digest_of(statement), {party, party, "Mai"}, now_); });
  }
  /// "waits" or by whom, of each who is expected to acknowledge this statement.
  std::vector<std::string> expected(std::string_view statement) {
    std::vector<std::string> out;
    for (const SentTo& to : get([&](store::Transaction& tx) { return sent_to(tx, digest_of(statement)); }))
      out.push_back(to.acknowledged_at ? to.acknowledged_by : "waits");
    return out;
  }
  std::vector<AlertId> due() {
    return get([&](store::Transaction& tx) { return updates_due(tx, now_); });
  }
  void set_due(AlertId id, std::optional<Time> at) {
    get([&](store::Transaction& tx) { return set_update_due(tx, id, at); });
  }
};

TEST_P(Versions, SayWhatTheAlertIsNow) {
  const AlertId id = take(from_peer(), "one");
  Alert more = naming(from_peer(), {"indicator--a", "indicator--b"});
  more.deadline = now_ + base::days(3);
  more.facts.count = 12;
  const Received update = take_version(more, "two", "one");
  EXPECT_EQ(update.id, id);
  EXPECT_TRUE(update.is_update);
  const Alert kept = read(id);
  EXPECT_THAT(kept.facts.indicators, ElementsAre("indicator--a", "indicator--b"));
  EXPECT_EQ(kept.facts.count, 12);
  EXPECT_EQ(kept.deadline, now_ + base::hours(1)) << "what was asked for first stands";
  EXPECT_THAT(told(id), ElementsAre(": alerts.event.received", ": alerts.event.updated"));
  EXPECT_THAT(newest(id), ElementsAre(digest_of("two")));
  EXPECT_THAT(listed(), ElementsAre(id));
  EXPECT_FALSE(take_version(more, "two", "one").is_update) << "applied once";
  EXPECT_EQ(told(id).size(), 2u);
}

TEST_P(Versions, OfAnAcknowledgedAlertOpenItOnlyWhereTheyAreWorse) {
  const AlertId id = take(from_peer(3), "one");
  ASSERT_EQ(ack(id), "");
  take_version(naming(from_peer(3), {"indicator--b"}), "two", "one");
  EXPECT_EQ(read(id).state, "acknowledged");
  Alert worse = from_peer(5);
  worse.deadline = now_ + base::minutes(15);
  take_version(worse, "three", "two");
  const Alert kept = read(id);
  EXPECT_EQ(kept.state, "open");
  EXPECT_EQ(kept.severity, 5);
  EXPECT_EQ(kept.deadline, now_ + base::minutes(15));
  EXPECT_FALSE(kept.acknowledged_at);
  EXPECT_EQ(kept.acknowledged_by, "");
  EXPECT_EQ(told(id).back(), ": alerts.event.worsened 5");
  EXPECT_EQ(ack(id, "linh"), "");
}

TEST_P(Versions, OfAnOpenAlertGiveNobodyMoreTime) {
  const AlertId id = take(from_peer(3), "one");
  Alert worse = from_peer(4);
  worse.deadline = now_ + base::days(2);
  take_version(worse, "two", "one");
  EXPECT_EQ(read(id).deadline, now_ + base::hours(1));
}

TEST_P(Versions, OfAnotherPartyRealmOrAgreementAreAlertsOfTheirOwn) {
  const AlertId id = take(from_peer(), "one");
  Alert of_us = from_peer(5);
  of_us.party = own();
  Alert of_an_exercise = from_peer(5);
  of_an_exercise.realm = "018f3f50-9d5e-7c3e-8a51-3f2a6f0c1d2e";
  Alert under_another = from_peer(5);
  trust::Label agreed = label_of(stix::Tlp::Green);
  agreed.agreement = "018f3f50-9d5e-7c3e-8a51-3f2a6f0c1d2f";
  under_another.label = intern(agreed);
  std::string statement = "two";
  for (const Alert& other : {of_us, of_an_exercise, under_another}) {
    const Received received = take_version(other, statement, "one");
    EXPECT_NE(received.id, id);
    EXPECT_FALSE(received.is_update);
    statement += "+";
  }
  EXPECT_EQ(read(id).severity, 3);
  EXPECT_THAT(newest(id), ElementsAre(digest_of("one")));
}

TEST_P(Versions, ThatComeAfterANewerOneChangeNothing) {
  const AlertId id = take_version(naming(from_peer(4), {"indicator--a", "indicator--b"}), "two", "one").id;
  const Received late = take_version(from_peer(5), "one", "none that we know");
  EXPECT_EQ(late.id, id);
  EXPECT_FALSE(late.is_update);
  EXPECT_EQ(read(id).severity, 4);
  EXPECT_THAT(newest(id), ElementsAre(digest_of("two")));
  EXPECT_THAT(listed(), ElementsAre(id));
  // What somebody else claims to supersede is swallowed by nobody.
  Alert foreign = from_peer();
  foreign.party = own();
  take_version(foreign, "claims", "of the peer");
  EXPECT_NE(take(from_peer(), "of the peer"), id);
  EXPECT_EQ(listed().size(), 3u);
}

TEST_P(Versions, MakeAnAlertMoreRestrictedNeverLess) {
  const AlertId id = take(from_peer(), "one");
  Alert amber = from_peer();
  amber.label = intern(label_of(stix::Tlp::Amber));
  take_version(amber, "two", "one");
  EXPECT_EQ(read(id).label, amber.label);
  take_version(from_peer(), "three", "two");
  EXPECT_EQ(read(id).label, amber.label);
}

TEST_P(Versions, AskAgainOnlyForWhatIsWorse) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a"});
  const AlertId id = put(alert).id;
  say(id, "one");
  expect_of(peer(), "one");
  say(id, "two", digest_of("one"));
  expect_of(peer(), "two");
  expect_of(own(), "two");  // whom nobody had asked before
  EXPECT_THAT(expected("one"), ElementsAre("waits"));
  EXPECT_THAT(expected("two"), ElementsAre("waits"));
  alert.severity = 5;
  EXPECT_TRUE(put(alert).worse);
  say(id, "three", digest_of("two"));
  expect_of(peer(), "three");
  EXPECT_THAT(expected("three"), ElementsAre("waits"));
  say(id, "four", digest_of("three"));
  expect_of(peer(), "four");
  EXPECT_THAT(expected("four"), IsEmpty());
}

TEST_P(Versions, AreAcknowledgedWithThoseBeforeThemAndNotWithThoseAfter) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a"});
  const AlertId id = put(alert).id;
  say(id, "one");
  expect_of(peer(), "one");
  say(id, "two", digest_of("one"));
  alert.severity = 5;
  put(alert);
  say(id, "three", digest_of("two"));
  expect_of(peer(), "three");
  EXPECT_TRUE(acknowledged_by(peer(), "two"));
  EXPECT_THAT(expected("one"), ElementsAre("Mai"));
  EXPECT_THAT(expected("three"), ElementsAre("waits"));
  EXPECT_FALSE(acknowledged_by(peer(), "one")) << "nothing new";
  EXPECT_TRUE(acknowledged_by(peer(), "three"));
  EXPECT_THAT(expected("three"), ElementsAre("Mai"));
}

TEST_P(Versions, AreDueAtTheEarliestTimeThatWasDecided) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  const AlertId other = put(hits_on("10.0.0.6", {"indicator--a"})).id;
  EXPECT_THAT(due(), IsEmpty());
  set_due(id, now_ + base::minutes(5));
  set_due(id, now_ + base::minutes(9));
  set_due(other, now_ + base::minutes(9));
  EXPECT_THAT(due(), IsEmpty());
  now_ = now_ + base::minutes(5);
  EXPECT_THAT(due(), ElementsAre(id));
  now_ = now_ + base::minutes(4);
  EXPECT_THAT(due(), ElementsAre(id, other));
  set_due(id, std::nullopt);
  EXPECT_THAT(due(), ElementsAre(other));
}

TOCSIN_ON_BOTH_ENGINES(Versions);

}  // namespace
}  // namespace tocsin::alerts
