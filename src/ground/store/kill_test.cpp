// A process that is killed at any moment has lost nothing that it acknowledged, and has left nothing half done.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <thread>

#include "ground/store/store.h"
#include "tests/support/databases.h"

namespace tocsin::store {
namespace {

using test_support::Engine;
using test_support::FreshDatabase;

constexpr std::string_view kTables =
    "CREATE TABLE original (n INTEGER PRIMARY KEY, body BLOB NOT NULL);"
    "CREATE TABLE copy (n INTEGER PRIMARY KEY REFERENCES original (n))";

std::unique_ptr<Database> open_quietly(const std::string& location) {
  Options options;
  options.location = location;
  options.readers = 1;
  auto database = Database::open(options);
  return database ? std::move(*database) : nullptr;
}

/// Four threads write, so that groups form. Each number goes into two tables in one transaction and, once that is
/// acknowledged, into the pipe.
[[noreturn]] void write_numbers(const std::string& location, std::int64_t first, int pipe) {
  const auto database = open_quietly(location);
  if (!database) ::_exit(2);
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t n = first + t;; n += 4) {
        const auto done = database->write([&](Transaction& tx) -> Result<void> {
          TRY_VOID(tx.run("INSERT INTO original VALUES (?, ?)", n, Bytes(static_cast<std::size_t>(n % 5000), 0x5A)));
          TRY_VOID(tx.run("INSERT INTO copy VALUES (?)", n));
          return {};
        });
        // Eight bytes go into a pipe whole or not at all.
        if (!done || ::write(pipe, &n, sizeof n) != static_cast<ssize_t>(sizeof n)) ::_exit(3);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ::_exit(4);
}

class Kill : public ::testing::TestWithParam<Engine> {
 protected:
  /// Runs `child` in a process of its own and kills that at once after `acknowledgements` of them and a while.
  template <typename Child>
  std::vector<std::int64_t> kill_after(std::size_t acknowledgements, std::chrono::microseconds a_while, Child&& child) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t process = ::fork();
    if (process == 0) {
      ::close(ends[0]);
      child(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    std::vector<std::int64_t> out;
    std::int64_t number = 0;
    const auto next = [&] { return ::read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number); };
    while (out.size() < acknowledgements && next()) out.push_back(number);
    std::this_thread::sleep_for(a_while);
    ::kill(process, SIGKILL);
    while (next()) out.push_back(number);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(process, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the child failed by itself: " << status;
    return out;
  }

  FreshDatabase fresh_{GetParam()};
};

TEST_P(Kill, LosesNoAcknowledgedRowAndLeavesNoHalf) {
  const Migrations schema[] = {{"test", {kTables}}};
  ASSERT_TRUE(open_quietly(fresh_.location())->migrate(schema));
  std::mt19937 random(20260101);
  std::set<std::int64_t> acknowledged;
  std::int64_t first = 1;
  for (int round = 0; round < 12; ++round) {
    const auto more = kill_after(random() % 60, std::chrono::microseconds(random() % 4000),
                                 [&](int pipe) { write_numbers(fresh_.location(), first, pipe); });
    acknowledged.insert(more.begin(), more.end());

    const auto database = open_quietly(fresh_.location());
    ASSERT_TRUE(database);
    // A server may still be at work on what the dead process sent last; a writer waits for that.
    ASSERT_TRUE(database->write([](Transaction&) -> Result<void> { return {}; }));
    const auto checked = database->read([&](Transaction& tx) -> Result<void> {
      std::set<std::int64_t> originals, copies;
      TRY_VOID(tx.each("SELECT n, body FROM original", [&](const Row& row) {
        originals.insert(row.integer(0));
        EXPECT_EQ(row.blob(1).size(), static_cast<std::size_t>(row.integer(0) % 5000));
      }));
      TRY_VOID(tx.each("SELECT n FROM copy", [&](const Row& row) { copies.insert(row.integer(0)); }));
      EXPECT_EQ(originals, copies);
      EXPECT_TRUE(std::includes(originals.begin(), originals.end(), acknowledged.begin(), acknowledged.end()))
          << "round " << round;
      if (!originals.empty()) first = *originals.rbegin() + 1;
      if (!database->is_postgres()) {
        EXPECT_EQ(TRY(tx.text("PRAGMA integrity_check")), "ok");
      }
      return {};
    });
    ASSERT_TRUE(checked) << base::describe(checked.error());
  }
  EXPECT_GT(acknowledged.size(), 100u) << "the children must have done some work";
}

TEST_P(Kill, LetsAMigrationBeFinishedLater) {
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    texts.push_back("CREATE TABLE t" + n + " (n INTEGER); INSERT INTO t" + n + " VALUES (" + n + ")");
  }
  const Migrations schema[] = {{"test", {texts.begin(), texts.end()}}};
  std::mt19937 random(7);
  for (int round = 0; round < 8; ++round) {
    kill_after(0, std::chrono::microseconds(random() % 20'000), [&](int) {
      const auto database = open_quietly(fresh_.location());
      if (!database || !database->migrate(schema)) ::_exit(2);
    });
  }
  const auto database = fresh_.open();
  ASSERT_TRUE(database);
  const auto migrated = database->migrate(schema);
  ASSERT_TRUE(migrated) << base::describe(migrated.error());
  for (std::int64_t i = 0; i < 30; ++i) {
    const auto sum =
        database->read_value([&](Transaction& tx) { return tx.integer("SELECT sum(n) FROM t" + std::to_string(i)); });
    EXPECT_EQ(sum, i) << "step " << i << " ran once";
  }
}

std::vector<Engine> lasting_engines() {
  auto out = test_support::all_engines();
  std::erase(out, Engine::SqliteMemory);
  return out;
}

INSTANTIATE_TEST_SUITE_P(AllEngines, Kill, ::testing::ValuesIn(lasting_engines()), test_support::engine_name);

}  // namespace
}  // namespace tocsin::store
