#include "core/exchange/delivery.h"
#include "core/exchange/retractions.h"
#include "core/exchange/stream_cursor.h"
#include "core/trust/arguments.h"

namespace tocsin::exchange {

Result<StreamCursor> cursor(store::Transaction& tx, const PartyId& recipient, const Stream& stream) {
  StreamCursor out;
  TRY_VOID(tx.each(
      "SELECT seq, epoch, position, last_envelope FROM cursors WHERE recipient = ? AND agreement = ?",
      [&](const store::Row& row) {
        out.seq = row.integer(0);
        if (row.text(1) != stream.epoch) return;
        out.position = static_cast<std::uint64_t>(row.integer(2));
        if (!row.is_null(3)) out.last_envelope = row.digest(3);
      },
      recipient.text(), stream.agreement));
  return out;
}

Result<void> save(store::Transaction& tx, const PartyId& recipient, const Stream& stream, const StreamCursor& cursor) {
  TRY(tx.run(
      "INSERT INTO cursors (recipient, agreement, seq, epoch, position, last_envelope) VALUES (?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (recipient, agreement) DO UPDATE SET seq = excluded.seq, epoch = excluded.epoch, "
      "position = excluded.position, last_envelope = excluded.last_envelope",
      recipient.text(), stream.agreement, cursor.seq, stream.epoch, cursor.position, cursor.last_envelope));
  return {};
}

Result<void> mark_sent(store::Transaction& tx, const std::vector<Digest>& envelopes, Time now) {
  for (const Digest& envelope : envelopes)
    TRY(tx.run("UPDATE envelopes SET state = 'sent', sent = ? WHERE digest = ? AND state = 'ready'", now, envelope));
  return {};
}

Result<void> take_receipt(store::Transaction& tx, const trust::Party& peer, const Signed& object, Time now) {
  const Receipt receipt = TRY(verify_receipt(object, peer.descriptor));
  std::optional<Signed> envelope;
  std::uint64_t first = 0, count = 0;
  TRY_VOID(tx.each(
      "SELECT jws, payload, first, count FROM envelopes WHERE digest = ? AND recipient = ?",
      [&](const store::Row& row) {
        envelope = Signed{std::string(row.text(0)), std::string(base::as_text(row.blob(1)))};
        first = static_cast<std::uint64_t>(row.integer(2));
        count = static_cast<std::uint64_t>(row.integer(3));
      },
      receipt.envelope, peer.id.text()));
  if (!envelope) return fail(ErrorCode::NotFound, "receipt.unknown_envelope");
  std::vector<Digest> statements;
  TRY_VOID(tx.each(
      "SELECT statement FROM ledger WHERE envelope = ? AND direction = 'out' ORDER BY position",
      [&](const store::Row& row) { statements.push_back(row.digest(0)); }, receipt.envelope));
  if (receipt.from != first || receipt.to + 1 != first + count || receipt.statements != run_digest(statements))
    return fail(ErrorCode::Conflict, "receipt.mismatch");
  TRY(tx.run(
      "UPDATE envelopes SET state = 'receipted', receipted = ?, receipt_jws = ?, receipt_payload = ? WHERE digest = ? "
      "AND state IN ('ready', 'sent')",
      now, object.jws, base::as_bytes(object.payload), receipt.envelope));
  TRY(
      tx.run("UPDATE ledger SET state = 'receipted', receipted = ? WHERE envelope = ? AND direction = 'out' AND state "
             "= 'sent'",
             now, receipt.envelope));
  return {};
}

Result<void> take_refusal(store::Transaction& tx, const trust::Party& peer, const Digest& envelope,
                          const std::optional<Digest>& statement, const Error& reason, Time now) {
  std::optional<StreamCursor> back;
  Stream stream;
  TRY_VOID(tx.each(
      "SELECT epoch, agreement, first, seq, state FROM envelopes WHERE digest = ? AND recipient = ?",
      [&](const store::Row& row) {
        if (row.text(4) == "receipted" || row.text(4) == "void") return;
        stream = {std::string(row.text(0)), std::string(row.text(1))};
        back = StreamCursor{row.integer(3), static_cast<std::uint64_t>(row.integer(2)), {}};
      },
      envelope, peer.id.text()));
  if (!back) return {};  // receipted meanwhile, or never ours: nothing to undo
  TRY_VOID(tx.each(
      "SELECT digest FROM envelopes WHERE recipient = ? AND agreement = ? AND epoch = ? AND first < ? AND state = "
      "'receipted' "
      "ORDER BY first DESC LIMIT 1",
      [&](const store::Row& row) { back->last_envelope = row.digest(0); }, peer.id.text(), stream.agreement,
      stream.epoch, back->position));
  TRY(tx.run("UPDATE envelopes SET state = 'void' WHERE digest = ?", envelope));
  const std::string args = trust::write_arguments(reason.args);
  if (statement)
    TRY(
        tx.run("UPDATE ledger SET state = 'refused', reason = ?, reason_args = ?, at = ? WHERE envelope = ? AND "
               "statement = ? AND "
               "direction = 'out'",
               reason.id, args, now, envelope, *statement));
  else  // nobody said which: set the whole run aside rather than send it in a circle
    TRY(
        tx.run("UPDATE ledger SET state = 'refused', reason = ?, reason_args = ?, at = ? WHERE envelope = ? AND "
               "direction = 'out'",
               reason.id, args, now, envelope));
  TRY(tx.run("DELETE FROM ledger WHERE envelope = ? AND direction = 'out' AND state = 'sent'", envelope));
  return save(tx, peer.id, stream, *back);
}

}  // namespace tocsin::exchange
