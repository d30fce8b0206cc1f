// Whether somebody should look after the node. Internal to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doors/api/call.h"

namespace tocsin::api {

struct Check {
  std::string name;
  bool ok = true;
  std::string message;
  std::optional<Time> until{};  ///< where the message is about a moment: readers put it into words and a time zone
};

Result<std::vector<Check>> checks(const Call& call);

}  // namespace tocsin::api
