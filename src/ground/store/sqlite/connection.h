// One connection to an SQLite database and the transaction that runs on it. Private to this folder; used by one thread
// at a time.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

#include "ground/store/group_commit.h"
#include "ground/store/sqlite/statement_cache.h"
#include "ground/store/store.h"

namespace tocsin::store::sqlite {

struct ConnectionOptions {
  std::string path;
  std::string vfs;  ///< empty: SQLite's default
  std::uint64_t cache_bytes;
};

class Connection final : public Transaction, public WriteSession {
 public:
  /// Opens (and creates) the file, with every setting that the durability of tocsin rests on.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<std::int64_t> execute(std::string_view sql, std::span<const Cell> parameters) override;
  Result<void> query(std::string_view sql, std::span<const Cell> parameters,
                     const std::function<bool(const Row&)>& each) override;
  std::int64_t last_id() override { return sqlite3_last_insert_rowid(handle_); }
  /// Several statements without parameters.
  Result<void> run_script(std::string_view script);

  Result<void> begin() override;
  Result<void> begin_reading();
  Result<void> commit() override;
  void rollback() override;
  Result<void> set_savepoint() override;
  Result<void> release_savepoint() override;
  Result<void> rollback_to_savepoint() override;
  bool in_transaction() const override { return sqlite3_get_autocommit(handle_) == 0; }
  Transaction& transaction() override { return *this; }

  /// While on, every attempt to change something fails.
  Result<void> set_query_only(bool on);
  sqlite3* handle() const { return handle_; }

 private:
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  Result<void> configure(const ConnectionOptions& options);
  Result<StatementCache::Lease> prepare(std::string_view sql, std::span<const Cell> parameters);
  Result<void> simple(std::string_view sql);

  sqlite3* handle_;
  StatementCache statements_;
};

}  // namespace tocsin::store::sqlite
