// What API keys may: the other half of the table in permissions.cpp.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/people/people.h"

namespace tocsin::people {

/// None where there is no such scope.
std::optional<std::span<const Action>> actions_of_scope(std::string_view scope);

}  // namespace tocsin::people
