#include <algorithm>
#include <filesystem>

#include "core/people/people.h"
#include "core/trust/root_file.h"
#include "doors/node/backup.h"
#include "doors/node/node.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"
#include "ground/base/file_stream.h"

namespace tocsin::node {
namespace {

namespace fs = std::filesystem;

// The database bears this name until the new epoch stands in it. A folder without tocsin.db is no node: one that was
// restored by half, or with another party's root key, can never be served in the old epoch.
constexpr std::string_view kUnfinished = "tocsin.db.restoring";

Result<journeys::Reopened> open_new_epoch(const std::string& folder, const crypto::SigningKey& root) {
  const auto keys = TRY(trust::OwnKeys::load(folder + "/keys"));
  people::use_column_key(keys.column_key);
  auto db = TRY(store::Database::open({folder + "/" + std::string(kUnfinished)}));
  TRY_VOID(db->migrate(all_migrations()));
  const Time now = base::system_clock().now();
  return db->write_value([&](store::Transaction& tx) { return journeys::reopen(tx, keys, root, now); });
}

// Where a restore keeps what it does not know whole yet: a folder within the data folder, so on the same disk. It
// exists only from an empty data folder on, so whatever stands beside it came out of it, and a restore that was killed
// can be told from a node and repeated.
constexpr std::string_view kStaging = "restoring";
constexpr std::string_view kMoved[] = {"keys", "node.toml"};  // and the database, last
constexpr std::string_view kLock = "lock";

bool can_be_restored_into(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return true;
  const bool was_interrupted = fs::exists(folder + "/" + std::string(kStaging), error);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    const bool came_out_of_it =
        name == kStaging || std::find(std::begin(kMoved), std::end(kMoved), name) != std::end(kMoved);
    if (name != kLock && !(was_interrupted && came_out_of_it)) return false;
  }
  return !error;
}

tl::unexpected<Error> not_empty(const RestoreRequest& request) {
  return fail(ErrorCode::Conflict, "restore.not_empty", {request.folder});
}

// Only of a folder that can_be_restored_into and whose lock is held.
void remove_what_came(const std::string& folder) {
  std::error_code ignored;
  fs::remove(folder + "/tocsin.db", ignored);  // first: without it there is no node
  for (const std::string_view name : kMoved) fs::remove_all(folder + "/" + std::string(name), ignored);
  fs::remove_all(folder + "/" + std::string(kStaging), ignored);  // last: it says whose the others are
}

Result<void> move_into_place(const std::string& folder) {
  const std::string staging = folder + "/" + std::string(kStaging) + "/";
  for (const std::string_view name : kMoved)
    TRY_VOID(base::move_durably(staging + std::string(name), folder + "/" + std::string(name)));
  // SQLite has written its log back when the last connection closed. Without it the old epoch would be served.
  if (base::exists(staging + std::string(kUnfinished) + "-wal")) return fail(ErrorCode::Internal, "store.failed");
  TRY_VOID(base::move_durably(staging + std::string(kUnfinished), folder + "/tocsin.db"));
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  return {};
}

// Two passphrases are asked for.
auto naming(const std::string& file) {
  return [&file](Error error) {
    return error.id == "crypto.wrong_passphrase" ? Error{error.code, "restore.wrong_passphrase", {file}, {}} : error;
  };
}

Result<journeys::Reopened> restore_into(const RestoreRequest& request, const crypto::SigningKey& root) {
  const std::string staging = request.folder + "/" + std::string(kStaging);
  TRY_VOID(base::make_folder(staging));
  TRY_VOID(unpack_backup(
               {request.backup_file, request.backup_passphrase, staging, std::string(kUnfinished), request.on_progress})
               .map_error(naming(request.backup_file)));
  auto outcome = TRY(open_new_epoch(staging, root));  // the database is closed again
  TRY_VOID(move_into_place(request.folder));
  return outcome;
}

}  // namespace

Result<journeys::Reopened> restore(const RestoreRequest& request) {
  const auto root = TRY(trust::open_root(TRY(base::read_file(request.root_file, 1u << 16)), request.root_passphrase)
                            .map_error(naming(request.root_file)));
  if (!can_be_restored_into(request.folder)) return not_empty(request);
  const bool is_new = !base::exists(request.folder);
  TRY_VOID(base::make_folder(request.folder));
  const std::string lock_file = request.folder + "/" + std::string(kLock);
  const auto lock = TRY(base::FolderLock::take(lock_file));
  if (!can_be_restored_into(request.folder)) return not_empty(request);  // somebody else's restore has just ended
  remove_what_came(request.folder);
  auto outcome = restore_into(request, root);
  if (!outcome) {  // the folder held nothing: so it does again, and the restore can be repeated
    remove_what_came(request.folder);
    std::error_code ignored;
    fs::remove(lock_file, ignored);
    if (is_new) fs::remove(request.folder, ignored);
  }
  return outcome;
}

}  // namespace tocsin::node
