// The one database door. SQLite (embedded, default) or PostgreSQL; the same small SQL for both.
//
// SQL is written with `?` parameters and the column types INTEGER (64 bit), REAL, TEXT, BLOB; the PostgreSQL side turns
// them into $n, BIGINT, DOUBLE PRECISION, TEXT, BYTEA. `INTEGER PRIMARY KEY AUTOINCREMENT` becomes an identity column.
// Domains keep their own SQL in their own rooms; this room knows no domain.
//
// Writing: write() runs its function inside a transaction. Several callers' transactions are committed together (group
// commit); when write() has returned, the change is on the disk (SQLite: WAL with synchronous=FULL). One writer at a
// time.
//
// Reading: read() gives a consistent snapshot and never waits for the writer (except in ":memory:").
//
// Thread safe; a Transaction belongs to the thread that runs the function.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/base/clock.h"
#include "ground/base/result.h"

namespace tocsin::store {

/// A parameter or a column value. Bytes and text are kept apart.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

inline Cell cell(std::nullopt_t) {
  return {};
}
inline Cell cell(std::int64_t value) {
  return value;
}
inline Cell cell(int value) {
  return std::int64_t{value};
}
inline Cell cell(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
inline Cell cell(bool value) {
  return std::int64_t{value};
}
inline Cell cell(double value) {
  return value;
}
inline Cell cell(std::string value) {
  return value;
}
inline Cell cell(std::string_view value) {
  return std::string(value);
}
inline Cell cell(const char* value) {
  return std::string(value);
}
inline Cell cell(Bytes value) {
  return value;
}
inline Cell cell(ByteView value) {
  return Bytes(value.begin(), value.end());
}
inline Cell cell(const Digest& value) {
  return cell(value.view());
}
inline Cell cell(Time value) {
  return value.us;
}
inline Cell cell(const Cell& value) {
  return value;
}
template <typename T>
Cell cell(const std::optional<T>& value) {
  return value ? cell(*value) : Cell{};
}

/// One row of a result; valid only inside the callback that got it. Columns count from 0. Asking for another type than
/// the column holds is a broken invariant of ours (CHECK), except null, which yields 0, "" or empty.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual ByteView blob(int column) const = 0;
  virtual bool is_null(int column) const = 0;
  Digest digest(int column) const;
  Time time(int column) const { return Time{integer(column)}; }
};

class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Rows changed. Error ids: store.conflict (a UNIQUE, CHECK, NOT NULL or foreign key rule), store.full (no space),
  /// store.text (TEXT must be UTF-8 without NUL), store.busy, store.unavailable, store.corrupt, store.too_large,
  /// store.failed (a fault of ours). After an error the transaction is lost, whatever its function returns; where a row
  /// may be there already, say so: INSERT ... ON CONFLICT DO NOTHING.
  virtual Result<std::int64_t> execute(std::string_view sql, std::span<const Cell> parameters) = 0;
  /// Calls `each` per row, in order, until it returns false.
  virtual Result<void> query(std::string_view sql, std::span<const Cell> parameters,
                             const std::function<bool(const Row&)>& each) = 0;
  /// The integer key given by the last INSERT with an AUTOINCREMENT column.
  virtual std::int64_t last_id() = 0;

  template <typename... Args>
  Result<std::int64_t> run(std::string_view sql, const Args&... args) {
    const Cell cells[] = {cell(args)..., Cell{}};
    return execute(sql, std::span<const Cell>(cells, sizeof...(args)));
  }
  template <typename Each, typename... Args>
  Result<void> each(std::string_view sql, Each&& function, const Args&... args) {
    const Cell cells[] = {cell(args)..., Cell{}};
    return query(sql, std::span<const Cell>(cells, sizeof...(args)), [&](const Row& row) {
      function(row);
      return true;
    });
  }
  /// First column of the first row, if there is one.
  template <typename... Args>
  Result<std::optional<std::int64_t>> integer(std::string_view sql, const Args&... args) {
    const Cell cells[] = {cell(args)..., Cell{}};
    std::optional<std::int64_t> out;
    TRY_VOID(query(sql, std::span<const Cell>(cells, sizeof...(args)), [&](const Row& row) {
      if (!row.is_null(0)) out = row.integer(0);
      return false;
    }));
    return out;
  }
  template <typename... Args>
  Result<std::optional<std::string>> text(std::string_view sql, const Args&... args) {
    const Cell cells[] = {cell(args)..., Cell{}};
    std::optional<std::string> out;
    TRY_VOID(query(sql, std::span<const Cell>(cells, sizeof...(args)), [&](const Row& row) {
      if (!row.is_null(0)) out = std::string(row.text(0));
      return false;
    }));
    return out;
  }
};

/// The schema of one room: steps are applied once each, in order, and never edited after a release. `room` is the key
/// under which the applied count is kept.
struct Migrations {
  std::string_view room;
  std::vector<std::string_view> steps;  ///< each may hold several statements, separated by ';'
};

struct Options {
  /// A file path, ":memory:", or "postgres://..." (libpq is loaded only then).
  std::string location;
  unsigned readers = 4;
  std::uint64_t cache_bytes = 32u << 20;
  /// Name of an SQLite VFS registered beforehand; tests inject disk faults with it.
  std::string vfs = {};
};

class Database {
 public:
  virtual ~Database() = default;
  static Result<std::unique_ptr<Database>> open(const Options& options);

  /// Applies what is missing, each step in a transaction of its own. store.newer_schema where the data was written by a
  /// newer tocsin.
  virtual Result<void> migrate(std::span<const Migrations> rooms) = 0;

  /// Runs `function`; commits where it returns success, rolls back otherwise (only its own part of a group).
  /// `function` may run again from the start if the group around it had to be rolled back: it must have no effect
  /// outside the transaction except overwriting its captured results. It may run on another caller's thread, and must
  /// not open a transaction of the same database (CHECK).
  /// An error says that the caller must not tell anybody that it was written. After store.unavailable it may have been,
  /// nevertheless (the server went away while it committed): what is tried again must be able to meet itself.
  virtual Result<void> write(const std::function<Result<void>(Transaction&)>& function) = 0;
  virtual Result<void> read(const std::function<Result<void>(Transaction&)>& function) = 0;

  /// A consistent copy of a running SQLite database into a new file. Unavailable on PostgreSQL (use pg_dump).
  virtual Result<void> backup_to(const std::string& path) = 0;
  /// Until here a copy of what was deleted or overwritten may stand in SQLite's write-ahead log, and after it in no
  /// file of the database. Nothing on PostgreSQL, where VACUUM and the archive of its log are its administrator's.
  /// store.busy while a reader keeps the log.
  virtual Result<void> forget_deleted() { return {}; }
  virtual bool is_postgres() const = 0;

  /// write()/read() that yield a value.
  template <typename Function>
  auto write_value(Function&& function) -> decltype(function(std::declval<Transaction&>())) {
    decltype(function(std::declval<Transaction&>())) out = fail(ErrorCode::Internal, "store.failed");
    auto done = write([&](Transaction& tx) -> Result<void> {
      out = function(tx);
      if (!out) return tl::unexpected(out.error());
      return {};
    });
    if (!done) return tl::unexpected(done.error());
    return out;
  }
  template <typename Function>
  auto read_value(Function&& function) -> decltype(function(std::declval<Transaction&>())) {
    decltype(function(std::declval<Transaction&>())) out = fail(ErrorCode::Internal, "store.failed");
    auto done = read([&](Transaction& tx) -> Result<void> {
      out = function(tx);
      if (!out) return tl::unexpected(out.error());
      return {};
    });
    if (!done) return tl::unexpected(done.error());
    return out;
  }
};

}  // namespace tocsin::store
