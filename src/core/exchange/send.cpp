#include <algorithm>
#include <map>
#include <set>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/proof.h"
#include "core/exchange/recover.h"
#include "core/exchange/resting.h"
#include "core/exchange/retractions.h"
#include "core/exchange/stream_cursor.h"
#include "core/trust/release.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kStatementsPerEnvelope = 200;
constexpr std::uint64_t kBytesPerEnvelope = 4u << 20;  // a single larger statement still travels, alone

// What quarantine lets out: that something or a whole agreement is withdrawn, that something arrived, and that a node
// was restored.
bool passes_quarantine(std::string_view kind) {
  return kind == "retract" || kind == "withdraw" || kind == "ack" || kind == "recover";
}

// While we recover, and while one of the two stands in quarantine at the other, the cursors stay where they are: what
// waits keeps its place, and only what may leave even now goes.
struct Hold {
  bool recovering = false, quarantined = false, quarantined_there = false;
  bool any() const { return recovering || quarantined || quarantined_there; }
  bool lets_out(std::string_view kind) const {
    return (!recovering || !waits_for_recovery(kind)) && (!quarantined || passes_quarantine(kind)) &&
           (!quarantined_there || kind == "ack");
  }
};

struct Queued {
  std::int64_t seq;
  Digest statement;
};

Result<std::vector<Queued>> queued(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement,
                                   std::int64_t after, const Hold& hold) {
  std::vector<Queued> out;
  std::string sql =
      "SELECT q.seq, q.statement, s.kind FROM queue q JOIN statements s ON s.digest = q.statement "
      "WHERE q.agreement = ? AND q.seq > ? AND (q.recipient = '' OR q.recipient = ?)";
  std::vector<store::Cell> cells{store::cell(agreement), store::cell(after), store::cell(recipient.text())};
  if (hold.any()) {  // what has been decided stands behind the cursor
    sql +=
        " AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.statement = q.statement AND l.party = ? AND l.direction = "
        "'out' AND l.state" +
        in_states(is_decided) + ")";
    cells.push_back(store::cell(recipient.text()));
  }
  TRY_VOID(tx.query(sql + " ORDER BY q.seq", cells, [&](const store::Row& row) {
    if (hold.lets_out(row.text(2))) out.push_back({row.integer(0), row.digest(1)});
    return out.size() < kStatementsPerEnvelope;
  }));
  return out;
}

Basis basis_for(const Self& self, const trust::Party& peer, const Archived& statement) {
  if (statement.author == self.party) return Basis::Direct;
  return statement.author == peer.id ? Basis::Returned : Basis::Onward;
}

// The records that make an envelope understandable by itself.
Result<void> append_envelope(store::Transaction& tx, const Self& self, const PartyId& recipient, std::string& records,
                             const Signed& envelope, const std::vector<Digest>& statements,
                             const std::string& checkpoint_note) {
  const auto head = TRY(merkle::open_checkpoint(checkpoint_note, origin(self.party, TRY(current_epoch(tx)).id),
                                                self.keys->log.public_key()));
  std::set<PartyId> introduced{recipient};  // each author once
  for (const Digest& digest : statements) {
    const Archived statement = TRY(archived(tx, digest));
    // Erased since the envelope was sealed. Whoever has taken it already gives its receipt again; whoever has not
    // refuses because of this statement, and gets the others under a new envelope.
    if (!statement.erased_reason.empty()) continue;
    const Signed bytes = TRY(signed_bytes(tx, digest));
    append_record(records, RecordType::Statement, bytes);
    if (statement.author == self.party) {
      const auto leaf = TRY(leaf_of(tx, digest));
      if (!leaf) return fail(ErrorCode::Corrupt, "log.no_leaf", {digest.hex()});
      const std::vector<Digest> hashes = TRY(inclusion(tx, *leaf, head.size));
      append_record(records, RecordType::Proof,
                    {"", write_proof(InclusionProof{digest, leaf->epoch, leaf->index, head.size, hashes, ""})});
    } else {
      const trust::PartyId& author = statement.author;
      if (introduced.insert(author).second)
        append_record(records, RecordType::Descriptor, TRY(author_descriptor(tx, author)));
      if (const auto kept = TRY(kept_proof(tx, digest))) append_record(records, RecordType::Proof, {"", kept->json});
    }
  }
  append_record(records, RecordType::Envelope, envelope);
  return {};
}

struct OpenEnvelope {
  Digest digest;
  Signed object;
  std::vector<Digest> statements;
};

Result<std::optional<OpenEnvelope>> open_envelope(store::Transaction& tx, const PartyId& recipient,
                                                  const AgreementId& agreement) {
  std::optional<OpenEnvelope> out;
  TRY_VOID(tx.each(
      "SELECT digest, jws, payload FROM envelopes WHERE recipient = ? AND agreement = ? AND state = 'ready' "
      "ORDER BY seq LIMIT 1",
      [&](const store::Row& row) {
        out = OpenEnvelope{row.digest(0), {std::string(row.text(1)), std::string(base::as_text(row.blob(2)))}, {}};
      },
      recipient.text(), agreement));
  if (out)
    TRY_VOID(tx.each(
        "SELECT statement FROM ledger WHERE envelope = ? AND direction = 'out' ORDER BY position",
        [&](const store::Row& row) { out->statements.push_back(row.digest(0)); }, out->digest));
  return out;
}

// What was permitted when it was sealed may have become forbidden before it left.
Result<bool> may_still_leave(store::Transaction& tx, const Self& self, const trust::Party& peer,
                             const trust::StoredAgreement* agreement, const OpenEnvelope& envelope) {
  for (const Digest& digest : envelope.statements) {
    const Archived statement = TRY(archived(tx, digest));
    if (!statement.erased_reason.empty()) continue;  // its bytes are left out (append_envelope)
    const trust::Label label = TRY(trust::label(tx, statement.label));
    if (!decide_to_send(self, peer, agreement, statement, label).permitted) return false;
  }
  return true;
}

// It may have left before, and its receipt been lost: whether the peer holds it is not known. What may go is sealed
// anew; a retraction goes there for all of it.
Result<void> take_out_of_service(store::Transaction& tx, const PartyId& peer, const Digest& envelope) {
  TRY(set_aside(tx, peer, envelope));
  return note_unsure(tx, envelope);
}

// A statement of an epoch that is closed (restore) is said again in the present one: its proof has to be of this log.
Result<void> say_again(store::Transaction& tx, const Archived& statement, const std::string& epoch, Time now) {
  const auto leaf = TRY(leaf_of(tx, statement.digest));
  if (!leaf) return fail(ErrorCode::Corrupt, "log.no_leaf", {statement.digest.hex()});
  if (leaf->epoch != epoch) TRY(append_leaf(tx, statement.digest, statement.kind, now));
  return {};
}

// Seals the next run of a stream into an envelope, or says that there is nothing that may go.
Result<std::optional<OpenEnvelope>> seal_next(store::Transaction& tx, const Self& self, const trust::Party& peer,
                                              const Stream& stream, const trust::StoredAgreement* agreement,
                                              const Hold& hold, Time now) {
  StreamCursor at = TRY(cursor(tx, peer.id, stream));
  const std::int64_t before = at.seq;
  std::vector<Archived> chosen;
  std::uint64_t bytes = 0;
  // What proves the statements takes room in a delivery, too.
  const std::uint64_t most_bytes = std::min(kBytesPerEnvelope, peer.descriptor.limits.delivery_bytes / 2);
  std::optional<Basis> basis;
  Envelope envelope{self.party, peer.id, stream, at.position, {}, at.last_envelope, Basis::Direct, {}};
  for (const Queued& entry : TRY(queued(tx, peer.id, stream.agreement, at.seq, hold))) {
    const Archived statement = TRY(archived(tx, entry.statement));
    const trust::Label label = TRY(trust::label(tx, statement.label));
    const bool asked_anew = statement.kind == "recover" && TRY(is_asked_anew(tx, peer.id, entry.statement));
    if (asked_anew || !TRY(why_not_again(tx, entry.statement, peer.id)).empty()) {
      at.seq = entry.seq;
      continue;
    }
    const trust::Decision decision = decide_to_send(self, peer, agreement, statement, label);
    if (!decision.permitted) {
      at.seq = entry.seq;
      TRY_VOID(enter(tx,
                     {peer.id,
                      "out",
                      DeliveryState::Withheld,
                      statement.digest,
                      statement.kind,
                      stream,
                      {},
                      {},
                      decision.reason,
                      decision.args,
                      statement.size_bytes,
                      statement.author != self.party},
                     now));
      continue;
    }
    const Basis its_basis = basis_for(self, peer, statement);
    if (basis && *basis != its_basis) break;  // one basis per envelope
    // One set of readers per envelope: it holds for each statement in it, and nobody may read what names another. Whom
    // it names at other recipients is nobody's business here. A statement that goes home was never ours to name for.
    const std::vector<std::string> readers = label.tlp == stix::Tlp::Red && its_basis == Basis::Direct
                                                 ? trust::accounts_of(peer.id, label.readers)
                                                 : std::vector<std::string>{};
    if (!chosen.empty() && readers != envelope.readers) break;
    if (!chosen.empty() && bytes + static_cast<std::uint64_t>(statement.size_bytes) > most_bytes) break;
    basis = its_basis;
    bytes += static_cast<std::uint64_t>(statement.size_bytes);
    envelope.readers = readers;
    chosen.push_back(statement);
    at.seq = entry.seq;
  }
  if (hold.any()) at.seq = before;
  if (chosen.empty()) {
    if (at.seq != before) TRY_VOID(save(tx, peer.id, stream, at));
    return std::optional<OpenEnvelope>{};
  }
  envelope.basis = *basis;
  for (const Archived& statement : chosen) {
    envelope.statements.push_back(statement.digest);
    if (*basis == Basis::Direct) TRY_VOID(say_again(tx, statement, stream.epoch, now));
  }
  const Signed object = sign_envelope(*self.keys, envelope);
  const Digest digest = object.digest();
  std::uint64_t position = envelope.first;
  for (const Archived& statement : chosen) TRY_VOID(enter_sent(tx, envelope, digest, statement, position++, now));
  // The same run at the same place, after a peer has lost it, makes the same envelope again.
  TRY(tx.run(
      "INSERT INTO envelopes (digest, recipient, agreement, generation, first, count, seq, jws, payload, state, made) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'ready', ?) ON CONFLICT (digest) DO UPDATE SET state = 'ready', seq = "
      "excluded.seq, made = excluded.made, receipted = NULL, receipt_jws = NULL, receipt_payload = NULL",
      digest, peer.id.text(), stream.agreement, stream.generation(), envelope.first, chosen.size(), before, object.jws,
      base::as_bytes(object.payload), now));
  at.position += chosen.size();
  at.last_envelope = digest;
  TRY_VOID(save(tx, peer.id, stream, at));
  for (const Archived& statement : chosen)
    TRY_VOID(let_retractions_follow(tx, statement.digest, statement.author, peer.id, now));
  return std::optional(OpenEnvelope{digest, object, envelope.statements});
}

// The size of our log up to which this peer has had proof: as it said itself, or what the last delivery showed that it
// gave a receipt for.
Result<std::uint64_t> proved_to(store::Transaction& tx, const trust::Party& peer) {
  const Stream stream = TRY(stream_to(tx, peer, {}));
  const auto said =
      TRY(tx.integer("SELECT size FROM proved_to_peers WHERE party = ? AND epoch = ?", peer.id.text(), stream.epoch));
  if (said) return static_cast<std::uint64_t>(*said);
  const auto shown =
      TRY(tx.integer("SELECT MAX(checkpoint_size) FROM envelopes WHERE recipient = ? AND generation = ? AND state = "
                     "'receipted'",
                     peer.id.text(), stream.generation()));
  return static_cast<std::uint64_t>(shown.value_or(0));
}

Result<void> enqueue_row(store::Transaction& tx, const Digest& statement, const AgreementId& agreement,
                         const PartyId& recipient, Time now) {
  TRY(tx.run("INSERT INTO queue (agreement, recipient, statement, at) VALUES (?, ?, ?, ?)", agreement, recipient.text(),
             statement, now));
  return {};
}

// The control stream (no agreement) first, since what it brings may be what the others need; then the one that was
// served longest ago.
Result<std::vector<std::optional<trust::StoredAgreement>>> streams_by_turns(store::Transaction& tx, const Self& self,
                                                                            const trust::Party& peer, Time now) {
  std::map<AgreementId, std::int64_t> served;
  TRY_VOID(tx.each(
      "SELECT agreement, served FROM cursors WHERE recipient = ?",
      [&](const store::Row& row) { served[std::string(row.text(0))] = row.integer(1); }, peer.id.text()));
  std::vector<std::optional<trust::StoredAgreement>> out{std::nullopt};
  for (auto& stored : TRY(trust::in_force_between(tx, self.party, peer.id, now))) out.emplace_back(std::move(stored));
  std::stable_sort(out.begin() + 1, out.end(),
                   [&](const auto& x, const auto& y) { return served[x->agreement.id] < served[y->agreement.id]; });
  return out;
}

Result<std::optional<OpenEnvelope>> next_envelope(store::Transaction& tx, const Self& self, const trust::Party& peer,
                                                  const trust::StoredAgreement* agreement, Time now) {
  const Stream stream = TRY(stream_to(tx, peer, agreement ? agreement->agreement.id : ""));
  Hold hold{TRY(is_recovering(tx)), peer.state == trust::PeerState::Quarantined};
  if (const auto rests = TRY(resting(tx, peer.id, stream.agreement)); rests && rests->rests_at(now)) {
    if (agreement || !rests->is_quarantine()) return std::optional<OpenEnvelope>{};
    hold.quarantined_there = true;
  }
  auto envelope = TRY(open_envelope(tx, peer.id, stream.agreement));
  if (envelope && !TRY(may_still_leave(tx, self, peer, agreement, *envelope))) {
    TRY_VOID(take_out_of_service(tx, peer.id, envelope->digest));
    envelope.reset();
  }
  return envelope ? Result<std::optional<OpenEnvelope>>(std::move(envelope))
                  : seal_next(tx, self, peer, stream, agreement, hold, now);
}

// The peer has said up to where our log is proved to it, and there is more by now: two deliveries crossed on their way.
Result<bool> lacks_proof(store::Transaction& tx, const PartyId& peer) {
  const Epoch epoch = TRY(current_epoch(tx));
  return TRY(tx.integer("SELECT 1 FROM proved_to_peers WHERE party = ? AND epoch = ? AND size < ?", peer.text(),
                        epoch.id, epoch.size))
      .has_value();
}

// `envelope` null: the proof alone.
Result<std::optional<Delivery>> delivery_of(store::Transaction& tx, const Self& self, const trust::Party& peer,
                                            const OpenEnvelope* envelope, Time now) {
  Delivery out;
  const Epoch epoch = TRY(current_epoch(tx));
  const std::string note = TRY(checkpoint(tx, self, now));
  append_record(out.records, RecordType::Checkpoint, {"", note});
  append_record(out.records, RecordType::Descriptor, TRY(trust::own_party(tx)).descriptor_signed);
  const std::uint64_t from = TRY(proved_to(tx, peer));
  if (from > 0 && from < epoch.size) {
    const std::vector<Digest> hashes = TRY(consistency(tx, epoch.id, from, epoch.size));
    append_record(out.records, RecordType::Proof,
                  {"", write_proof(ConsistencyProof{epoch.id, from, epoch.size, hashes})});
  }
  if (envelope == nullptr) return std::optional(std::move(out));
  out.envelope = envelope->digest;
  out.statements = envelope->statements.size();
  TRY(tx.run("UPDATE envelopes SET checkpoint_size = ? WHERE digest = ?", epoch.size, envelope->digest));
  TRY(tx.run(
      "UPDATE cursors SET served = ? WHERE recipient = ? AND agreement = (SELECT agreement FROM envelopes WHERE digest "
      "= ?)",
      now, peer.id.text(), envelope->digest));
  TRY_VOID(append_envelope(tx, self, peer.id, out.records, envelope->object, envelope->statements, note));
  return std::optional(std::move(out));
}

}  // namespace

trust::Decision decide_to_send(const Self& self, const trust::Party& peer, const trust::StoredAgreement* agreement,
                               const Archived& statement, const trust::Label& label) {
  if (!statement.erased_reason.empty()) return {false, "release.erased", {}};
  const bool returned = statement.author == peer.id;  // its own words, also those it has retracted since
  if (returned && agreement) return {false, "release.is_the_source", {}};  // they go home where nothing else travels
  if (!returned && statement.retracted_by && statement.kind != "retract") return {false, "release.retracted", {}};
  const std::uint64_t most = peer.descriptor.limits.statement_bytes;
  if (static_cast<std::uint64_t>(statement.size_bytes) > most)
    return {false, "release.too_large_there", {std::to_string(statement.size_bytes), std::to_string(most)}};
  if (returned || kind_class(statement.kind) == KindClass::Control) {
    if (peer.state == trust::PeerState::Verified) return {true, "release.permitted", {}};
    if (peer.state == trust::PeerState::Quarantined && passes_quarantine(statement.kind))
      return {true, "release.permitted", {}};
    return {false, peer.state == trust::PeerState::Quarantined ? "release.quarantined" : "release.not_verified", {}};
  }
  return trust::decide(trust::PeerReader{peer.id, peer.state, agreement, statement.kind, label.realm}, label,
                       self.party);
}

Result<std::string> why_not_again(store::Transaction& tx, const Digest& statement, const PartyId& peer) {
  std::string out;
  TRY_VOID(tx.each(
      "SELECT state FROM ledger WHERE statement = ? AND party = ? AND direction = 'out' AND state" +
          in_states(is_final),
      [&](const store::Row& row) {
        const bool refused = delivery_state_from_name(row.text(0)) == DeliveryState::Refused;
        out = refused ? "release.refused_there" : "release.already_sent";
      },
      statement, peer.text()));
  return out;
}

Result<bool> is_on_its_way(store::Transaction& tx, const Digest& statement, const PartyId& peer) {
  if (!TRY(why_not_again(tx, statement, peer)).empty()) return true;
  return TRY(tx.integer("SELECT 1 FROM queue WHERE statement = ? AND recipient = ? LIMIT 1", statement, peer.text()))
      .has_value();
}

Result<void> enqueue(store::Transaction& tx, const VerifiedStatement& statement, const AgreementId& stream_agreement,
                     const PartyId& recipient, Time now) {
  return enqueue_row(tx, statement.digest(), stream_agreement, recipient, now);
}
Result<void> enqueue(store::Transaction& tx, const Archived& statement, const AgreementId& stream_agreement,
                     const PartyId& recipient, Time now) {
  return enqueue_row(tx, statement.digest, stream_agreement, recipient, now);
}

Result<void> seal_anew(store::Transaction& tx) {
  std::vector<std::pair<PartyId, Digest>> sealed;
  TRY_VOID(tx.each("SELECT recipient, digest FROM envelopes WHERE state = 'ready'", [&](const store::Row& row) {
    sealed.emplace_back(PartyId::parse(row.text(0)).value_or(PartyId{}), row.digest(1));
  }));
  for (const auto& [recipient, envelope] : sealed) TRY_VOID(take_out_of_service(tx, recipient, envelope));
  return {};
}

Result<std::optional<Delivery>> next_delivery(store::Transaction& tx, const Self& self, const trust::Party& peer,
                                              Time now) {
  // Until persons of both sides have compared the number, nothing is decided for this peer, so that nothing is dropped.
  if (peer.state == trust::PeerState::Invited || peer.state == trust::PeerState::Suspended)
    return std::optional<Delivery>{};
  for (const auto& agreement : TRY(streams_by_turns(tx, self, peer, now)))
    if (const auto envelope = TRY(next_envelope(tx, self, peer, agreement ? &*agreement : nullptr, now)))
      return delivery_of(tx, self, peer, &*envelope, now);
  if (TRY(lacks_proof(tx, peer.id))) return delivery_of(tx, self, peer, nullptr, now);
  return std::optional<Delivery>{};
}

}  // namespace tocsin::exchange
