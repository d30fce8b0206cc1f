// The order of schema changes, the same for both engines.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "ground/store/store.h"

namespace tocsin::store {

/// Runs several statements separated by ';' inside the transaction.
using RunScript = std::function<Result<void>(Transaction&, std::string_view script)>;

/// Looks at all rooms before it changes anything: an older program leaves newer data as it found it.
Result<void> apply_migrations(Database& database, std::span<const Migrations> rooms, const RunScript& run_script);

}  // namespace tocsin::store
