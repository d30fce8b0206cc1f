// Hits fold into one open alert of a host; what peers say is applied once.
#include "duty/alerts/alerts_fixture.h"

namespace tocsin::alerts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Raising : public AlertsTest {};

TEST_P(Raising, KeepsEverythingThatWasSaid) {
  Alert said = hits_on("10.0.0.5", {"indicator--a", "indicator--b"}, 4);
  said.facts.service = "Emergency department";
  said.facts.sector = "HEA";
  said.facts.protected_code = "MED-U";
  said.facts.population_served = 250'000;
  said.facts.values = {"evil.example"};
  said.facts.count = 17;
  said.facts.first = now_ - base::hours(2);
  said.facts.note = trust::testing::kHostileText;
  const Raised raised = put(said);
  EXPECT_TRUE(raised.is_new);
  EXPECT_TRUE(raised.grew);
  const Alert kept = read(raised.id);
  EXPECT_EQ(kept.id, raised.id);
  EXPECT_EQ(kept.origin, Origin::Own);
  EXPECT_EQ(kept.party, own());
  EXPECT_EQ(kept.severity, 4);
  EXPECT_EQ(kept.severity_row, said.severity_row);
  EXPECT_EQ(kept.host, "10.0.0.5");
  EXPECT_EQ(kept.label, said.label);
  EXPECT_EQ(kept.realm, trust::kReal);
  EXPECT_EQ(kept.state, State::Open);
  EXPECT_EQ(kept.received, said.received);
  EXPECT_EQ(kept.deadline, said.deadline);
  EXPECT_FALSE(kept.acknowledged_at);
  EXPECT_EQ(json::canonical(write_facts(kept.facts, 4, kept.severity_row)),
            json::canonical(write_facts(said.facts, 4, said.severity_row)));
  EXPECT_THAT(told(raised.id), ElementsAre(": alerts.event.raised 17"));
}

TEST_P(Raising, AddsHitsToTheOpenAlertOfTheHost) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  Alert more = hits_on("10.0.0.5", {"indicator--a"});
  more.facts.count = 4;
  more.facts.first = now_ - base::hours(1);
  more.facts.last = now_ + base::hours(1);
  more.deadline = now_ + base::minutes(1);
  const Raised again = put(more);
  EXPECT_EQ(again.id, id);
  EXPECT_FALSE(again.is_new);
  EXPECT_FALSE(again.grew);
  const Raised grown = put(hits_on("10.0.0.5", {"indicator--b", "indicator--a"}));
  EXPECT_EQ(grown.id, id);
  EXPECT_FALSE(grown.is_new);
  EXPECT_TRUE(grown.grew);
  const Alert kept = read(id);
  EXPECT_THAT(kept.facts.indicators, ElementsAre("indicator--a", "indicator--b"));
  EXPECT_EQ(kept.facts.count, 6);
  EXPECT_EQ(kept.facts.first, now_ - base::hours(1));
  EXPECT_EQ(kept.facts.last, now_ + base::hours(1));
  EXPECT_EQ(kept.deadline, now_ + base::hours(1));  // more of the same does not move the deadline
  EXPECT_THAT(told(id), ElementsAre(": alerts.event.raised 1", ": alerts.event.grew 2"));
}

TEST_P(Raising, KeepsHostsAndRealmsApart) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  EXPECT_NE(put(hits_on("10.0.0.50", {"indicator--a"})).id, id);
  Alert drill = hits_on("10.0.0.5", {"indicator--b"});
  drill.realm = trust::testing::kExercise;
  drill.label = exercise();
  EXPECT_TRUE(put(drill).is_new);
  Alert theirs = from_peer();
  theirs.host = "10.0.0.5";
  take(theirs, "s");
  EXPECT_EQ(put(hits_on("10.0.0.5", {"indicator--b"})).id, id);
  EXPECT_THAT(read(id).facts.indicators, ElementsAre("indicator--a", "indicator--b"));
}

TEST_P(Raising, RisesWithSeverityAndNeverFalls) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"}, 3)).id;
  Alert worse = hits_on("10.0.0.5", {"indicator--a"}, 4);
  worse.severity_row = "severity.life.serious_injury_plausible";
  worse.deadline = now_ + base::minutes(30);
  put(worse);
  EXPECT_EQ(read(id).severity, 4);
  EXPECT_EQ(read(id).severity_row, worse.severity_row);
  EXPECT_EQ(read(id).deadline, now_ + base::minutes(30));
  Alert milder = hits_on("10.0.0.5", {"indicator--a"}, 2);
  milder.deadline = now_ + base::hours(4);
  put(milder);
  EXPECT_EQ(read(id).severity, 4);
  EXPECT_EQ(read(id).severity_row, worse.severity_row);
  EXPECT_EQ(read(id).deadline, now_ + base::minutes(30));
  Alert later = hits_on("10.0.0.5", {"indicator--a"}, 5);
  later.deadline = now_ + base::hours(9);  // worse, and yet due later: the earlier promise stands
  put(later);
  EXPECT_EQ(read(id).deadline, now_ + base::minutes(30));
}

// An alert rests on everything it names: it must not be readable, or go out, under the rules of its first hit alone.
TEST_P(Raising, IsAsRestrictedAsTheStrictestThingItRestsOn) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--green"})).id;
  trust::Label strict = label_of(stix::Tlp::AmberStrict);
  strict.pap = stix::Pap::Clear;
  Alert more = hits_on("10.0.0.5", {"indicator--amber"});
  more.label = intern(strict);
  put(more);
  const auto label = [&] {
    const trust::LabelId held = read(id, "binh").label;
    return get([&](store::Transaction& tx) { return trust::label(tx, held); });
  };
  EXPECT_EQ(label().tlp, stix::Tlp::AmberStrict);
  EXPECT_EQ(label().pap, label_of(stix::Tlp::Green).pap);
  EXPECT_EQ(label().voucher, own());
  put(hits_on("10.0.0.5", {"indicator--green2"}));
  EXPECT_EQ(label().tlp, stix::Tlp::AmberStrict);
  Alert secret = hits_on("10.0.0.5", {"indicator--red"});
  secret.label = intern(label_of(stix::Tlp::Red, {"an", "binh"}));
  put(secret);
  EXPECT_EQ(label().readers, label_of(stix::Tlp::Red, {"an", "binh"}).readers);
  secret.label = intern(label_of(stix::Tlp::Red, {"binh", "linh"}));
  put(secret);
  EXPECT_EQ(label().readers, label_of(stix::Tlp::Red, {"binh"}).readers);
  EXPECT_EQ(reading_error(id, "linh"), "alerts.unknown");
  EXPECT_EQ(reading_error(id, "binh"), "");
}

TEST_P(Raising, AfterAcknowledgementNewIndicatorsOpenAnother) {
  const AlertId first = put(hits_on("10.0.0.5", {"indicator--a", "indicator--b"})).id;
  ASSERT_EQ(ack(first), "");
  const Raised known = put(hits_on("10.0.0.5", {"indicator--b"}));
  EXPECT_EQ(known.id, first);
  EXPECT_FALSE(known.is_new);
  EXPECT_EQ(read(first).facts.count, 2);
  EXPECT_EQ(read(first).state, State::Acknowledged);
  const Raised fresh = put(hits_on("10.0.0.5", {"indicator--b", "indicator--c"}));
  EXPECT_TRUE(fresh.is_new);
  EXPECT_NE(fresh.id, first);
  EXPECT_THAT(read(first).facts.indicators, ElementsAre("indicator--a", "indicator--b"));
  EXPECT_EQ(put(hits_on("10.0.0.5", {"indicator--a"})).id, fresh.id);  // the open one comes first
}

TEST_P(Raising, AfterAcknowledgementWorseTroubleOpensAnother) {
  const AlertId first = put(hits_on("10.0.0.5", {"indicator--a"}, 3)).id;
  ASSERT_EQ(ack(first), "");
  EXPECT_TRUE(put(hits_on("10.0.0.5", {"indicator--a"}, 4)).is_new);
}

TEST_P(Raising, AnAcknowledgementDoesNotSilenceWhatComesBackLater) {
  const AlertId first = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  ASSERT_EQ(ack(first), "");
  now_ = now_ + base::hours(24);
  EXPECT_EQ(put(hits_on("10.0.0.5", {"indicator--a"})).id, first);
  now_ = now_ + base::seconds(1);
  EXPECT_TRUE(put(hits_on("10.0.0.5", {"indicator--a"})).is_new);
}

TEST_P(Raising, NamesABoundedNumberOfThings) {
  AlertId id = 0;
  for (int i = 0; i < 30; ++i) {
    std::vector<std::string> indicators;
    for (int j = 0; j < 10; ++j) indicators.push_back("indicator--" + std::to_string(10 * i + j));
    id = put(hits_on("10.0.0.5", indicators)).id;
  }
  EXPECT_EQ(read(id).facts.indicators.size(), 200u);
  EXPECT_EQ(read(id).facts.count, 30);
  EXPECT_FALSE(put(hits_on("10.0.0.5", {"indicator--one-more"})).grew);
}

// One alert that cannot be read would take the whole queue with it.
TEST_P(Raising, NeverStoresWhatTheQueueCannotRead) {
  put(hits_on("10.0.0.1", {"indicator--a"}));
  const auto with = [&](auto change) {
    Alert alert = hits_on("10.0.0.5", {"indicator--a"});
    change(alert);
    return alert;
  };
  const std::int64_t most = (std::int64_t{1} << 53) - 1;
  const Alert much = with([&](Alert& a) { a.facts.count = most; });
  EXPECT_EQ(read(put(much).id).facts.count, most);
  EXPECT_EQ(read(put(much).id).facts.count, most);
  EXPECT_EQ(read(put(with([&](Alert& a) {
                   a.host = "10.0.0.6";
                   a.facts.count = std::numeric_limits<std::int64_t>::max();
                 })).id)
                .facts.count,
            most);
  const Alert unreadable[] = {
      with([](Alert& a) { a.facts.values = {std::string(2049, 'x')}; }),
      with([](Alert& a) { a.facts.values = {std::string("a\0b", 3)}; }),
      with([](Alert& a) { a.facts.host_name = std::string(201, 'x'); }),
      with([](Alert& a) { a.facts.note = std::string(1 << 20, 'x'); }),
      with([](Alert& a) { a.facts.what = ""; }),
      with([](Alert& a) { a.facts.population_served = -1; }),
      with([](Alert& a) { a.severity = 6; }),
      with([](Alert& a) { a.facts.last = Time{std::numeric_limits<std::int64_t>::max()}; }),
      with([](Alert& a) { a.facts.indicators = std::vector<std::string>(201, "indicator--a"); }),
  };
  for (const Alert& alert : unreadable) {
    EXPECT_NE(error_of([&](store::Transaction& tx) { return raise(tx, alert, now_); }), "");
    Alert elsewhere = alert;
    elsewhere.host = "10.0.0.9";
    EXPECT_NE(error_of([&](store::Transaction& tx) { return raise(tx, elsewhere, now_); }), "");
    EXPECT_EQ(listed().size(), 3u);
  }
  const AlertId id = put(with([](Alert& a) {
                       a.facts.host_name = "not \xff UTF-8";
                       a.host = "10.0.0.7";
                     })).id;
  EXPECT_EQ(read(id).facts.host_name, "not \ufffd UTF-8");
}

TEST_P(Raising, AppliesAStatementOnce) {
  const AlertId id = take(from_peer(), "one");
  EXPECT_EQ(take(from_peer(5), "one"), id);
  EXPECT_NE(take(from_peer(), "two"), id);
  const Alert kept = read(id);
  EXPECT_EQ(kept.origin, Origin::Peer);
  EXPECT_EQ(kept.party, peer());
  EXPECT_EQ(kept.severity, 3);
  EXPECT_THAT(told(id), ElementsAre(": alerts.event.received"));
  EXPECT_EQ(listed().size(), 2u);
  const auto found = get([&](store::Transaction& tx) { return by_statement(tx, crypto::sha256("one")); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_FALSE(get([](store::Transaction& tx) { return by_statement(tx, crypto::sha256(std::string_view("three"))); }));
}

TEST_P(Raising, RemembersEveryStatementWeSentAboutIt) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  const AlertId other = put(hits_on("10.0.0.6", {"indicator--a"})).id;
  const Digest first = crypto::sha256("first"), second = crypto::sha256("second");
  for (const Digest& digest : {first, second, first})
    get([&](store::Transaction& tx) { return add_statement(tx, id, {digest, digest.hex(), now_}); });
  get([&](store::Transaction& tx) { return add_statement(tx, other, {first, first.hex(), now_}); });
  const auto about = get([&](store::Transaction& tx) { return newest_statements(tx, id); });
  ASSERT_EQ(about.size(), 2u);
  EXPECT_EQ(about[0].statement, first);
  EXPECT_EQ(about[1].statement, second);
  EXPECT_THAT(get([&](store::Transaction& tx) { return newest_statements(tx, other); }), IsEmpty());
  for (const Digest& digest : {first, second})
    EXPECT_EQ(get([&](store::Transaction& tx) { return by_statement(tx, digest); })->id, id);
}

TOCSIN_ON_BOTH_ENGINES(Raising);

}  // namespace
}  // namespace tocsin::alerts
