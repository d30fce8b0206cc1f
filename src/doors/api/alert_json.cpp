#include "doors/api/alert_json.h"

#include "core/exchange/delivery.h"
#include "core/intel/repository.h"

namespace tocsin::api {

Result<json::Value> alert_json(const Call& call, store::Transaction& tx, const alerts::Alert& a,
                               const PartyNames& names, const trust::Scope& scope) {
  const trust::Label label = TRY(trust::label(tx, a.label));
  json::Object out;
  out.set("id", std::to_string(a.id));
  out.set("severity", a.severity);
  out.set("severity_reason", call.reason(a.severity_row));
  // A peer of a later version may tell of something that this one has no sentence for.
  const std::string what = a.facts.what == "hit" || a.facts.what == alerts::kTakenBack ? a.facts.what : "other";
  out.set("title", call.say("alerts.title." + what, {a.facts.host_name, a.facts.service}));
  out.set("detail", call.say("alerts.detail." + what,
                             {std::to_string(a.facts.count), std::to_string(a.facts.values.size()), a.facts.sector}));
  out.set("state", alerts::name(a.state));
  out.set("realm", a.realm);
  out.set("tlp", stix::name(label.tlp));
  json::Object origin;
  origin.set("kind", a.origin == alerts::Origin::Own ? "own" : "peer");
  origin.set("party_id", a.party.text());
  origin.set("name", names.name(a.party));
  if (a.origin == alerts::Origin::Peer) {
    origin.set("basis", a.sender == a.party ? "direct" : "onward");
    if (a.sender != a.party) origin.set("vouched_by", names.name(a.sender));
  }
  out.set("origin", std::move(origin));
  // An alert is for everybody. What our own logs showed and what indicators name is for those who may read hits and
  // intelligence on their own pages, too.
  const bool sees_hits = people::may(call.who, people::Action::SeeHits);
  const bool sees_intelligence = people::may(call.who, people::Action::SeeIntelligence);
  if (sees_hits && !a.host.empty()) out.set("host", a.host);
  out.set("host_name", a.facts.host_name);
  out.set("service", a.facts.service);
  out.set("sector", a.facts.sector);
  out.set("population_served", a.facts.population_served);
  out.set("count", a.facts.count);
  out.set("first_seen", base::to_rfc3339(a.facts.first));
  out.set("last_seen", base::to_rfc3339(a.facts.last));
  out.set("received", base::to_rfc3339(a.received));
  out.set("deadline", base::to_rfc3339(a.deadline));
  if (a.acknowledged_at) {
    out.set("acknowledged_by", person_name(tx, a.acknowledged_by));
    out.set("acknowledged_at", base::to_rfc3339(*a.acknowledged_at));
  }
  json::Array indicators;
  for (std::size_t i = 0; sees_intelligence && i < a.facts.indicators.size() && i < 50; ++i) {
    json::Object entry;
    entry.set("id", a.facts.indicators[i]);
    const auto copies = TRY(intel::copies(tx, a.facts.indicators[i], scope));
    entry.set("item", copies.empty() ? json::Value() : json::Value(std::to_string(copies.front().item)));
    entry.set("name", copies.empty() ? a.facts.indicators[i] : copies.front().name);
    entry.set("value", copies.empty() ? json::Value() : json::Value(copies.front().value));
    indicators.push_back(std::move(entry));
  }
  out.set("indicators", std::move(indicators));
  const bool sees_values = a.origin == alerts::Origin::Own ? sees_hits : sees_intelligence;
  out.set("values", sees_values ? words(a.facts.values) : json::Array{});
  return json::Value(std::move(out));
}

std::string event_text(const Call& call, store::Transaction& tx, const alerts::Event& event) {
  std::vector<std::string> args = event.args;
  for (std::string& arg : args)
    if (const auto stored = trust::latest_agreement(tx, arg)) arg = stored->agreement.terms.title.in(call.language);
  return call.say(event.what, args);
}

std::string person_name(store::Transaction& tx, const std::string& account) {
  const auto user = people::find_user(tx, account);
  return user && !user->display_name.empty() ? user->display_name : account;
}

Result<json::Value> peer_brief(const Call& call, store::Transaction& tx, const trust::Party& peer,
                               const trust::Scope& scope) {
  json::Object out;
  out.set("party_id", peer.id.text());
  out.set("name", peer.descriptor.name.in(call.language));
  out.set("kind", trust::name(peer.descriptor.kind));
  out.set("country", peer.descriptor.country);
  out.set("state", trust::name(peer.state));
  out.set("assurance", peer.verified_at ? peer.verified_method : "self");
  out.set("last_contact", or_null(peer.last_contact));
  out.set("queued", TRY(exchange::waiting_for(tx, peer, call.context().self, call.now(), &scope)).statements);
  const auto late = TRY(exchange::why_late(tx, peer, call.context().self, call.now(), &scope));
  out.set("late", late.has_value());
  if (late) out.set("late_reason", call.reason(late->id, late->args));
  out.set("endpoint", peer.descriptor.endpoints.empty() ? "" : peer.descriptor.endpoints.front());
  out.set("quarantine_reason", peer.quarantine_reason);
  return json::Value(std::move(out));
}

}  // namespace tocsin::api
