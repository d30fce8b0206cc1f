#include "core/exchange/retractions.h"

#include <gtest/gtest.h>

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
  Retractions() {
    const store::Migrations rooms[] = {kMigrations};
    CHECK(db_ && db_->migrate(rooms));
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
  keep(100, {1}, an_);
  keep(100, {1}, an_);
  EXPECT_EQ(of(1, an_), Digests{digest_of(100)});
}

TEST_P(Retractions, AreListedNewestFirstPageByPage) {
  for (const int digest : {11, 12, 13}) keep(digest, {1}, an_);
  const auto page = [&](std::int64_t before) {
    return *db_->read_value([&](store::Transaction& tx) { return retractions(tx, before, 2); });
  };
  const auto first = page(0);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].digest, digest_of(13));
  EXPECT_EQ(first[1].digest, digest_of(12));
  const auto second = page(first[1].row);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].digest, digest_of(11));
}

TEST(ReadingARetraction, RefusesOneThatNamesNothingOrMoreThanAThousand) {
  const auto problem = [](std::size_t targets, std::size_t objects) {
    Retraction retraction;
    retraction.targets.assign(targets, digest_of(1));
    retraction.objects.assign(objects, "indicator--1");
    const auto read = read_retraction(write_retraction(retraction));
    return read ? "" : read.error().id + " " + read.error().args.at(0);
  };
  EXPECT_EQ(problem(1000, 1000), "");
  EXPECT_EQ(problem(0, 1), "retract.malformed targets");
  EXPECT_EQ(problem(1001, 1), "retract.malformed targets");
  EXPECT_EQ(problem(1, 1001), "retract.malformed objects");
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
