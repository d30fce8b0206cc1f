// One HTTP/1.1 request out of a stream of bytes (RFC 9112), stricter than Beast, which does the parsing: whatever two
// programs could read in two ways is refused. No sockets here. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ground/net/reply.h"
#include "ground/net/server.h"

namespace tocsin::net {

inline constexpr std::size_t kMaxHeaderBytes = 16 * 1024;

/// What the header section says, checked.
struct RequestHead {
  Request request;  ///< method, path, query, headers; the connection adds the rest
  bool keep_alive = false;
  bool has_body = false;
  bool expects_continue = false;                ///< the client waits for "100 Continue" before its body
  std::optional<std::uint64_t> content_length;  ///< absent for a chunked body
};

class RequestParser {
 public:
  RequestParser();
  ~RequestParser();

  /// `input`: all bytes not consumed yet. Nothing yet: call again with more. Refusals: 400, 414, 417, 431.
  Outcome<std::optional<RequestHead>> read_head(std::string_view input, std::size_t& consumed);

  /// After the head, where it has a body; true when the body is complete. A chunked body beyond the limit is refused
  /// with 413 (one with a Content-Length must be refused by the caller before).
  void limit_body(std::uint64_t bytes);
  Outcome<bool> read_body(std::string_view input, std::size_t& consumed);
  std::size_t body_size() const;
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::size_t scanned_ = 0;  ///< bytes already searched for the end of the header section
};

}  // namespace tocsin::net
