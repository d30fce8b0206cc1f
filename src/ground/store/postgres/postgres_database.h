// The server engine behind store.h: one connection that writes, several that read.
#pragma once

#include <memory>
#include <string_view>

#include "ground/store/store.h"

namespace tocsin::store::postgres {

/// "postgres://..." or "postgresql://..."; everything after it is libpq's.
bool is_location(std::string_view location);

Result<std::unique_ptr<Database>> open_database(const Options& options);

}  // namespace tocsin::store::postgres
