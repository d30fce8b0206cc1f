#include "core/exchange/delivery.h"
#include "doors/api/alert_json.h"

namespace tocsin::api {
namespace {

json::Value leaf_json(const exchange::LeafRow& leaf) {
  json::Object out;
  out.set("index", static_cast<std::int64_t>(leaf.position.index));
  out.set("epoch", leaf.position.epoch);
  out.set("digest", leaf.statement.hex());
  out.set("kind", leaf.kind);
  out.set("time", base::to_rfc3339(leaf.time));
  out.set("state", leaf.state);
  if (!leaf.reason.empty()) out.set("reason", leaf.reason);
  return json::Value(std::move(out));
}

Result<json::Array> peers_json(const Call& call, store::Transaction& tx) {
  json::Array out;
  for (const auto& peer : TRY(trust::peers(tx))) {
    json::Object entry;
    entry.set("party_id", peer.id.text());
    entry.set("name", peer.descriptor.name.in(call.language));
    entry.set("epoch", peer.descriptor.log.id);
    entry.set("size", static_cast<std::int64_t>(peer.checkpoint_size));
    entry.set("time", or_null(peer.checkpoint_time));
    entry.set("state", peer.checkpoint.empty() ? "unverified" : peer.checkpoint_state);
    out.push_back(std::move(entry));
  }
  return out;
}

Result<Reply> show_log(Call& call) {
  const auto limit = TRY(call.limit());
  const auto cursor = TRY(call.cursor());
  return call.db().write_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    const std::string note = TRY(exchange::checkpoint(tx, call.context().self, call.now()));
    const auto rows =
        TRY(exchange::leaves(tx, epoch.id, cursor > 0 ? static_cast<std::uint64_t>(cursor) : epoch.size, limit));
    json::Array items;
    for (const auto& row : rows) items.push_back(leaf_json(row));
    std::optional<std::string> next;
    if (rows.size() == static_cast<std::size_t>(limit) && rows.back().position.index > 0)
      next = std::to_string(rows.back().position.index);
    json::Value out = page(std::move(items), next, static_cast<std::int64_t>(epoch.size));
    json::Object& o = *out.object();
    o.set("epoch", epoch.id);
    o.set("size", static_cast<std::int64_t>(epoch.size));
    o.set("root", epoch.size == 0 ? merkle::empty_root().hex() : TRY(exchange::root(tx, epoch.id, epoch.size)).hex());
    o.set("checkpoint", note);
    o.set("verifier_key", merkle::verifier_key(exchange::origin(call.context().self.party, epoch.id),
                                               call.context().self.keys->log.public_key()));
    o.set("peers", TRY(peers_json(call, tx)));
    return reply(std::move(out));
  });
}

// Of the epoch that GET /api/log shows: who writes the log into files asks for one tile after the other.
Result<Reply> show_tile(Call& call) {
  const std::string path = call.request.parameter("path").value_or("");
  const Bytes bytes = TRY(call.db().read_value([&](store::Transaction& tx) -> Result<Bytes> {
    return exchange::tile_at(tx, TRY(exchange::current_epoch(tx)), path);
  }));
  net::Response response;
  response.headers.emplace_back("content-type", "application/octet-stream");
  response.body = base::as_text(bytes);
  return Reply{{}, 200, std::move(response)};
}

Result<Reply> verify(Call& call) {
  const Duration start = call.context().clock->steady();
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto found = TRY(exchange::verify_log(tx, call.context().self));
    json::Object out;
    out.set("leaves", static_cast<std::int64_t>(found.leaves));
    out.set("present", static_cast<std::int64_t>(found.present));
    json::Array erased, unexplained;
    for (const auto& leaf : found.erased) erased.push_back(leaf_json(leaf));
    for (const auto& leaf : found.unexplained) unexplained.push_back(leaf_json(leaf));
    out.set("erased", std::move(erased));
    out.set("unexplained", std::move(unexplained));
    out.set("root_matches", found.hashes_match && found.checkpoint_matches);
    bool peers_ok = true;
    json::Array peers;
    if (call.body.boolean_or("peers", false)) {
      for (const auto& peer : TRY(trust::peers(tx))) {
        json::Object entry;
        entry.set("party_id", peer.id.text());
        entry.set("name", peer.descriptor.name.in(call.language));
        std::string state = peer.checkpoint.empty() ? "unverified" : peer.checkpoint_state;
        // The stored note must still be one of that party's own log key.
        if (!peer.checkpoint.empty() &&
            !exchange::open_checkpoint(peer.checkpoint, peer.descriptor, peer.descriptor.log.id))
          state = "unverified";
        entry.set("state", state);
        entry.set("detail", call.say("log.peer_state." + state, {std::to_string(peer.checkpoint_size)}));
        entry.set("size", static_cast<std::int64_t>(peer.checkpoint_size));
        peers_ok = peers_ok && state != "contradiction";
        peers.push_back(std::move(entry));
      }
    }
    out.set("peers", std::move(peers));
    out.set("ok", found.ok() && peers_ok);
    out.set("took_ms", (call.context().clock->steady().us - start.us) / 1000);
    return reply(json::Value(std::move(out)));
  });
}

Result<Reply> show_audit(Call& call) {
  const auto before = TRY(call.cursor());
  const auto limit = TRY(call.limit());
  const auto found =
      TRY(call.db().read_value([&](store::Transaction& tx) { return people::audit_trail(tx, before, limit); }));
  json::Array items;
  for (const auto& entry : found) {
    json::Object line;
    line.set("time", base::to_rfc3339(entry.time));
    line.set("who", entry.who);
    line.set("via", entry.via);
    line.set("action", entry.action);
    line.set("target", entry.target);
    line.set("outcome", entry.outcome);
    items.push_back(std::move(line));
  }
  std::optional<std::string> next;
  if (found.size() == static_cast<std::size_t>(limit)) next = std::to_string(found.back().row);
  return reply(page(std::move(items), next, {}));
}

}  // namespace

void add_log_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/log", Action::SeeLog, show_log});
  out.push_back({"GET", "/api/log/tile", Action::SeeLog, show_tile});
  out.push_back({"POST", "/api/log/verify", Action::VerifyLog, verify});
  out.push_back({"GET", "/api/audit", Action::SeeLog, show_audit});
}

}  // namespace tocsin::api
