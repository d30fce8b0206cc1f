// The request target of RFC 9112 section 3.2.1 (origin form), decoded once and strictly. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.h"

namespace tocsin::net {

inline constexpr std::size_t kMaxTargetBytes = 8192;
inline constexpr std::size_t kMaxQueryParameters = 256;

struct Target {
  std::string path;  ///< valid UTF-8, starts with '/', no control character, no segment "." or ".."
  std::vector<std::pair<std::string, std::string>> query;  ///< valid UTF-8, no NUL; '+' was a space
};

/// Refuses (net.bad_target): anything but printable ASCII, '#', '%' without two hex digits, %00, %2F in the path (it
/// would look like a separator once decoded), dot segments however they are written, invalid UTF-8.
Result<Target> decode_target(std::string_view raw);

}  // namespace tocsin::net
