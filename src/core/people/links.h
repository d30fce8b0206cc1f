// What the other files of this room need of links.
#pragma once

#include "core/people/people.h"

namespace tocsin::people {

Result<void> forget_expired_links(store::Transaction& tx, Time now);

}  // namespace tocsin::people
