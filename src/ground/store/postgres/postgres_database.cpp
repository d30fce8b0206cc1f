#include "ground/store/postgres/postgres_database.h"

#include <algorithm>
#include <vector>

#include "ground/base/log.h"
#include "ground/store/checked_transaction.h"
#include "ground/store/group_commit.h"
#include "ground/store/migrate.h"
#include "ground/store/nesting_guard.h"
#include "ground/store/postgres/connection.h"
#include "ground/store/reader_pool.h"

namespace tocsin::store::postgres {
namespace {

/// Each is a process on the server.
constexpr unsigned kMaxReaders = 64;

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::unique_ptr<Connection> writer, std::vector<std::unique_ptr<Connection>> readers)
      : writer_(std::move(writer)), readers_(std::move(readers)), commits_(*writer_) {}

  Result<void> migrate(std::span<const Migrations> rooms) override {
    // write() hands out this very connection.
    return apply_migrations(*this, rooms,
                            [this](Transaction&, std::string_view script) { return writer_->run_script(script); });
  }

  Result<void> write(const WriteFunction& function) override {
    const NestingGuard guard(this);
    return commits_.run(function);
  }

  Result<void> read(const std::function<Result<void>(Transaction&)>& function) override {
    const NestingGuard guard(this);
    const auto reader = readers_.take();
    TRY_VOID(reader->begin_reading());
    auto result = run_checked(function, *reader);
    reader->rollback();
    return result;
  }

  Result<void> backup_to(const std::string&) override { return fail(ErrorCode::Unavailable, "store.backup_postgres"); }

  bool is_postgres() const override { return true; }

 private:
  const std::unique_ptr<Connection> writer_;
  ReaderPool<Connection> readers_;
  GroupCommit commits_;
};

}  // namespace

bool is_location(std::string_view location) {
  return location.starts_with("postgres://") || location.starts_with("postgresql://");
}

Result<std::unique_ptr<Database>> open_database(const Options& options) {
  const Libpq* libpq = TRY(load_libpq());
  auto writer = std::make_unique<Connection>(*libpq, options.location);
  TRY_VOID(writer->connect());
  if (!TRY(writer->server_syncs_to_disk()))
    base::log_warning("PostgreSQL runs with fsync=off: what it has acknowledged may be lost when its power fails");
  std::vector<std::unique_ptr<Connection>> readers;  // each connects when it is first needed
  for (unsigned i = 0; i < std::clamp(options.readers, 1u, kMaxReaders); ++i)
    readers.push_back(std::make_unique<Connection>(*libpq, options.location));
  return std::make_unique<PostgresDatabase>(std::move(writer), std::move(readers));
}

}  // namespace tocsin::store::postgres
