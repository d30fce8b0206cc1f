// What every caller may rely on, whichever engine is behind the door.
#include "ground/store/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <limits>
#include <thread>

#include "tests/support/databases.h"

namespace tocsin::store {
namespace {

using test_support::Engine;
using test_support::FreshDatabase;

constexpr std::string_view kSchema =
    "CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, size REAL, body BLOB);"
    "CREATE TABLE part (thing INTEGER NOT NULL REFERENCES thing (id), n INTEGER NOT NULL CHECK (n >= 0));"
    "CREATE TABLE later (thing INTEGER NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)";

class Store : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
    const Migrations schema[] = {{"test", {kSchema}}};
    const auto migrated = database_->migrate(schema);
    ASSERT_TRUE(migrated) << base::describe(migrated.error());
  }

  Result<void> insert(std::string_view name) {
    return database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run("INSERT INTO thing (name) VALUES (?)", name));
      return {};
    });
  }
  std::int64_t count() {
    const auto rows = database_->read_value([](Transaction& tx) { return tx.integer("SELECT count(*) FROM thing"); });
    return rows ? rows->value_or(-1) : -1;
  }

  FreshDatabase fresh_{GetParam()};
  std::unique_ptr<Database> database_;
};

TEST_P(Store, GivesBackEveryKindOfValueExactly) {
  Bytes all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<std::uint8_t>(i));
  const std::string text = "ti\u1ebfng chu\u00f4ng ? '; DROP TABLE thing; -- \\x00 \U0001F514";
  const double sizes[] = {0.1, -1e300, 5e-324, 1.0 / 3, 0.0};
  for (const double size : sizes) {
    const auto done = database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run("DELETE FROM thing"));
      TRY_VOID(tx.run("INSERT INTO thing (name, size, body) VALUES (?, ?, ?)", text, size, all_bytes));
      return tx.each("SELECT name, size, body FROM thing", [&](const Row& row) {
        EXPECT_EQ(row.text(0), text);
        EXPECT_EQ(row.real(1), size);
        EXPECT_EQ(Bytes(row.blob(2).begin(), row.blob(2).end()), all_bytes);
      });
    });
    EXPECT_TRUE(done) << base::describe(done.error());
  }
}

TEST_P(Store, KeepsTheWholeRangeOfIntegers) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t id : {Limits::min(), std::int64_t{-1}, std::int64_t{0}, Limits::max()}) {
    const auto back = database_->write_value([&](Transaction& tx) -> Result<std::optional<std::int64_t>> {
      TRY_VOID(tx.run("INSERT INTO thing (id) VALUES (?)", id));
      return tx.integer("SELECT id FROM thing WHERE id = ?", id);
    });
    ASSERT_TRUE(back) << base::describe(back.error());
    EXPECT_EQ(*back, id);
  }
}

TEST_P(Store, TellsNullFromEmpty) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (id, name, body) VALUES (1, ?, ?)", "", Bytes{}));
    TRY_VOID(tx.run("INSERT INTO thing (id, name, body) VALUES (2, ?, ?)", std::nullopt, std::optional<Bytes>{}));
    int rows = 0;
    TRY_VOID(tx.each("SELECT name, body, size, id FROM thing ORDER BY id", [&](const Row& row) {
      const bool null = rows++ == 1;
      EXPECT_EQ(row.is_null(0), null);
      EXPECT_EQ(row.is_null(1), null);
      EXPECT_TRUE(row.is_null(2));
      EXPECT_EQ(row.text(0), "");
      EXPECT_TRUE(row.blob(1).empty());
      EXPECT_EQ(row.real(2), 0);
      EXPECT_EQ(row.integer(2), 0);
    }));
    EXPECT_EQ(rows, 2);
    return {};
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, KeepsDigestsAndTimes) {
  const auto digest = base::random_fixed<Digest>();
  const Time when{1'763'701'234'567'890};
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (id, body) VALUES (?, ?)", when, digest));
    return tx.each(
        "SELECT id, body FROM thing WHERE body = ?",
        [&](const Row& row) {
          EXPECT_EQ(row.time(0), when);
          EXPECT_EQ(row.digest(1), digest);
        },
        digest);
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, RefusesTextThatIsNotUtf8OrHoldsNul) {
  using namespace std::string_literals;
  for (const std::string& hostile : {"a\0b"s, "\xC3"s, "\xC0\x80"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "\xFF"s}) {
    const auto refused = insert(hostile);
    ASSERT_FALSE(refused) << base::to_hex(base::as_bytes(hostile));
    EXPECT_EQ(refused.error().id, "store.text");
    EXPECT_EQ(refused.error().code, ErrorCode::Malformed);
  }
  EXPECT_EQ(count(), 0);
}

TEST_P(Store, RollsBackWhatFailed) {
  const auto refused = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (name) VALUES (?)", "a"));
    return fail(ErrorCode::Forbidden, "test.refused");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "test.refused");
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert("a"));
  EXPECT_EQ(count(), 1);
}

TEST_P(Store, CallsABrokenRuleAConflict) {
  ASSERT_TRUE(insert("a"));
  const auto twice = insert("a");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::Conflict);
  EXPECT_EQ(twice.error().id, "store.conflict");

  for (const std::string_view sql : {"INSERT INTO part VALUES (1, -1)", "INSERT INTO part VALUES (77, 1)",
                                     "INSERT INTO part VALUES (1, NULL)", "INSERT INTO later VALUES (77)"}) {
    const auto broken = database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run(sql));
      return {};
    });
    ASSERT_FALSE(broken) << sql;
    EXPECT_EQ(broken.error().id, "store.conflict") << sql;
  }
  EXPECT_EQ(count(), 1);
}

TEST_P(Store, KeepsNothingOfATransactionInWhichAStatementFailed) {
  ASSERT_TRUE(insert("a"));
  const auto silent = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (name) VALUES ('before')"));
    EXPECT_FALSE(tx.run("INSERT INTO thing (name) VALUES ('a')"));
    const auto after = tx.run("INSERT INTO thing (name) VALUES ('after')");
    EXPECT_FALSE(after);
    return {};
  });
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().id, "store.conflict");
  EXPECT_EQ(count(), 1);
}

TEST_P(Store, CountsTheRowsItChanged) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.run("INSERT INTO thing (name) VALUES ('a'), ('b'), ('c')")), 3);
    EXPECT_EQ(TRY(tx.run("UPDATE thing SET size = 1.5 WHERE name <> ?", "a")), 2);
    EXPECT_EQ(TRY(tx.run("INSERT INTO thing (name) VALUES ('a') ON CONFLICT DO NOTHING")), 0);
    EXPECT_EQ(TRY(tx.run("CREATE TABLE fresh (n INTEGER)")), 0);
    EXPECT_EQ(TRY(tx.run("DELETE FROM thing")), 3);
    EXPECT_EQ(TRY(tx.run("DELETE FROM thing")), 0);
    return {};
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, GivesRisingKeys) {
  std::int64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto id = database_->write_value([&](Transaction& tx) -> Result<std::int64_t> {
      TRY_VOID(tx.run("INSERT INTO thing (size) VALUES (1.0)"));
      return tx.last_id();
    });
    ASSERT_TRUE(id);
    EXPECT_GT(*id, last);
    last = *id;
  }
}

TEST_P(Store, StopsAQueryWhereTheCallerAsks) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 100; ++i) TRY_VOID(tx.run("INSERT INTO thing (id) VALUES (?)", i));
    int seen = 0;
    TRY_VOID(tx.query("SELECT id FROM thing ORDER BY id", {}, [&](const Row&) { return ++seen < 7; }));
    EXPECT_EQ(seen, 7);
    EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM thing")), 100);
    return {};
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, RunsStatementsInsideAQuery) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 20; ++i) TRY_VOID(tx.run("INSERT INTO thing (id) VALUES (?)", i));
    std::int64_t pairs = 0;
    TRY_VOID(tx.each(
        "SELECT id FROM thing WHERE id >= ?",
        [&](const Row& outer) {
          const std::int64_t id = outer.integer(0);
          const auto inner = tx.each(
              "SELECT id FROM thing WHERE id >= ?",
              [&](const Row& row) {
                EXPECT_GE(row.integer(0), id);
                ++pairs;
              },
              id);
          EXPECT_TRUE(inner);
          EXPECT_TRUE(tx.run("INSERT INTO part VALUES (?, ?)", id, id));
          EXPECT_EQ(outer.integer(0), id);
        },
        0));
    EXPECT_EQ(pairs, 210);
    EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM part")), 20);
    return {};
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, SaysWhichStatementItCannotRun) {
  for (const std::string_view sql : {"SELEC 1", "SELECT * FROM nowhere", "", "DELETE FROM thing; DELETE FROM part",
                                     "INSERT INTO thing (name) VALUES (?)"}) {
    const auto failed = database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run(sql));
      return {};
    });
    ASSERT_FALSE(failed) << sql;
    EXPECT_EQ(failed.error().id, "store.failed") << sql;
    EXPECT_EQ(failed.error().code, ErrorCode::Internal) << sql;
    EXPECT_TRUE(failed.error().args.empty()) << "SQL is not for users";
  }
}

TEST_P(Store, KeepsReadersFromWriting) {
  const auto refused = database_->read([](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (name) VALUES ('a')"));
    return {};
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert("a")) << "the connection must be able to write again";
}

TEST_P(Store, PassesOnTheErrorOfAReader) {
  const auto refused =
      database_->read([](Transaction&) -> Result<void> { return fail(ErrorCode::NotFound, "test.nothing"); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "test.nothing");
}

TEST_P(Store, ShowsAReaderOneMoment) {
  if (GetParam() == Engine::SqliteMemory) GTEST_SKIP() << "one connection: readers and the writer take turns";
  ASSERT_TRUE(insert("a"));
  const auto done = database_->read([&](Transaction& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM thing")), 1);
    std::thread writer([&] { EXPECT_TRUE(insert("b")); });  // would hang here if the writer waited for readers
    writer.join();
    EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM thing")), 1);
    return {};
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(count(), 2);
}

TEST_P(Store, ReadsWhileAWriterWorks) {
  if (GetParam() == Engine::SqliteMemory) GTEST_SKIP() << "one connection: readers and the writer take turns";
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (name) VALUES ('unseen')"));
    std::thread reader([&] { EXPECT_EQ(count(), 0); });
    reader.join();
    return {};
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(count(), 1);
}

// Half of the writers fail on purpose, some of them at the commit: each must get its own answer and nobody else's.
TEST_P(Store, GivesEachOfManyWritersItsOwnAnswer) {
  constexpr int kThreads = 8, kEach = 40;
  std::latch start(kThreads);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(t) + "." + std::to_string(i);
        const auto result = database_->write([&](Transaction& tx) -> Result<void> {
          TRY_VOID(tx.run("INSERT INTO thing (name) VALUES (?)", name));
          if (i % 4 == 1) return fail(ErrorCode::Forbidden, "test.refused", {name});
          if (i % 8 == 3) TRY_VOID(tx.run("INSERT INTO later VALUES (999999)"));
          return {};
        });
        const bool good = i % 4 == 1   ? !result && result.error().args == std::vector<std::string>{name}
                          : i % 8 == 3 ? !result && result.error().id == "store.conflict"
                                       : result.has_value();
        if (!good) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(count(), kThreads * (kEach - kEach / 4 - kEach / 8));
}

TEST_P(Store, OrdersTextByItsBytes) {
  for (const std::string_view name : {"b", "B", "a", "\u00e9", "Z", "_", "\u0111", "d"}) ASSERT_TRUE(insert(name));
  std::string order;
  const auto done = database_->read([&](Transaction& tx) {
    return tx.each(
        "SELECT name FROM thing WHERE name >= ? ORDER BY name", [&](const Row& row) { order += row.text(0); }, "B");
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(order, "BZ_abd\u00e9\u0111");
}

TEST_P(Store, ReadsSumsCountsAndTruthAsNumbers) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.integer("SELECT sum(id) FROM thing")), std::nullopt);
    for (const std::int64_t id : {-9'000'000'000'000'000'000l, 1'000'000'000'000'000'000l, 30'000l, 7l})
      TRY_VOID(tx.run("INSERT INTO thing (id, size) VALUES (?, ?)", id, 0.25));
    EXPECT_EQ(TRY(tx.integer("SELECT sum(id) FROM thing")), -7'999'999'999'999'969'993);
    EXPECT_EQ(TRY(tx.integer("SELECT sum(id) FROM thing WHERE id = 30000")), 30'000);
    EXPECT_EQ(TRY(tx.integer("SELECT sum(id) - 7 FROM thing WHERE id = 7")), 0);
    EXPECT_EQ(TRY(tx.integer("SELECT count(*) FROM thing WHERE id > 0")), 3);
    EXPECT_EQ(TRY(tx.integer("SELECT EXISTS (SELECT 1 FROM thing WHERE id = ?)", 7)), 1);
    EXPECT_EQ(TRY(tx.integer("SELECT EXISTS (SELECT 1 FROM thing WHERE id = ?)", 8)), 0);
    EXPECT_EQ(TRY(tx.integer("SELECT CAST(CAST(? AS TEXT) AS INTEGER)", std::int64_t{1} << 40)), std::int64_t{1} << 40);
    return tx.each("SELECT sum(size), avg(id), sum(id) FROM thing WHERE id IN (7, 30000)", [](const Row& row) {
      EXPECT_EQ(row.real(0), 0.5);
      EXPECT_EQ(row.real(1), 15003.5);
      EXPECT_EQ(row.real(2), 30007);
    });
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, TakesNullWhereItsTypeCannotBeSeen) {
  ASSERT_TRUE(insert("a"));
  const auto matching = [&](std::optional<std::string> name, std::optional<std::int64_t> id) {
    const auto found = database_->read_value([&](Transaction& tx) {
      return tx.integer("SELECT count(*) FROM thing WHERE (? IS NULL OR name = ?) AND (? IS NULL OR id = ?)", name,
                        name, id, id);
    });
    return found ? found->value_or(-1) : -2;
  };
  EXPECT_EQ(matching(std::nullopt, std::nullopt), 1);
  EXPECT_EQ(matching("a", std::nullopt), 1);
  EXPECT_EQ(matching("b", std::nullopt), 0);
  EXPECT_EQ(matching(std::nullopt, 4711), 0);
}

TEST_P(Store, StoresWhatIsNotANumberAsNull) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (size) VALUES (?)", std::numeric_limits<double>::quiet_NaN()));
    return tx.each("SELECT size FROM thing", [](const Row& row) { EXPECT_TRUE(row.is_null(0)); });
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, RunsMoreDifferentStatementsThanItKeepsPrepared) {
  const auto done = database_->write([&](Transaction& tx) -> Result<void> {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 300; ++i) {
        // Each is different, and the first stays in use while the others push it out.
        const std::string sql = "SELECT " + std::to_string(i) + " + ?";
        EXPECT_EQ(TRY(tx.integer(sql, 1)), i + 1);
      }
    }
    int rows = 0;
    TRY_VOID(tx.each("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", [&](const Row& row) {
      EXPECT_EQ(row.integer(0), ++rows);
      for (int i = 0; i < 300; ++i) EXPECT_TRUE(tx.integer("SELECT " + std::to_string(i) + " - 1"));
    }));
    EXPECT_EQ(rows, 3);
    return {};
  });
  EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(Store, KeepsValuesOutOfErrors) {
  const std::string secret = "secret-indicator.example";
  ASSERT_TRUE(insert(secret));
  for (const std::string_view sql :
       {"INSERT INTO thing (name) VALUES (?)", "INSERT INTO part VALUES (CAST(? AS INTEGER), -1)",
        "SELECT * FROM nowhere WHERE a = ?"}) {
    const auto refused = database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run(sql, secret));
      return {};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(base::describe(refused.error()).find("secret"), std::string::npos) << base::describe(refused.error());
  }
}

// Two programs on one database (a server and a command beside it): a writer sees what the other has committed.
TEST_P(Store, LetsTwoProgramsWriteInTurns) {
  if (GetParam() == Engine::SqliteMemory) GTEST_SKIP() << "nobody else can open it";
  constexpr int kEach = 60;
  ASSERT_TRUE(database_->write([](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing (id, size) VALUES (1, 0.0)"));
    return {};
  }));
  const auto other = fresh_.open();
  ASSERT_TRUE(other);
  std::atomic<int> failed = 0;
  const auto count_up = [&](Database& database) {
    for (int i = 0; i < kEach; ++i) {
      const auto done = database.write([](Transaction& tx) -> Result<void> {
        double size = 0;
        TRY_VOID(tx.each("SELECT size FROM thing", [&](const Row& row) { size = row.real(0); }));
        TRY_VOID(tx.run("UPDATE thing SET size = ?", size + 1));
        return {};
      });
      if (!done) ++failed;
    }
  };
  std::thread thread([&] { count_up(*other); });
  count_up(*database_);
  thread.join();
  EXPECT_EQ(failed, 0);
  const auto total =
      database_->read_value([](Transaction& tx) { return tx.integer("SELECT CAST(size AS INTEGER) FROM thing"); });
  EXPECT_EQ(total, 2 * kEach);
}

TEST_P(Store, KeepsWhatWasWrittenWhenItIsOpenedAgain) {
  if (GetParam() == Engine::SqliteMemory) GTEST_SKIP() << "nothing is kept";
  ASSERT_TRUE(insert("a"));
  database_ = fresh_.open();
  ASSERT_TRUE(database_);
  EXPECT_EQ(count(), 1);
}

TEST_P(Store, RefusesATransactionInsideATransaction) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH((void)database_->write([&](Transaction&) { return insert("inner"); }), "broken invariant");
  EXPECT_DEATH((void)database_->read([&](Transaction&) { return insert("inner"); }), "broken invariant");
}

TEST_P(Store, StopsWhereAColumnIsReadAsAnotherType) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  ASSERT_TRUE(insert("a"));
  EXPECT_DEATH((void)database_->read([](Transaction& tx) {
    return tx.each("SELECT name FROM thing", [](const Row& row) { (void)row.integer(0); });
  }),
               "broken invariant");
}

INSTANTIATE_TEST_SUITE_P(AllEngines, Store, ::testing::ValuesIn(test_support::all_engines()),
                         test_support::engine_name);

}  // namespace
}  // namespace tocsin::store
