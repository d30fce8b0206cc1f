// Who has seen an alert, here and elsewhere, and what its history says.
#include "duty/alerts/alerts_fixture.h"

namespace tocsin::alerts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Acknowledging : public AlertsTest {
 protected:
  const Digest kSent = crypto::sha256(std::string_view("sent"));

  void expect(const trust::PartyId& party, Duration within) {
    get([&](store::Transaction& tx) { return expect_ack(tx, kSent, party, within); });
  }
  bool take_from(const trust::PartyId& party, std::string_view by, std::optional<Digest> statement = {}) {
    return get([&](store::Transaction& tx) {
      return take_ack(tx, statement.value_or(kSent), {party, party, by}, now_);
    });
  }
  bool take_through(const trust::PartyId& party, const trust::PartyId& handed_over) {
    return get([&](store::Transaction& tx) { return take_ack(tx, kSent, {party, handed_over, "Mai"}, now_); });
  }
  std::vector<SentTo> recipients() {
    return get([&](store::Transaction& tx) { return sent_to(tx, kSent); });
  }
};

TEST_P(Acknowledging, SaysWhoAndWhenOnce) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  now_ = now_ + base::minutes(5);
  const Time when = now_;
  ASSERT_EQ(ack(id, "an", "Tôi đang xem"), "");
  now_ = now_ + base::minutes(5);
  EXPECT_EQ(ack(id, "linh"), "alerts.already_acknowledged");
  const Alert kept = read(id);
  EXPECT_EQ(kept.state, State::Acknowledged);
  EXPECT_EQ(kept.acknowledged_by, "an");
  EXPECT_EQ(kept.acknowledged_at, when);
  EXPECT_THAT(told(id), ElementsAre(": alerts.event.raised 1", "an: alerts.event.acknowledged_with_note Tôi đang xem"));
  EXPECT_EQ(history(id).back().time, when);
}

TEST_P(Acknowledging, WithoutANoteSaysSoWithoutOne) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  ASSERT_EQ(ack(id), "");
  EXPECT_EQ(told(id).back(), "an: alerts.event.acknowledged");
}

TEST_P(Acknowledging, IsTheLatestEventOfAllAlertsThatOneMayRead) {
  const AlertId first = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  const AlertId second = put(hits_on("10.0.0.6", {"indicator--b"})).id;
  ASSERT_EQ(ack(first), "");
  const trust::Scope scope = scope_of("an");
  const auto latest = get([&](store::Transaction& tx) { return latest_events(tx, scope, 2); });
  ASSERT_EQ(latest.size(), 2u);
  EXPECT_EQ(latest[0].alert, first);
  EXPECT_EQ(latest[0].what, "alerts.event.acknowledged");
  EXPECT_EQ(latest[1].alert, second);
  EXPECT_EQ(latest[1].what, "alerts.event.raised");
}

TEST_P(Acknowledging, IsTheLastOfTheNewestEventsOfItsAlert) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  put(hits_on("10.0.0.6", {"indicator--b"}));
  put(hits_on("10.0.0.5", {"indicator--c"}));
  ASSERT_EQ(ack(id), "");
  const auto all = history(id);
  ASSERT_GT(all.size(), 2u);
  const auto newest = get([&](store::Transaction& tx) { return events(tx, id, 2); });
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].what, all[all.size() - 2].what);
  EXPECT_EQ(newest[1].what, "alerts.event.acknowledged");
  EXPECT_EQ(get([&](store::Transaction& tx) { return count_events(tx, id); }), static_cast<std::int64_t>(all.size()));
}

TEST_P(Acknowledging, OfWhatDoesNotExistLeavesNoTrace) {
  EXPECT_NE(ack(7), "");
  EXPECT_THAT(history(7), IsEmpty());
}

TEST_P(Acknowledging, TakesEveryNoteThatCanBeShownAgain) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  for (const std::string& note : {trust::testing::kHostileText, std::string(1 << 20, 'x'), std::string("{\"a\":1}"),
                                  std::string("\xff"), std::string("\"]")})
    get([&](store::Transaction& tx) { return add_event(tx, id, "an", "alerts.event.sent", {note, "two"}, now_); });
  const auto kept = history(id);
  ASSERT_EQ(kept.size(), 6u);
  EXPECT_THAT(kept[1].args, ElementsAre(trust::testing::kHostileText, "two"));
  EXPECT_EQ(kept[2].args[0].size(), 1u << 20);
  EXPECT_EQ(kept[3].args[0], "{\"a\":1}");
  EXPECT_EQ(kept[4].args[0], "\ufffd");
  EXPECT_EQ(kept[5].args[0], "\"]");
}

// What no reader can show again must not be stored: it would take the alert's whole history with it.
TEST_P(Acknowledging, RefusesANoteThatCouldNotBeShownAgain) {
  const AlertId id = put(hits_on("10.0.0.5", {"indicator--a"})).id;
  EXPECT_NE(ack(id, "an", std::string_view("a\0b", 3)), "");
  EXPECT_NE(ack(id, "an", std::string(20u << 20, 'x')), "");
  EXPECT_EQ(read(id).state, State::Open);
  EXPECT_EQ(history(id).size(), 1u);
}

TEST_P(Acknowledging, ByOthersIsAwaitedUntilTheirDeadlines) {
  expect(peer(), base::hours(4));
  expect(third(), base::minutes(30));
  now_ = now_ + base::minutes(10);
  expect(peer(), base::minutes(1));  // said again: the first expectation stands
  EXPECT_TRUE(take_from(third(), "Bà Linh"));
  auto all = recipients();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_LT(all[0].party, all[1].party);
  if (all[0].party != peer()) std::swap(all[0], all[1]);
  EXPECT_EQ(all[0].party, peer());
  EXPECT_EQ(all[0].within, base::hours(4));
  EXPECT_FALSE(all[0].acknowledged_at);
  EXPECT_EQ(all[0].acknowledged_by, "");
  EXPECT_EQ(all[1].party, third());
  EXPECT_EQ(all[1].within, base::minutes(30));
  EXPECT_EQ(all[1].acknowledged_at, now_);
  EXPECT_EQ(all[1].acknowledged_by, "Bà Linh");
}

TEST_P(Acknowledging, ByOthersCountsOnceAndOnlyFromThoseWhoWereAsked) {
  expect(peer(), base::hours(4));
  EXPECT_FALSE(take_from(third(), "intruder"));
  EXPECT_FALSE(take_from(peer(), "wrong", crypto::sha256(std::string_view("other"))));
  const Time first = now_;
  EXPECT_TRUE(take_from(peer(), "first"));
  now_ = now_ + base::hours(1);
  EXPECT_FALSE(take_from(peer(), "second"));
  ASSERT_EQ(recipients().size(), 1u);
  EXPECT_EQ(recipients()[0].acknowledged_by, "first");
  EXPECT_EQ(recipients()[0].acknowledged_at, first);
  EXPECT_THAT(get([](store::Transaction& tx) { return sent_to(tx, crypto::sha256(std::string_view("other"))); }),
              IsEmpty());
}

TEST_P(Acknowledging, BehindARecipientCountsThroughOneWhomWeTold) {
  expect(peer(), base::hours(4));
  EXPECT_FALSE(take_through(own(), third())) << "nobody told the third party";
  EXPECT_TRUE(take_through(third(), peer()));
  EXPECT_FALSE(take_through(third(), peer())) << "once";
  EXPECT_FALSE(take_through(own(), third())) << "what one has brought back does not make its author a recipient";
  auto all = recipients();
  ASSERT_EQ(all.size(), 2u);
  if (all[0].party != peer()) std::swap(all[0], all[1]);
  EXPECT_FALSE(all[0].acknowledged_at) << "the recipient itself has not acknowledged";
  EXPECT_FALSE(all[0].via);
  EXPECT_EQ(all[1].party, third());
  EXPECT_EQ(all[1].via, peer());
  EXPECT_EQ(all[1].acknowledged_at, now_);
}

TEST_P(Acknowledging, BroughtBackByAnotherIsTheRecipientsOwn) {
  expect(peer(), base::hours(4));
  expect(third(), base::hours(4));
  EXPECT_TRUE(take_through(third(), peer())) << "it got the alert twice, and answered the other";
  EXPECT_FALSE(take_from(third(), "again"));
  ASSERT_EQ(recipients().size(), 2u);
  for (const SentTo& one : recipients()) EXPECT_FALSE(one.via);
}

TEST(AlertDeadlines, RunFromTheMomentItReachedThem) {
  SentTo told;
  told.within = base::minutes(15);
  const Time reached{1}, due = reached + base::minutes(15);
  EXPECT_EQ(told.deadline(std::nullopt), std::nullopt);
  EXPECT_FALSE(told.is_late(std::nullopt, due + base::days(1)));
  EXPECT_EQ(told.deadline(reached), due);
  EXPECT_FALSE(told.is_late(reached, due));
  EXPECT_TRUE(told.is_late(reached, due + Duration{1}));
  told.acknowledged_at = due + base::hours(1);
  EXPECT_FALSE(told.is_late(reached, due + base::days(1))) << "it came late, and it came";
}

TOCSIN_ON_BOTH_ENGINES(Acknowledging);

}  // namespace
}  // namespace tocsin::alerts
