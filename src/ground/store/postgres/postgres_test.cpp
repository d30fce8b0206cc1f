// What holds for PostgreSQL only: lost connections, results of any size, servers that do not fit.
#include <gtest/gtest.h>

#include "ground/store/store.h"
#include "tests/support/databases.h"

namespace tocsin::store::postgres {
namespace {

using test_support::PostgresServer;

Result<std::unique_ptr<Database>> open(const std::string& location) {
  Options options;
  options.location = location;
  options.readers = 2;
  return Database::open(options);
}

const Migrations kSchema[] = {{"test", {"CREATE TABLE thing (n INTEGER PRIMARY KEY)"}}};

Result<void> insert(Database& database, std::int64_t n) {
  return database.write([n](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing VALUES (?)", n));
    return {};
  });
}

Result<std::optional<std::int64_t>> count(Database& database) {
  return database.read_value([](Transaction& tx) { return tx.integer("SELECT count(*) FROM thing"); });
}

/// Ends every connection to the database but the one that asks.
void cut_connections(Database& asking) {
  const auto cut = asking.read([](Transaction& tx) {
    return tx.each(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        [](const Row& row) { EXPECT_GT(row.integer(0), 0); });
  });
  ASSERT_TRUE(cut) << base::describe(cut.error());
}

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (PostgresServer::is_left_out()) GTEST_SKIP() << "TOCSIN_NO_POSTGRES=1";
    fresh_ = std::make_unique<test_support::FreshDatabase>(test_support::Engine::Postgres);
    database_ = fresh_->open();
    ASSERT_TRUE(database_);
    ASSERT_TRUE(database_->migrate(kSchema));
  }

  std::unique_ptr<test_support::FreshDatabase> fresh_;
  std::unique_ptr<Database> database_;
};

TEST_F(Postgres, ConnectsAgainWhereTheConnectionWasLostWhileIdle) {
  const auto other = open(fresh_->location());
  ASSERT_TRUE(other);
  ASSERT_TRUE(count(*database_)) << "so that a reader is connected too";
  cut_connections(**other);
  const auto written = insert(*database_, 1);
  EXPECT_TRUE(written) << base::describe(written.error());
  EXPECT_EQ(count(*database_), 1);
}

TEST_F(Postgres, FailsTheTransactionWhoseConnectionIsLostAndNotTheNext) {
  const auto other = open(fresh_->location());
  ASSERT_TRUE(other);
  const auto lost = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing VALUES (1)"));
    cut_connections(**other);
    TRY_VOID(tx.run("INSERT INTO thing VALUES (2)"));
    return {};
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().id, "store.unavailable");
  EXPECT_EQ(lost.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(count(*database_), 0);
  EXPECT_TRUE(insert(*database_, 3));
  EXPECT_EQ(count(*database_), 1);
}

TEST_F(Postgres, FailsTheReaderWhoseConnectionIsLostAndNotTheNext) {
  const auto other = open(fresh_->location());
  ASSERT_TRUE(other);
  int rows = 0;
  const auto lost = database_->read([&](Transaction& tx) -> Result<void> {
    return tx.each("SELECT generate_series(1, 1000000)", [&](const Row&) {
      if (++rows == 10) cut_connections(**other);
    });
  });
  ASSERT_FALSE(lost) << "a result that is cut short must not look whole";
  EXPECT_EQ(lost.error().id, "store.unavailable");
  EXPECT_EQ(count(*database_), 0);
}

TEST_F(Postgres, DoesNotAcknowledgeACommitThatItCannotSend) {
  const auto other = open(fresh_->location());
  ASSERT_TRUE(other);
  const auto lost = database_->write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("INSERT INTO thing VALUES (1)"));
    cut_connections(**other);
    return {};
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().id, "store.unavailable");
  EXPECT_EQ(count(*database_), 0);
}

TEST_F(Postgres, PassesAResultOfAnySizeThroughLittleMemory) {
  std::int64_t sum = 0, inner = 0;
  const auto done = database_->read([&](Transaction& tx) -> Result<void> {
    TRY_VOID(tx.each("SELECT generate_series(1, 300000), repeat('x', 1000)", [&](const Row& row) {
      sum += row.integer(0);
      EXPECT_EQ(row.text(1).size(), 1000u);
    }));
    // A statement in between takes the rest of the outer result into memory, and loses none of it.
    return tx.each("SELECT generate_series(1, 2000)", [&](const Row& row) {
      inner += row.integer(0);
      if (row.integer(0) % 500 == 1) {
        EXPECT_EQ(tx.integer("SELECT count(*) FROM generate_series(1, 10)"), 10);
      }
    });
  });
  EXPECT_TRUE(done) << base::describe(done.error());
  EXPECT_EQ(sum, 300'000ll * 300'001 / 2);
  EXPECT_EQ(inner, 2000 * 2001 / 2);
}

TEST_F(Postgres, DoesNotHangOnAStatementThatWantsAConversation) {
  for (const std::string_view sql : {"COPY thing FROM STDIN", "COPY thing TO STDOUT"}) {
    const auto refused = database_->write([&](Transaction& tx) -> Result<void> {
      TRY_VOID(tx.run(sql));
      return {};
    });
    EXPECT_FALSE(refused);
    EXPECT_TRUE(count(*database_));
    EXPECT_TRUE(insert(*database_, static_cast<std::int64_t>(sql.size())));
  }
}

TEST_F(Postgres, SaysThatItsOwnToolsMakeBackups) {
  const auto refused = database_->backup_to(fresh_->folder().file("copy"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.backup_postgres");
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
}

TEST_F(Postgres, RefusesADatabaseThatDoesNotHoldUtf8) {
  const auto server = PostgresServer::shared();
  ASSERT_TRUE(server);
  const auto location =
      (*server)->create_database({"--template=template0", "--encoding=LATIN1", "--locale-provider=libc", "--locale=C"});
  ASSERT_TRUE(location) << base::describe(location.error());
  const auto refused = open(*location);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.open");
}

TEST(PostgresLocation, IsNotRepeatedInErrors) {
  const auto refused = open("postgres://tocsin:hunter2@/nowhere?host=/nonexistent");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(base::describe(refused.error()).find("hunter2"), std::string::npos);
}

TEST(PostgresServerCrash, LosesNothingAcknowledged) {
  if (PostgresServer::is_left_out()) GTEST_SKIP() << "TOCSIN_NO_POSTGRES=1";
  auto server = PostgresServer::start();
  ASSERT_TRUE(server) << base::describe(server.error());
  const auto location = (*server)->create_database();
  ASSERT_TRUE(location);
  const auto database = open(*location);
  ASSERT_TRUE(database);
  ASSERT_TRUE((*database)->migrate(kSchema));
  for (int n = 0; n < 20; ++n) ASSERT_TRUE(insert(**database, n));
  (*server)->crash();
  const auto refused = insert(**database, 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "store.unavailable") << base::describe(refused.error());
  const auto up_again = (*server)->run();
  ASSERT_TRUE(up_again) << base::describe(up_again.error());
  const auto written = insert(**database, 200);
  EXPECT_TRUE(written) << base::describe(written.error());
  const auto rows = count(**database);
  ASSERT_TRUE(rows) << base::describe(rows.error());
  EXPECT_EQ(*rows, 21);
}

}  // namespace
}  // namespace tocsin::store::postgres
