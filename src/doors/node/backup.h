// Backups: one sealed file with the database, the keys and the configuration. It holds keys, so it is sealed; sealing
// keys of couriers are left out.
#pragma once

#include <string>

#include "ground/store/store.h"

namespace tocsin::node {

/// A consistent copy of a running node, sealed under the passphrase.
Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase);
/// Unpacks into a folder that must not exist or be empty. restore.not_empty, crypto.wrong_passphrase,
/// restore.bad_backup.
Result<void> unpack_backup(std::string_view sealed, std::string_view passphrase, const std::string& folder);

}  // namespace tocsin::node
