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
  trust::KeyRing* ring = nullptr;  ///< null: our keys stay as they are
  /// Tells open pages to reload a part ("alert", "intel", "peer", "agreement", "host", "hit", "retraction", "log"), the
  /// listeners ("keys"), and the senders that there may be something to send. Called after commit only.
  std::function<void(std::string_view part)> changed = [](std::string_view) {};

  /// Whether the disk has room for what others send. What is left is kept for what this house has to say itself, and
  /// for its people: a peer that talks without end must not silence the alarms here.
  std::function<bool()> has_room = [] { return true; };

  Time now() const { return clock->now(); }
};

}  // namespace tocsin::journeys
