#include <algorithm>
#include <filesystem>

#include "core/exchange/recover.h"
#include "core/trust/parties.h"
#include "doors/node/backup.h"
#include "doors/node/node.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"

namespace tocsin::node {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBackupBytes = std::uint64_t{8} << 30;

// The database bears this name until the new epoch stands in it. A folder without tocsin.db is no node: one that was
// restored by half, or with another party's root key, can never be served in the old epoch.
constexpr std::string_view kUnfinished = "tocsin.db.restoring";

// The restored node must not go on in its old log: what it said after the backup is unknown to it, and saying something
// else at the same place would be equivocation. So a new epoch opens, and the descriptor that names it has a version
// above all that the same root can have signed before: versions of restored descriptors are milliseconds since 1970.
Result<RestoreOutcome> open_new_epoch(const std::string& folder, const crypto::SigningKey& root) {
  const auto keys = TRY(trust::OwnKeys::load(folder + "/keys"));
  people::use_column_key(keys.column_key);
  auto db = TRY(store::Database::open({folder + "/" + std::string(kUnfinished)}));
  TRY_VOID(db->migrate(all_migrations()));
  const Time now = base::system_clock().now();
  return db->write_value([&](store::Transaction& tx) -> Result<RestoreOutcome> {
    const trust::Party own = TRY(trust::own_party(tx));
    const exchange::Self self{own.id, &keys};
    trust::Descriptor next = own.descriptor;
    next.log.previous_checkpoint = TRY(exchange::checkpoint(tx, self, now));
    next.log.id = TRY(exchange::open_epoch(tx, now));
    TRY_VOID(exchange::ask_peers(tx, self, now));
    next.version = std::max(next.version, static_cast<std::uint64_t>(now.us / 1000));
    TRY_VOID(journeys::renew_descriptor(tx, root, next, now));
    TRY_VOID(people::audit(tx, {0, now, "console", "console", "restore", next.log.id, "ok"}));
    const std::size_t asked = TRY(exchange::recoveries(tx)).size();
    return RestoreOutcome{next.log.id, next.version + 1, asked};
  });
}

Result<RestoreOutcome> restore_into(const RestoreRequest& request, std::string_view sealed,
                                    const crypto::SigningKey& root) {
  TRY_VOID(unpack_backup(sealed, request.backup_passphrase, request.folder, kUnfinished));
  auto outcome = TRY(open_new_epoch(request.folder, root));  // the database is closed again
  std::error_code error;
  fs::rename(request.folder + "/" + std::string(kUnfinished), request.folder + "/tocsin.db", error);
  if (error) return fail(ErrorCode::Unavailable, "file.write", {request.folder + "/tocsin.db", error.message()});
  return outcome;
}

}  // namespace

Result<RestoreOutcome> restore(const RestoreRequest& request) {
  const std::string sealed = TRY(base::read_file(request.backup_file, kMaxBackupBytes));
  const auto root =
      TRY(journeys::open_root(TRY(base::read_file(request.root_file, 1u << 16)), request.root_passphrase));
  std::error_code ignored;
  if (fs::exists(request.folder, ignored) && !fs::is_empty(request.folder, ignored))
    return fail(ErrorCode::Conflict, "restore.not_empty", {request.folder});
  auto outcome = restore_into(request, sealed, root);
  if (!outcome)  // the folder was empty: it is so again, and the restore can be repeated
    for (const auto& entry : fs::directory_iterator(request.folder, ignored)) fs::remove_all(entry.path(), ignored);
  return outcome;
}

}  // namespace tocsin::node
