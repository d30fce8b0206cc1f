// The set that sensors get: made anew when what it holds or the time changes it, by one caller, while the others read
// on.
#include "journeys/set_cache.h"

#include <gtest/gtest.h>

#include <future>

#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "core/watch/set.h"
#include "tests/support/databases.h"
#include "tests/support/forwarding_database.h"

namespace tocsin::journeys {
namespace {

using test_support::Engine;
using test_support::FreshDatabase;

// One of the reads to come waits until it is let go.
class HeldDatabase final : public test_support::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  void hold(int read) {
    std::lock_guard lock(mutex_);
    reads_ = 0;
    held_ = read;
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reads_ >= held_; });
  }
  void let_go() {
    std::lock_guard lock(mutex_);
    held_ = 0;
    changed_.notify_all();
  }
  int reads() {
    std::lock_guard lock(mutex_);
    return reads_;
  }

  Result<void> read(const std::function<Result<void>(store::Transaction&)>& function) override {
    {
      std::unique_lock lock(mutex_);
      const bool is_held = ++reads_ == held_;
      changed_.notify_all();
      if (is_held) changed_.wait(lock, [&] { return held_ == 0; });
    }
    return inner_.read(function);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int reads_ = 0, held_ = 0;
};

class SetCaches : public ::testing::Test {
 protected:
  SetCaches() {
    crypto::initialise();
    const store::Migrations rooms[] = {trust::kMigrations, relate::kMigrations};
    CHECK(db_->migrate(rooms));
    context_.db = &held_;
    context_.clock = &clock_;
    context_.self.party = trust::PartyId::of(crypto::SigningKey::from_seed(Bytes(32, 1)).public_key());
  }
  void watch_for(std::int64_t item, const std::string& domain, const relate::Validity& validity = {}) {
    CHECK(db_->write([&](store::Transaction& tx) -> Result<void> {
      trust::Label label;
      label.voucher = context_.self.party;
      label.tlp = stix::Tlp::Green;
      return relate::post(tx, item, TRY(trust::intern(tx, label)),
                          {{{observable::Kind::Domain, domain}, relate::Role::Indicates}}, validity);
    }));
  }
  static std::size_t size_of(const Result<SensorSet>& set) {
    if (!set || !set->bytes) return 0;
    const auto opened = watch::Set::open(Bytes(*set->bytes));
    return opened ? opened->size() : 0;
  }
  std::size_t size() { return size_of(cache_.current(context_)); }

  FreshDatabase fresh_{test_support::all_engines().front()};
  std::unique_ptr<store::Database> db_ = fresh_.open();
  HeldDatabase held_{*db_};
  base::ManualClock clock_{Time{1'795'230'840'000'000}};
  Context context_;
  SetCache cache_;
};

TEST_F(SetCaches, BeginAndEndWithWhatTheyHold) {
  const Time start = clock_.now();
  watch_for(1, "always.example");
  watch_for(2, "later.example", {start + base::hours(1), start + base::hours(2)});
  EXPECT_EQ(size(), 1u);
  clock_.advance(base::minutes(59));
  EXPECT_EQ(size(), 1u);
  clock_.advance(base::minutes(1));
  EXPECT_EQ(size(), 2u);
  clock_.advance(base::hours(1));
  EXPECT_EQ(size(), 1u);
}

TEST_F(SetCaches, TakeTheNamesBelowADomainWithItButNotThoseBelowAPublicSuffix) {
  watch_for(1, "co.uk");
  watch_for(2, "evil.co.uk");
  const auto set = cache_.current(context_);
  ASSERT_TRUE(set && set->bytes);
  const auto opened = watch::Set::open(Bytes(*set->bytes));
  ASSERT_TRUE(opened);
  const auto met = [&](std::string_view name) {
    std::vector<watch::Entry> found;
    opened->probe(observable::Kind::Domain, name, found);
    std::vector<std::uint64_t> grounds;
    for (const watch::Entry& entry : found) grounds.push_back(entry.grounds);
    return grounds;
  };
  EXPECT_EQ(met("www.evil.co.uk"), std::vector<std::uint64_t>{2});
  EXPECT_EQ(met("co.uk"), std::vector<std::uint64_t>{1});
  EXPECT_EQ(met("good.co.uk"), std::vector<std::uint64_t>{});
}

TEST_F(SetCaches, AreNotMadeAnewForEveryMomentThatSomebodyNames) {
  for (int i = 0; i < 10; ++i)
    watch_for(i + 1, "a" + std::to_string(i) + ".example", {clock_.now() + base::seconds(i), {}});
  EXPECT_EQ(size(), 1u);
  clock_.advance(base::seconds(9));
  EXPECT_EQ(size(), 1u);
  clock_.advance(base::seconds(51));
  EXPECT_EQ(size(), 10u);
}

TEST_F(SetCaches, KeepTheirIdWhileTheyHoldTheSame) {
  watch_for(1, "evil.example");
  const auto first = cache_.current(context_);
  ASSERT_TRUE(first);
  ASSERT_TRUE(db_->write([](store::Transaction& tx) { return relate::stop(tx, 77, false); }));
  const auto second = cache_.current(context_);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->bytes, first->bytes);
}

TEST_F(SetCaches, GiveTheSetBeforeWhileOneCallerCompiles) {
  watch_for(1, "evil.example");
  EXPECT_EQ(size(), 1u);
  watch_for(2, "worse.example");
  held_.hold(2);  // the look at the generation passes, the reading of values waits
  auto compiling = std::async(std::launch::async, [&] { return size_of(cache_.current(context_)); });
  held_.wait_until_held();
  EXPECT_EQ(size(), 1u) << "nobody waits for it";
  EXPECT_EQ(held_.reads(), 3) << "and nobody else reads the values";
  held_.let_go();
  EXPECT_EQ(compiling.get(), 2u);
  EXPECT_EQ(size(), 2u);
}

TEST_F(SetCaches, AreWaitedForWhereThereIsNoneYet) {
  watch_for(1, "evil.example");
  held_.hold(2);
  auto compiling = std::async(std::launch::async, [&] { return size_of(cache_.current(context_)); });
  held_.wait_until_held();
  auto waiting = std::async(std::launch::async, [&] { return size_of(cache_.current(context_)); });
  held_.let_go();
  EXPECT_EQ(compiling.get(), 1u);
  EXPECT_EQ(waiting.get(), 1u);
}

}  // namespace
}  // namespace tocsin::journeys
