// Whether somebody should look after the node. Internal to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doors/api/call.h"
#include "ground/base/disk.h"

namespace tocsin::api {

struct Check {
  std::string name;
  bool ok = true;
  std::string message;
  std::optional<Time> until{};  ///< where the message is about a moment: readers put it into words and a time zone
};

Result<std::vector<Check>> checks(const Call& call);

enum class DiskState { Enough, Low, Full };
/// Low below a tenth of the disk or 1 GiB, whichever is less; full below a fiftieth or 256 MiB. A share alone would cry
/// wolf on a large disk (a tenth of 4 TB lasts for years), an amount alone on a small one. 1 GiB is the largest import
/// that a node takes; below 256 MiB one backup, or the write-ahead log of one busy hour, may be what no longer fits.
DiskState disk_state(const base::DiskRoom& room);

}  // namespace tocsin::api
