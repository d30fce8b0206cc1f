// Inside this room: the check that keeps names of an object unique.
#pragma once

#include "ground/json/json.h"

namespace tocsin::json {

/// A name that stands twice, else null. Sorts where there are many, so that a hostile object costs n log n.
const std::string* find_duplicate_name(const Object& object);

}  // namespace tocsin::json
