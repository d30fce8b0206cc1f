// Items of the repository as JSON. Internal to this room.
#pragma once

#include "core/intel/repository.h"
#include "doors/api/call.h"

namespace tocsin::api {

Result<json::Value> item_json(const Call& call, store::Transaction& tx, const intel::Item& item,
                              const PartyNames& names, const trust::Scope& scope);

}  // namespace tocsin::api
