// Inside this room: what a STIX pattern says that can be looked up without evaluating it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formats/stix/stix.h"

namespace tocsin::stix {

struct PatternReading {
  std::vector<Indicated> indicated;         ///< unique; empty where the pattern breaks the grammar
  bool simple = false;                      ///< all of `indicated` is matched, and nothing else is a match
  std::optional<std::size_t> error_offset;  ///< where the pattern breaks the grammar of STIX 2.1
};

/// Reads the whole grammar in one pass, in linear time and with bounded recursion.
PatternReading read_pattern(std::string_view pattern);

}  // namespace tocsin::stix
