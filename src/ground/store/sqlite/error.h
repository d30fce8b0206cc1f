// SQLite's result codes as our errors. Private to this folder.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "ground/base/result.h"

namespace tocsin::store::sqlite {

/// What the connection says about its last call. The detail holds SQLite's words and the SQL, never a bound value.
tl::unexpected<Error> failure(sqlite3* connection, int code, std::string_view sql);

}  // namespace tocsin::store::sqlite
