// What holds for SQLite only: its settings, its files, damage to them, and copies of a running database.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "ground/base/file.h"
#include "ground/store/store.h"
#include "tests/support/folder.h"

namespace tocsin::store::sqlite {
namespace {

using test_support::TemporaryFolder;

class Sqlite : public ::testing::Test {
 protected:
  std::string path() const { return folder_.file("test.db"); }
  static Result<std::unique_ptr<Database>> open(const std::string& location) {
    Options options;
    options.location = location;
    options.readers = 2;
    return Database::open(options);
  }
  /// `count` rows of about a kilobyte, so that the file has many pages.
  static void fill(Database& database, int count) {
    const Migrations schema[] = {{"test",
                                  {"CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT, body BLOB);"
                                   "CREATE INDEX thing_name ON thing (name)"}}};
    ASSERT_TRUE(database.migrate(schema));
    ASSERT_TRUE(database.write([&](Transaction& tx) -> Result<void> {
      for (int i = 0; i < count; ++i)
        TRY_VOID(tx.run("INSERT INTO thing (name, body) VALUES (?, ?)", "name" + std::to_string(i), Bytes(1000, 0x42)));
      return {};
    }));
  }
  static std::int64_t count(Database& database) {
    const auto found = database.read_value([](Transaction& tx) { return tx.integer("SELECT count(*) FROM thing"); });
    return found ? found->value_or(-1) : -1;
  }

  TemporaryFolder folder_;
};

TEST_F(Sqlite, RunsWithTheSettingsThatDurabilityAndHostileFilesAskFor) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  const auto check = [](Transaction& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.text("PRAGMA journal_mode")), "wal");
    constexpr int kFull = 2, kMemory = 2;
    const std::pair<std::string_view, int> settings[] = {
        {"synchronous", kFull}, {"foreign_keys", 1}, {"trusted_schema", 0},   {"cell_size_check", 1},
        {"secure_delete", 1},   {"mmap_size", 0},    {"temp_store", kMemory}, {"writable_schema", 0}};
    for (const auto& [name, value] : settings)
      EXPECT_EQ(TRY(tx.integer("PRAGMA " + std::string(name))).value_or(0), value) << name;
    return {};
  };
  EXPECT_TRUE((*database)->write(check));
  EXPECT_TRUE((*database)->read(check));
  EXPECT_FALSE((*database)->read([](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.integer("SELECT \"no such column\""));
    return {};
  })) << "double quotes are for names";
}

TEST_F(Sqlite, KeepsNoByteOfWhatWasDeletedInAnyOfItsFiles) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  const std::string longer(20'000, 'x');  // on pages of its own
  ASSERT_TRUE((*database)->write([&](Transaction& tx) -> Result<void> {
    TRY(tx.run("CREATE TABLE kept (word TEXT NOT NULL)"));
    for (const std::string& word : {std::string("victim-7341"), "victim-7341" + longer, std::string("another")})
      TRY(tx.run("INSERT INTO kept (word) VALUES (?)", word));
    return {};
  }));
  const auto stands_somewhere = [&] {
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(path()).parent_path()))
      if (base::read_file(file.path(), 1u << 30).value_or("").find("victim-7341") != std::string::npos) return true;
    return false;
  };
  ASSERT_TRUE((*database)->forget_deleted());
  EXPECT_TRUE(stands_somewhere());
  ASSERT_TRUE((*database)->write([&](Transaction& tx) -> Result<void> {
    TRY(tx.run("UPDATE kept SET word = '' WHERE word = 'victim-7341'"));
    TRY(tx.run("DELETE FROM kept WHERE word LIKE 'victim%'"));
    return {};
  }));
  ASSERT_TRUE((*database)->forget_deleted());
  EXPECT_FALSE(stands_somewhere());
}

TEST_F(Sqlite, KeepsItsFilesToItsUser) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  fill(**database, 1);
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((path() + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(Sqlite, SaysWhereItCannotOpen) {
  const auto missing = open(folder_.file("no/such/folder/test.db"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().id, "store.open");
  EXPECT_EQ(missing.error().code, ErrorCode::Unavailable);
  EXPECT_FALSE(open(folder_.path().string()));
}

TEST_F(Sqlite, WaitsInMemoryWhenAllReadersAreTaken) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  fill(**database, 10);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        if (count(**database) == 10) ++right;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
}

TEST_F(Sqlite, CallsAFileThatIsNoDatabaseCorrupt) {
  std::ofstream(path()) << std::string(10'000, 'x');
  const auto refused = open(path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.corrupt");
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
}

// Any damage may be an error or go unseen; it must not end the process or be called anything else.
TEST_F(Sqlite, SurvivesDamageAnywhereInItsFile) {
  {
    const auto database = open(path());
    ASSERT_TRUE(database);
    fill(**database, 200);
  }
  std::ifstream file(path(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(whole.size(), 100'000u);
  std::mt19937 random(1);
  int noticed = 0;
  for (int round = 0; round < 150; ++round) {
    std::string damaged = whole;
    const std::size_t page = random() % (whole.size() / 4096) * 4096;
    // Headers of pages are where pointers and counts stand.
    for (int i = 0; i < 12; ++i) damaged[page + random() % (i % 2 ? 100 : 4096)] = static_cast<char>(random());
    if (round % 10 == 0) damaged.resize(random() % damaged.size());
    const std::string copy = folder_.file("damaged" + std::to_string(round) + ".db");
    std::ofstream(copy, std::ios::binary) << damaged;

    const auto use = [&]() -> Result<void> {
      const auto database = TRY(open(copy));
      TRY_VOID(database->read([](Transaction& tx) -> Result<void> {
        TRY_VOID(tx.each("SELECT hex(name), length(body) FROM thing ORDER BY name",
                         [](const Row& row) { (void)row.is_null(0); }));
        TRY_VOID(tx.each("PRAGMA integrity_check", [](const Row&) {}));
        return {};
      }));
      return database->write([](Transaction& tx) -> Result<void> {
        TRY_VOID(tx.run("UPDATE thing SET name = name || 'x', body = NULL"));
        TRY_VOID(tx.run("DELETE FROM thing"));
        return {};
      });
    };
    const auto used = use();
    if (used) continue;
    ++noticed;
    EXPECT_TRUE(used.error().code == ErrorCode::Corrupt || used.error().code == ErrorCode::Conflict ||
                used.error().code == ErrorCode::Internal || used.error().code == ErrorCode::Unavailable)
        << base::describe(used.error());
  }
  EXPECT_GT(noticed, 30);
}

TEST_F(Sqlite, CopiesOneMomentOfADatabaseInUse) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  fill(**database, 300);
  std::atomic<bool> stop = false;
  // Every transaction makes all names longer by one: a copy of two moments would hold names of two lengths.
  std::thread writer([&] {
    while (!stop) {
      const auto done = (*database)->write([](Transaction& tx) -> Result<void> {
        TRY_VOID(tx.run("UPDATE thing SET name = 'x' || name"));
        return {};
      });
      if (!done) ADD_FAILURE() << base::describe(done.error());
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::string copy = folder_.file("copy" + std::to_string(i) + ".db");
    const auto copied = (*database)->backup_to(copy);
    ASSERT_TRUE(copied) << base::describe(copied.error());
    struct stat info {};
    ASSERT_EQ(::stat(copy.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    const auto opened = open(copy);
    ASSERT_TRUE(opened);
    const auto checked = (*opened)->read([](Transaction& tx) -> Result<void> {
      EXPECT_EQ(TRY(tx.text("PRAGMA integrity_check")), "ok");
      EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM thing")), 300);
      EXPECT_EQ(TRY(tx.integer("SELECT count(DISTINCT instr(name, 'n')) FROM thing")), 1) << "all rows of one moment";
      return {};
    });
    EXPECT_TRUE(checked) << base::describe(checked.error());
  }
  stop = true;
  writer.join();
}

TEST_F(Sqlite, CopiesADatabaseInMemory) {
  const auto database = open(":memory:");
  ASSERT_TRUE(database);
  fill(**database, 20);
  ASSERT_TRUE((*database)->backup_to(folder_.file("copy.db")));
  const auto opened = open(folder_.file("copy.db"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(count(**opened), 20);
}

TEST_F(Sqlite, NeverCopiesOverAFile) {
  const auto database = open(path());
  ASSERT_TRUE(database);
  std::ofstream(folder_.file("taken")) << "precious";
  const auto refused = (*database)->backup_to(folder_.file("taken"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.backup_exists");
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  std::string content;
  std::ifstream(folder_.file("taken")) >> content;
  EXPECT_EQ(content, "precious");

  const auto nowhere = (*database)->backup_to(folder_.file("no/such/folder/copy.db"));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().id, "store.backup_failed");
}

TEST_F(Sqlite, KeepsTwoDatabasesInMemoryApart) {
  const auto one = open(":memory:");
  const auto other = open(":memory:");
  ASSERT_TRUE(one && other);
  fill(**one, 3);
  fill(**other, 4);
  EXPECT_EQ(count(**one), 3);
  EXPECT_EQ(count(**other), 4);
}

}  // namespace
}  // namespace tocsin::store::sqlite
