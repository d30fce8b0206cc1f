// Internal to the room.
#pragma once

#include <algorithm>
#include <string_view>

namespace tocsin::telemetry {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace tocsin::telemetry
