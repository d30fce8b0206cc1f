// For the copies that mutate.py writes.
#pragma once

#include <initializer_list>
#include <string_view>

namespace tocsin::simulation {

/// Whether the check that refuses with this id is switched off.
bool is_off(std::string_view id);

/// Makes the checks of a copy known by name.
struct Checks {
  Checks(std::initializer_list<std::string_view> ids);
};

}  // namespace tocsin::simulation
