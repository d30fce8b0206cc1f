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

enum class DiskState { Enough, Low, Full };
/// Low below a tenth of the disk or 1 GiB, whichever is less; full below a fiftieth or 256 MiB. A share alone would cry
/// wolf on a large disk (a tenth of 4 TB lasts for years), an amount alone on a small one. 1 GiB is the largest import
/// that a node takes; below 256 MiB one backup, or the write-ahead log of one busy hour, may be what no longer fits.
DiskState disk_state(const DiskRoom& room);

}  // namespace tocsin::base
