// Hits as JSON. Internal to this room.
#pragma once

#include "core/watch/hits.h"
#include "doors/api/call.h"

namespace tocsin::api {

Result<json::Value> hit_json(const Call& call, store::Transaction& tx, const watch::StoredHit& hit,
                             const PartyNames& names, const trust::Scope& scope);

}  // namespace tocsin::api
