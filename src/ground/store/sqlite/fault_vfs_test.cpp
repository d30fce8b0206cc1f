// What is left after a power cut at any moment, on a full disk, and when a sync fails.
#include "ground/store/sqlite/fault_vfs.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ground/store/store.h"
#include "tests/support/folder.h"

namespace tocsin::store::sqlite {
namespace {

using test_support::TemporaryFolder;

constexpr int kTransactions = 13;
constexpr std::string_view kTable =
    "CREATE TABLE thing (n INTEGER PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX thing_version ON thing (version, n)";
const Migrations kSchema[] = {{"test", {kTable}}};

/// The oracle: n -> version and size of the body, worked out without a database.
using Things = std::map<std::int64_t, std::pair<std::int64_t, std::size_t>>;

/// Transaction number t, on the model and on the database: a new row, a changed one, sometimes a deleted one; bodies
/// from nothing to several pages.
struct Change {
  explicit Change(int t) : number(t), size(static_cast<std::size_t>(t * 977 % 9000)) {}

  void apply(Things& things) const {
    things[number] = {number, size};
    if (const auto older = things.find(number / 2); older != things.end()) older->second.first = number + 1000;
    if (number % 5 == 4) things.erase(number - 3);
  }
  Result<void> apply(Transaction& tx) const {
    TRY_VOID(
        tx.run("INSERT INTO thing VALUES (?, ?, ?)", number, number, Bytes(size, static_cast<std::uint8_t>(number))));
    TRY_VOID(tx.run("UPDATE thing SET version = ? WHERE n = ?", number + 1000, number / 2));
    if (number % 5 == 4) TRY_VOID(tx.run("DELETE FROM thing WHERE n = ?", number - 3));
    return {};
  }

  std::int64_t number;
  std::size_t size;
};

Things after(int transactions) {
  Things out;
  for (int t = 0; t < transactions; ++t) Change(t).apply(out);
  return out;
}

class Disk {
 public:
  explicit Disk(std::uint64_t seed) : faults("faulty", seed) {}

  Result<std::unique_ptr<Database>> open() const {
    Options options;
    options.location = folder.file("test.db");
    options.readers = 1;
    options.vfs = "faulty";
    auto database = TRY(Database::open(options));
    TRY_VOID(database->migrate(kSchema));
    // So that the short workload meets many checkpoints.
    TRY_VOID(database->write([](Transaction& tx) {
      return tx.query("PRAGMA wal_autocheckpoint = 6", {}, [](const Row&) { return true; });
    }));
    return database;
  }

  /// Runs the workload from transaction `from` until it is done or one is refused; returns how many are acknowledged.
  int work(int from) const {
    const auto database = open();
    if (!database) return from;
    for (int t = from; t < kTransactions; ++t)
      if (!(*database)->write([t](Transaction& tx) { return Change(t).apply(tx); })) return t;
    return kTransactions;
  }

  /// What is there now; nothing where the database says that it is damaged.
  Result<Things> content() const {
    const auto database = TRY(open());
    return database->read_value([](Transaction& tx) -> Result<Things> {
      const auto verdict = TRY(tx.text("PRAGMA integrity_check"));
      if (verdict != "ok") return fail(ErrorCode::Corrupt, "test.integrity", {verdict.value_or("")});
      Things out;
      TRY_VOID(tx.each("SELECT n, version, body FROM thing", [&](const Row& row) {
        const ByteView body = row.blob(2);
        for (const std::uint8_t byte : body) EXPECT_EQ(byte, static_cast<std::uint8_t>(row.integer(0)));
        out[row.integer(0)] = {row.integer(1), body.size()};
      }));
      return out;
    });
  }

  FaultDisk faults;
  TemporaryFolder folder;
};

/// How many transactions are in `things`, none of them in part; -1 where there is no such number.
int whole_transactions(const Things& things) {
  for (int t = 0; t <= kTransactions; ++t)
    if (after(t) == things) return t;
  return -1;
}

std::uint64_t operations_of_workload() {
  Disk disk(0);
  EXPECT_EQ(disk.work(0), kTransactions);
  return disk.faults.operations();
}

TEST(PowerCut, LosesNothingAcknowledgedAtAnyWrite) {
  const std::uint64_t operations = operations_of_workload();
  ASSERT_GT(operations, 100u);
  for (std::uint64_t k = 1; k <= operations; ++k) {
    Disk disk(k);
    disk.faults.cut_power_at(k);
    const int acknowledged = disk.work(0);
    ASSERT_FALSE(disk.faults.has_power()) << "the cut must come within the workload";
    disk.faults.restart();
    const auto left = disk.content();
    ASSERT_TRUE(left) << "cut at " << k << ": " << base::describe(left.error());
    const int whole = whole_transactions(*left);
    // The one in flight may have reached the disk although nobody was told so.
    ASSERT_TRUE(whole == acknowledged || whole == acknowledged + 1)
        << "cut at " << k << ": " << acknowledged << " " << whole;
    ASSERT_EQ(disk.work(whole), kTransactions) << "cut at " << k << ": the work must go on";
    ASSERT_EQ(disk.content(), after(kTransactions));
  }
}

TEST(PowerCut, LosesNothingWhenAnotherComesWhileItRecovers) {
  const std::uint64_t operations = operations_of_workload();
  for (std::uint64_t k = 1; k <= operations; k += 7) {
    Disk disk(k);
    std::mt19937_64 random(k);
    disk.faults.cut_power_at(k);
    int acknowledged = disk.work(0), whole = acknowledged;
    for (int cut = 0; cut < 4; ++cut) {
      disk.faults.restart();
      disk.faults.cut_power_at(disk.faults.operations() + 1 + random() % 25);
      acknowledged = std::max(acknowledged, disk.work(whole));  // refused at once where row `whole` is there already
      disk.faults.restart();
      const auto left = disk.content();
      ASSERT_TRUE(left) << "cut at " << k << ": " << base::describe(left.error());
      whole = whole_transactions(*left);
      ASSERT_TRUE(whole == acknowledged || whole == acknowledged + 1) << "cut at " << k;
      acknowledged = whole;
    }
  }
}

TEST(PowerCut, WouldBeNoticedByTheseTestsOnADiskThatLies) {
  const std::uint64_t operations = operations_of_workload();
  int lost = 0;
  for (std::uint64_t k = 1; k <= operations; k += 5) {
    Disk disk(k);
    disk.faults.lie_about_syncs();
    disk.faults.cut_power_at(k);
    const int acknowledged = disk.work(0);
    disk.faults.restart();
    const auto left = disk.content();
    if (!left || whole_transactions(*left) < acknowledged) ++lost;
  }
  EXPECT_GT(lost, 10);
}

TEST(FullDisk, RefusesAndKeepsWhatItHas) {
  int refused = 0;
  for (std::uint64_t space = 0; space < 400'000; space += 9'973) {
    Disk disk(space);
    ASSERT_TRUE(disk.open());
    disk.faults.limit_space(space);
    const int acknowledged = disk.work(0);
    if (acknowledged < kTransactions) {
      ++refused;
      const auto database = disk.open();
      if (database) {
        const auto again = (*database)->write([](Transaction& tx) -> Result<void> {
          TRY_VOID(tx.run("INSERT INTO thing VALUES (-1, -1, ?)", Bytes(500'000)));
          return {};
        });
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().id, "store.full");
        EXPECT_EQ(again.error().code, ErrorCode::Unavailable);
      } else {
        EXPECT_EQ(database.error().id, "store.full");
      }
    }
    disk.faults.lift_space_limit();
    ASSERT_EQ(disk.content(), after(acknowledged)) << space;
    ASSERT_EQ(disk.work(acknowledged), kTransactions) << "with space again, the work goes on";
    ASSERT_EQ(disk.content(), after(kTransactions));
  }
  EXPECT_GT(refused, 5);
}

TEST(FullDisk, FailsTheWriterThatFillsItAndNotTheNext) {
  Disk disk(1);
  const auto database = disk.open();
  ASSERT_TRUE(database);
  disk.faults.limit_space(200'000);
  const auto big = (*database)->write([](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing VALUES (1, 1, ?)", Bytes(2'000'000)));
    return {};
  });
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().id, "store.full");
  const auto small = (*database)->write([](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing VALUES (2, 2, ?)", Bytes(10)));
    return {};
  });
  EXPECT_TRUE(small) << base::describe(small.error());
}

TEST(FailedSync, IsNotAcknowledgedAndDoesNotHarmWhatFollows) {
  const auto write = [](Database& database, int t) {
    return database.write([t](Transaction& tx) { return Change(t).apply(tx); });
  };
  for (int failing = 0; failing < kTransactions; ++failing) {
    Disk disk(static_cast<std::uint64_t>(failing));
    {
      const auto database = disk.open();
      ASSERT_TRUE(database);
      for (int t = 0; t < failing; ++t) ASSERT_TRUE(write(**database, t));
      disk.faults.fail_syncs(1);
      const auto refused = write(**database, failing);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().id, "store.unavailable");
      ASSERT_TRUE(write(**database, failing)) << "what was refused was rolled back, so it can be tried again";
      disk.faults.cut_power_at(disk.faults.operations() + 1);
    }
    disk.faults.restart();
    const auto left = disk.content();
    ASSERT_TRUE(left) << base::describe(left.error());
    EXPECT_EQ(*left, after(failing + 1));
  }
}

}  // namespace
}  // namespace tocsin::store::sqlite
