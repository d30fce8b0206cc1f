// What peers may ask of us. Who asks is proved by the TLS key alone, pinned in a descriptor we hold.
#pragma once

#include "ground/net/server.h"
#include "journeys/context.h"

namespace tocsin::node {

/// What a caller is told that is no verified peer of ours, before its body is received; nothing for a peer.
std::optional<net::Response> refuse_peer(const journeys::Context& context, const net::Request& head);

/// Answers one request of a peer: deliver, pull, receipts, checkpoint and tiles of our log.
net::Response answer_peer(const journeys::Context& context, const net::Request& request);

}  // namespace tocsin::node
