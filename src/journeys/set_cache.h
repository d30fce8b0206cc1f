// The compiled set for sensors: what is to be matched now, and its id. Compiled anew only when something has changed.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "journeys/context.h"

namespace tocsin::journeys {

struct SensorSet {
  std::string id;
  std::shared_ptr<const Bytes> bytes;
};

/// Thread safe. One caller at a time compiles, and holds no lock meanwhile: the others get the set before, and wait
/// only where there is none yet.
class SetCache {
 public:
  Result<SensorSet> current(const Context& context);

 private:
  struct Compiled {
    SensorSet set;
    std::int64_t generation = -1;
    Time at;
    std::optional<Time> next_change;  ///< an indicator begins or ends
  };
  static bool is_fresh(const Compiled& compiled, std::int64_t generation, Time now);
  static Result<Compiled> compile(const Context& context, const SensorSet& before);

  std::mutex mutex_;  ///< guards the three below
  std::condition_variable done_;
  bool compiling_ = false;
  Compiled compiled_;
};

}  // namespace tocsin::journeys
