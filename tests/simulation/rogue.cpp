#include "tests/simulation/rogue.h"

#include "core/exchange/archive.h"
#include "core/exchange/proof.h"
#include "core/exchange/stream_cursor.h"
#include "core/trust/agreements.h"
#include "duty/alerts/alerts.h"
#include "journeys/sync.h"
#include "tests/simulation/world.h"

namespace tocsin::simulation {

using exchange::Basis;
using exchange::Record;
using exchange::RecordType;

namespace {

std::string indicator(const std::string& id, const std::string& value, const std::string& modified, bool revoked) {
  return R"({"type":"indicator","spec_version":"2.1","id":")" + id +
         R"(","created":"2026-01-01T00:00:00.000Z","modified":")" + modified + R"(","revoked":)" +
         (revoked ? "true" : "false") + R"(,"pattern":"[ipv4-addr:value = ')" + value +
         R"(']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"})";
}

json::Value alert_body(Time now) {
  alerts::Facts facts;
  facts.host_name = "Nothing";
  facts.values = {"198.51.100.7"};
  facts.indicators = {"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"};
  facts.count = 1;
  facts.first = facts.last = now;
  return alerts::write_facts(facts, 5, "severity.scope.single_entity");
}

std::string in_words(const Party& peer, const journeys::PeerAnswer& answer) {
  return " to " + std::to_string(peer.number) + ": " + (answer.status == 200 ? "taken" : answer.body.substr(0, 160));
}

}  // namespace

std::string Rogue::act() {
  switch (world_.chance().below(21)) {
    case 0:
    case 1:
      return replay();
    case 2:
      return pass_on_forbidden(false);
    case 3:
      return pass_on_forbidden(true);
    case 4:
      return forge_author();
    case 5:
      return retract_of_others();
    case 6:
      return exceed_ceiling();
    case 7:
      return two_of_one_id();
    case 8:
      return world_.chance().one_in(4) ? two_histories() : old_checkpoint();
    case 9:
      return forge_receipt();
    case 10:
      return mix_realms();
    case 11:
      return garble();
    case 12:
      return amend_silently();
    case 13:
      return give_back_forged();
    case 14:
    case 15:
      return overwrite_object();
    case 16:
      return acknowledge_for_others();
    case 17:
      return say_beside_the_log();
    case 19:
      return forge_descriptor();
    case 18:
      return world_.chance().one_in(4) ? fork_log() : old_checkpoint();
    default:
      return envelope_for_another();
  }
}

Party* Rogue::any_peer() {
  std::vector<Party*> peers;
  for (auto& party : world_.parties())
    if (world_.are_peers(party->number, self_.number)) peers.push_back(party.get());
  return peers.empty() ? nullptr : world_.chance().of(peers);
}

std::string Rogue::pact_with(const Party& peer) {
  std::vector<std::string> out;
  for (const Pact& pact : world_.model().pacts)
    if (pact.parties.contains(peer.number) && pact.parties.contains(self_.number)) out.push_back(pact.id);
  return out.empty() ? "" : world_.chance().of(out);
}

json::Object Rogue::payload(const std::string& kind, const std::string& agreement) {
  exchange::Statement s;
  s.id = base::uuid7(self_.clock.now());
  s.author = self_.id;
  s.time = self_.clock.now();
  s.kind = kind;
  s.body = json::Object{};
  s.handling.tlp = stix::Tlp::Green;
  s.handling.pap = stix::Pap::Green;
  if (!agreement.empty()) {
    s.agreement = agreement;
    const auto stored =
        self_.db().read_value([&](store::Transaction& tx) { return trust::latest_agreement(tx, agreement); });
    if (stored) s.terms = stored->terms;
  }
  const auto written = exchange::sign_statement(*self_.founded.keys, std::move(s));
  return *must(json::parse(written.signed_bytes().payload)).object();
}

Rogue::Spoken Rogue::say(json::Object payload) {
  return say(std::move(payload), self_.founded.keys->statement);
}

Rogue::Spoken Rogue::say(json::Object payload, const crypto::SigningKey& key) {
  Spoken out;
  const std::string kind = json::Value(payload).text("kind");
  out.bytes = trust::sign(trust::SignedType::Statement, key, json::write(json::Value(std::move(payload))));
  must(self_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY(exchange::append_leaf(tx, out.bytes.digest(), kind, self_.clock.now()));
    return {};
  }));
  return out;
}

// How much of its log the peer has had proved is known to whoever has talked to it.
std::uint64_t Rogue::proved_to(Party& peer) {
  return static_cast<std::uint64_t>(
      peer.count("SELECT COALESCE(checkpoint_size, 0) FROM parties WHERE party = '" + self_.id.text() + "'"));
}

std::string Rogue::hand_over(Party& peer, const std::string& records) {
  return in_words(peer, journeys::answer_delivery(peer.context(), self_.id, records));
}

std::string Rogue::deliver(Party& peer, const std::string& agreement, const std::vector<Spoken>& spoken, Basis basis) {
  std::string records;
  exchange::Envelope envelope;
  std::optional<Digest> sealed;
  must(self_.db().write([&](store::Transaction& tx) -> Result<void> {
    records.clear();
    const auto epoch = TRY(exchange::current_epoch(tx));
    const std::string note = TRY(exchange::checkpoint(tx, self_.context().self, self_.clock.now()));
    const exchange::Stream stream{epoch.id, agreement};
    const auto at = TRY(exchange::cursor(tx, peer.id, stream));
    exchange::append_record(records, RecordType::Checkpoint, {"", note});
    const std::uint64_t from = proved_to(peer);
    if (from > 0 && from < epoch.size)
      exchange::append_record(
          records, RecordType::Proof,
          {"", exchange::write_proof(exchange::ConsistencyProof{
                   epoch.id, from, epoch.size, TRY(exchange::consistency(tx, epoch.id, from, epoch.size))})});
    envelope = {self_.id, peer.id, stream, at.position, {}, at.last_envelope, basis, {}};
    for (const Spoken& one : spoken) {
      const Digest digest = one.bytes.digest();
      envelope.statements.push_back(digest);
      for (const Record& record : one.with)
        if (record.type == RecordType::Descriptor) exchange::append_record(records, record.type, record.object);
      exchange::append_record(records, RecordType::Statement, one.bytes);
      bool has_proof = false;
      for (const Record& record : one.with)
        if (record.type == RecordType::Proof) {
          exchange::append_record(records, record.type, record.object);
          has_proof = true;
        }
      if (has_proof) continue;
      if (const auto leaf = TRY(exchange::leaf_of(tx, digest)))
        exchange::append_record(
            records, RecordType::Proof,
            {"", exchange::write_proof(exchange::InclusionProof{digest, leaf->epoch, leaf->index, epoch.size,
                                                                TRY(exchange::inclusion(tx, *leaf, epoch.size)), ""})});
    }
    const auto object = exchange::sign_envelope(*self_.founded.keys, envelope);
    sealed = object.digest();
    exchange::append_record(records, RecordType::Envelope, object);
    return {};
  }));
  const auto answer = journeys::answer_delivery(peer.context(), self_.id, records);
  if (answer.status == 200)  // its own node goes on behind it
    must(self_.db().write([&](store::Transaction& tx) -> Result<void> {
      auto at = TRY(exchange::cursor(tx, peer.id, envelope.stream));
      at.position += envelope.statements.size();
      at.last_envelope = sealed;
      return exchange::save(tx, peer.id, envelope.stream, at);
    }));
  return in_words(peer, answer);
}

std::optional<Digest> Rogue::any_statement_of_others(const std::string& kind) {
  std::vector<Digest> out;
  self_.each("SELECT digest FROM statements WHERE author <> '" + self_.id.text() + "' AND kind = '" + kind +
                 "' AND erased_reason IS NULL",
             [&](const store::Row& row) { out.push_back(row.digest(0)); });
  return out.empty() ? std::nullopt : std::optional(world_.chance().of(out));
}

trust::Signed Rogue::bytes_of(const Digest& statement) {
  return must(self_.db().read_value([&](store::Transaction& tx) { return exchange::signed_bytes(tx, statement); }));
}

Rogue::Spoken Rogue::as_it_came(const Digest& statement) {
  Spoken out{bytes_of(statement), {}};
  must(self_.db().read([&](store::Transaction& tx) -> Result<void> {
    const auto archived = TRY(exchange::archived(tx, statement));
    if (const auto author = exchange::author_descriptor(tx, archived.author))
      out.with.push_back({RecordType::Descriptor, *author});
    if (const auto proof = TRY(exchange::kept_proof(tx, statement)))
      out.with.push_back({RecordType::Proof, {"", proof->json}});
    return {};
  }));
  return out;
}

// --- the attacks

// With a proof that is of something else.
std::string Rogue::say_beside_the_log() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  auto said = payload("message", pact_with(*peer));
  Spoken spoken;
  spoken.bytes = trust::sign(trust::SignedType::Statement, self_.founded.keys->statement,
                             json::write(json::Value(std::move(said))));
  must(self_.db().read([&](store::Transaction& tx) -> Result<void> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    const exchange::InclusionProof proof{
        spoken.bytes.digest(), epoch.id, 0, epoch.size, TRY(exchange::inclusion(tx, {epoch.id, 0}, epoch.size)), ""};
    spoken.with.push_back({RecordType::Proof, {"", exchange::write_proof(proof)}});
    return {};
  }));
  return "it says something beside its log" + deliver(*peer, pact_with(*peer), {spoken}, Basis::Direct);
}

// A log that has grown out of another one than was shown before.
std::string Rogue::fork_log() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  std::string records;
  must(self_.db().read([&](store::Transaction& tx) -> Result<void> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    const std::string name = exchange::origin(self_.id, epoch.id);
    exchange::append_record(
        records, RecordType::Checkpoint,
        {"", merkle::sign_checkpoint({name, epoch.size + 3, crypto::sha256("a fork")}, name, self_.founded.keys->log)});
    const std::uint64_t from = proved_to(*peer);
    exchange::append_record(
        records, RecordType::Proof,
        {"", exchange::write_proof(exchange::ConsistencyProof{epoch.id, from, epoch.size + 3, {crypto::sha256("x")}})});
    return {};
  }));
  return "it shows a fork of its log" + hand_over(*peer, records);
}

// What one peer sent it, word for word, to another; or its own words to one peer, to another.
std::string Rogue::replay() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  const auto& heard = world_.heard();
  if (heard.empty()) return "nothing to replay";
  return "it replays what another was sent" + hand_over(*peer, world_.chance().of(heard));
}

std::string Rogue::pass_on_forbidden(bool as_own) {
  Party* peer = any_peer();
  const auto statement = any_statement_of_others(world_.chance().one_in(3) ? "alert" : "intel");
  if (!peer || !statement) return "it has nothing of others";
  return std::string("it passes on what it was given") + (as_own ? ", as its own" : "") +
         deliver(*peer, pact_with(*peer), {as_it_came(*statement)}, as_own ? Basis::Direct : Basis::Onward);
}

std::string Rogue::forge_author() {
  Party* peer = any_peer();
  const auto statement = any_statement_of_others("intel");
  if (!peer || !statement) return "it has nothing of others";
  auto object = *must(json::parse(bytes_of(*statement).payload)).object();
  object.set("id", base::uuid7(self_.clock.now()));
  const std::string agreement = pact_with(*peer);
  if (const auto own = payload("intel", agreement); own.find("agreement"))
    object.set("agreement", *own.find("agreement"));
  Spoken forged = say(std::move(object));
  if (world_.chance().one_in(2)) {  // under the header of the true one
    const auto& header = bytes_of(*statement).jws;
    const auto dots = forged.bytes.jws.find("..");
    forged.bytes.jws = header.substr(0, header.find("..")) + forged.bytes.jws.substr(dots);
  }
  for (const Record& record : as_it_came(*statement).with)
    if (record.type == RecordType::Descriptor) forged.with.push_back(record);
  if (world_.chance().one_in(2)) {  // with the proof of the true one
    auto proof = exchange::read_proof(as_it_came(*statement).with.back().object.payload);
    if (proof && proof->inclusion) {
      proof->inclusion->statement = forged.bytes.digest();
      forged.with.push_back({RecordType::Proof, {"", exchange::write_proof(*proof->inclusion)}});
    }
  }
  return "it speaks in the name of another" +
         deliver(*peer, agreement, {forged}, world_.chance().one_in(2) ? Basis::Direct : Basis::Onward);
}

// Keys of its own in the descriptor of another, and a log that goes with them.
std::string Rogue::forge_descriptor() {
  Party* peer = any_peer();
  const auto statement = any_statement_of_others("intel");
  if (!peer || !statement) return "it has nothing of others";
  const Spoken true_one = as_it_came(*statement);
  if (true_one.with.empty() || true_one.with.front().type != RecordType::Descriptor) return "it has no descriptor";
  const auto& keys = *self_.founded.keys;
  trust::Signed descriptor = true_one.with.front().object;
  const std::string header = descriptor.jws.substr(0, descriptor.jws.find(".."));
  auto object = *must(json::parse(descriptor.payload)).object();
  const json::Value own = must(json::parse(must(self_.db().read_value([](store::Transaction& tx) {
                                             return trust::own_party(tx);
                                           })).descriptor_signed.payload));
  object.set("keys", *own.find("keys"));
  // A later version: one that is not later than what is known says nothing, whoever signed it.
  object.set("version", json::Value(object).integer_or("version", 0) + 1);
  descriptor = trust::sign(trust::SignedType::Descriptor, keys.statement, json::write(json::Value(object)));
  descriptor.jws = header + descriptor.jws.substr(descriptor.jws.find(".."));

  auto said = *must(json::parse(true_one.bytes.payload)).object();
  said.set("id", base::uuid7(self_.clock.now()));
  Spoken forged;
  forged.bytes = trust::sign(trust::SignedType::Statement, keys.statement, json::write(json::Value(said)));
  const Digest digest = forged.bytes.digest();
  const auto author = trust::PartyId::parse(json::Value(object).text("party"));
  const json::Value* log = object.find("log");
  if (!author || !log) return "it has no descriptor";
  const std::string name = exchange::origin(*author, log->text("epoch"));
  const Digest root = merkle::leaf_hash(digest.view());
  const exchange::InclusionProof proof{
      digest, log->text("epoch"), 0, 1, {}, merkle::sign_checkpoint({name, 1, root}, name, keys.log)};
  forged.with = {{RecordType::Descriptor, descriptor}, {RecordType::Proof, {"", exchange::write_proof(proof)}}};
  return "it forges a descriptor" + deliver(*peer, pact_with(*peer), {forged}, Basis::Onward);
}

std::string Rogue::retract_of_others() {
  Party* peer = any_peer();
  if (!peer || world_.model().said.empty()) return "there is nothing to retract";
  auto at = world_.model().said.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(world_.chance().below(world_.model().said.size())));
  std::vector<std::string> objects;
  peer->each("SELECT stix_id FROM objects WHERE value = '" + at->second.value + "'",
             [&](const store::Row& row) { objects.emplace_back(row.text(0)); });
  exchange::Retraction retraction{{at->first}, {}, exchange::RetractReason::PersonalData, ""};
  if (world_.chance().one_in(2)) retraction.objects = objects;
  auto said = payload("retract", "");
  said.set("body", exchange::write_retraction(retraction));
  said.set("in_reply_to", at->first.base64url());
  return "it retracts what another said" + deliver(*peer, "", {say(std::move(said))}, Basis::Direct);
}

std::string Rogue::exceed_ceiling() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  auto said = payload("intel", pact_with(*peer));
  json::Object handling;
  handling.set("tlp", "amber+strict");
  handling.set("pap", "red");
  handling.set("onward", "free");
  handling.set("retain_days", 365);
  said.set("handling", std::move(handling));
  json::Array objects;
  objects.push_back(
      must(json::parse(indicator("indicator--" + base::uuid4(), "203.0.113." + std::to_string(number_++ % 250 + 1),
                                 "2026-01-01T00:00:00.000Z", false))));
  said.set("objects", std::move(objects));
  return "it says more than was agreed" + deliver(*peer, pact_with(*peer), {say(std::move(said))}, Basis::Direct);
}

std::string Rogue::two_of_one_id() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  const std::string agreement = pact_with(*peer);
  auto one = payload("message", agreement), other = payload("message", agreement);
  other.set("id", json::Value(one).text("id"));
  const Spoken first = say(std::move(one)), second = say(std::move(other));
  const std::string came = deliver(*peer, agreement, {first}, Basis::Direct);
  Party* next = any_peer();
  return "it says two things under one id," + came + "," + deliver(*next, pact_with(*next), {second}, Basis::Direct);
}

std::string Rogue::two_histories() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  std::string records;
  must(self_.db().read([&](store::Transaction& tx) -> Result<void> {
    const auto epoch = TRY(exchange::current_epoch(tx));
    const std::string name = exchange::origin(self_.id, epoch.id);
    exchange::append_record(records, RecordType::Checkpoint,
                            {"", merkle::sign_checkpoint({name, epoch.size, crypto::sha256("another history")}, name,
                                                         self_.founded.keys->log)});
    return {};
  }));
  return "it shows another history" + hand_over(*peer, records);
}

std::string Rogue::old_checkpoint() {
  Party* peer = any_peer();
  std::string note;
  self_.each("SELECT note FROM log_checkpoints ORDER BY size LIMIT 1",
             [&](const store::Row& row) { note = row.text(0); });
  if (!peer || note.empty()) return "it has no older checkpoint";
  std::string records;
  exchange::append_record(records, RecordType::Checkpoint, {"", note});
  return "it shows an older checkpoint" + hand_over(*peer, records);
}

// For an envelope that somebody else was sent, or that it was sent and does not hold.
std::string Rogue::forge_receipt() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  std::vector<std::pair<Digest, std::string>> open;
  peer->each("SELECT digest, payload FROM envelopes WHERE state = 'ready'",
             [&](const store::Row& row) { open.emplace_back(row.digest(0), std::string(base::as_text(row.blob(1)))); });
  if (open.empty()) return "there is nothing to forge a receipt for";
  const auto& [digest, text] = world_.chance().of(open);
  const auto envelope = must(exchange::read_envelope(must(json::parse(text))));
  const exchange::Receipt receipt{peer->id,
                                  world_.chance().one_in(2) ? self_.id : envelope.recipient,
                                  envelope.stream,
                                  envelope.first,
                                  envelope.first + envelope.statements.size() - 1,
                                  exchange::run_digest(envelope.statements),
                                  digest,
                                  std::nullopt};
  std::string records;
  exchange::append_record(records, RecordType::Receipt, exchange::sign_receipt(*self_.founded.keys, receipt));
  const auto closed = journeys::answer_receipts(peer->context(), self_.id, records);
  return "it forges a receipt: " + std::to_string(closed.status);
}

std::string Rogue::mix_realms() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  auto said = payload("alert", pact_with(*peer));
  said.set("body", alert_body(self_.clock.now()));
  const bool claims_real = world_.chance().one_in(2);
  said.set("realm", claims_real ? "real" : "0193b3a0-0000-7000-8000-000000000001");
  const auto& keys = *self_.founded.keys;
  return "it mixes what is exercise and what is real" +
         deliver(*peer, pact_with(*peer), {say(std::move(said), claims_real ? keys.exercise : keys.statement)},
                 Basis::Direct);
}

std::string Rogue::garble() {
  Party* peer = any_peer();
  const auto& heard = world_.heard();
  if (!peer || heard.empty()) return "nothing to garble";
  std::string records = world_.chance().of(heard);
  for (int edits = 0; edits < 3 && !records.empty(); ++edits)
    records[world_.chance().below(records.size())] = static_cast<char>(world_.chance().number());
  if (world_.chance().one_in(3)) records.resize(world_.chance().below(records.size() + 1));
  return "it sends garbage" + hand_over(*peer, records);
}

// A document that nobody signed, with whatever approvals stand under another.
std::string Rogue::amend_silently() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  const std::string agreement = pact_with(*peer);
  const auto stored =
      self_.db().read_value([&](store::Transaction& tx) { return trust::latest_agreement(tx, agreement); });
  if (!stored) return "it has no agreement to amend";
  trust::Agreement changed = stored->agreement;
  changed.terms.tlp = stix::Tlp::Red;
  changed.terms.onward = trust::Onward::Free;
  if (world_.chance().one_in(2)) ++changed.version;
  json::Array approvals;
  self_.each("SELECT person, person_key, signature FROM agreement_approvals WHERE agreement = '" + agreement + "'",
             [&](const store::Row& row) {
               json::Object approval;
               approval.set("person", std::string(row.text(0)));
               approval.set("key", base::to_base64url(row.blob(1)));
               approval.set("signature", base::to_base64url(row.blob(2)));
               approvals.push_back(std::move(approval));
             });
  json::Object body;
  body.set("document", trust::write_agreement(changed));
  body.set("approvals", std::move(approvals));
  auto said = payload("agreement", "");
  said.set("body", std::move(body));
  return "it amends an agreement by itself" + deliver(*peer, "", {say(std::move(said))}, Basis::Direct);
}

// As if the peer had lost what it never said.
std::string Rogue::give_back_forged() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  auto said = payload("intel", pact_with(*peer));
  said.set("author", peer->id.text());
  json::Array objects;
  objects.push_back(
      must(json::parse(indicator("indicator--" + base::uuid4(), "192.0.2." + std::to_string(number_++ % 250 + 1),
                                 "2026-01-01T00:00:00.000Z", false))));
  said.set("objects", std::move(objects));
  return "it gives back what was never said" + deliver(*peer, "", {say(std::move(said))}, Basis::Returned);
}

std::string Rogue::overwrite_object() {
  Party* peer = any_peer();
  if (!peer || world_.model().items.empty()) return "there is nothing to overwrite";
  auto at = world_.model().items.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(world_.chance().below(world_.model().items.size())));
  std::string id;
  peer->each("SELECT stix_id FROM objects WHERE value = '" + at->first + "'",
             [&](const store::Row& row) { id = row.text(0); });
  if (id.empty()) return "its peer has no such object";
  auto said = payload("intel", pact_with(*peer));
  json::Array objects;
  objects.push_back(
      must(json::parse(indicator(id, "203.0.113.77", "2027-01-01T00:00:00.000Z", world_.chance().one_in(2)))));
  said.set("objects", std::move(objects));
  return "it overwrites an object of another" + deliver(*peer, pact_with(*peer), {say(std::move(said))}, Basis::Direct);
}

std::string Rogue::acknowledge_for_others() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  std::vector<Digest> alerts;
  peer->each("SELECT statement FROM alert_recipients WHERE acknowledged_at IS NULL",
             [&](const store::Row& row) { alerts.push_back(row.digest(0)); });
  if (alerts.empty()) return "there is no alert to acknowledge";
  auto said = payload("ack", "");
  said.set("in_reply_to", world_.chance().of(alerts).base64url());
  json::Object body;
  body.set("of", "alert");
  body.set("by", "nobody");
  said.set("body", std::move(body));
  if (world_.chance().one_in(2)) said.set("author", world_.any_of_cast().id.text());
  return "it acknowledges for others" +
         deliver(*peer, "", {say(std::move(said))}, world_.chance().one_in(2) ? Basis::Direct : Basis::Onward);
}

// Signed for one recipient, handed to another.
std::string Rogue::envelope_for_another() {
  Party* peer = any_peer();
  if (!peer) return "the rogue knows nobody";
  const auto pulled = journeys::answer_pull(self_.context(), world_.any_of_cast().id);
  if (pulled.status != 200) return "it has nothing for others";
  return "it hands over what is for another" + hand_over(*peer, pulled.body);
}

}  // namespace tocsin::simulation
