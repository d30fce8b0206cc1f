#include "core/exchange/recover.h"

#include <algorithm>
#include <array>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxCheckpoints = 1000;

Result<RecoverRequest> what_the_backup_holds(store::Transaction& tx, const PartyId& peer, const std::string& present) {
  RecoverRequest out;
  TRY_VOID(tx.each(
      "SELECT epoch, size FROM log_epochs WHERE epoch <> ? ORDER BY number",
      [&](const store::Row& row) {
        out.epochs.push_back({std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1))});
      },
      present));
  TRY_VOID(tx.each(
      "SELECT epoch, agreement, position, last_envelope FROM inbound WHERE sender = ? ORDER BY epoch, agreement",
      [&](const store::Row& row) {
        out.streams.push_back({{std::string(row.text(0)), std::string(row.text(1))},
                               static_cast<std::uint64_t>(row.integer(2)),
                               row.is_null(3) ? std::nullopt : std::optional(row.digest(3))});
      },
      peer.text()));
  return out;
}

// What was not receipted is queued again, and what is queued is said again in the present epoch, so that its proofs are
// of this epoch's log.
Result<void> restart_streams(store::Transaction& tx, Time now) {
  TRY(tx.run(
      "UPDATE cursors SET seq = (SELECT MIN(e.seq) FROM envelopes e WHERE e.recipient = cursors.recipient AND "
      "e.agreement = cursors.agreement AND e.state IN ('ready', 'sent')) WHERE EXISTS (SELECT 1 FROM envelopes e WHERE "
      "e.recipient = cursors.recipient AND e.agreement = cursors.agreement AND e.state IN ('ready', 'sent'))"));
  TRY(tx.run("DELETE FROM ledger WHERE direction = 'out' AND state = 'sent'"));
  TRY(tx.run("UPDATE envelopes SET state = 'void' WHERE state IN ('ready', 'sent')"));
  std::vector<LeafRow> unsaid;
  TRY_VOID(tx.each(
      "SELECT DISTINCT s.digest, s.kind FROM queue q JOIN statements s ON s.digest = q.statement WHERE "
      "s.erased_reason IS NULL AND EXISTS (SELECT 1 FROM log_leaves l WHERE l.statement = s.digest) AND NOT EXISTS "
      "(SELECT 1 FROM log_leaves l WHERE l.statement = s.digest AND l.epoch = ?) AND q.seq > COALESCE((SELECT "
      "MIN(c.seq) FROM cursors c WHERE c.agreement = q.agreement), 0) ORDER BY s.digest",
      [&](const store::Row& row) {
        LeafRow leaf;
        leaf.statement = row.digest(0);
        leaf.kind = row.text(1);
        unsaid.push_back(std::move(leaf));
      },
      TRY(current_epoch(tx)).id));
  for (const LeafRow& leaf : unsaid) TRY(append_leaf(tx, leaf.statement, leaf.kind, now));
  return {};
}

// The epoch of one of our own checkpoints: its first line is "tocsin/<party>/<epoch>".
std::string epoch_of(const PartyId& self, std::string_view note) {
  const std::string prefix = origin(self, "");
  const std::string_view first = note.substr(0, note.find('\n'));
  return first.starts_with(prefix) ? std::string(first.substr(prefix.size())) : "";
}

Result<void> keep_epoch_end(store::Transaction& tx, const Self& self, const PartyId& peer, const std::string& note,
                            Time now) {
  const std::string epoch = epoch_of(self.party, note);
  const auto head = TRY(merkle::open_checkpoint(note, origin(self.party, epoch), self.keys->log.public_key()));
  TRY(
      tx.run("INSERT INTO epoch_ends (epoch, size, note, shown_by, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (epoch) DO "
             "UPDATE SET size = excluded.size, note = excluded.note, shown_by = excluded.shown_by, at = excluded.at "
             "WHERE excluded.size > epoch_ends.size",
             epoch, head.size, note, peer.text(), now));
  return {};
}

}  // namespace

bool waits_for_recovery(std::string_view kind) {
  // Each of these is something new and contradicts nothing that was said before: the bell still rings.
  constexpr std::array<std::string_view, 7> kPass = {"recover", "ack", "alert", "sighting", "retract", "ping", "pong"};
  return std::find(kPass.begin(), kPass.end(), kind) == kPass.end();
}

Result<void> ask_peers(store::Transaction& tx, const Self& self, Time now) {
  const std::string present = TRY(current_epoch(tx)).id;
  for (const trust::Party& peer : TRY(trust::peers(tx))) {
    if (!peer.verified_at) continue;
    Statement statement;
    statement.kind = "recover";
    statement.body = write_recover(TRY(what_the_backup_holds(tx, peer.id, present)));
    const VerifiedStatement asked = TRY(issue(tx, self, std::move(statement), {}, now));
    TRY_VOID(enqueue(tx, asked, "", peer.id, now));
    TRY(
        tx.run("INSERT INTO recoveries (party, statement, asked, returned) VALUES (?, ?, ?, 0) ON CONFLICT (party) DO "
               "UPDATE SET statement = excluded.statement, asked = excluded.asked, answered = NULL, waived = NULL, "
               "waived_by = NULL, returned = 0",
               peer.id.text(), asked.digest(), now));
  }
  return restart_streams(tx, now);
}

Result<Novelty> take_back(store::Transaction& tx, const Self& self, const VerifiedStatement& statement,
                          const PartyId& from, Time now) {
  const Novelty found = TRY(keep_own(tx, self, statement, now));
  const auto known =
      TRY(tx.integer("SELECT 1 FROM ledger WHERE statement = ? AND party = ? AND direction = 'out' AND "
                     "state IN ('sent', 'receipted')",
                     statement.digest(), from.text()));
  if (!known)
    TRY_VOID(enter(tx,
                   {from,
                    "out",
                    "receipted",
                    statement.digest(),
                    statement->kind,
                    {TRY(current_epoch(tx)).id, statement->agreement},
                    {},
                    {},
                    "ledger.recovered",
                    {},
                    static_cast<std::int64_t>(statement.signed_bytes().payload.size()),
                    false},
                   now));
  // A holder of a retraction is one of whom it was asked; its ack comes again too.
  if (statement->kind == "retract") TRY_VOID(expect_confirmation(tx, statement.digest(), from));
  if (found == Novelty::New) TRY(tx.run("UPDATE recoveries SET returned = returned + 1 WHERE party = ?", from.text()));
  return found;
}

Result<void> take_recover_ack(store::Transaction& tx, const Self& self, const PartyId& peer, const Digest& asked,
                              const json::Value& body, Time now) {
  const json::Value* notes = body.find("checkpoints");
  if (!notes || !notes->array() || notes->array()->size() > kMaxCheckpoints)
    return fail(ErrorCode::Malformed, "recover.malformed", {"checkpoints"});
  if (!TRY(tx.integer("SELECT 1 FROM recoveries WHERE party = ? AND statement = ?", peer.text(), asked)))
    return fail(ErrorCode::NotFound, "recover.nobody_asked");
  for (const auto& note : *notes->array()) {
    if (!note.string()) return fail(ErrorCode::Malformed, "recover.malformed", {"checkpoints"});
    TRY_VOID(keep_epoch_end(tx, self, peer, *note.string(), now));
  }
  TRY(tx.run("UPDATE recoveries SET answered = ? WHERE party = ? AND answered IS NULL", now, peer.text()));
  return {};
}

Result<std::vector<Recovery>> recoveries(store::Transaction& tx) {
  std::vector<Recovery> out;
  TRY_VOID(tx.each("SELECT party, asked, answered, returned, waived_by, waived FROM recoveries ORDER BY party",
                   [&](const store::Row& row) {
                     Recovery r;
                     r.peer = PartyId::parse(row.text(0)).value_or(PartyId{});
                     r.asked = row.time(1);
                     if (!row.is_null(2)) r.answered = row.time(2);
                     r.returned = row.integer(3);
                     r.waived_by = row.text(4);
                     if (!row.is_null(5)) r.waived = row.time(5);
                     out.push_back(std::move(r));
                   }));
  return out;
}

Result<bool> is_recovering(store::Transaction& tx) {
  return TRY(tx.integer("SELECT 1 FROM recoveries r JOIN parties p ON p.party = r.party WHERE r.answered IS NULL AND "
                        "r.waived IS NULL AND p.state = ? LIMIT 1",
                        trust::name(trust::PeerState::Verified)))
      .has_value();
}

Result<void> stop_waiting(store::Transaction& tx, std::string_view by, Time now) {
  TRY(tx.run("UPDATE recoveries SET waived = ?, waived_by = ? WHERE answered IS NULL AND waived IS NULL", now, by));
  return {};
}

}  // namespace tocsin::exchange
