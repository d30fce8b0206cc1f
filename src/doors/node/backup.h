// Backups: one sealed file with the database, the keys and the configuration. It holds keys, so it is sealed; sealing
// keys of couriers are left out. Made and unpacked in pieces: memory does not grow with the size.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ground/store/store.h"

namespace tocsin::node {

/// A consistent copy of a running node, sealed under the passphrase: the path of a file in the data folder, the
/// caller's to remove. While it is made, the folder needs room for two copies of the database; where that fails,
/// nothing stays. backup.file_changed {path}, store.*, file.*.
Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase);
/// What a process that was killed has left. Only while no backup of this folder is being made.
void remove_unfinished_backups(const std::string& folder);

struct UnpackRequest {
  std::string file, passphrase;
  std::string folder;                  ///< exists and is empty
  std::string database = "tocsin.db";  ///< its name there: a node is served only where it bears its own
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress = {};
};
/// Success says that the backup is whole and on the disk. After an error the folder holds what had come, for the caller
/// to remove. crypto.wrong_passphrase, crypto.bad_sealed_file, restore.bad_backup, file.*.
Result<void> unpack_backup(const UnpackRequest& request);

}  // namespace tocsin::node
