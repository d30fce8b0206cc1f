// Alerts as JSON in the reader's language. Internal to this room.
#pragma once

#include "doors/api/call.h"
#include "duty/alerts/alerts.h"

namespace tocsin::api {

Result<json::Value> alert_json(const Call& call, store::Transaction& tx, const alerts::Alert& alert,
                               const PartyNames& names, const trust::Scope& scope);
/// What happened to an alert. An agreement stands in events by its id, and is named here in the reader's language.
std::string event_text(const Call& call, store::Transaction& tx, const alerts::Event& event);
/// The full name of a person of ours; the account where it is no longer known.
std::string person_name(store::Transaction& tx, const std::string& account);
/// A party's trouble in words: late, why, since when, what waits, as far as the reader may know of that.
Result<json::Value> peer_brief(const Call& call, store::Transaction& tx, const trust::Party& peer,
                               const trust::Scope& scope);

}  // namespace tocsin::api
