#include "ground/store/sqlite/connection.h"

#include <algorithm>
#include <type_traits>

#include "ground/store/sqlite/error.h"

namespace tocsin::store::sqlite {
namespace {

/// How long a statement waits for another process (a backup, an operator with a shell) before it says store.busy.
constexpr int kBusyTimeoutMs = 10'000;
/// The write-ahead log is cut back to this size after a checkpoint, so that one burst does not hold disk for ever.
constexpr std::int64_t kKeptLogBytes = 64ll << 20;
/// How long the log grows before its pages go to the database file. Commits of an import touch the same pages again and
/// again; with SQLite's 1000 each of them would write every page twice.
constexpr int kPagesBeforeCheckpoint = 8000;  // of 4 KiB: 32 MB

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}

  std::int64_t integer(int column) const override {
    expect(column, SQLITE_INTEGER);
    return sqlite3_column_int64(statement_, column);
  }
  double real(int column) const override {
    if (type(column) != SQLITE_INTEGER) expect(column, SQLITE_FLOAT);  // an integer is a real number too: sum(), 0
    return sqlite3_column_double(statement_, column);
  }
  std::string_view text(int column) const override {
    expect(column, SQLITE_TEXT);
    return base::as_text(bytes(sqlite3_column_text(statement_, column), column));
  }
  ByteView blob(int column) const override {
    expect(column, SQLITE_BLOB);
    return bytes(sqlite3_column_blob(statement_, column), column);
  }
  bool is_null(int column) const override { return type(column) == SQLITE_NULL; }

 private:
  int type(int column) const {
    CHECK(column >= 0 && column < sqlite3_data_count(statement_));
    return sqlite3_column_type(statement_, column);
  }
  void expect(int column, int wanted) const {
    const int found = type(column);
    CHECK(found == wanted || found == SQLITE_NULL);
  }
  ByteView bytes(const void* data, int column) const {
    if (!data) return {};
    return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

  sqlite3_stmt* statement_;
};

/// The values outlive the statement's run, so SQLite need not copy them (SQLITE_STATIC).
int bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  return std::visit(
      [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<Value, std::int64_t>) {
          return sqlite3_bind_int64(statement, index, value);
        } else if constexpr (std::is_same_v<Value, double>) {
          return sqlite3_bind_double(statement, index, value);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return sqlite3_bind_text64(statement, index, value.data(), value.size(), nullptr, SQLITE_UTF8);
        } else {
          // A null pointer would bind NULL; an empty blob is not null.
          const void* data = value.empty() ? static_cast<const void*>("") : value.data();
          return sqlite3_bind_blob64(statement, index, data, value.size(), nullptr);
        }
      },
      cell);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code =
      sqlite3_open_v2(options.path.c_str(), &handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  std::unique_ptr<Connection> connection(
      new Connection(handle));  // closes the handle, which exists even after a failure
  if (code != SQLITE_OK) return failure(handle, code, {});
  TRY_VOID(connection->configure(options));
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  // The last connection to close writes the log back into the database file; where that fails, the next open does it.
  sqlite3_close(handle_);
}

Result<void> Connection::configure(const ConnectionOptions& options) {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  // A damaged or doctored file must not make SQLite run what its schema says, and double quotes are for names only.
  for (const int on : {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY})
    sqlite3_db_config(handle_, on, 1, nullptr);
  for (const int off : {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL,
                        SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION})
    sqlite3_db_config(handle_, off, 0, nullptr);
  const std::uint64_t cache_kib = std::clamp<std::uint64_t>(options.cache_bytes / 1024, 256, 1u << 30);
  TRY_VOID(run_script("PRAGMA cache_size = -" + std::to_string(cache_kib) +
                      ";"
                      "PRAGMA journal_mode = WAL;"
                      "PRAGMA synchronous = FULL;"
                      "PRAGMA cell_size_check = ON;"
                      "PRAGMA secure_delete = ON;"  // what has to be erased is overwritten, not only unlinked
                      "PRAGMA mmap_size = 0;"       // an I/O error of mapped memory is a signal that ends the process
                      "PRAGMA temp_store = MEMORY;"
                      "PRAGMA wal_autocheckpoint = " +
                      std::to_string(kPagesBeforeCheckpoint) +
                      ";PRAGMA journal_size_limit = " + std::to_string(kKeptLogBytes)));
  // SQLite keeps the old journal without an error where the file system cannot carry a write-ahead log.
  const auto mode = TRY(text("PRAGMA journal_mode"));
  if (mode != "wal" && mode != "memory")
    return fail(ErrorCode::Unavailable, "store.open", {options.path, "journal_mode=" + mode.value_or("")});
  return {};
}

Result<StatementCache::Lease> Connection::prepare(std::string_view sql, std::span<const Cell> parameters) {
  auto lease = TRY(statements_.take(handle_, sql));
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(lease.get())) != parameters.size())
    return fail(ErrorCode::Internal, "store.failed", {}, "wrong number of parameters for " + std::string(sql));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int code = bind(lease.get(), static_cast<int>(i + 1), parameters[i]);
    if (code != SQLITE_OK) return failure(handle_, code, sql);
  }
  return lease;
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::span<const Cell> parameters) {
  auto lease = TRY(prepare(sql, parameters));
  const std::int64_t before = sqlite3_total_changes64(handle_);
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(lease.get());
  if (code != SQLITE_DONE) return failure(handle_, code, sql);
  // changes() keeps the count of an earlier statement where this one is no INSERT, UPDATE or DELETE.
  return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

Result<void> Connection::query(std::string_view sql, std::span<const Cell> parameters,
                               const std::function<bool(const Row&)>& each) {
  auto lease = TRY(prepare(sql, parameters));
  const StatementRow row(lease.get());
  for (;;) {
    const int code = sqlite3_step(lease.get());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failure(handle_, code, sql);
    if (!each(row)) return {};
  }
}

Result<void> Connection::run_script(std::string_view script) {
  const std::string text(script);
  const char* rest = text.c_str();
  while (*rest) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    int code = sqlite3_prepare_v2(handle_, rest, -1, &statement, &tail);
    if (code != SQLITE_OK) return failure(handle_, code, rest);
    if (statement) {
      do code = sqlite3_step(statement);
      while (code == SQLITE_ROW);
      sqlite3_finalize(statement);
      if (code != SQLITE_DONE)
        return failure(handle_, code, std::string_view(rest, static_cast<std::size_t>(tail - rest)));
    }
    rest = tail;
  }
  return {};
}

Result<void> Connection::simple(std::string_view sql) {
  TRY_VOID(execute(sql, {}));
  return {};
}

Result<void> Connection::begin() {
  return simple("BEGIN IMMEDIATE");
}
Result<void> Connection::begin_reading() {
  return simple("BEGIN");
}
Result<void> Connection::commit() {
  return simple("COMMIT");
}
Result<void> Connection::set_savepoint() {
  return simple("SAVEPOINT member");
}
Result<void> Connection::release_savepoint() {
  return simple("RELEASE member");
}

Result<void> Connection::rollback_to_savepoint() {
  TRY_VOID(simple("ROLLBACK TO member"));
  return release_savepoint();
}

void Connection::rollback() {
  const auto done = simple("ROLLBACK");
  // An open transaction that can be neither committed nor undone would swallow every later write.
  CHECK(done || !in_transaction());
}

Result<void> Connection::set_query_only(bool on) {
  return run_script(on ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF");
}

}  // namespace tocsin::store::sqlite
