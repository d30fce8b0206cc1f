// When an event happened, as logs write it. Internal to the room.
#pragma once

#include <optional>
#include <string_view>

#include "ground/base/clock.h"

namespace tocsin::telemetry {

/// "1258531221.486539" (Zeek), "2021-06-06T16:26:27.431769+0200" (Suricata), RFC 3339.
std::optional<Time> parse_time(std::string_view text);

}  // namespace tocsin::telemetry
