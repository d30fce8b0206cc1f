// The request line and header section of RFC 9112, stricter than Beast, which does the parsing: whatever two programs
// could read in two ways is refused. No sockets here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/net/reply.h"
#include "ground/net/server.h"

namespace tocsin::net {

inline constexpr std::size_t kMaxHeaderBytes = 16 * 1024;

struct RequestHead {
  Request request;  ///< method, path, query, headers; the connection adds the rest
  bool keep_alive = false;
  bool is_chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;  ///< the client waits for "100 Continue" before its body

  bool has_body() const { return is_chunked || content_length > 0; }
};

/// For one request. Not thread safe.
class HeadReader {
 public:
  /// `input`: all bytes not consumed yet. Nothing yet: call again with more. Refusals: 400, 414, 417, 431.
  Outcome<std::optional<RequestHead>> read(std::string_view input, std::size_t& consumed);

 private:
  std::size_t scanned_ = 0;  ///< bytes already searched for the end of the header section
};

}  // namespace tocsin::net
