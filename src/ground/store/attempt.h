// A part of a transaction that may fail by itself.
#pragma once

#include <functional>

#include "ground/store/store.h"

namespace tocsin::store {

/// Runs `function`; where it fails, what it wrote is undone, the transaction goes on, and its error is the inner
/// result. The outer error ends the transaction, as a failed SQL statement always does. Not nested. It is not cheap:
/// until it ends, SQLite keeps aside every page that is written.
Result<Result<void>> attempt(Transaction& tx, const std::function<Result<void>()>& function);

}  // namespace tocsin::store
