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
  /// What its author says of the alert, each a second after the one before.
  Received take_version(const Alert& alert, std::string_view statement, Duration said_later = {},
                        std::string thread = "thread") {
    said_ = said_ + base::seconds(1);
    const Version version{digest_of(statement), std::move(thread), said_ + said_later, alert.severity};
    return get([&](store::Transaction& tx) { return receive(tx, alert, version, now_); });
  }
  static Alert naming(Alert alert, std::vector<std::string> indicators) {
    alert.facts.indicators = std::move(indicators);
    return alert;
  }
  std::vector<Digest> newest(AlertId id) {
    std::vector<Digest> out;
    for (const Version& version : get([&](store::Transaction& tx) { return newest_statements(tx, id); }))
      out.push_back(version.statement);
    return out;
  }

  // What we say, version after version.
  void say(AlertId id, std::string_view statement, std::string thread = "ours") {
    said_ = said_ + base::seconds(1);
    get([&](store::Transaction& tx) -> Result<void> {
      const int severity = static_cast<int>(TRY(tx.integer("SELECT severity FROM alerts WHERE alert = ?", id)).value());
      return add_statement(tx, id, {digest_of(statement), thread, said_, severity});
    });
  }
  void expect_of(const trust::PartyId& party, std::string_view statement) {
    get([&](store::Transaction& tx) { return expect_ack(tx, digest_of(statement), party, base::hours(1)); });
  }
  bool acknowledged_by(const trust::PartyId& party, std::string_view statement,
                       std::optional<trust::PartyId> handed_over = {}) {
    return get([&](store::Transaction& tx) {
      return take_ack(tx, digest_of(statement), {party, handed_over.value_or(party), "Mai"}, now_);
    });
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

  Time said_ = now_;
};

TEST_P(Versions, SayWhatTheAlertIsNow) {
  const AlertId id = take_version(from_peer(), "one").id;
  Alert more = naming(from_peer(), {"indicator--a", "indicator--b"});
  more.deadline = now_ + base::days(3);
  more.facts.count = 12;
  const Received update = take_version(more, "two");
  EXPECT_EQ(update.id, id);
  EXPECT_TRUE(update.is_update);
  EXPECT_FALSE(update.is_worse);
  const Alert kept = read(id);
  EXPECT_THAT(kept.facts.indicators, ElementsAre("indicator--a", "indicator--b"));
  EXPECT_EQ(kept.facts.count, 12);
  EXPECT_EQ(kept.deadline, now_ + base::hours(1)) << "what was asked for first stands";
  EXPECT_THAT(told(id), ElementsAre(": alerts.event.received", ": alerts.event.updated"));
  EXPECT_THAT(newest(id), ElementsAre(digest_of("two")));
  EXPECT_THAT(listed(), ElementsAre(id));
  EXPECT_FALSE(take_version(more, "two").is_update) << "applied once";
  EXPECT_EQ(told(id).size(), 2u);
}

TEST_P(Versions, OfAnAcknowledgedAlertOpenItOnlyWhereTheyAreWorse) {
  const AlertId id = take_version(from_peer(3), "one").id;
  ASSERT_EQ(ack(id), "");
  take_version(naming(from_peer(3), {"indicator--b"}), "two");
  EXPECT_EQ(read(id).state, State::Acknowledged);
  Alert worse = from_peer(5);
  worse.deadline = now_ + base::minutes(15);
  EXPECT_TRUE(take_version(worse, "three").is_worse);
  const Alert kept = read(id);
  EXPECT_EQ(kept.state, State::Open);
  EXPECT_EQ(kept.severity, 5);
  EXPECT_EQ(kept.deadline, now_ + base::minutes(15));
  EXPECT_FALSE(kept.acknowledged_at);
  EXPECT_EQ(kept.acknowledged_by, "");
  EXPECT_EQ(told(id).back(), ": alerts.event.worsened 5");
  EXPECT_EQ(ack(id, "linh"), "");
}

TEST_P(Versions, ThatFallAndRiseAgainRingNobodyTwice) {
  const AlertId id = take_version(from_peer(5), "one").id;
  ASSERT_EQ(ack(id), "");
  take_version(from_peer(0), "two");
  EXPECT_EQ(read(id).severity, 0);
  EXPECT_FALSE(take_version(from_peer(5), "three").is_worse);
  EXPECT_EQ(read(id).severity, 5);
  EXPECT_EQ(read(id).state, State::Acknowledged);
}

TEST_P(Versions, OfAnOpenAlertGiveNobodyMoreTime) {
  const AlertId id = take_version(from_peer(3), "one").id;
  Alert worse = from_peer(4);
  worse.deadline = now_ + base::days(2);
  take_version(worse, "two");
  EXPECT_EQ(read(id).deadline, now_ + base::hours(1));
}

TEST_P(Versions, OfAnotherPartyRealmAgreementOrReadersAreAlertsOfTheirOwn) {
  const AlertId id = take_version(from_peer(), "one").id;
  Alert of_us = from_peer(5);
  of_us.party = own();
  Alert of_an_exercise = from_peer(5);
  of_an_exercise.realm = "018f3f50-9d5e-7c3e-8a51-3f2a6f0c1d2e";
  Alert under_another = from_peer(5);
  trust::Label agreed = label_of(stix::Tlp::Green);
  agreed.agreement = "018f3f50-9d5e-7c3e-8a51-3f2a6f0c1d2f";
  under_another.label = intern(agreed);
  Alert for_one = from_peer(5);
  for_one.label = red();
  Alert for_the_other = from_peer(5);
  for_the_other.label = intern(label_of(stix::Tlp::Red, {"linh"}));
  std::string statement = "two";
  std::vector<AlertId> ids{id};
  for (const Alert& other : {of_us, of_an_exercise, under_another, for_one, for_the_other}) {
    const Received received = take_version(other, statement);
    EXPECT_THAT(ids, ::testing::Not(::testing::Contains(received.id)));
    EXPECT_FALSE(received.is_update);
    ids.push_back(received.id);
    statement += "+";
  }
  EXPECT_EQ(read(id).severity, 3);
  EXPECT_TRUE(take_version(from_peer(4), "its own").is_update);
  EXPECT_EQ(read(id).severity, 4);
}

TEST_P(Versions, ThatComeAfterANewerOneChangeNothing) {
  const AlertId id = take_version(naming(from_peer(4), {"indicator--a", "indicator--b"}), "two").id;
  const Received late = take_version(from_peer(5), "one", Duration{-base::hours(1).us});
  EXPECT_EQ(late.id, id);
  EXPECT_FALSE(late.is_update);
  EXPECT_EQ(read(id).severity, 4);
  EXPECT_THAT(newest(id), ElementsAre(digest_of("two")));
  EXPECT_THAT(listed(), ElementsAre(id));
  EXPECT_EQ(get([&](store::Transaction& tx) { return by_statement(tx, digest_of("one")); })->id, id);
}

TEST_P(Versions, OfWhichOneNeverCameAreStillOneAlert) {
  const AlertId id = take_version(from_peer(), "one").id;
  EXPECT_EQ(take_version(from_peer(), "three").id, id);
}

TEST_P(Versions, MakeAnAlertMoreRestrictedNeverLess) {
  const AlertId id = take_version(from_peer(), "one").id;
  Alert amber = from_peer();
  amber.label = intern(label_of(stix::Tlp::Amber));
  take_version(amber, "two");
  EXPECT_EQ(read(id).label, amber.label);
  take_version(from_peer(), "three");
  EXPECT_EQ(read(id).label, amber.label);
}

TEST_P(Versions, AreNotWithoutEnd) {
  const AlertId id = take_version(from_peer(), "one").id;
  for (int i = 1; i < kMaxVersions; ++i) take_version(from_peer(), "more " + std::to_string(i));
  const Version one_more{digest_of("too many"), "thread", said_ + base::days(1), 5};
  const Alert worse = from_peer(5);
  EXPECT_EQ(error_of([&](store::Transaction& tx) { return receive(tx, worse, one_more, now_); }),
            "alerts.too_many_versions");
  EXPECT_EQ(read(id).severity, 3);
}

TEST_P(Versions, OfOursThatComeBackAfterARestoreAddToWhatIsKnown) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a", "indicator--since"}, 4);
  const AlertId id = put(alert).id;
  say(id, "one", "ours");
  Alert returned = hits_on("", {"indicator--a", "indicator--b"}, 3);
  trust::Label agreed = label_of(stix::Tlp::Green);
  agreed.agreement = "018f3f50-9d5e-7c3e-8a51-3f2a6f0c1d2f";
  returned.label = intern(agreed);
  EXPECT_EQ(take_version(returned, "two", {}, "ours").id, id) << "whatever agreement it was said under";
  EXPECT_THAT(read(id).facts.indicators,
              ::testing::UnorderedElementsAre("indicator--a", "indicator--b", "indicator--since"));
  EXPECT_EQ(read(id).severity, 4);
  EXPECT_EQ(read(id).host, "10.0.0.5");
  EXPECT_THAT(newest(id), ElementsAre(digest_of("two")));
}

TEST_P(Versions, AskAgainOnlyForWhatIsWorse) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a"});
  const AlertId id = put(alert).id;
  say(id, "one");
  expect_of(peer(), "one");
  say(id, "two");
  expect_of(peer(), "two");
  expect_of(own(), "two");  // whom nobody had asked before
  EXPECT_THAT(expected("one"), ElementsAre("waits"));
  EXPECT_THAT(expected("two"), ElementsAre("waits"));
  alert.severity = 5;
  EXPECT_TRUE(put(alert).worse);
  say(id, "three");
  expect_of(peer(), "three");
  EXPECT_THAT(expected("three"), ElementsAre("waits"));
  say(id, "four");
  expect_of(peer(), "four");
  EXPECT_THAT(expected("four"), IsEmpty());
  say(id, "to others", "another thread");
  expect_of(peer(), "to others");
  EXPECT_THAT(expected("to others"), ElementsAre("waits"));
}

TEST_P(Versions, AreAcknowledgedWithThoseBeforeThemAndNotWithThoseAfter) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a"});
  const AlertId id = put(alert).id;
  say(id, "one");
  expect_of(peer(), "one");
  say(id, "elsewhere", "another thread");
  expect_of(peer(), "elsewhere");
  say(id, "two");
  alert.severity = 5;
  put(alert);
  say(id, "three");
  expect_of(peer(), "three");
  EXPECT_TRUE(acknowledged_by(peer(), "two"));
  EXPECT_THAT(expected("one"), ElementsAre("Mai"));
  EXPECT_THAT(expected("three"), ElementsAre("waits"));
  EXPECT_THAT(expected("elsewhere"), ElementsAre("waits"));
  EXPECT_FALSE(acknowledged_by(peer(), "one")) << "nothing new";
  EXPECT_TRUE(acknowledged_by(peer(), "three"));
  EXPECT_THAT(expected("three"), ElementsAre("Mai"));
}

TEST_P(Versions, OfAnotherAlertThatBearsTheSameThreadSayNothingOfThisOne) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  say(id, "one");
  expect_of(peer(), "one");
  const AlertId other = put(hits_on("10.0.0.6", {"indicator--a"}, 5)).id;
  say(other, "copied");
  expect_of(peer(), "copied");
  EXPECT_THAT(expected("copied"), ElementsAre("waits"));
  EXPECT_TRUE(acknowledged_by(peer(), "copied"));
  EXPECT_THAT(expected("one"), ElementsAre("waits"));
}

TEST_P(Versions, ThatAreTakenBackBeforeTheyArriveAreAwaitedNoMoreAndALaterOneIs) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  EXPECT_FALSE(get([&](store::Transaction& tx) { return was_told(tx, id); }));
  say(id, "one");
  expect_of(peer(), "one");
  expect_of(third(), "one");
  EXPECT_TRUE(get([&](store::Transaction& tx) { return was_told(tx, id); }));
  EXPECT_TRUE(acknowledged_by(third(), "one"));
  expect_of(own(), "one");
  get([&](store::Transaction& tx) { return await_only_from(tx, digest_of("one"), {own()}); });
  say(id, "two");
  for (const auto& party : {peer(), third(), own()}) expect_of(party, "two");
  EXPECT_THAT(expected("one"), ::testing::UnorderedElementsAre("Mai", "waits")) << "who has it answers that";
  EXPECT_THAT(expected("two"), ElementsAre("waits")) << "of the one whom the first did not reach";
}

TEST_P(Versions, AreBroughtBackOnceFromBehindSomebody) {
  Alert alert = hits_on("10.0.0.5", {"indicator--a"});
  const AlertId id = put(alert).id;
  say(id, "one");
  expect_of(peer(), "one");
  EXPECT_TRUE(acknowledged_by(third(), "one", peer()));
  say(id, "two");
  EXPECT_FALSE(acknowledged_by(third(), "two", peer())) << "no worse";
  alert.severity = 5;
  put(alert);
  say(id, "three");
  EXPECT_TRUE(acknowledged_by(third(), "three", peer()));
}

TEST_P(Versions, BringBackTheWordsOfAThousandBehindOneAndNoMoreForEachOfThem) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  say(id, "one");
  expect_of(peer(), "one");
  say(id, "two");
  get([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 999; ++i)
      TRY(tx.run("INSERT INTO alert_recipients (statement, party, via, within, acknowledged_at) VALUES (?, ?, ?, 0, 0)",
                 digest_of("two"), "made up " + std::to_string(i), peer().text()));
    return {};
  });
  EXPECT_TRUE(acknowledged_by(third(), "one", peer()));
  EXPECT_FALSE(acknowledged_by(own(), "one", peer())) << "the thousand and first, of an older version";
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
