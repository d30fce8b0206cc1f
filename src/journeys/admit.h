// An object comes in: bytes -> stix reads -> trust labels -> intel keeps -> relate posts its values -> find indexes it
// -> watch gets a new set (by relate's generation).
#pragma once

#include <string_view>

#include "core/intel/repository.h"
#include "journeys/context.h"

namespace tocsin::journeys {

/// What an object says of itself may only narrow the label under which it comes; a marking that nobody here understands
/// narrows to TLP:AMBER. False where nothing changes.
bool narrow(trust::Label& label, const stix::Object& object);

/// What was retracted here stays away until somebody says it in a later version. A line of a list has no version of its
/// own, and so can never be later.
enum class AfterRetraction { StaysAway, LaterVersionReturns };

/// One object, as read from the bytes, into the repository, in the caller's transaction. Says what became of it;
/// refuses only what cannot be stored. intel.retracted_before, intel.retracted_here.
Result<intel::Put> admit(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                         const trust::NumberedLabel& label, const intel::Provenance& provenance, Time now,
                         AfterRetraction rule);
/// The same for an object of a statement.
Result<intel::Put> admit_object(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                                const trust::NumberedLabel& label, const intel::Provenance& provenance, Time now);
/// What admit() would make of our own object in a file of which the dry run has foreseen those before it.
Result<intel::Put> foresee(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                           const trust::Label& label, std::string_view run, const Digest& said, AfterRetraction rule);

}  // namespace tocsin::journeys
