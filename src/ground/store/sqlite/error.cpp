#include "ground/store/sqlite/error.h"

#include <string>

namespace tocsin::store::sqlite {
namespace {

struct Meaning {
  ErrorCode code;
  std::string_view id;
};

Meaning meaning(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return {ErrorCode::Unavailable, "store.full"};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::Conflict, "store.conflict"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::Corrupt, "store.corrupt"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::Unavailable, "store.busy"};
    case SQLITE_TOOBIG:
      return {ErrorCode::TooLarge, "store.too_large"};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      return {ErrorCode::Unavailable, "store.unavailable"};
    default:
      return {ErrorCode::Internal, "store.failed"};
  }
}

}  // namespace

tl::unexpected<Error> failure(sqlite3* connection, int code, std::string_view sql) {
  const int extended = connection ? sqlite3_extended_errcode(connection) : code;
  const Meaning means = meaning(code);
  std::string detail = std::string(sqlite3_errstr(code)) + " (" + std::to_string(extended) + ")";
  if (connection) detail += std::string(": ") + sqlite3_errmsg(connection);
  if (!sql.empty()) detail += " in " + std::string(sql);
  return fail(means.code, means.id, {}, std::move(detail));
}

}  // namespace tocsin::store::sqlite
