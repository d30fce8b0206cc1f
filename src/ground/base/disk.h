// How much room there is where a file or folder lies.
#pragma once

#include <cstdint>
#include <string>

#include "ground/base/result.h"

namespace tocsin::base {

struct DiskRoom {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< for this account: what is kept back for root is not in it
};
/// file.read.
Result<DiskRoom> disk_room(const std::string& path);

}  // namespace tocsin::base
