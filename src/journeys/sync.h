// Speaking to one peer over the network: push what is queued, pull what waits there. Each call is one exchange; the
// node decides when. Whatever happens in between, everything can be derived again from the store.
#pragma once

#include <string>
#include <vector>

#include "core/exchange/delivery.h"
#include "core/trust/parties.h"
#include "ground/net/client.h"
#include "journeys/context.h"

namespace tocsin::journeys {

/// Paths on a peer's listener. docs/protocol.md section 9.
inline constexpr std::string_view kDeliverPath = "/exchange/v1/deliver";
inline constexpr std::string_view kPullPath = "/exchange/v1/pull";
inline constexpr std::string_view kReceiptsPath = "/exchange/v1/receipts";
inline constexpr std::string_view kDescriptorPath = "/exchange/v1/descriptor";
inline constexpr std::string_view kRecordsType = "application/tocsin-records";

/// How to reach a peer: pinned to its descriptor's keys, as ourselves.
net::ClientOptions client_options(const trust::OwnKeys& keys, const trust::Party& peer, const std::string& proxy);

/// Where a peer is reached: its endpoints in the order of its descriptor, and the one that answered last.
struct Route {
  std::vector<std::string> endpoints;  ///< at least one
  std::size_t at = 0;
};

enum class Exchanged { Nothing, Something };
/// Sends the next delivery, takes the receipts. A refusal for good sets its statement aside, with the reason; a failure
/// on the way is noted for the page "late, because ..." and left for the next try. Errors: net.*, and the peer's own
/// refusals. An endpoint out of reach is followed by the others of the route.
Result<Exchanged> push_once(const Context& context, const trust::PartyId& peer, net::Client& client, Route& route);
/// Asks the peer for what waits for us, applies it, returns the receipts.
Result<Exchanged> pull_once(const Context& context, const trust::PartyId& peer, net::Client& client, Route& route);

/// The same from the other side: a known peer asks us.
struct PeerAnswer {
  int status = 200;
  std::string type, body;
};
PeerAnswer answer_delivery(const Context& context, const trust::PartyId& peer, std::string_view records);
PeerAnswer answer_pull(const Context& context, const trust::PartyId& peer);
PeerAnswer answer_receipts(const Context& context, const trust::PartyId& peer, std::string_view records);

/// Our descriptor, for a peer that has met a key of ours that it does not know.
PeerAnswer answer_descriptor(const Context& context);
/// Somebody whose key we do not know says who it is. See introduce.h.
PeerAnswer answer_introduction(const Context& context, const Digest& key_pin, std::string_view records);
/// After net.wrong_key: asks whoever answers there for the peer's descriptor, which proves itself. True where it was a
/// newer one, so that the peer's key is known again.
Result<bool> ask_who_it_is(const Context& context, const trust::Party& peer, const std::string& proxy);

/// The body with which a refusal travels: {"error":{code, id, args, envelope?, statement?}}.
std::string write_refusal(const exchange::Refusal& refusal);

}  // namespace tocsin::journeys
