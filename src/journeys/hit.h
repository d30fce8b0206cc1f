// A sensor reports hits: they are counted once, a hit on a critical host raises an alert, and whoever gave the
// indicator hears of the sighting as far as the agreement permits.
#pragma once

#include <string>
#include <vector>

#include "core/watch/hits.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// Of a sighting statement, at whoever reads it: what is beyond is split or cut off by whoever writes it.
inline constexpr std::size_t kMaxSightings = 1000;
inline constexpr std::int64_t kMaxSightingCount = 1'000'000'000'000;  // of one entry, so that sums of many still fit

struct HitReport {
  std::string sensor, batch;  ///< batch: UUID; the same one twice counts once
  std::string set_id;
  std::vector<watch::ReportedHit> hits;
  std::int64_t lines = 0, bytes = 0;
};
struct HitOutcome {
  std::int64_t stored = 0;
  std::int64_t retracted = 0;  ///< not stored: all that it rests on was retracted or revoked since the set was made
  std::int64_t unknown = 0;    ///< not stored: nothing that it rests on is here for sensors (any more)
  std::vector<std::int64_t> alerts;
  bool repeated = false;
};
Result<HitOutcome> take_hits(const Context& context, const HitReport& report);

}  // namespace tocsin::journeys
