// Values of kinds whose case means nothing (observable::case_means_nothing) are hashed and compared as if all their
// ASCII letters were small: set and log both keep the spelling they have. Internal to the room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "formats/observable/observable.h"

namespace tocsin::watch {

/// Eight characters at once: what lies from 'A' to 'Z' gets the bit that makes it small. Adding to seven bits carries
/// into the eighth and no further.
constexpr std::uint64_t small_letters(std::uint64_t word) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t seven_bits = word & (0x7f * kEach);
  const std::uint64_t from_a = seven_bits + (0x80 - 'A') * kEach;
  const std::uint64_t beyond_z = seven_bits + (0x7f - 'Z') * kEach;
  return word | ((from_a & ~beyond_z & ~word & (0x80 * kEach)) >> 2);
}

constexpr char small_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Below zero, zero, above zero: as texts compare, where the kind says so without the case of letters.
inline int compare_values(observable::Kind kind, std::string_view a, std::string_view b) {
  if (!observable::case_means_nothing(kind)) return a.compare(b);
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (const int difference = small_letter(a[i]) - small_letter(b[i]); difference != 0) return difference;
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

inline bool same_value(observable::Kind kind, std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a == b || compare_values(kind, a, b) == 0);
}

}  // namespace tocsin::watch
