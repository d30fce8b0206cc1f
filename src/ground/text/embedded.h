// The catalogue files inside the binary, as embed.cmake wrote them; inside this room only.
#pragma once

#include <string_view>
#include <vector>

#include "ground/base/bytes.h"

namespace tocsin::text {

struct Embedded {
  std::string_view tag;  ///< the file's name: "fr"
  std::string_view json;
};

/// One for each file of catalogues/, by name.
std::vector<Embedded> embedded();

}  // namespace tocsin::text
