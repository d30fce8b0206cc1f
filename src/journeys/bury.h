// Tombstones for what this node retracted before it kept tombstones of its own objects.
#pragma once

#include "journeys/context.h"

namespace tocsin::journeys {

/// The next import of the same list would bring such an object back. Once per database: makes the tombstones that are
/// missing, as of the time of the retraction, except of what we have said again since or what gave way to a newer
/// version. Before anybody retracts or imports anything.
Result<void> bury_earlier_retractions(const Context& context);

}  // namespace tocsin::journeys
