// One connection to a PostgreSQL server and the transaction that runs on it. Private to this folder; used by one thread
// at a time.
//
// A lost connection costs the transaction that was running (store.unavailable); the next begin() connects again.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/store/group_commit.h"
#include "ground/store/postgres/libpq.h"
#include "ground/store/postgres/wire.h"
#include "ground/store/store.h"

namespace tocsin::store::postgres {

class Connection final : public Transaction, public WriteSession {
 public:
  /// Does not connect yet.
  Connection(const Libpq& libpq, std::string location) : libpq_(libpq), location_(std::move(location)) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> connect();
  /// False where the server answers before its disk has what it was told to keep.
  Result<bool> server_syncs_to_disk();

  Result<std::int64_t> execute(std::string_view sql, std::span<const Cell> parameters) override;
  Result<void> query(std::string_view sql, std::span<const Cell> parameters,
                     const std::function<bool(const Row&)>& each) override;
  std::int64_t last_id() override;
  /// Several statements without parameters.
  Result<void> run_script(std::string_view script);

  /// Waits for its turn among the nodes of this database: one writer at a time, as on SQLite.
  Result<void> begin() override;
  Result<void> begin_reading();
  Result<void> commit() override;
  void rollback() override;
  Result<void> set_savepoint() override;
  Result<void> release_savepoint() override;
  Result<void> rollback_to_savepoint() override;
  bool in_transaction() const override;
  Transaction& transaction() override { return *this; }

 private:
  /// Rows still to come from the server. When another statement wants the connection, the rest is taken into memory.
  struct Stream {
    std::deque<ResultPointer> taken;
    bool finished = false;
  };

  bool connected() const { return connection_ && !lost_ && libpq_.status(connection_) == CONNECTION_OK; }
  void disconnect();
  tl::unexpected<Error> failed(const PGresult* result, std::string_view sql);
  Result<void> prepare_session();
  Result<void> begin_with(const char* sql);
  Result<void> simple(const char* sql);
  Result<std::string> prepare(std::string_view sql, const Parameters& parameters);
  Result<void> prepare_as(const std::string& name, std::string_view sql, const std::string& translated,
                          std::vector<Oid> types);
  Result<void> send(std::string_view sql, const Parameters& parameters);
  ResultPointer next(Stream& stream);
  void finish(Stream& stream);
  void make_way();
  /// Ends after an error of libpq itself: in such a state (a COPY, which no room may use) it could repeat for ever.
  ResultPointer get() { return {lost_ ? nullptr : libpq_.getResult(connection_), FreeResult{&libpq_}}; }

  const Libpq& libpq_;
  const std::string location_;
  PGconn* connection_ = nullptr;
  bool lost_ = false;
  Stream* running_ = nullptr;
  std::unordered_map<std::string, std::string> prepared_;  ///< types and SQL -> the statement's name on the server
};

}  // namespace tocsin::store::postgres
