#include "core/exchange/delivery.h"
#include "core/exchange/recover.h"
#include "core/trust/agreements.h"
#include "doors/api/alert_json.h"
#include "journeys/found.h"

namespace tocsin::api {
namespace {

json::Value key_json(std::string_view use, std::string key, Time since) {
  json::Object out;
  out.set("use", use);
  out.set("key", std::move(key));
  out.set("since", base::to_rfc3339(since));
  return json::Value(std::move(out));
}

json::Array signatories_json(const trust::Descriptor& d) {
  json::Array out;
  for (const auto& person : d.signatories) {
    json::Object entry;
    entry.set("name", person.name);
    entry.set("display_name", person.display_name);
    out.push_back(std::move(entry));
  }
  return out;
}

json::Value descriptor_json(const trust::Descriptor& d) {
  json::Object out;
  out.set("party_id", d.party.text());
  out.set("name", names_of(d.name));
  out.set("kind", trust::name(d.kind));
  out.set("country", d.country);
  out.set("sectors", words(d.sectors));
  out.set("endpoints", words(d.endpoints));
  out.set("version", static_cast<std::int64_t>(d.version));
  out.set("issued", base::to_rfc3339(d.issued));
  out.set("expires", base::to_rfc3339(d.expires));
  json::Array keys;
  keys.push_back(key_json("root", d.root.base64url(), d.issued));
  keys.push_back(key_json("statement", d.statement_key.base64url(), d.issued));
  keys.push_back(key_json("log", d.log_key.base64url(), d.issued));
  keys.push_back(key_json("exercise", d.exercise_key.base64url(), d.issued));
  for (const auto& pin : d.tls_pins) keys.push_back(key_json("tls", pin.base64url(), d.issued));
  out.set("keys", std::move(keys));
  json::Array retired;
  for (const trust::RetiredKey& key : d.retired) {
    json::Object entry;
    entry.set("use", key.use);
    entry.set("key", key.key.base64url());
    entry.set("epoch", key.epoch);
    entry.set("last", static_cast<std::int64_t>(key.last));
    retired.push_back(std::move(entry));
  }
  out.set("retired", std::move(retired));
  json::Array roots;
  for (const trust::RootLink& link : d.root_chain) roots.emplace_back(link.key.base64url());
  out.set("earlier_roots", std::move(roots));
  out.set("signatories", signatories_json(d));
  out.set("approvals_needed", d.approvals_needed());
  return json::Value(std::move(out));
}

Result<Reply> show_party(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    json::Value out = descriptor_json(TRY(trust::own_party(tx)).descriptor);
    const auto epoch = TRY(exchange::current_epoch(tx));
    json::Object log;
    log.set("epoch", epoch.id);
    log.set("size", static_cast<std::int64_t>(epoch.size));
    out.object()->set("log", std::move(log));
    return reply(std::move(out));
  });
}

Result<Reply> show_invitation(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto own = TRY(trust::own_party(tx));
    const std::string content = TRY(journeys::invitation(tx));
    json::Object out;
    out.set("file_name", "tocsin-" + own.id.text().substr(0, 8) + ".invitation");
    out.set("content", base::to_base64(base::as_bytes(content)));
    out.set("digest", own.descriptor_signed.digest().hex());
    out.set("fingerprint", own.id.text());
    out.set("endpoint", own.descriptor.endpoints.empty() ? "" : own.descriptor.endpoints.front());
    return reply(json::Value(std::move(out)));
  });
}

// Checkpoints can be shown to others as they are. A statement is named only: its content has readers of its own.
json::Value evidence_json(const exchange::Evidence& piece) {
  json::Object out;
  out.set("at", base::to_rfc3339(piece.at));
  if (piece.histories) {
    out.set("kind", "two_histories");
    out.set("epoch", piece.histories->epoch);
    out.set("size", static_cast<std::int64_t>(piece.histories->size));
    out.set("checkpoints", json::Array{piece.histories->first, piece.histories->second});
  } else {
    out.set("kind", "two_statements");
    out.set("id", piece.statement->id);
    out.set("digest", piece.statement->digest.hex());
  }
  return json::Value(std::move(out));
}

// What the party has of ours already, for whoever has just closed the door.
Result<void> add_already_sent(store::Transaction& tx, const trust::PartyId& id, const trust::Scope* scope,
                              json::Object& out) {
  constexpr int kMostShown = 500;
  json::Array sent;
  for (const auto& row : TRY(exchange::may_be_with(tx, id, kMostShown, scope))) {
    json::Object entry;
    entry.set("digest", row.statement.hex());
    entry.set("kind", row.kind);
    entry.set("time", base::to_rfc3339(row.at));
    sent.push_back(std::move(entry));
  }
  out.set("already_sent", std::move(sent));
  out.set("already_sent_total", TRY(exchange::count_may_be_with(tx, id, scope)));
  return {};
}

Result<json::Value> peer_json(const Call& call, store::Transaction& tx, const trust::PartyId& id) {
  const auto own = TRY(trust::own_party(tx));
  const auto peer = TRY(trust::party(tx, id));
  if (peer.own) return fail(ErrorCode::NotFound, "peers.unknown", {id.text()});
  const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
  json::Value out = TRY(peer_brief(call, tx, peer, scope));
  json::Object& o = *out.object();
  o.set("verification_number", trust::in_groups(trust::verification_number(own.id, own.descriptor.first_root(), peer.id,
                                                                           peer.descriptor.first_root())));
  if (peer.verified_at) {
    json::Object verification;
    verification.set("by", peer.verified_by);
    verification.set("method", peer.verified_method);
    verification.set("at", base::to_rfc3339(*peer.verified_at));
    o.set("verification", std::move(verification));
  }
  o.set("descriptor", descriptor_json(peer.descriptor));
  o.set("allowed_address", peer.allowed_address);
  json::Array agreements;
  for (const auto& stored : TRY(trust::agreements(tx)))
    if (stored.agreement.has(id)) {
      json::Object entry;
      entry.set("id", stored.agreement.id);
      entry.set("version", static_cast<std::int64_t>(stored.agreement.version));
      entry.set("title", stored.agreement.terms.title.in(call.language));
      // Between us and this peer it is over where the peer has left.
      entry.set("state",
                trust::name(stored.takes_part(id) ? stored.state(call.now()) : trust::AgreementState::Withdrawn));
      agreements.push_back(std::move(entry));
    }
  o.set("agreements", std::move(agreements));
  json::Object checkpoint;
  checkpoint.set("size", static_cast<std::int64_t>(peer.checkpoint_size));
  checkpoint.set("time", or_null(peer.checkpoint_time));
  checkpoint.set("state", peer.checkpoint_state);
  o.set("checkpoint", std::move(checkpoint));
  json::Array evidence;
  for (const auto& piece : TRY(exchange::evidence_against(tx, id))) evidence.push_back(evidence_json(piece));
  o.set("evidence", std::move(evidence));
  if (peer.state == trust::PeerState::Quarantined) {
    // Whoever looks after the node has to know how much is there, and sees no content.
    const bool sees_all = people::may(call.who, people::Action::SeeLog);
    TRY_VOID(add_already_sent(tx, id, sees_all ? nullptr : &scope, o));
  }
  return out;
}

Result<Reply> list_peers(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    json::Array items;
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const auto agreements = TRY(trust::agreements(tx));
    for (const auto& peer : TRY(trust::peers(tx))) {
      json::Value entry = TRY(peer_brief(call, tx, peer, scope));
      std::int64_t in_force = 0;
      for (const auto& stored : agreements)
        if (stored.takes_part(peer.id) && stored.state(call.now()) == trust::AgreementState::InForce) ++in_force;
      entry.object()->set("agreements", in_force);
      entry.object()->set("signatories", signatories_json(peer.descriptor));
      items.push_back(std::move(entry));
    }
    const auto count = static_cast<std::int64_t>(items.size());
    return reply(page(std::move(items), {}, count));
  });
}

Result<Reply> show_peer(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(peer_json(call, tx, id))); });
}

// Runs a change of one peer, writes it into the audit trail and shows the peer as it is now.
Result<Reply> change_peer(Call& call, const trust::PartyId& id, std::string_view action,
                          const std::function<Result<void>(store::Transaction&)>& change, int status = 200) {
  auto out = call.db().write_value([&](store::Transaction& tx) -> Result<Reply> {
    TRY_VOID(change(tx));
    TRY_VOID(audit(tx, call, action, id.text()));
    return reply(TRY(peer_json(call, tx, id)), status);
  });
  if (out) call.context().changed("peer");
  return out;
}

Result<Reply> accept_peer(Call& call) {
  const auto text = base::from_base64(call.text("invitation"));
  if (!text) return fail(ErrorCode::Malformed, "peers.not_an_invitation");
  const auto id = TRY(journeys::accept_invitation(
      call.context(), {std::string(base::as_text(*text)), call.text("allow_address"), call.doer()}));
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(peer_json(call, tx, id)), 201); });
}

Result<Reply> verify_peer(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const auto method = trust::method_from_name(call.text("method"));
  if (!method) return fail(ErrorCode::Malformed, "peers.bad_method");
  return change_peer(call, id, "peer_verify", [&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(trust::verify_peer(tx, id, call.text("number"), *method, call.who.user, call.now()));
    return exchange::ask_late(tx, call.context().self, id, call.who.user, call.now());
  });
}

Result<Reply> quarantine_peer(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const bool on = call.body.boolean_or("on", true);
  return change_peer(call, id, on ? "peer_quarantine" : "peer_quarantine_end", [&](store::Transaction& tx) {
    return trust::set_quarantine(tx, id, on, call.text("reason"), call.who.user, call.now());
  });
}

Result<Reply> allow_address(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const json::Value* address = call.body.find("address");
  if (!address || !address->string()) return fail(ErrorCode::Malformed, "api.missing", {"address"});
  return change_peer(call, id, "peer_address",
                     [&](store::Transaction& tx) { return trust::allow_address(tx, id, *address->string()); });
}

Result<Reply> show_ledger(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const auto before = TRY(call.cursor());
  const auto limit = TRY(call.limit());
  const auto rows = TRY(call.db().read_value([&](store::Transaction& tx) -> Result<std::vector<exchange::LedgerRow>> {
    TRY(trust::party(tx, id));
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    return exchange::ledger(tx, id, before, limit, &scope);
  }));
  // A stream's positions count what its reader may not know of.
  const bool sees_positions = people::may(call.who, people::Action::SeeLog);
  json::Array items;
  for (const auto& row : rows) {
    json::Object entry;
    entry.set("time", base::to_rfc3339(row.at));
    entry.set("direction", row.direction);
    entry.set("digest", row.statement.hex());
    entry.set("kind", row.kind);
    entry.set("agreement", row.agreement);
    entry.set("position", row.position && sees_positions ? json::Value(*row.position) : json::Value());
    entry.set("state", exchange::name(row.state));
    if (!row.reason.empty()) entry.set("reason", call.reason(row.reason, row.reason_args));
    entry.set("receipted_at", or_null(row.receipted));
    entry.set("size", row.size_bytes);
    entry.set("onward", row.onward);
    items.push_back(std::move(entry));
  }
  std::optional<std::string> next;
  if (rows.size() == static_cast<std::size_t>(limit)) next = std::to_string(rows.back().row);
  return reply(page(std::move(items), next, {}));
}

}  // namespace

void add_party_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/party", Action::SeeParties, show_party});
  out.push_back({"GET", "/api/invitation", Action::SeeParties, show_invitation});
  out.push_back({"GET", "/api/peers", Action::SeeParties, list_peers});
  out.push_back({"POST", "/api/peers", Action::ManagePeers, accept_peer});
  out.push_back({"GET", "/api/peers/{party}", Action::SeeParties, show_peer});
  out.push_back({"POST", "/api/peers/{party}/verify", Action::ManagePeers, verify_peer});
  out.push_back({"POST", "/api/peers/{party}/quarantine", Action::ManagePeers, quarantine_peer});
  out.push_back({"POST", "/api/peers/{party}/address", Action::ManagePeers, allow_address});
  out.push_back({"GET", "/api/peers/{party}/ledger", Action::SeeParties, show_ledger});
}

}  // namespace tocsin::api
