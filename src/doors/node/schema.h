// The migrations of all rooms, in the order in which they are applied.
#pragma once

#include <vector>

#include "ground/store/store.h"

namespace tocsin::node {

std::vector<store::Migrations> all_migrations();

}  // namespace tocsin::node
