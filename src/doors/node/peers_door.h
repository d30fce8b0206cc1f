// What peers may ask of us. Who asks is proved by the TLS key alone, pinned in a descriptor we hold.
#pragma once

#include "core/trust/parties.h"
#include "doors/node/peer_budgets.h"
#include "ground/net/server.h"
#include "journeys/context.h"

namespace tocsin::node {

class PeersDoor {
 public:
  explicit PeersDoor(const journeys::Context& context) : context_(context) {}

  /// What a caller is told that is no verified peer of ours, or has used up its share of the minute, before its body is
  /// received; else nothing. Thread safe, as the next.
  std::optional<net::Response> refuse(const net::Request& head);
  /// Answers one request of a peer: deliver, pull, receipts, checkpoint and tiles of our log.
  net::Response answer(const net::Request& request);

 private:
  tl::expected<trust::Party, net::Response> admitted(const net::Request& request);

  const journeys::Context& context_;
  PeerBudgets budgets_;
};

}  // namespace tocsin::node
