// Errors as values. Our code throws nothing; an exception of a library stops in the room that wraps that library.
//
// An Error carries what a program needs (a closed code), what a person needs (a message id with arguments, turned into
// a sentence by ground/text in the reader's language) and what only this node's log may see (detail).
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tocsin::base {

enum class ErrorCode {
  Malformed,        // the input breaks its format or a limit of it
  Unauthenticated,  // nobody proved who they are
  Forbidden,        // proved, but not permitted
  NotFound,
  Conflict,  // contradicts what is there; the caller must decide
  TooLarge,  // beyond a stated limit
  TooFast,   // beyond a stated rate; try again later
  Timeout,
  Unavailable,  // a part outside this process does not answer; try again later
  Corrupt,      // what we stored is not what we wrote
  Internal,     // a fault of ours
};

/// The code's lower-case word as it stands in JSON answers ("not_found").
std::string_view name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string id;                 ///< message id in the catalogues of ground/text, e.g. "import.no_objects"
  std::vector<std::string> args;  ///< fill {0}, {1} ... of the message; shown to users, so never a secret
  std::string detail = {};        ///< for this node's log only; never sent to a peer
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::NotFound, "intel.not_found", {id});`
inline tl::unexpected<Error> fail(ErrorCode code, std::string_view id, std::vector<std::string> args = {},
                                  std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::string(id), std::move(args), std::move(detail)});
}

/// One line for logs and developers: "not_found: intel.not_found(x) [detail]".
std::string describe(const Error& error);

/// Broken invariant of ours: says where and ends the process. Never for input.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace tocsin::base

namespace tocsin {
using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;
}  // namespace tocsin

/// `auto value = TRY(may_fail());` leaves the function with the error, or yields the value (moved out). May be nested.
#define TRY(...) TOCSIN_TRY_VALUE(TOCSIN_TRY_NAME(__COUNTER__), __VA_ARGS__)

/// The same for Result<void>.
#define TRY_VOID(...) TOCSIN_TRY_VOID(TOCSIN_TRY_NAME(__COUNTER__), __VA_ARGS__)

// Each use has a name of its own, because a TRY may stand inside another's argument.
#define TOCSIN_TRY_NAME(number) TOCSIN_TRY_JOIN(try_result_, number)
#define TOCSIN_TRY_JOIN(a, b) a##b
#define TOCSIN_TRY_VALUE(name, ...)                                                     \
  ({                                                                                    \
    auto name = (__VA_ARGS__);                                                          \
    if (!name) return ::tl::unexpected<::tocsin::base::Error>(std::move(name).error()); \
    std::move(*name);                                                                   \
  })
#define TOCSIN_TRY_VOID(name, ...)                                                      \
  do {                                                                                  \
    auto name = (__VA_ARGS__);                                                          \
    if (!name) return ::tl::unexpected<::tocsin::base::Error>(std::move(name).error()); \
  } while (false)

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) ::tocsin::base::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
