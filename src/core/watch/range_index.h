// Networks along a line: for every address the innermost network that holds it, and from there outwards. Internal to
// the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/watch/layout.h"

namespace tocsin::watch {

/// One network of a set, by its entry.
struct RangePlace {
  layout::AddressKey first, last;
  unsigned prefix = 0;
  std::uint32_t entry = 0;
};

/// Nothing where the text is no network of that kind.
std::optional<RangePlace> place_range(observable::Kind kind, std::string_view text);

struct RangeIndex {
  std::vector<layout::AddressKey> starts;  ///< ascending; from here on ...
  std::vector<std::uint32_t> covers;       ///< ... this entry is the innermost, or kNone
  std::vector<std::uint32_t> parents;      ///< of the n-th place: the next wider entry, or kNone
};

/// All places are of one family, ascending by (first, prefix): a wider network comes before those within it.
RangeIndex index_ranges(const std::vector<RangePlace>& places);

}  // namespace tocsin::watch
