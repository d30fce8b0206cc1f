#include "doors/node/peers_door.h"

#include <charconv>

#include "ground/base/log.h"
#include "journeys/introduce.h"
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

net::Response refuse_with(int status, Error error) {
  return reply({status, "application/json", journeys::write_refusal({std::move(error)})});
}

// Tiles hold hashes only; they are for peers, so that they can check our log without asking for anything else.
net::Response log_answer(const journeys::Context& context, std::string_view path) {
  auto answer = context.db->write_value([&](store::Transaction& tx) -> Result<journeys::PeerAnswer> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    if (path == "checkpoint")
      return journeys::PeerAnswer{200, "text/plain; charset=utf-8",
                                  TRY(exchange::checkpoint(tx, context.self, context.now()))};
    if (path.starts_with("tile/")) {
      const Bytes bytes = TRY(exchange::tile_at(tx, epoch, path.substr(5)));
      return journeys::PeerAnswer{200, "application/octet-stream", std::string(base::as_text(bytes))};
    }
    return fail(ErrorCode::NotFound, "log.no_tile");
  });
  if (!answer) return refuse_with(404, {ErrorCode::NotFound, "log.no_tile", {}, {}});
  return reply(std::move(*answer));
}

// The peer whose descriptor pins the key of the handshake, once persons have verified it; else what it is told.
tl::expected<trust::Party, net::Response> known_peer(const journeys::Context& context, const net::Request& request) {
  // A stranger's connection ends with the answer: connections are counted by source, requests on one are not.
  const auto no = [](int status, ErrorCode code, std::string_view id) {
    net::Response out = refuse_with(status, {code, std::string(id), {}, {}});
    out.last = true;
    return tl::unexpected(std::move(out));
  };
  if (!request.client_key_pin) return no(401, ErrorCode::Unauthenticated, "peers.unknown_key");
  auto peer =
      context.db->read_value([&](store::Transaction& tx) { return trust::peer_by_pin(tx, *request.client_key_pin); });
  if (!peer && peer.error().code == ErrorCode::Unauthenticated)
    return no(401, ErrorCode::Unauthenticated, "peers.unknown_key");
  if (!peer) {
    base::log_error("peer cannot be looked up: {}", base::describe(peer.error()));
    return no(503, peer.error().code, "sync.busy");
  }
  if (peer->state == trust::PeerState::Invited) return no(403, ErrorCode::Forbidden, "delivery.not_verified_here");
  return std::move(*peer);
}

// A stranger's key may be a known peer's new one: one word is heard, of a size that costs nothing.
bool is_introduction(const net::Request& request) {
  return request.method == "POST" && request.path == journeys::kDescriptorPath && request.client_key_pin;
}

bool is_short(const net::Request& head) {
  std::uint64_t bytes = 0;
  const std::string_view length = head.header("content-length");
  const auto read = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return read.ec == std::errc() && read.ptr == length.data() + length.size() && bytes <= journeys::kIntroductionBytes;
}

net::Response answer_peer(const journeys::Context& context, const trust::PartyId& peer, const net::Request& request) {
  if (request.method == "POST" && request.path == journeys::kDeliverPath)
    return reply(journeys::answer_delivery(context, peer, request.body));
  if (request.method == "GET" && request.path == journeys::kPullPath)
    return reply(journeys::answer_pull(context, peer));
  if (request.method == "POST" && request.path == journeys::kReceiptsPath)
    return reply(journeys::answer_receipts(context, peer, request.body));
  if (request.method == "GET" && request.path == journeys::kDescriptorPath)
    return reply(journeys::answer_descriptor(context));
  if (request.method == "GET" && request.path.starts_with("/log/v1/"))
    return log_answer(context, std::string_view(request.path).substr(8));
  return refuse_with(404, {ErrorCode::NotFound, "sync.no_such_path", {}, {}});
}

}  // namespace

tl::expected<trust::Party, net::Response> PeersDoor::admitted(const net::Request& request) {
  auto peer = known_peer(context_, request);
  if (peer && !budgets_.has_left(peer->id, context_.clock->steady()))
    return tl::unexpected(refuse_with(429, {ErrorCode::TooFast, "peers.too_many_requests", {}, {}}));
  return peer;
}

std::optional<net::Response> PeersDoor::refuse(const net::Request& head) {
  const auto peer = admitted(head);
  if (!peer && is_introduction(head) && is_short(head)) return std::nullopt;
  return peer ? std::nullopt : std::optional(peer.error());
}

net::Response PeersDoor::answer(const net::Request& request) {
  const auto peer = admitted(request);
  if (!peer && peer.error().status == 401 && is_introduction(request) &&
      request.body.size() <= journeys::kIntroductionBytes) {
    net::Response answer = reply(journeys::answer_introduction(context_, *request.client_key_pin, request.body));
    answer.last = answer.status != 204;
    return answer;
  }
  if (!peer) return peer.error();
  budgets_.spend(peer->id, 1, request.body.size(), context_.clock->steady());
  net::Response answer = answer_peer(context_, peer->id, request);
  answer.known = true;
  budgets_.spend(peer->id, 0, answer.body.size(), context_.clock->steady());
  return answer;
}

}  // namespace tocsin::node
