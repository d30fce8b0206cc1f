#include "ground/store/postgres/error.h"

#include <string>

namespace tocsin::store::postgres {
namespace {

struct Meaning {
  ErrorCode code;
  std::string_view id;
};

Meaning meaning(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (kind == "23") return {ErrorCode::Conflict, "store.conflict"};
  if (state == "53100") return {ErrorCode::Unavailable, "store.full"};
  // Lock timeout, deadlock, serialization failure: the same call may succeed later.
  if (state == "55P03" || kind == "40") return {ErrorCode::Unavailable, "store.busy"};
  // Connection, resources, operator intervention, I/O of the server.
  constexpr std::string_view kProtocolViolation = "08P01";  // a fault of ours: the wrong number of parameters
  if (state == kProtocolViolation) return {ErrorCode::Internal, "store.failed"};
  if (kind == "08" || kind == "53" || kind == "57" || kind == "58")
    return {ErrorCode::Unavailable, "store.unavailable"};
  if (kind == "XX" && state != "XX000") return {ErrorCode::Corrupt, "store.corrupt"};
  if (kind == "54") return {ErrorCode::TooLarge, "store.too_large"};
  return {ErrorCode::Internal, "store.failed"};
}

/// Sentences of these classes name parts of the schema or the server; those of others (22: "invalid input ...") quote
/// what was stored.
bool sentence_is_about_schema(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  return kind == "42" || kind == "08" || kind == "25" || kind == "53" || kind == "55" || kind == "57";
}

}  // namespace

std::string_view sqlstate(const Libpq& libpq, const PGresult* result) {
  const char* state = result ? libpq.resultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  return state ? state : "";
}

tl::unexpected<Error> failure(const Libpq& libpq, PGconn* connection, const PGresult* result, std::string_view sql) {
  const std::string_view state = sqlstate(libpq, result);
  // Without a state it is libpq that speaks, not the server.
  if (libpq.status(connection) != CONNECTION_OK || state.empty())
    return fail(ErrorCode::Unavailable, "store.unavailable", {}, libpq.errorMessage(connection));
  const Meaning means = meaning(state);
  std::string detail = "SQLSTATE " + std::string(state);
  for (const int field : {PG_DIAG_TABLE_NAME, PG_DIAG_COLUMN_NAME, PG_DIAG_CONSTRAINT_NAME})
    if (const char* name = libpq.resultErrorField(result, field)) detail += std::string(" ") + name;
  if (sentence_is_about_schema(state))
    if (const char* sentence = libpq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY))
      detail += std::string(": ") + sentence;
  if (!sql.empty()) detail += " in " + std::string(sql);
  return fail(means.code, means.id, {}, std::move(detail));
}

}  // namespace tocsin::store::postgres
