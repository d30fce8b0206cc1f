// Hits on what is critical here become an alert.
#pragma once

#include <vector>

#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "core/watch/hits.h"
#include "duty/alerts/alerts.h"
#include "journeys/context.h"

namespace tocsin::journeys {

/// A stored hit, and what of the items that it rests on holds now.
struct GroundedHit {
  std::int64_t row = 0;
  watch::ReportedHit hit;
  std::vector<intel::Item> items;  ///< none that was retracted or revoked; at least one
};

/// All hits of one host become one alert, or join the one that stands there; who is to hear of it by agreement is told.
Result<alerts::AlertId> raise_alert(store::Transaction& tx, const Context& context, const infra::CriticalHost& host,
                                    const std::vector<GroundedHit>& hits);

}  // namespace tocsin::journeys
