// A host is marked as critical: from now on hits on it raise alerts, and those of before that raised none do so now.
#pragma once

#include <vector>

#include "core/infra/critical.h"
#include "duty/alerts/alerts.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct Marked {
  infra::CriticalHost host;  ///< in normal form
  std::vector<alerts::AlertId> alerts;
};
/// The mark stands before the hits are looked for: what is interrupted in between, marking again takes up. Errors:
/// those of infra::mark.
Result<Marked> mark_host(const Context& context, const infra::CriticalHost& host, const Doer& by);

}  // namespace tocsin::journeys
