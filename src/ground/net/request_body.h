// A request body, by Content-Length or chunked (RFC 9112 sections 6.2 and 7.1). No sockets here.
//
// Not Beast's decoder: in 1.81 a chunked body that arrives in small pieces fails an assertion of its
// (basic_parser::parse_chunk_header, n >= 5), which any stranger could use to end our process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/net/request_head.h"

namespace tocsin::net {

inline constexpr std::size_t kMaxChunkLineBytes = 1024;  ///< size and extensions, or one trailer field
inline constexpr std::size_t kMaxTrailerBytes = 4096;

/// For one request. Not thread safe.
class BodyReader {
 public:
  BodyReader(const RequestHead& head, std::uint64_t limit_bytes);

  /// True when the body is complete. Refusals: 413 as soon as the limit is sure to be passed, 400. Extensions and
  /// trailer fields are checked and dropped. Memory grows with what arrives, not with what is announced.
  Outcome<bool> read(std::string_view input, std::size_t& consumed);

  std::size_t size() const { return body_.size(); }
  std::string take() { return std::move(body_); }

 private:
  enum class Step { Size, Data, DataEnd, Trailer, Done };

  Outcome<bool> take_step(std::string_view input, std::size_t& consumed);
  Outcome<bool> begin_chunk(std::string_view line);
  Outcome<bool> drop_trailer(std::string_view line);

  const bool is_chunked_;
  const std::uint64_t limit_bytes_;
  Step step_;
  std::uint64_t left_;  ///< of the body or of this chunk
  std::size_t trailer_bytes_ = 0;
  std::string body_;
};

}  // namespace tocsin::net
