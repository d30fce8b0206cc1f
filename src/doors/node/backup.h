// Backups: one sealed file with the database, the keys and the configuration. It holds keys, so it is sealed; sealing
// keys of couriers are left out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/store/store.h"

namespace tocsin::node {

/// A consistent copy of a running node, sealed under the passphrase.
Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase);
/// Unpacks into a folder that must not exist or be empty. restore.not_empty, crypto.wrong_passphrase,
/// restore.bad_backup.
/// The database is written under `database`: a node is served only where it bears its own name.
Result<void> unpack_backup(std::string_view sealed, std::string_view passphrase, const std::string& folder,
                           std::string_view database = "tocsin.db");

/// What lies under the seal: the files of a data folder. Nothing is written anywhere before all of them are known
/// whole.
struct BackupFile {
  std::string name;  ///< one of backup_names()
  std::string bytes;
};
std::span<const std::string_view> backup_names();
std::string write_backup(const std::vector<BackupFile>& files);
/// Each file once, in any order. restore.bad_backup, json.*.
Result<std::vector<BackupFile>> read_backup(std::string_view plain);

}  // namespace tocsin::node
