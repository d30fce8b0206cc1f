#include "core/watch/hits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/trust/parties.h"

namespace tocsin::watch {
namespace {

constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
constexpr Time kNow{1'790'000'000'000'000};

class Counts : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::Database::open({":memory:"});
    ASSERT_TRUE(opened);
    database_ = std::move(*opened);
    const store::Migrations rooms[] = {trust::kMigrations, kMigrations};
    ASSERT_TRUE(database_->migrate(rooms));
    write([&](store::Transaction& tx) -> Result<void> {
      green_ = TRY(trust::intern(tx, label(stix::Tlp::Green)));
      red_ = TRY(trust::intern(tx, label(stix::Tlp::Red)));
      return {};
    });
  }
  void write(const std::function<Result<void>(store::Transaction&)>& function) {
    const auto done = database_->write(function);
    ASSERT_TRUE(done) << base::describe(done.error());
  }
  static trust::Label label(stix::Tlp tlp) {
    trust::Label out;
    out.voucher = self();
    out.tlp = tlp;
    return out;
  }
  static trust::PartyId self() { return trust::PartyId::of(crypto::SigningKey::from_seed(Bytes(32, 1)).public_key()); }
  static Result<std::vector<StoredHit>> seen(store::Transaction& tx) {
    return hits(tx, {}, TRY(trust::scope(tx, trust::PersonReader{{self(), "an"}})));
  }

  std::unique_ptr<store::Database> database_;
  trust::LabelId green_ = 0, red_ = 0;
};

TEST_F(Counts, OfASensorAddUpAndStopAtWhatJsonCanSay) {
  write([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 2000; ++i) TRY_VOID(note_sensor(tx, {"s", "set", kNow, kMost, 7, i == 0 ? kMost : 0}));
    const auto sensor = TRY(sensors(tx)).at(0);
    EXPECT_EQ(sensor.lines, kMost);
    EXPECT_EQ(sensor.bytes, 14'000);
    EXPECT_EQ(sensor.hits, kMost);
    return {};
  });
}

TEST_F(Counts, OfAHitAddUpAndStopAtWhatJsonCanSay) {
  write([&](store::Transaction& tx) -> Result<void> {
    ReportedHit hit;
    hit.value = "198.51.100.7";
    hit.items = {1};
    hit.first = hit.last = kNow;
    for (const std::int64_t count : {std::int64_t{2}, std::int64_t{3}}) {
      hit.count = count;
      TRY(add_hit(tx, "s", hit, false, green_, kNow));
    }
    EXPECT_EQ(TRY(seen(tx)).at(0).hit.count, 5);
    hit.count = kMost;
    for (int i = 0; i < 2000; ++i) TRY(add_hit(tx, "s", hit, false, green_, kNow));
    EXPECT_EQ(TRY(seen(tx)).at(0).hit.count, kMost);
    return {};
  });
}

TEST_F(Counts, OfWhatAReaderMayNotSeeAreNotEvenOnItsPages) {
  write([&](store::Transaction& tx) -> Result<void> {
    ReportedHit hit;
    hit.items = {1};
    hit.count = 1;
    hit.first = hit.last = kNow;
    for (const auto& [value, label] : {std::pair{"198.51.100.7", green_}, {"198.51.100.8", red_}}) {
      hit.value = value;
      TRY(add_hit(tx, "s", hit, false, label, kNow));
    }
    const auto found = TRY(seen(tx));
    EXPECT_EQ(found.size(), 1u);
    EXPECT_EQ(found.at(0).hit.value, "198.51.100.7");
    return {};
  });
}

TEST_F(Counts, RestingOnWhatMustNotBeHadAnyMoreGo) {
  write([&](store::Transaction& tx) -> Result<void> {
    ReportedHit hit;
    hit.count = 1;
    hit.first = hit.last = kNow;
    const auto add = [&](std::string_view value, std::vector<std::int64_t> items) {
      hit.value = value;
      hit.items = std::move(items);
      return add_hit(tx, "s", hit, false, green_, kNow);
    };
    TRY(add("victim.example", {1}));
    TRY(add("www.victim.example", {1}));
    TRY(add("other.example", {2}));
    TRY(add("both.example", {1, 2}));
    EXPECT_THAT(TRY(erase_hits(tx, 1)).values, ::testing::UnorderedElementsAre("victim.example", "www.victim.example"));
    std::vector<std::string> left;
    for (const auto& kept : TRY(seen(tx))) {
      left.push_back(kept.hit.value);
      EXPECT_THAT(kept.hit.items, ::testing::ElementsAre(2));
    }
    EXPECT_THAT(left, ::testing::UnorderedElementsAre("other.example", "both.example"));
    EXPECT_TRUE(TRY(erase_hits(tx, 1)).values.empty());
    return {};
  });
}

TEST_F(Counts, OfABatchAreRememberedLongerThanASensorAsksAgain) {
  write([&](store::Transaction& tx) -> Result<void> {
    EXPECT_TRUE(TRY(begin_batch(tx, "s", "one", kNow)));
    TRY_VOID(forget_old_batches(tx, kNow + base::days(90)));
    EXPECT_FALSE(TRY(begin_batch(tx, "s", "one", kNow + base::days(90))));
    TRY_VOID(forget_old_batches(tx, kNow + base::days(91)));
    EXPECT_EQ(TRY(tx.integer("SELECT COUNT(*) FROM hit_batches")), 0);
    return {};
  });
}

// A row counts since its beginning; what came in the last day is what came, not the rows that it touched.
TEST_F(Counts, OfTheLastDayLeaveOutWhatCameBefore) {
  write([&](store::Transaction& tx) -> Result<void> {
    ReportedHit hit;
    hit.value = "198.51.100.7";
    hit.items = {1};
    hit.first = hit.last = kNow - base::hours(500);  // when it was seen does not matter
    const auto report = [&](std::int64_t count, Time at) {
      hit.count = count;
      return add_hit(tx, "s", hit, false, green_, at);
    };
    TRY(report(1000, kNow - base::hours(24)));
    EXPECT_EQ(TRY(hits_of_last_day(tx, kNow)), 0);
    TRY(report(5, kNow - base::hours(23)));
    TRY(report(7, kNow));
    TRY(report(90, kNow + base::hours(1)));
    EXPECT_EQ(TRY(seen(tx)).at(0).hit.count, 1102);
    EXPECT_EQ(TRY(hits_of_last_day(tx, kNow)), 12);
    EXPECT_EQ(TRY(hits_of_last_day(tx, kNow - base::hours(1))), 1005);
    EXPECT_EQ(TRY(hits_of_last_day(tx, kNow + base::hours(24))), 90);
    TRY(report(kMost, kNow));
    EXPECT_EQ(TRY(hits_of_last_day(tx, kNow)), kMost);
    return {};
  });
}

}  // namespace
}  // namespace tocsin::watch
