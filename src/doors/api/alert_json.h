// Alerts as JSON in the reader's language. Internal to this room.
#pragma once

#include "doors/api/call.h"
#include "duty/alerts/alerts.h"

namespace tocsin::api {

Result<json::Value> alert_json(const Call& call, store::Transaction& tx, const alerts::Alert& alert,
                               const PartyNames& names, const trust::Scope& scope);
/// A party's trouble in words: late, why, since when, what waits.
Result<json::Value> peer_brief(const Call& call, store::Transaction& tx, const trust::Party& peer);
bool is_late(const trust::Party& peer);

}  // namespace tocsin::api
