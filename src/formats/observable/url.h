// URLs, read the way they are met in reports and logs. Internal to the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/observable/observable.h"

namespace tocsin::observable {

std::optional<std::string> normalise_url(std::string_view text);

/// "198.51.100.3:443", "[2001:db8::1]:443", "evil.example:8443", "[2001:db8::1]": the host alone.
std::optional<Value> host_before_port(std::string_view text);

/// True only for URLs that are their own normal form; false may also mean "ask normalise_url". No allocation.
bool is_normal_url(std::string_view text);

}  // namespace tocsin::observable
