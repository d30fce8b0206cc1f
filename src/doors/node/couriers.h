// The threads that speak to peers: one per peer, so that a peer that does not answer holds up nobody else.
#pragma once

#include <memory>
#include <string>

#include "journeys/context.h"

namespace tocsin::node {

class Couriers {
 public:
  Couriers(const journeys::Context& context, std::string proxy, Duration pull_every);
  ~Couriers();  ///< stops and joins all
  /// Somebody may have something to send: all look at once. Cheap; any thread.
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::node
