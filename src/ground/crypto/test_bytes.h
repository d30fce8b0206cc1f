// Hex in tests; a typo in a vector fails loudly.
#pragma once

#include <string_view>

#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace tocsin::crypto {

inline Bytes hex(std::string_view text) {
  auto out = base::from_hex(text);
  CHECK(out.has_value());
  return *out;
}

template <typename Fixed>
Fixed fixed_hex(std::string_view text) {
  auto out = Fixed::from_hex(text);
  CHECK(out.has_value());
  return *out;
}

}  // namespace tocsin::crypto
