// What every journey needs: the store, the clock, who we are, and somebody to tell that something has changed.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/exchange/log.h"
#include "ground/base/clock.h"
#include "ground/store/store.h"

namespace tocsin::journeys {

/// Lives as long as the node. The functions called through it may be called from any thread.
struct Context {
  store::Database* db = nullptr;
  const Clock* clock = nullptr;
  exchange::Self self;
  /// Tells open pages to reload a part ("alert", "intel", "peer", "hit", "retraction", "log"), and the senders that
  /// there may be something to send. Called after commit only.
  std::function<void(std::string_view part)> changed = [](std::string_view) {};

  Time now() const { return clock->now(); }
};

}  // namespace tocsin::journeys
