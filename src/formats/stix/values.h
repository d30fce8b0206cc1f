// Inside this room: which properties of cyber-observable objects hold values that can be observed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/observable/observable.h"
#include "ground/json/json.h"

namespace tocsin::stix {

/// The value that `text` at `path` of an object of `type` stands for. The path is written with dots, without quotes,
/// its list steps as "[*]": "hashes.SHA-256", "to_refs[*].value". Nothing for paths and texts that are not values of
/// ours.
std::optional<observable::Value> value_at(std::string_view type, std::string_view path, std::string_view text);

/// What an SCO, or the objects within an observed-data of the old form, shows: unique, in order.
std::vector<observable::Value> values_of(std::string_view type, const json::Value& object);

}  // namespace tocsin::stix
