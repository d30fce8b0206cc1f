// A copy of a running database. Private to this folder.
#pragma once

#include <sqlite3.h>

#include <string>

#include "ground/base/result.h"

namespace tocsin::store::sqlite {

/// Copies one consistent state into a new file that appears under its name only when it is whole and on the disk.
/// store.backup_exists where the name is taken.
Result<void> copy_database(sqlite3* source, const std::string& path);

}  // namespace tocsin::store::sqlite
