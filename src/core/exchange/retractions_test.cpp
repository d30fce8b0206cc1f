#include "core/exchange/retractions.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "core/trust/trust_fixture.h"
#include "tests/support/databases.h"

namespace tocsin::exchange {
namespace {

using test_support::all_engines;
using test_support::Engine;
using test_support::engine_name;
using test_support::FreshDatabase;

Digest digest_of(int number) {
  return crypto::sha256(std::to_string(number));
}

class Retractions : public ::testing::TestWithParam<Engine> {
 protected:
  Retractions() { CHECK(db_); }

  void migrate(std::size_t steps = kMigrations.steps.size()) {
    store::Migrations some = kMigrations;
    some.steps.resize(steps);
    const store::Migrations rooms[] = {some};
    ASSERT_TRUE(db_->migrate(rooms));
  }
  static Retraction retraction_of(std::vector<int> targets) {
    Retraction out;
    for (const int target : targets) out.targets.push_back(digest_of(target));
    out.objects = {"indicator--\",\"x"};
    return out;
  }
  void keep(int digest, std::vector<int> targets, const PartyId& author) {
    ASSERT_TRUE(db_->write([&](store::Transaction& tx) {
      return keep_retraction(tx, digest_of(digest), retraction_of(std::move(targets)), author, Time{1});
    }));
  }
  /// As it was kept before targets had a table.
  void keep_as_before(int digest, std::vector<int> targets, const PartyId& author) {
    ASSERT_TRUE(db_->write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run("INSERT INTO retractions (digest, author, body, at) VALUES (?, ?, ?, ?)", digest_of(digest),
                 author.text(), json::write(write_retraction(retraction_of(std::move(targets)))), Time{1}));
      return {};
    }));
  }
  std::vector<Digest> of(int target, const PartyId& author) {
    const auto found =
        db_->read_value([&](store::Transaction& tx) { return retractions_of(tx, digest_of(target), author); });
    EXPECT_TRUE(found);
    std::vector<Digest> out;
    for (const StoredRetraction& stored : *found) out.push_back(stored.digest);
    return out;
  }
  using Digests = std::vector<Digest>;

  FreshDatabase fresh_{GetParam()};
  std::unique_ptr<store::Database> db_ = fresh_.open();
  const PartyId an_ = trust::testing::party_of(1), binh_ = trust::testing::party_of(2);
};
INSTANTIATE_TEST_SUITE_P(AllEngines, Retractions, ::testing::ValuesIn(all_engines()), engine_name);

TEST_P(Retractions, AreFoundByTheirTargetAndItsAuthorInTheirOrder) {
  migrate();
  keep(103, {1, 2}, an_);
  keep(101, {2, 2, 3}, an_);
  keep(102, {2}, binh_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(103)});
  EXPECT_EQ(of(2, an_), (Digests{digest_of(103), digest_of(101)}));
  EXPECT_EQ(of(2, binh_), Digests{digest_of(102)});
  EXPECT_EQ(of(3, binh_), Digests{});
  EXPECT_EQ(of(4, an_), Digests{});
}

TEST_P(Retractions, ThatComeAgainAreKeptOnce) {
  migrate();
  keep(100, {1}, an_);
  keep(100, {1}, an_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(100)});
}

TEST_P(Retractions, ThatNobodyCanReadArePassedOverAndTakeNobodysPlace) {
  migrate();
  std::vector<int> too_many(1001);
  std::iota(too_many.begin(), too_many.end(), 0);
  keep(2001, {1}, an_);
  keep(2002, {2}, an_);
  keep(2003, too_many, an_);
  keep_as_before(2004, {}, an_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(2001)});
  const auto page = [&](std::int64_t before, int limit) {
    std::vector<Digest> out;
    const auto found = db_->read_value([&](store::Transaction& tx) { return retractions(tx, before, limit); });
    EXPECT_TRUE(found);
    for (const StoredRetraction& stored : *found) out.push_back(stored.digest);
    return out;
  };
  EXPECT_EQ(page(0, 1), Digests{digest_of(2002)});
  EXPECT_EQ(page(0, 2), (Digests{digest_of(2002), digest_of(2001)}));
  EXPECT_EQ(page(0, 10), (Digests{digest_of(2002), digest_of(2001)}));
  const auto one = db_->read_value([&](store::Transaction& tx) { return retraction(tx, digest_of(2003)); });
  ASSERT_TRUE(one);
  EXPECT_FALSE(*one);
}

TEST(SplitRetractions, AreEachReadableAndTogetherSayTheSame) {
  for (const std::size_t targets : {std::size_t{1}, std::size_t{1000}, std::size_t{1001}, std::size_t{2500}})
    for (const std::size_t objects : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1001}}) {
      Retraction whole;
      for (std::size_t i = 0; i < targets; ++i) whole.targets.push_back(digest_of(static_cast<int>(i)));
      for (std::size_t i = 0; i < objects; ++i) whole.objects.push_back("indicator--" + std::to_string(i));
      whole.reason = RetractReason::PersonalData;
      whole.note = "n";
      const std::vector<Retraction> parts = split(whole);
      EXPECT_EQ(parts.size(), (targets + 999) / 1000 * std::max(std::size_t{1}, (objects + 999) / 1000));
      std::set<std::pair<std::string, std::string>> said;
      for (const Retraction& part : parts) {
        const auto read = read_retraction(write_retraction(part));
        ASSERT_TRUE(read) << targets << " targets, " << objects << " objects";
        EXPECT_EQ(read->reason, whole.reason);
        EXPECT_EQ(read->note, whole.note);
        EXPECT_EQ(read->objects.empty(), objects == 0) << "no objects means all of them";
        for (const Digest& target : read->targets) {
          if (objects == 0) said.emplace(target.hex(), "");
          for (const std::string& object : read->objects) said.emplace(target.hex(), object);
        }
      }
      EXPECT_EQ(said.size(), targets * std::max(std::size_t{1}, objects));
    }
}

TEST_P(Retractions, KeptBeforeTargetsHadATableAreFoundAsWell) {
  migrate(2);
  std::vector<int> many(1000);
  for (int i = 0; i < 1000; ++i) many[static_cast<std::size_t>(i)] = i;
  keep_as_before(2001, {5}, an_);
  keep_as_before(2002, many, an_);
  keep_as_before(2003, {1500, 5, 5}, binh_);
  migrate();
  EXPECT_EQ(of(5, an_), (Digests{digest_of(2001), digest_of(2002)}));
  EXPECT_EQ(of(5, binh_), Digests{digest_of(2003)});
  EXPECT_EQ(of(1500, binh_), Digests{digest_of(2003)});
  for (const int target : {0, 1, 500, 998, 999}) EXPECT_EQ(of(target, an_), Digests{digest_of(2002)}) << target;
  const auto rows =
      db_->read_value([](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM retraction_targets"); });
  EXPECT_EQ(rows->value_or(0), 1 + 1000 + 2) << "and nothing else counts as a target";
}
TEST(RetractionHolders, AreOverdueADayAfterTheRetractionUnlessTheyHaveConfirmed) {
  StoredRetraction stored;
  stored.at = Time{1};
  const Time day_after = stored.at + base::hours(24);
  Holder holder;
  EXPECT_EQ(state_of(holder, stored, stored.at), HolderState::Pending);
  EXPECT_EQ(state_of(holder, stored, day_after), HolderState::Pending);
  EXPECT_EQ(state_of(holder, stored, day_after + Duration{1}), HolderState::Overdue);
  holder.confirmed_at = day_after + base::hours(1);
  EXPECT_EQ(state_of(holder, stored, day_after + base::hours(2)), HolderState::Confirmed);
}

}  // namespace
}  // namespace tocsin::exchange
