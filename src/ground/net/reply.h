// Turns a Response into the bytes of RFC 9112. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/net/server.h"

namespace tocsin::net {

/// Why a request gets no handler. Status 0: there is nobody left to answer.
struct Refusal {
  int status = 0;
  ErrorCode code = ErrorCode::Malformed;
};

template <typename T>
using Outcome = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(int status, ErrorCode code) {
  return tl::unexpected(Refusal{status, code});
}

/// {"error":{"code":"too_large"}}; 503 carries Retry-After.
Response refusal_response(const Refusal& refusal);

/// Status line and headers up to the empty line. Framing headers are ours alone: a handler's own Content-Length,
/// Transfer-Encoding, Connection and Date are left out. Fails where a handler's header would break the framing
/// (control characters: somebody put foreign text into it).
Result<std::string> write_head(const Response& response, std::optional<std::uint64_t> content_length, bool close,
                               Time now);

/// 1xx, 204 and 304 never have a body.
bool may_have_body(int status);

}  // namespace tocsin::net
