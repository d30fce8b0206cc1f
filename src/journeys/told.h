// Whom we have told of an alert, and how far each of them has come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/delivery.h"
#include "duty/alerts/alerts.h"

namespace tocsin::journeys {

struct Told {
  trust::PartyId party;
  std::optional<trust::PartyId> via;  ///< not told by us: one whom we told passed it on, and its word came back
  Digest statement;
  exchange::DeliveryState delivery = exchange::DeliveryState::Sent;
  Time at;  ///< of what happened last: sent, receipted, acknowledged
  std::optional<Time> deadline;
  bool is_late = false;
  std::optional<Time> acknowledged_at;
  std::string acknowledged_by;
  std::string reason;  ///< message id: why it is withheld, or was refused
  std::vector<std::string> reason_args;
};

/// Of each thread every party once: with the newest statement that it has to acknowledge, else with the newest. Nobody
/// stands there for having given us the alert.
Result<std::vector<Told>> told_of(store::Transaction& tx, const alerts::Alert& alert, Time now,
                                  const trust::Scope* scope = nullptr);

}  // namespace tocsin::journeys
