#include "doors/node/peers_door.h"

#include "core/trust/parties.h"
#include "ground/base/log.h"
#include "journeys/sync.h"

namespace tocsin::node {
namespace {

net::Response reply(journeys::PeerAnswer answer) {
  net::Response out;
  out.status = answer.status;
  if (!answer.type.empty()) out.headers.emplace_back("content-type", answer.type);
  out.body = std::move(answer.body);
  return out;
}

net::Response refuse(int status, Error error) {
  return reply({status, "application/json", journeys::write_refusal({std::move(error), {}, {}, {}})});
}

// Tiles hold hashes only; they are for peers, so that they can check our log without asking for anything else.
net::Response log_answer(const journeys::Context& context, std::string_view path) {
  auto answer = context.db->write_value([&](store::Transaction& tx) -> Result<journeys::PeerAnswer> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    if (path == "checkpoint")
      return journeys::PeerAnswer{200, "text/plain; charset=utf-8",
                                  TRY(exchange::checkpoint(tx, context.self, context.now()))};
    if (path.starts_with("tile/")) {
      const auto id = merkle::parse_tile_path(path.substr(5));
      const unsigned shift = id ? id->level * 8 : 0;
      if (!id || shift >= 64 || (id->index << 8) + id->width > (epoch.size >> shift))
        return fail(ErrorCode::NotFound, "log.no_tile");
      const Bytes bytes = TRY(exchange::tile(tx, epoch.id, *id));
      return journeys::PeerAnswer{200, "application/octet-stream", std::string(base::as_text(bytes))};
    }
    return fail(ErrorCode::NotFound, "log.no_tile");
  });
  if (!answer) return refuse(404, {ErrorCode::NotFound, "log.no_tile", {}, {}});
  return reply(std::move(*answer));
}

}  // namespace

net::Response answer_peer(const journeys::Context& context, const net::Request& request) {
  if (!request.client_key_pin) return refuse(401, {ErrorCode::Unauthenticated, "peers.unknown_key", {}, {}});
  const auto peer =
      context.db->read_value([&](store::Transaction& tx) { return trust::peer_by_pin(tx, *request.client_key_pin); });
  if (!peer) {
    if (peer.error().code != ErrorCode::Unauthenticated)
      base::log_error("peer cannot be looked up: {}", base::describe(peer.error()));
    return refuse(peer.error().code == ErrorCode::Unauthenticated ? 401 : 503,
                  {peer.error().code,
                   peer.error().code == ErrorCode::Unauthenticated ? "peers.unknown_key" : "sync.busy",
                   {},
                   {}});
  }
  if (peer->state == trust::PeerState::Invited)
    return refuse(403, {ErrorCode::Forbidden, "delivery.not_verified_here", {}, {}});
  if (request.method == "POST" && request.path == journeys::kDeliverPath)
    return reply(journeys::answer_delivery(context, peer->id, request.body));
  if (request.method == "GET" && request.path == journeys::kPullPath)
    return reply(journeys::answer_pull(context, peer->id));
  if (request.method == "POST" && request.path == journeys::kReceiptsPath)
    return reply(journeys::answer_receipts(context, peer->id, request.body));
  if (request.method == "GET" && request.path.starts_with("/log/v1/"))
    return log_answer(context, std::string_view(request.path).substr(8));
  return refuse(404, {ErrorCode::NotFound, "sync.no_such_path", {}, {}});
}

}  // namespace tocsin::node
