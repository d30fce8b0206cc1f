#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/log.h"
#include "core/exchange/recover.h"
#include "core/exchange/resting.h"
#include "core/exchange/retractions.h"
#include "core/exchange/stream_cursor.h"
#include "core/trust/arguments.h"

namespace tocsin::exchange {

Result<StreamCursor> cursor(store::Transaction& tx, const PartyId& recipient, const Stream& stream) {
  StreamCursor out;
  TRY_VOID(tx.each(
      "SELECT seq, generation, position, last_envelope FROM cursors WHERE recipient = ? AND agreement = ?",
      [&](const store::Row& row) {
        out.seq = row.integer(0);
        if (row.text(1) != stream.generation()) return;
        out.position = static_cast<std::uint64_t>(row.integer(2));
        if (!row.is_null(3)) out.last_envelope = row.digest(3);
      },
      recipient.text(), stream.agreement));
  return out;
}

Result<void> save(store::Transaction& tx, const PartyId& recipient, const Stream& stream, const StreamCursor& cursor) {
  TRY(tx.run(
      "INSERT INTO cursors (recipient, agreement, seq, generation, position, last_envelope) VALUES (?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (recipient, agreement) DO UPDATE SET seq = excluded.seq, generation = excluded.generation, "
      "position = excluded.position, last_envelope = excluded.last_envelope",
      recipient.text(), stream.agreement, cursor.seq, stream.generation(), cursor.position, cursor.last_envelope));
  return {};
}

namespace {

struct SealedEnvelope {
  Envelope envelope;
  std::string state;  // "ready", "receipted", "void"
  std::int64_t seq;   // of the queue, before its first statement
};

Result<std::optional<SealedEnvelope>> sealed(store::Transaction& tx, const PartyId& recipient, const Digest& digest) {
  std::string payload;
  SealedEnvelope out;
  TRY_VOID(tx.each(
      "SELECT payload, state, seq FROM envelopes WHERE digest = ? AND recipient = ?",
      [&](const store::Row& row) {
        payload = base::as_text(row.blob(0));
        out.state = row.text(1);
        out.seq = row.integer(2);
      },
      digest, recipient.text()));
  if (payload.empty()) return std::optional<SealedEnvelope>{};
  out.envelope = TRY(read_envelope(TRY(json::parse(payload))));
  return std::optional(std::move(out));
}

bool seemed_not_to_arrive(DeliveryState state) {
  return state == DeliveryState::Refused || state == DeliveryState::Withheld || state == DeliveryState::Unsure;
}

// An envelope that we had set aside has arrived after all: a copy of it was still on its way when the recipient's
// refusal came, and when it arrived the reason was gone. What was sealed in its place can never be accepted. The stream
// goes on behind it.
Result<void> arrived_after_all(store::Transaction& tx, const PartyId& recipient, const Digest& digest,
                               const SealedEnvelope& late, Time now) {
  const Envelope& envelope = late.envelope;
  const Stream& stream = envelope.stream;
  const std::uint64_t end = envelope.first + envelope.statements.size();
  if (TRY(tx.integer("SELECT 1 FROM envelopes WHERE recipient = ? AND agreement = ? AND generation = ? AND state = "
                     "'receipted' AND first + count > ? LIMIT 1",
                     recipient.text(), stream.agreement, stream.generation(), envelope.first)))
    return fail(ErrorCode::Conflict, "receipt.mismatch");  // it has signed for something else at this place
  std::vector<Digest> in_its_place;
  TRY_VOID(tx.each(
      "SELECT digest FROM envelopes WHERE recipient = ? AND agreement = ? AND generation = ? AND state = 'ready'",
      [&](const store::Row& row) { in_its_place.push_back(row.digest(0)); }, recipient.text(), stream.agreement,
      stream.generation()));
  for (const Digest& other : in_its_place) {
    TRY(tx.run("UPDATE envelopes SET state = 'void' WHERE digest = ?", other));
    TRY_VOID(forget_sent(tx, other));
  }
  std::uint64_t position = envelope.first;
  for (const Digest& digest_of_one : envelope.statements) {
    const Archived statement = TRY(archived(tx, digest_of_one));
    TRY(tx.run(
        "DELETE FROM ledger WHERE statement = ? AND party = ? AND agreement = ? AND direction = 'out' AND state" +
            in_states(seemed_not_to_arrive),
        digest_of_one, recipient.text(), stream.agreement));
    TRY_VOID(enter_sent(tx, envelope, digest, statement, position++, now));
    TRY_VOID(let_retractions_follow(tx, statement.digest, statement.author, recipient, now));
  }
  // What was sealed meanwhile stands in the queue behind `seq`; what has been decided of it is not served again.
  return save(tx, recipient, stream, {late.seq, end, digest});
}

}  // namespace

Result<bool> take_receipt(store::Transaction& tx, const trust::Party& peer, const Signed& object, Time now) {
  const Receipt receipt = TRY(verify_receipt(object, peer.descriptor));
  const auto sealed_one = TRY(sealed(tx, peer.id, receipt.envelope));
  if (!sealed_one) return fail(ErrorCode::NotFound, "receipt.unknown_envelope");
  const Envelope& envelope = sealed_one->envelope;
  if (!confirms(receipt, envelope)) return fail(ErrorCode::Conflict, "receipt.mismatch");
  if (sealed_one->state == "receipted") return false;
  // Of a stream that has begun anew since: what it speaks of is on its way again.
  if (envelope.stream != TRY(stream_to(tx, peer, envelope.stream.agreement))) return false;
  if (sealed_one->state == "void") TRY_VOID(arrived_after_all(tx, peer.id, receipt.envelope, *sealed_one, now));
  TRY(tx.run(
      "UPDATE envelopes SET state = 'receipted', receipted = ?, receipt_jws = ?, receipt_payload = ? WHERE digest = ?",
      now, object.jws, base::as_bytes(object.payload), receipt.envelope));
  TRY(tx.run("UPDATE ledger SET state = ?, receipted = ? WHERE envelope = ? AND direction = 'out' AND state = ?",
             name(DeliveryState::Receipted), now, receipt.envelope, name(DeliveryState::Sent)));
  // What was not known to have arrived, because it had been sealed before and taken out again, has arrived now.
  TRY(tx.run(
      "DELETE FROM ledger WHERE party = ? AND direction = 'out' AND state = ? AND statement IN (SELECT statement "
      "FROM ledger WHERE envelope = ? AND direction = 'out')",
      peer.id.text(), name(DeliveryState::Unsure), receipt.envelope));
  TRY_VOID(trust::note_delivered(tx, peer.id));
  TRY_VOID(note_accepted(tx, peer.id, envelope.stream.agreement, now));
  return true;
}

Result<void> take_proved(store::Transaction& tx, const PartyId& peer, std::string_view note) {
  const Epoch epoch = TRY(current_epoch(tx));
  if (note.empty()) {
    TRY(tx.run("DELETE FROM proved_to_peers WHERE party = ?", peer.text()));
    return {};
  }
  const auto proved = TRY(open_checkpoint(note, TRY(trust::own_party(tx)).descriptor, epoch.id));
  TRY(tx.run(
      "INSERT INTO proved_to_peers (party, epoch, size) VALUES (?, ?, ?) ON CONFLICT (party) DO UPDATE SET epoch = "
      "excluded.epoch, size = excluded.size",
      peer.text(), epoch.id, std::min(proved.size, epoch.size)));
  return {};
}

Result<bool> set_aside(store::Transaction& tx, const PartyId& recipient, const Digest& envelope) {
  const auto found = TRY(sealed(tx, recipient, envelope));
  if (!found || found->state != "ready") return false;
  const Stream& stream = found->envelope.stream;
  StreamCursor back{found->seq, found->envelope.first, {}};
  TRY_VOID(tx.each(
      "SELECT digest FROM envelopes WHERE recipient = ? AND agreement = ? AND generation = ? AND first < ? AND state = "
      "'receipted' ORDER BY first DESC LIMIT 1",
      [&](const store::Row& row) { back.last_envelope = row.digest(0); }, recipient.text(), stream.agreement,
      stream.generation(), back.position));
  TRY(tx.run("UPDATE envelopes SET state = 'void' WHERE digest = ?", envelope));
  TRY_VOID(save(tx, recipient, stream, back));
  return true;
}

Result<bool> take_refusal(store::Transaction& tx, const trust::Party& peer, const Digest& envelope,
                          const std::optional<Digest>& statement, const Error& reason, Time now) {
  if (!TRY(set_aside(tx, peer.id, envelope))) return false;
  const std::string args = trust::write_arguments(reason.args);
  if (statement)
    TRY(
        tx.run("UPDATE ledger SET state = ?, reason = ?, reason_args = ?, at = ? WHERE envelope = ? AND "
               "statement = ? AND "
               "direction = 'out'",
               name(DeliveryState::Refused), reason.id, args, now, envelope, *statement));
  else  // nobody said which: set the whole run aside rather than send it in a circle
    TRY(
        tx.run("UPDATE ledger SET state = ?, reason = ?, reason_args = ?, at = ? WHERE envelope = ? AND "
               "direction = 'out'",
               name(DeliveryState::Refused), reason.id, args, now, envelope));
  TRY_VOID(forget_sent(tx, envelope));
  return true;
}

}  // namespace tocsin::exchange
