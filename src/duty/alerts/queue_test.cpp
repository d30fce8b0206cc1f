// The duty officer's queue: order, pages, figures, and who sees what.
#include <algorithm>
#include <tuple>

#include "duty/alerts/alerts_fixture.h"

namespace tocsin::alerts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Queue : public AlertsTest {
 protected:
  AlertId due_in(std::int64_t minutes, int severity, trust::LabelId label = 0) {
    Alert alert = hits_on("host-" + std::to_string(++hosts_), {"indicator--a"}, severity);
    alert.deadline = now_ + base::minutes(minutes);
    if (label != 0) alert.label = label;
    return put(alert).id;
  }
  int hosts_ = 0;
};

TEST_P(Queue, PutsHarmFirstThenDeadlineThenAge) {
  const AlertId a = due_in(60, 3), b = due_in(10, 2), c = due_in(30, 3), d = due_in(90, 5), e = due_in(30, 3);
  EXPECT_THAT(listed(), ElementsAre(d, c, e, a, b));
}

TEST_P(Queue, HoldsWhatIsOpenUnlessAllIsAskedFor) {
  const AlertId a = due_in(60, 3), b = due_in(60, 3);
  ASSERT_EQ(ack(a), "");
  EXPECT_THAT(listed(), ElementsAre(b));
  EXPECT_THAT(listed(false), ElementsAre(a, b));
  EXPECT_EQ(page({}).total, 1);
}

TEST_P(Queue, HidesWhatTheReaderMayNotSee) {
  const AlertId open = due_in(60, 3), secret = due_in(30, 4, red()), drill = due_in(30, 4, exercise());
  EXPECT_THAT(listed(false, "an"), ElementsAre(secret, open));
  EXPECT_THAT(listed(false, "linh"), ElementsAre(open));
  EXPECT_EQ(page({}, "linh").total, 1);
  EXPECT_EQ(page({}, "an").total, 2);
  for (const AlertId id : {secret, drill, AlertId{9999}, AlertId{-1}})
    EXPECT_EQ(reading_error(id, "linh"), "alerts.unknown");
  const trust::Scope linh = scope_of("linh"), players = scope_of("linh", trust::testing::kExercise);
  const auto figures_for = [&](const trust::Scope& scope) {
    return get([&](store::Transaction& tx) { return figures(tx, scope, now_); });
  };
  EXPECT_EQ(figures_for(linh).unacknowledged, 1);
  EXPECT_EQ(figures_for(linh).due_within_hour, 1);
  EXPECT_EQ(figures_for(players).unacknowledged, 1);
  EXPECT_EQ(get([&](store::Transaction& tx) { return list(tx, {}, players); }).alerts.at(0).id, drill);
}

TEST_P(Queue, CountsWhatIsOpenAndWhatIsDue) {
  const AlertId late = due_in(-10, 2);
  due_in(60, 2);
  due_in(61, 2);
  const auto figures_now = [&] {
    const trust::Scope scope = scope_of("an");
    return get([&](store::Transaction& tx) { return figures(tx, scope, now_); });
  };
  EXPECT_EQ(figures_now().unacknowledged, 3);
  EXPECT_EQ(figures_now().due_within_hour, 2);
  EXPECT_EQ(get([](store::Transaction& tx) { return count_open(tx); }), 3);
  ASSERT_EQ(ack(late), "");
  EXPECT_EQ(figures_now().unacknowledged, 2);
  EXPECT_EQ(figures_now().due_within_hour, 1);
  EXPECT_EQ(get([](store::Transaction& tx) { return count_open(tx); }), 2);
}

// Every page of every size, for every reader: together they are the queue sorted the plain way.
TEST_P(Queue, ComesInPagesThatMissNothingAndRepeatNothing) {
  std::mt19937 random(13);
  const trust::LabelId open = green(), secret = red();
  struct Row {
    int severity;
    std::int64_t minutes;
    AlertId id;
    bool secret, acknowledged;
  };
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i) {
    Row row{static_cast<int>(2 + random() % 3), static_cast<std::int64_t>(random() % 4), 0, random() % 3 == 0,
            random() % 4 == 0};
    row.id = due_in(row.minutes, row.severity, row.secret ? secret : open);
    if (row.acknowledged) ack(row.id);
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tuple(-a.severity, a.minutes, a.id) < std::tuple(-b.severity, b.minutes, b.id);
  });
  for (const std::string user : {"an", "linh"})
    for (const bool open_only : {true, false})
      for (const int limit : {1, 7, 60, 500}) {
        std::vector<AlertId> expected;
        for (const Row& row : rows)
          if ((!row.secret || user == "an") && (!row.acknowledged || !open_only)) expected.push_back(row.id);
        std::vector<AlertId> seen;
        AlertQuery query{open_only, {}, limit};
        for (;;) {
          const AlertPage part = page(query, user);
          ASSERT_LE(part.alerts.size(), static_cast<std::size_t>(limit));
          ASSERT_EQ(part.total, static_cast<std::int64_t>(expected.size()));
          for (const Alert& alert : part.alerts) seen.push_back(alert.id);
          if (!part.next) break;
          query.after = part.next;
        }
        EXPECT_EQ(seen, expected) << user << limit;
      }
}

TEST_P(Queue, RefusesCursorsThatItDidNotGive) {
  due_in(60, 3);
  const trust::Scope scope = scope_of("an");
  for (const std::string cursor : {"", "1", "1.2", "1.2.3.4", "1.2.", "..3", "-1.2.3", "1.2.x", "1. 2.3", "1.2.3'; --",
                                   "1.2.999999999999999999999", "9223372036854775808.1.1", "\xff.1.1"}) {
    AlertQuery query;
    query.after = cursor;
    EXPECT_EQ(error_of([&](store::Transaction& tx) { return list(tx, query, scope); }), "api.bad_cursor") << cursor;
  }
  AlertQuery query;
  query.after = std::string(1 << 20, '.');
  EXPECT_EQ(error_of([&](store::Transaction& tx) { return list(tx, query, scope); }), "api.bad_cursor");
  query.after = "0.0.0";
  EXPECT_THAT(page(query).alerts, IsEmpty());
}

TOCSIN_ON_BOTH_ENGINES(Queue);

}  // namespace
}  // namespace tocsin::alerts
