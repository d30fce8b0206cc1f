#include "ground/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace tocsin::base {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::Malformed:
      return "malformed";
    case ErrorCode::Unauthenticated:
      return "unauthenticated";
    case ErrorCode::Forbidden:
      return "forbidden";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::TooLarge:
      return "too_large";
    case ErrorCode::TooFast:
      return "too_fast";
    case ErrorCode::Timeout:
      return "timeout";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Corrupt:
      return "corrupt";
    case ErrorCode::Internal:
      return "internal";
  }
  return "internal";
}

std::string describe(const Error& error) {
  std::string out(name(error.code));
  out += ": " + error.id;
  if (!error.args.empty()) {
    out += '(';
    for (std::size_t i = 0; i < error.args.size(); ++i) out += (i ? ", " : "") + error.args[i];
    out += ')';
  }
  if (!error.detail.empty()) out += " [" + error.detail + "]";
  return out;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tocsin: broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace tocsin::base
