#include "core/exchange/delivery.h"
#include "core/trust/agreements.h"
#include "doors/api/alert_json.h"
#include "journeys/agree.h"
#include "journeys/found.h"

namespace tocsin::api {
namespace {

Result<trust::PartyId> party_from(std::string_view text) {
  const auto id = trust::PartyId::parse(text);
  if (!id) return fail(ErrorCode::Malformed, "peers.bad_id", {std::string(text.substr(0, 60))});
  return *id;
}

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
Result<void> add_already_sent(store::Transaction& tx, const trust::PartyId& id, json::Object& out) {
  json::Array sent;
  for (const auto& row : TRY(exchange::ledger(tx, id, 0, 500))) {
    if (row.direction != "out" || (row.state != "sent" && row.state != "receipted")) continue;
    json::Object entry;
    entry.set("digest", row.statement.hex());
    entry.set("kind", row.kind);
    entry.set("time", base::to_rfc3339(row.at));
    sent.push_back(std::move(entry));
  }
  out.set("already_sent", std::move(sent));
  out.set("already_sent_total", TRY(exchange::count_sent(tx, id)));
  return {};
}

Result<json::Value> peer_json(const Call& call, store::Transaction& tx, const trust::PartyId& id) {
  const auto own = TRY(trust::own_party(tx));
  const auto peer = TRY(trust::party(tx, id));
  if (peer.own) return fail(ErrorCode::NotFound, "peers.unknown", {id.text()});
  json::Value out = TRY(peer_brief(call, tx, peer));
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
  if (peer.state == trust::PeerState::Quarantined) TRY_VOID(add_already_sent(tx, id, o));
  return out;
}

Result<Reply> list_peers(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    json::Array items;
    const auto agreements = TRY(trust::agreements(tx));
    for (const auto& peer : TRY(trust::peers(tx))) {
      json::Value entry = TRY(peer_brief(call, tx, peer));
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
  const std::string address = call.text("allow_address");
  auto out = call.db().write_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto id = TRY(journeys::accept_invitation(tx, base::as_text(*text), call.now()));
    if (!address.empty()) TRY_VOID(trust::allow_address(tx, id, address));
    TRY_VOID(audit(tx, call, "peer_accept", id.text()));
    return reply(TRY(peer_json(call, tx, id)), 201);
  });
  if (!out && trust::suspends(out.error()))  // refused, but the suspension it caused must stay
    TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
      const auto again = journeys::accept_invitation(tx, base::as_text(*text), call.now());
      return again ? audit(tx, call, "peer_accept", again->text()) : Result<void>{};
    }));
  if (out) call.context().changed("peer");
  return out;
}

Result<Reply> verify_peer(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const auto method = trust::method_from_name(call.text("method"));
  if (!method) return fail(ErrorCode::Malformed, "peers.bad_method");
  return change_peer(call, id, "peer_verify", [&](store::Transaction& tx) {
    return trust::verify_peer(tx, id, call.text("number"), *method, call.who.user, call.now());
  });
}

Result<Reply> quarantine_peer(Call& call) {
  const auto id = TRY(party_from(call.path[0]));
  const bool on = call.body.boolean_or("on", true);
  const std::string reason = call.text("reason");
  if (on && reason.empty()) return fail(ErrorCode::Malformed, "api.missing", {"reason"});
  if (reason.size() > 1000) return fail(ErrorCode::TooLarge, "api.text_too_long", {"reason", "1000"});
  return change_peer(call, id, on ? "peer_quarantine" : "peer_quarantine_end", [&](store::Transaction& tx) {
    return trust::set_quarantine(tx, id, on, reason, call.who.user, call.now());
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
    return exchange::ledger(tx, id, before, limit);
  }));
  json::Array items;
  for (const auto& row : rows) {
    json::Object entry;
    entry.set("time", base::to_rfc3339(row.at));
    entry.set("direction", row.direction);
    entry.set("digest", row.statement.hex());
    entry.set("kind", row.kind);
    entry.set("agreement", row.agreement);
    entry.set("position", row.position ? json::Value(*row.position) : json::Value());
    entry.set("state", row.state);
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

std::optional<Time> left_at(const trust::StoredAgreement& stored, const trust::PartyId& party) {
  for (const auto& departure : stored.departures)
    if (departure.party == party) return departure.at;
  return std::nullopt;
}

Result<json::Value> agreement_json(const Call& call, store::Transaction& tx, const trust::StoredAgreement& stored,
                                   const PartyNames& names) {
  const trust::Terms& terms = stored.agreement.terms;
  json::Object out;
  out.set("id", stored.agreement.id);
  out.set("version", static_cast<std::int64_t>(stored.agreement.version));
  out.set("title", terms.title.in(call.language));
  json::Array parties;
  for (const auto& id : stored.agreement.parties) {
    json::Value entry = names.brief(id);
    entry.object()->set("signed", stored.signed_by(id));
    std::int64_t approvals = 0;
    for (const auto& approval : stored.approvals) approvals += approval.party == id ? 1 : 0;
    entry.object()->set("approvals", approvals);
    const auto party = trust::party(tx, id);
    entry.object()->set("needed", party ? json::Value(party->descriptor.approvals_needed()) : json::Value());
    entry.object()->set("left_at", or_null(left_at(stored, id)));
    parties.push_back(std::move(entry));
  }
  out.set("parties", std::move(parties));
  json::Array unpeered;
  if (!stored.is_over(call.now()))
    for (const auto& id : TRY(trust::unpeered(tx, stored))) unpeered.push_back(id.text());
  out.set("unpeered", std::move(unpeered));
  out.set("state", trust::name(stored.state(call.now())));
  out.set("level", trust::name(terms.level));
  out.set("tlp", stix::name(terms.tlp));
  out.set("pap", stix::name(terms.pap));
  out.set("onward", trust::name(terms.onward));
  out.set("purposes", words(terms.purposes));
  out.set("categories", words(terms.categories));
  out.set("automatic", words(terms.automatic));
  json::Object ack;
  for (std::size_t severity = 0; severity < terms.acknowledge.size(); ++severity)
    ack.set(std::to_string(severity), fmt::format("PT{}S", terms.acknowledge[severity].us / 1'000'000));
  out.set("ack", std::move(ack));
  out.set("retention_days", static_cast<std::int64_t>(terms.retention_days));
  out.set("from", base::to_rfc3339(terms.from));
  out.set("until", base::to_rfc3339(terms.until));
  out.set("redactions", words(terms.redactions));
  out.set("terms_digest", stored.terms.hex());
  out.set("document_digest", stored.digest.hex());
  return json::Value(std::move(out));
}

// As the party announces the holder of that key. Who is announced no more is known by the account, and a person of ours
// by the name that the account has here.
Result<std::string> approver_name(const Call& call, store::Transaction& tx, const trust::StoredApproval& given) {
  const trust::Party party = TRY(trust::party(tx, given.party));
  const trust::Signatory* announced = party.descriptor.signatory(given.approval.key);
  if (announced && !announced->display_name.empty()) return announced->display_name;
  return given.party == call.context().self.party ? person_name(tx, given.approval.person) : given.approval.person;
}

Result<json::Value> whole_agreement(const Call& call, store::Transaction& tx, const trust::AgreementId& id) {
  const auto stored = TRY(trust::latest_agreement(tx, id));
  const PartyNames names = TRY(PartyNames::load(tx, call.language));
  json::Value out = TRY(agreement_json(call, tx, stored, names));
  const trust::Terms& terms = stored.agreement.terms;
  json::Array summary;
  summary.push_back(
      call.say("agreement.summary.ceiling", {std::string(stix::name(terms.tlp)), std::string(stix::name(terms.pap))}));
  summary.push_back(call.say("agreement.summary.onward." + std::string(trust::name(terms.onward))));
  for (const std::string& kind : terms.automatic) summary.push_back(call.say("agreement.summary.automatic." + kind));
  summary.push_back(call.say("agreement.summary.retention", {std::to_string(terms.retention_days)}));
  if (!terms.redactions.empty()) summary.push_back(call.say("agreement.summary.redactions"));
  out.object()->set("summary", std::move(summary));
  json::Array approvals, signatures;
  for (const auto& approval : stored.approvals) {
    json::Value entry = names.brief(approval.party);
    entry.object()->set("person", TRY(approver_name(call, tx, approval)));
    entry.object()->set("account", approval.approval.person);
    entry.object()->set("at", base::to_rfc3339(approval.at));
    approvals.push_back(std::move(entry));
  }
  for (const auto& signature : stored.signatures) {
    json::Value entry = names.brief(signature.party);
    entry.object()->set("at", base::to_rfc3339(signature.at));
    entry.object()->set("statement", signature.statement.hex());
    signatures.push_back(std::move(entry));
  }
  out.object()->set("approvals", std::move(approvals));
  out.object()->set("signatures", std::move(signatures));
  out.object()->set("document", trust::write_agreement(stored.agreement));
  return out;
}

Result<Reply> list_agreements(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Array items;
    for (const auto& stored : TRY(trust::agreements(tx))) items.push_back(TRY(agreement_json(call, tx, stored, names)));
    const auto count = static_cast<std::int64_t>(items.size());
    return reply(page(std::move(items), {}, count));
  });
}

// Absent: empty. Anything but a list of words is refused: what is agreed may not be less than what somebody wrote.
Result<std::vector<std::string>> read_words(const json::Value& body, std::string_view field) {
  std::vector<std::string> out;
  const json::Value* list = body.find(field);
  if (!list) return out;
  if (!list->array()) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
  for (const auto& word : *list->array()) {
    if (!word.string()) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
    out.push_back(*word.string());
  }
  return out;
}

Result<Time> read_time(const json::Value& body, std::string_view field, Time fallback) {
  if (!body.find(field)) return fallback;
  const auto time = base::from_rfc3339(body.text(field));
  if (!time) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
  return *time;
}

Result<Reply> propose_agreement(Call& call) {
  trust::Agreement agreement;
  for (const std::string& id : TRY(read_words(call.body, "parties"))) agreement.parties.push_back(TRY(party_from(id)));
  agreement.id = call.text("id");
  trust::Terms& terms = agreement.terms;
  if (const json::Value* title = call.body.find("title"))
    terms.title = {title->text("en"), title->text("fr"), title->text("vi")};
  const auto level =
      trust::level_from_name(call.body.text("level", agreement.parties.size() > 1 ? "multilateral" : "bilateral"));
  const auto tlp = stix::tlp_from_name(call.body.text("tlp", "TLP:AMBER"));
  const auto pap = stix::pap_from_name(call.body.text("pap", "PAP:RED"));
  const auto onward = trust::onward_from_name(call.body.text("onward", "none"));
  if (!level) return fail(ErrorCode::Malformed, "agreement.malformed", {"level"});
  if (!tlp) return fail(ErrorCode::Malformed, "api.bad_tlp", {call.text("tlp").substr(0, 32)});
  if (!pap) return fail(ErrorCode::Malformed, "api.bad_pap", {call.text("pap").substr(0, 32)});
  if (!onward) return fail(ErrorCode::Malformed, "api.bad_onward", {call.text("onward").substr(0, 32)});
  terms.level = *level;
  terms.tlp = *tlp;
  terms.pap = *pap;
  terms.onward = *onward;
  terms.purposes = TRY(read_words(call.body, "purposes"));
  terms.categories = TRY(read_words(call.body, "categories"));
  terms.automatic = TRY(read_words(call.body, "automatic"));
  for (const auto* kinds : {&terms.categories, &terms.automatic})
    for (const std::string& kind : *kinds)
      if (!exchange::kind_class(kind)) return fail(ErrorCode::Malformed, "api.unknown_kind", {kind.substr(0, 32)});
  terms.redactions = TRY(read_words(call.body, "redactions"));
  terms.retention_days =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(call.body.integer_or("retention_days", 365), 0, 36500));
  const Duration defaults[6] = {base::hours(72), base::hours(24),   base::hours(4),
                                base::hours(1),  base::minutes(30), base::minutes(15)};
  const json::Value* ack = call.body.find("ack");
  for (std::size_t severity = 0; severity < terms.acknowledge.size(); ++severity) {
    const std::string given = ack ? ack->text(std::to_string(severity)) : "";
    const auto duration = given.empty() ? std::optional(defaults[severity]) : base::from_iso_duration(given);
    if (!duration) return fail(ErrorCode::Malformed, "agreement.malformed", {"ack"});
    terms.acknowledge[severity] = *duration;
  }
  terms.from = TRY(read_time(call.body, "from", call.now() - base::minutes(1)));
  terms.until = TRY(read_time(call.body, "until", call.now() + base::days(365)));
  const auto stored = TRY(journeys::propose(call.context(), std::move(agreement), call.doer()));
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    return reply(TRY(whole_agreement(call, tx, stored.agreement.id)), 201);
  });
}

Result<Reply> show_agreement(Call& call) {
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(whole_agreement(call, tx, call.path[0]))); });
}

// Whoever operates the keyboard, the deed is the named person's: only that person's password opens the key.
journeys::SignatoryProof proof_from(const Call& call) {
  const std::string person = call.body.text("person", call.who.user);
  return {{person, call.who.via + " as " + call.who.user},
          call.text("password"),
          call.text("code"),
          call.request.remote_address};
}

Result<Reply> sign_agreement(Call& call) {
  if (call.text("document").empty()) return fail(ErrorCode::Malformed, "api.missing", {"document"});
  const Digest document = TRY(digest_from(call.text("document")));
  const auto turn = TRY(call.shared.persons.enter());
  TRY(journeys::approve(call.context(), {call.path[0], document, proof_from(call)}));
  return show_agreement(call);
}

Result<Reply> withdraw_agreement(Call& call) {
  const auto turn = TRY(call.shared.persons.enter());
  TRY(journeys::withdraw(call.context(), {call.path[0], proof_from(call)}));
  return show_agreement(call);
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
  out.push_back({"GET", "/api/agreements", Action::SeeParties, list_agreements});
  out.push_back({"POST", "/api/agreements", Action::ProposeAgreement, propose_agreement});
  out.push_back({"GET", "/api/agreements/{id}", Action::SeeParties, show_agreement});
  out.push_back({"POST", "/api/agreements/{id}/sign", Action::SignAgreement, sign_agreement});
  out.push_back({"POST", "/api/agreements/{id}/withdraw", Action::SignAgreement, withdraw_agreement});
}

}  // namespace tocsin::api
