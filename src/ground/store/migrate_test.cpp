#include "ground/store/migrate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/databases.h"

namespace tocsin::store {
namespace {

using test_support::Engine;
using test_support::FreshDatabase;

class Migration : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
  }
  /// As a start of the program over the same data. (":memory:" has none.)
  void reopen() {
    if (GetParam() == Engine::SqliteMemory) return;
    database_.reset();
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
  }
  Result<void> migrate(std::vector<std::string_view> steps, std::string_view room = "room") {
    const Migrations rooms[] = {{room, std::move(steps)}};
    return database_->migrate(rooms);
  }
  std::int64_t number(std::string_view sql) {
    const auto found = database_->read_value([&](Transaction& tx) { return tx.integer(sql); });
    EXPECT_TRUE(found) << base::describe(found.error());
    return found ? found->value_or(-1) : -1;
  }
  std::int64_t applied() { return number("SELECT applied FROM tocsin_migrations WHERE room = 'room'"); }

  FreshDatabase fresh_{GetParam()};
  std::unique_ptr<Database> database_;
};

constexpr std::string_view kFirst = "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);";
constexpr std::string_view kSecond =
    "ALTER TABLE a ADD COLUMN m INTEGER DEFAULT 7;\n-- the end; really\nINSERT INTO a (n) VALUES (2)";
constexpr std::string_view kThird = "DELETE FROM a WHERE n = 1";

TEST_P(Migration, AppliesEachStepOnce) {
  ASSERT_TRUE(migrate({kFirst}));
  reopen();
  ASSERT_TRUE(migrate({kFirst}));
  EXPECT_EQ(number("SELECT count(*) FROM a"), 1);
  reopen();
  ASSERT_TRUE(migrate({kFirst, kSecond, kThird}));
  reopen();
  ASSERT_TRUE(migrate({kFirst, kSecond, kThird}));
  EXPECT_EQ(number("SELECT sum(n) + sum(m) FROM a"), 9);
  EXPECT_EQ(applied(), 3);
}

TEST_P(Migration, KeepsRoomsApart) {
  const Migrations rooms[] = {
      {"room", {kFirst}}, {"other", {"CREATE TABLE b (n INTEGER)", "INSERT INTO b VALUES (1)"}}, {"empty", {}}};
  ASSERT_TRUE(database_->migrate(rooms));
  ASSERT_TRUE(database_->migrate(rooms));
  EXPECT_EQ(number("SELECT count(*) FROM b"), 1);
  EXPECT_EQ(number("SELECT applied FROM tocsin_migrations WHERE room = 'other'"), 2);
  ASSERT_TRUE(migrate({kFirst})) << "a room that this call does not name is left alone";
}

TEST_P(Migration, LeavesNothingOfAStepThatFails) {
  const auto failed =
      migrate({kFirst, "CREATE TABLE b (n INTEGER); INSERT INTO a VALUES (5); INSERT INTO nowhere VALUES (1)"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().id, "store.failed");
  reopen();
  EXPECT_EQ(applied(), 1) << "the step before it has its own transaction";
  EXPECT_EQ(number("SELECT count(*) FROM a"), 1);
  EXPECT_TRUE(migrate({kFirst, "CREATE TABLE b (n INTEGER)"})) << "nothing of the failed step is in the way";
  EXPECT_EQ(applied(), 2);
}

TEST_P(Migration, GoesOnWhereItWasInterrupted) {
  // The run ends between two steps, as if the process had been killed there.
  ASSERT_TRUE(migrate({kFirst, kSecond}));
  reopen();
  ASSERT_TRUE(migrate({kFirst, kSecond, kThird}));
  EXPECT_EQ(number("SELECT n FROM a"), 2);
}

TEST_P(Migration, RefusesDataOfANewerProgramAndLeavesIt) {
  ASSERT_TRUE(migrate({kFirst, kSecond}));
  reopen();
  const Migrations rooms[] = {{"another", {"CREATE TABLE c (n INTEGER)"}}, {"room", {kFirst}}};
  const auto refused = database_->migrate(rooms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.newer_schema");
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_EQ(refused.error().args, (std::vector<std::string>{"room", "2", "1"}));
  EXPECT_EQ(number("SELECT count(*) FROM tocsin_migrations"), 1) << "no other room was changed either";
  EXPECT_EQ(applied(), 2);
}

TEST_P(Migration, IsSafeInTwoProcessesAtOnce) {
  if (GetParam() == Engine::SqliteMemory) GTEST_SKIP() << "nobody else can open it";
  constexpr int kProcesses = 3;  // connections of their own, which is all that the database sees of a process
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kProcesses; ++i) {
    threads.emplace_back([&] {
      const auto mine = fresh_.open();
      const Migrations rooms[] = {{"room", {kFirst, kSecond, kThird}}};
      const auto done = mine ? mine->migrate(rooms) : Result<void>(fail(ErrorCode::Internal, "test.open"));
      if (done)
        ++succeeded;
      else
        ADD_FAILURE() << base::describe(done.error());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(succeeded, kProcesses);
  EXPECT_EQ(number("SELECT sum(n) FROM a"), 2);
}

INSTANTIATE_TEST_SUITE_P(AllEngines, Migration, ::testing::ValuesIn(test_support::all_engines()),
                         test_support::engine_name);

}  // namespace
}  // namespace tocsin::store
