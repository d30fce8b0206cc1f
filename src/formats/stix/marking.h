// Inside this room: what the markings of an object say about its handling.
#pragma once

#include "formats/stix/stix.h"
#include "ground/json/json.h"

namespace tocsin::stix {

/// Fills tlp, pap and unknown_marking from object_marking_refs, granular_markings and labels. Only the instances that
/// the standards name are known; the strictest of all wins, so that a part's marking covers the whole object.
void read_markings(const json::Value& object, Object& out);

}  // namespace tocsin::stix
