// PostgreSQL's errors as ours. Private to this folder.
#pragma once

#include <string_view>

#include "ground/base/result.h"
#include "ground/store/postgres/libpq.h"

namespace tocsin::store::postgres {

/// What a failed result says (null: none arrived). The detail holds SQLSTATE, names of the schema and the SQL, never a
/// value: PostgreSQL's own sentences quote the data.
tl::unexpected<Error> failure(const Libpq& libpq, PGconn* connection, const PGresult* result, std::string_view sql);

/// The five characters of appendix A of PostgreSQL's manual; empty where there are none.
std::string_view sqlstate(const Libpq& libpq, const PGresult* result);

}  // namespace tocsin::store::postgres
