#include "doors/api/health.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/exchange/archive.h"
#include "core/exchange/delivery.h"
#include "core/exchange/recover.h"
#include "core/trust/agreements.h"
#include "core/watch/hits.h"
#include "doors/api/alert_json.h"
#include "ground/base/disk.h"
#include "ground/crypto/certificate.h"

namespace tocsin::api {
namespace {

constexpr Duration kSoon = base::days(30);
constexpr Duration kKeyIsSoon = base::days(14);
constexpr Duration kSilent = base::minutes(15);  // a sensor reports every minute, also without hits

Check descriptor_check(const Call& call, const trust::Party& own) {
  const bool soon = own.descriptor.expires < call.now() + kSoon;
  return {"descriptor", !soon, call.say(soon ? "health.descriptor_expires" : "health.descriptor_ok"),
          own.descriptor.expires};
}

// Peers check pins, not dates: only the certificate that browsers see can expire under its users.
Result<Check> certificate_check(const Call& call) {
  const Time expires = TRY(crypto::certificate_expiry(call.context().self.keys->people_tls.certificate_pem));
  const bool soon = expires < call.now() + kSoon;
  return Check{"certificate", !soon, call.say(soon ? "health.certificate_expires" : "health.certificate_ok"), expires};
}

Check disk_check(const Call& call) {
  const auto room = base::disk_room(call.shared.settings.data_folder);
  if (!room) return {"disk", false, call.say("health.disk_unknown")};
  const std::vector<std::string> sizes = {std::to_string(room->free_bytes), std::to_string(room->total_bytes)};
  switch (base::disk_state(*room)) {
    case base::DiskState::Enough:
      return {"disk", true, call.say("health.disk_ok", sizes)};
    case base::DiskState::Low:
      return {"disk", false, call.say("health.disk_low", sizes)};
    case base::DiskState::Full:
      break;
  }
  return {"disk", false, call.say("health.disk_full", sizes)};
}

// One who was disabled leaves a party that can sign nothing more, and ends nothing.
Result<Check> signatories_check(const Call& call, store::Transaction& tx, const trust::Party& own) {
  const auto users = TRY(people::users(tx));
  const auto have = static_cast<std::size_t>(std::count_if(users.begin(), users.end(), people::is_signatory));
  const std::size_t need = own.descriptor.approvals_needed();
  return Check{"signatories", have >= need,
               call.say(have >= need ? "health.signatories_ok" : "health.signatories_few",
                        {std::to_string(have), std::to_string(need)})};
}

Result<Check> recovery_check(const Call& call, store::Transaction& tx, const PartyNames& names) {
  std::string silent;
  for (const auto& one : TRY(exchange::recoveries(tx)))
    if (one.waiting) silent += (silent.empty() ? "" : ", ") + names.name(one.peer);
  return Check{"recovery", silent.empty(),
               call.say(silent.empty() ? "health.recovery_ok" : "health.recovery_waits", {silent})};
}

Result<Check> peers_check(const Call& call, store::Transaction& tx, const std::vector<trust::Party>& peers,
                          const trust::Scope* scope) {
  int late = 0;
  for (const trust::Party& peer : peers)
    late += TRY(exchange::why_late(tx, peer, call.context().self, call.now(), scope)) ? 1 : 0;
  return Check{"peers", late == 0,
               call.say(late == 0 ? "health.peers_ok" : "health.peers_late", {std::to_string(late)})};
}

Check peer_descriptors_check(const Call& call, const std::vector<trust::Party>& peers) {
  Check out{"peer_descriptors", true, call.say("health.peer_descriptors_ok")};
  std::string names;
  for (const trust::Party& peer : peers) {
    if (!peer.verified_at || peer.descriptor.expires >= call.now() + kSoon) continue;
    names += (names.empty() ? "" : ", ") + peer.descriptor.name.in(call.language);
    out.until = std::min(out.until.value_or(peer.descriptor.expires), peer.descriptor.expires);
  }
  if (names.empty()) return out;
  out.ok = false;
  out.message = call.say("health.peer_descriptors_expire", {names});
  return out;
}

// TLP:RED of peers that nobody may read: its senders named no enabled account of ours. Only this house is to know.
Result<Check> readers_check(const Call& call, store::Transaction& tx, const PartyNames& names) {
  const trust::PartyId& self = call.context().self.party;
  std::set<trust::Person> here;
  for (const people::User& user : TRY(people::users(tx)))
    if (!user.disabled) here.insert({self, user.name});
  const auto is_here = [&](const trust::Person& reader) { return here.contains(reader); };
  std::size_t count = 0;
  std::set<std::string> senders, accounts;
  for (const auto& [id, label] : TRY(trust::all_labels(tx))) {
    if (label.tlp != stix::Tlp::Red || std::any_of(label.readers.begin(), label.readers.end(), is_here)) continue;
    const auto from = TRY(exchange::senders_under(tx, self, id));
    if (from.empty()) continue;
    count += from.size();
    for (const trust::PartyId& sender : from) senders.insert(names.name(sender));
    for (const trust::Person& reader : label.readers) accounts.insert(reader.account);
  }
  if (count == 0) return Check{"readers", true, call.say("health.readers_ok")};
  return Check{"readers", false,
               call.say("health.readers_unknown", {std::to_string(count), fmt::format("{}", fmt::join(senders, ", ")),
                                                   fmt::format("{}", fmt::join(accounts, ", "))})};
}

// To the minute: several moments stand in one sentence.
std::string minute_of(Time time) {
  std::string out = base::to_rfc3339(time).substr(0, 16) + " UTC";
  out[10] = ' ';
  return out;
}

// Every sensor that has a key is expected to be heard, also where its key has expired since: to end the expectation,
// end the key.
Result<Check> sensors_check(const Call& call, store::Transaction& tx) {
  std::map<std::string, Time> heard;
  for (const watch::Sensor& sensor : TRY(watch::sensors(tx))) heard.emplace(sensor.name, sensor.last_seen);
  std::set<std::string> silent;
  for (const people::ApiKey& key : TRY(people::api_keys(tx))) {
    if (key.sensor.empty() || call.now() - key.created < kSilent) continue;
    const auto last = heard.find(key.sensor);
    if (last == heard.end())
      silent.insert(fmt::format("{} (-)", key.sensor));
    else if (call.now() - last->second >= kSilent)
      silent.insert(fmt::format("{} ({})", key.sensor, minute_of(last->second)));
  }
  return Check{"sensors", silent.empty(),
               call.say(silent.empty() ? "health.sensors_ok" : "health.sensors_silent",
                        {fmt::format("{}", fmt::join(silent, ", "))})};
}

// A key that a newer one of the same name and scope outlives may end.
Result<Check> keys_check(const Call& call, store::Transaction& tx) {
  std::map<std::pair<std::string, std::string>, Time> ends;
  for (const people::ApiKey& key : TRY(people::api_keys(tx))) {
    Time& end = ends[{key.name, key.scope}];
    end = std::max(end, key.expires);
  }
  std::string soon;
  for (const auto& [key, end] : ends)
    if (end > call.now() && end < call.now() + kKeyIsSoon)
      soon += fmt::format("{}{} ({})", soon.empty() ? "" : ", ", key.first, minute_of(end));
  return Check{"keys", soon.empty(), call.say(soon.empty() ? "health.keys_ok" : "health.keys_expire", {soon})};
}

// An agreement that ends takes the alarms under it along, without a word. It may have ended while nobody looked, and a
// later version that all have signed may go on where it ends.
Result<Check> agreements_check(const Call& call, store::Transaction& tx) {
  struct Term {
    std::string title;
    Time end;
  };
  std::map<trust::AgreementId, Term> terms;
  for (const trust::StoredAgreement& stored : TRY(trust::agreements(tx))) {
    const auto& parties = stored.agreement.parties;
    const bool was_agreed = !stored.withdrawn && std::all_of(parties.begin(), parties.end(), [&](const auto& party) {
      return !stored.takes_part(party) || stored.signed_by(party);
    });
    Term& term = terms[stored.agreement.id];
    if (!was_agreed || stored.agreement.terms.until < term.end) continue;
    term = {stored.agreement.terms.title.in(call.language), stored.agreement.terms.until};
  }
  std::string ending;
  for (const auto& [id, term] : terms)
    if (term.end > call.now() - kSoon && term.end < call.now() + kSoon)
      ending += fmt::format("{}{} ({})", ending.empty() ? "" : ", ", term.title, minute_of(term.end));
  return Check{"agreements", ending.empty(),
               call.say(ending.empty() ? "health.agreements_ok" : "health.agreements_end", {ending})};
}

}  // namespace

Result<std::vector<Check>> checks(const Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<std::vector<Check>> {
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    const auto peers = TRY(trust::peers(tx));
    // Strangers hear how the node is, and nothing through it that is for named persons.
    const bool looks_after_it = people::may(call.who, people::Action::SeeLog);
    const trust::Scope of_strangers = TRY(trust::scope(tx, trust::SensorReader{}));
    std::vector<Check> out;
    out.push_back(disk_check(call));
    const trust::Party own = TRY(trust::own_party(tx));
    out.push_back(descriptor_check(call, own));
    out.push_back(TRY(certificate_check(call)));
    out.push_back(TRY(signatories_check(call, tx, own)));
    out.push_back(TRY(recovery_check(call, tx, names)));
    out.push_back(TRY(peers_check(call, tx, peers, looks_after_it ? nullptr : &of_strangers)));
    out.push_back(peer_descriptors_check(call, peers));
    out.push_back(TRY(agreements_check(call, tx)));
    if (looks_after_it) out.push_back(TRY(readers_check(call, tx, names)));
    out.push_back(TRY(sensors_check(call, tx)));
    out.push_back(TRY(keys_check(call, tx)));
    return out;
  });
}

}  // namespace tocsin::api
