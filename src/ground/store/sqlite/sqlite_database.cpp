#include "ground/store/sqlite/sqlite_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "ground/store/checked_transaction.h"
#include "ground/store/group_commit.h"
#include "ground/store/migrate.h"
#include "ground/store/nesting_guard.h"
#include "ground/store/reader_pool.h"
#include "ground/store/sqlite/backup.h"
#include "ground/store/sqlite/connection.h"

namespace tocsin::store::sqlite {
namespace {

/// More would share two to eight cores and divide the cache further.
constexpr unsigned kMaxReaders = 64;

/// SQLite gives its log and its shared index the mode of the database file, so that one decides for all three.
Result<void> create_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::Unavailable, "store.open", {path, std::strerror(errno)});
  ::close(fd);
  return {};
}

/// A database file: readers have connections of their own and see the last commit without waiting for the writer.
class FileDatabase final : public Database {
 public:
  FileDatabase(ConnectionOptions options, std::unique_ptr<Connection> writer,
               std::vector<std::unique_ptr<Connection>> readers)
      : options_(std::move(options)), writer_(std::move(writer)), readers_(std::move(readers)), commits_(*writer_) {}

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

  /// With a connection of its own: neither the writer nor a reader waits for a backup.
  Result<void> backup_to(const std::string& path) override {
    auto source = TRY(Connection::open(options_));
    return copy_database(source->handle(), path);
  }

  /// With a connection of its own, too. The file itself keeps nothing: secure_delete.
  Result<void> forget_deleted() override {
    const auto connection = TRY(Connection::open(options_));
    std::int64_t busy = 0;
    TRY_VOID(connection->query("PRAGMA wal_checkpoint(TRUNCATE)", {}, [&](const Row& row) {
      busy = row.integer(0);
      return false;
    }));
    if (busy != 0) return fail(ErrorCode::Unavailable, "store.busy");
    return {};
  }

  bool is_postgres() const override { return false; }

 private:
  const ConnectionOptions options_;
  const std::unique_ptr<Connection> writer_;
  ReaderPool<Connection> readers_;
  GroupCommit commits_;
};

/// ":memory:" belongs to one connection, so everybody takes turns. There is no disk to wait for, hence nothing to
/// gain by committing in groups, and a test sees its transactions in the order in which it made them.
class MemoryDatabase final : public Database {
 public:
  explicit MemoryDatabase(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), commits_(*connection_) {}

  Result<void> migrate(std::span<const Migrations> rooms) override {
    return apply_migrations(*this, rooms,
                            [this](Transaction&, std::string_view script) { return connection_->run_script(script); });
  }

  Result<void> write(const WriteFunction& function) override {
    const NestingGuard guard(this);
    const std::lock_guard turn(turns_);
    return commits_.run(function);
  }

  Result<void> read(const std::function<Result<void>(Transaction&)>& function) override {
    const NestingGuard guard(this);
    const std::lock_guard turn(turns_);
    TRY_VOID(connection_->begin_reading());
    TRY_VOID(connection_->set_query_only(true));
    auto result = run_checked(function, *connection_);
    TRY_VOID(connection_->set_query_only(false));
    connection_->rollback();
    return result;
  }

  Result<void> backup_to(const std::string& path) override {
    const NestingGuard guard(this);
    const std::lock_guard turn(turns_);
    return copy_database(connection_->handle(), path);
  }

  bool is_postgres() const override { return false; }

 private:
  const std::unique_ptr<Connection> connection_;
  std::mutex turns_;
  GroupCommit commits_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_database(const Options& options) {
  const bool in_memory = options.location == ":memory:";
  const unsigned reader_count = in_memory ? 0 : std::clamp(options.readers, 1u, kMaxReaders);
  if (in_memory)
    return std::make_unique<MemoryDatabase>(
        TRY(Connection::open({options.location, options.vfs, options.cache_bytes})));
  // Half for the writer, which has to hold what one commit changes: the pages of an import lie all over the indexes.
  const ConnectionOptions writing{options.location, options.vfs, options.cache_bytes / 2};
  const ConnectionOptions each{options.location, options.vfs, options.cache_bytes / 2 / reader_count};

  if (options.vfs.empty()) TRY_VOID(create_private_file(options.location));
  auto writer = TRY(Connection::open(writing));
  std::vector<std::unique_ptr<Connection>> readers;
  for (unsigned i = 0; i < reader_count; ++i) {
    readers.push_back(TRY(Connection::open(each)));
    TRY_VOID(readers.back()->set_query_only(true));
  }
  return std::make_unique<FileDatabase>(each, std::move(writer), std::move(readers));
}

}  // namespace tocsin::store::sqlite
