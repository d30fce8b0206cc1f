// What sensors are to watch for, and when that has changed.
#include "core/relate/relate_fixture.h"

namespace tocsin::relate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Matching : public RelateTest {
 protected:
  trust::Scope sensor() {
    return get([](store::Transaction& tx) { return trust::scope(tx, trust::SensorReader{}); });
  }
};

TEST_P(Matching, IsForWhatIndicatesAndNotForWhatOnlyShows) {
  put(1, green(), {indicates(domain("evil.example")), shows(domain("seen.example"))});
  put(2, green(), {shows(domain("evil.example"))});
  EXPECT_THAT(matched(sensor()), ElementsAre("evil.example 1"));
  EXPECT_TRUE(matching(1));
  EXPECT_FALSE(matching(2));
  EXPECT_FALSE(matching(3));
}

TEST_P(Matching, KeepsEveryItemBehindAValue) {
  for (const std::int64_t item : {1, 2}) put(item, green(), {indicates(domain("evil.example"))});
  EXPECT_THAT(matched(sensor()), ElementsAre("evil.example 1", "evil.example 2"));
}

TEST_P(Matching, EndsAtTheEndOfValidity) {
  put(1, green(), {indicates(domain("a.example"))}, {{}, now_ + base::seconds(1)});
  put(2, green(), {indicates(domain("b.example"))}, {{}, now_});
  put(3, green(), {indicates(domain("c.example"))});
  EXPECT_THAT(matched(sensor()), ElementsAre("a.example 1", "c.example 3"));
  EXPECT_FALSE(matching(2));
  now_ = now_ + base::seconds(1);
  EXPECT_THAT(matched(sensor()), ElementsAre("c.example 3"));
  EXPECT_FALSE(matching(1));
  EXPECT_TRUE(matching(3));
}

TEST_P(Matching, BeginsAtTheBeginningOfValidity) {
  put(1, green(), {indicates(domain("a.example"))}, {now_ + base::seconds(1), {}});
  put(2, green(), {indicates(domain("b.example"))}, {now_, {}});
  put(3, green(), {indicates(domain("c.example"))}, {now_ + base::seconds(1), now_ + base::seconds(2)});
  EXPECT_THAT(matched(sensor()), ElementsAre("b.example 2"));
  EXPECT_FALSE(matching(1));
  now_ = now_ + base::seconds(1);
  EXPECT_THAT(matched(sensor()), ElementsAre("a.example 1", "b.example 2", "c.example 3"));
  EXPECT_TRUE(matching(1));
  now_ = now_ + base::seconds(1);
  EXPECT_THAT(matched(sensor()), ElementsAre("a.example 1", "b.example 2"));
}

TEST_P(Matching, KnowsWhenTimeChangesIt) {
  const Time start = now_;
  const auto next_change = [&] {
    const trust::Scope scope = sensor();
    return get([&](store::Transaction& tx) { return to_match(tx, scope, now_); }).next_change;
  };
  put(1, green(), {indicates(domain("a.example"))}, {start - base::hours(1), {}});
  EXPECT_EQ(next_change(), std::nullopt);
  put(2, green(), {indicates(domain("b.example"))}, {start + base::hours(1), start + base::hours(2)});
  put(3, green(), {indicates(domain("c.example"))}, {{}, start + base::hours(3)});
  put(4, green(), {shows(domain("d.example"))}, {start + base::seconds(1), {}});
  for (const int hour : {1, 2, 3}) {
    EXPECT_EQ(next_change(), start + base::hours(hour));
    now_ = start + base::hours(hour);
  }
  EXPECT_EQ(next_change(), std::nullopt);
}

TEST_P(Matching, EndsWithTheItem) {
  for (const std::int64_t item : {1, 2, 3}) put(item, green(), {indicates(domain("a.example"))});
  end(1);
  end(2, true);
  EXPECT_THAT(matched(sensor()), ElementsAre("a.example 3"));
  EXPECT_FALSE(matching(1));
  EXPECT_FALSE(matching(2));
}

TEST_P(Matching, GivesSensorsNothingThatIsRedOrOfAnExercise) {
  put(1, red(), {indicates(domain("red.example"))});
  put(2, exercise(), {indicates(domain("exercise.example"))});
  put(3, green(), {indicates(domain("green.example"))});
  EXPECT_THAT(matched(sensor()), ElementsAre("green.example 3"));
  EXPECT_FALSE(matching(1));
  EXPECT_FALSE(matching(2));
  EXPECT_TRUE(matching(3));
}

TEST_P(Matching, OfNothingIsEmpty) {
  EXPECT_THAT(matched(sensor()), IsEmpty());
}

TEST_P(Matching, HasANewGenerationWithEveryChange) {
  std::int64_t last = generation_now();
  const auto grew = [&] {
    const std::int64_t before = std::exchange(last, generation_now());
    return last > before;
  };
  EXPECT_FALSE(grew());
  put(1, green(), {shows(domain("a.example"))});
  EXPECT_FALSE(grew());  // nothing to match has changed
  put(2, green(), {shows(domain("a.example")), indicates(domain("a.example"))});
  EXPECT_TRUE(grew());
  put(3, green(), {indicates(domain("b.example"))});
  EXPECT_TRUE(grew());
  end(2);
  EXPECT_TRUE(grew());
  end(3, true);
  EXPECT_TRUE(grew());
}

TOCSIN_ON_BOTH_ENGINES(Matching);

}  // namespace
}  // namespace tocsin::relate
