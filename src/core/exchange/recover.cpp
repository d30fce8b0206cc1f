#include "core/exchange/recover.h"

#include <algorithm>
#include <array>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxCheckpoints = 1000;

// What was asked after an earlier restore, and not answered when the backup was made, is asked again.
Result<void> add_what_was_not_answered(store::Transaction& tx, const PartyId& peer, RecoverRequest& request) {
  std::optional<Digest> asked;
  TRY_VOID(tx.each(
      "SELECT statement FROM recoveries WHERE party = ? AND answered IS NULL",
      [&](const store::Row& row) { asked = row.digest(0); }, peer.text()));
  if (!asked) return {};
  const json::Value statement = TRY(json::parse(TRY(signed_bytes(tx, *asked)).payload));
  const json::Value* body = statement.find("body");
  const RecoverRequest before = TRY(read_recover(body ? *body : json::Value()));
  for (auto& known : request.epochs)
    for (const auto& earlier : before.epochs)
      if (earlier.epoch == known.epoch && earlier.open) known.open = true;
  request.sent.insert(request.sent.end(), before.sent.begin(), before.sent.end());
  return {};
}

Result<RecoverRequest> what_the_backup_holds(store::Transaction& tx, const PartyId& peer, const std::string& present) {
  RecoverRequest out;
  TRY_VOID(tx.each(
      "SELECT epoch, size FROM log_epochs WHERE epoch <> ? ORDER BY number",
      [&](const store::Row& row) {
        out.epochs.push_back({std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1))});
      },
      present));
  if (!out.epochs.empty()) out.epochs.back().open = true;
  TRY_VOID(tx.each(
      "SELECT generation, agreement, position FROM inbound WHERE sender = ? ORDER BY generation, agreement",
      [&](const store::Row& row) {
        out.streams.push_back(
            {Stream::of(row.text(0), std::string(row.text(1))), static_cast<std::uint64_t>(row.integer(2))});
      },
      peer.text()));
  // An envelope without a receipt may have been set aside since, and others have gone at its place.
  TRY_VOID(tx.each(
      "SELECT c.generation, c.agreement, COALESCE((SELECT MIN(e.first) FROM envelopes e WHERE e.recipient = "
      "c.recipient "
      "AND e.agreement = c.agreement AND e.generation = c.generation AND e.state = 'ready'), c.position) FROM cursors "
      "c "
      "WHERE c.recipient = ? ORDER BY c.agreement",
      [&](const store::Row& row) {
        out.sent.push_back(
            {Stream::of(row.text(0), std::string(row.text(1))), static_cast<std::uint64_t>(row.integer(2))});
      },
      peer.text()));
  TRY_VOID(add_what_was_not_answered(tx, peer, out));
  return out;
}

Result<void> ask(store::Transaction& tx, const Self& self, const PartyId& peer, Time now) {
  Statement statement;
  statement.kind = "recover";
  statement.body = write_recover(TRY(what_the_backup_holds(tx, peer, TRY(current_epoch(tx)).id)));
  const VerifiedStatement asked = TRY(issue(tx, self, std::move(statement), {}, now));
  TRY_VOID(enqueue(tx, asked, "", peer, now));
  TRY(
      tx.run("INSERT INTO recoveries (party, statement, asked, returned) VALUES (?, ?, ?, 0) ON CONFLICT (party) DO "
             "UPDATE SET statement = excluded.statement, asked = excluded.asked, answered = NULL, answered_in = NULL, "
             "waived = NULL, waived_by = NULL, returned = 0, held = 0",
             peer.text(), asked.digest(), now));
  return {};
}

// What was not receipted is queued again.
Result<void> restart_streams(store::Transaction& tx) {
  TRY(
      tx.run("UPDATE cursors SET seq = (SELECT MIN(e.seq) FROM envelopes e WHERE e.recipient = cursors.recipient AND "
             "e.agreement = cursors.agreement AND e.state = 'ready') WHERE EXISTS (SELECT 1 FROM envelopes e WHERE "
             "e.recipient = cursors.recipient AND e.agreement = cursors.agreement AND e.state = 'ready')"));
  // Whether it arrived is not known any more: it goes again, and a retraction of it goes there too.
  TRY(tx.run("UPDATE ledger SET state = ?, envelope = NULL WHERE direction = 'out' AND state = ?",
             name(DeliveryState::Unsure), name(DeliveryState::Sent)));
  TRY(tx.run("UPDATE envelopes SET state = 'void' WHERE state = 'ready'"));
  return {};
}

// What we had handed to the peer, as it says itself.
Result<void> take_held(store::Transaction& tx, const Self& self, const PartyId& peer, const json::Value& body,
                       Time now) {
  const auto malformed = [] { return fail(ErrorCode::Malformed, "recover.malformed", {"held"}); };
  const json::Value* held = body.find("held");
  if (!held || !held->array() || held->array()->size() > kMaxHeldInOne) return malformed();
  const auto count = static_cast<std::int64_t>(held->array()->size());
  TRY(tx.run("UPDATE recoveries SET held = held + ? WHERE party = ?", count, peer.text()));
  const auto in_all = TRY(tx.integer("SELECT held FROM recoveries WHERE party = ?", peer.text()));
  if (static_cast<std::size_t>(in_all.value_or(0)) > kMaxHeld) return malformed();
  const std::string epoch = TRY(current_epoch(tx)).id;
  for (const json::Value& entry : *held->array()) {
    const auto statement = Digest::from_base64url(entry.text("statement"));
    const auto author = PartyId::parse(entry.text("author"));
    LedgerEntry row{peer,
                    "out",
                    DeliveryState::Receipted,
                    {},
                    entry.text("kind"),
                    {epoch, entry.text("agreement")},
                    {},
                    {},
                    "ledger.recovered",
                    {},
                    0,
                    false};
    if (!statement || !author || kind_class(row.kind) != KindClass::Content || !base::is_uuid(row.stream.agreement))
      return malformed();
    if (TRY(tx.integer("SELECT 1 FROM ledger WHERE statement = ? AND party = ? AND direction = 'out' AND state" +
                           in_states(may_be_there),
                       *statement, peer.text())))
      continue;
    row.statement = *statement;
    row.onward = *author != self.party;
    TRY_VOID(enter(tx, row, now));
    TRY_VOID(let_retractions_follow(tx, *statement, *author, peer, now));
  }
  return {};
}

}  // namespace

bool waits_for_recovery(std::string_view kind) {
  // Each of these is something new and contradicts nothing that was said before: the bell still rings.
  constexpr std::array<std::string_view, 8> kPass = {"recover",  "descriptor", "ack",  "alert",
                                                     "sighting", "retract",    "ping", "pong"};
  return std::find(kPass.begin(), kPass.end(), kind) == kPass.end();
}

Result<void> ask_peers(store::Transaction& tx, const Self& self, Time now) {
  for (const trust::Party& peer : TRY(trust::peers(tx)))
    if (peer.state != trust::PeerState::Invited) TRY_VOID(ask(tx, self, peer.id, now));
  return restart_streams(tx);
}

Result<void> ask_late(store::Transaction& tx, const Self& self, const PartyId& peer, std::string_view by, Time now) {
  if (TRY(current_epoch(tx)).number <= 1) return {};
  if (TRY(tx.integer("SELECT 1 FROM recoveries WHERE party = ?", peer.text()))) return {};
  TRY_VOID(ask(tx, self, peer, now));
  TRY(tx.run("UPDATE recoveries SET waived = ?, waived_by = ? WHERE party = ?", now, by, peer.text()));
  return {};
}

Result<Novelty> take_back(store::Transaction& tx, const Self& self, const VerifiedStatement& statement,
                          const PartyId& from, Time now) {
  const Novelty found = TRY(keep_own(tx, self, statement, now));
  const auto known =
      TRY(tx.integer("SELECT 1 FROM ledger WHERE statement = ? AND party = ? AND direction = 'out' AND "
                     "state" +
                         in_states(has_gone),
                     statement.digest(), from.text()));
  const std::string epoch = TRY(current_epoch(tx)).id;
  if (!known)
    TRY_VOID(enter(tx,
                   {from,
                    "out",
                    DeliveryState::Receipted,
                    statement.digest(),
                    statement->kind,
                    {epoch, statement->agreement},
                    {},
                    {},
                    "ledger.recovered",
                    {},
                    static_cast<std::int64_t>(statement.signed_bytes().payload.size()),
                    false},
                   now));
  // A holder of a retraction is one of whom it was asked. That it gives it back says that it has applied it, also where
  // it was confirmed to another, who had passed it on.
  if (statement->kind == "retract") {
    TRY_VOID(expect_confirmation(tx, statement.digest(), from));
    const auto open =
        TRY(tx.integer("SELECT 1 FROM retraction_holders WHERE retraction = ? AND party = ? AND at IS NULL",
                       statement.digest(), from.text()));
    if (open) TRY(take_confirmation(tx, statement.digest(), {from, now, 0, 0}));
  }
  // Our retraction of it may have come back before it did, from another.
  TRY_VOID(let_retractions_follow(tx, statement.digest(), self.party, from, now));
  if (found == Novelty::New) TRY(tx.run("UPDATE recoveries SET returned = returned + 1 WHERE party = ?", from.text()));
  return found;
}

Result<bool> is_present(store::Transaction& tx, const PartyId& peer, const Stream& stream) {
  std::optional<Digest> asked;
  std::string answered_in;
  TRY_VOID(tx.each(
      "SELECT statement, answered_in FROM recoveries WHERE party = ?",
      [&](const store::Row& row) {
        asked = row.digest(0);
        if (!row.is_null(1)) answered_in = row.text(1);
      },
      peer.text()));
  return stream.recovery ? stream.recovery == asked : answered_in != stream.epoch;
}

Result<bool> is_asked_anew(store::Transaction& tx, const PartyId& peer, const Digest& statement) {
  return TRY(tx.integer("SELECT 1 FROM recoveries WHERE party = ? AND statement <> ?", peer.text(), statement))
      .has_value();
}

Result<void> take_recover_ack(store::Transaction& tx, const Self& self, const PartyId& peer, const Digest& asked,
                              const json::Value& body, Time now) {
  const json::Value* notes = body.find("checkpoints");
  if (!notes || !notes->array() || notes->array()->size() > kMaxCheckpoints)
    return fail(ErrorCode::Malformed, "recover.malformed", {"checkpoints"});
  if (!TRY(tx.integer("SELECT 1 FROM recoveries WHERE party = ? AND statement = ?", peer.text(), asked)))
    return fail(ErrorCode::NotFound, "recover.nobody_asked");
  if (TRY(tx.integer("SELECT 1 FROM recoveries WHERE party = ? AND answered IS NOT NULL", peer.text()))) return {};
  TRY_VOID(take_held(tx, self, peer, body, now));
  if (const json::Value* more = body.find("more"); more && more->boolean() && *more->boolean()) return {};
  const trust::Party party = TRY(trust::party(tx, peer));
  TRY(tx.run("UPDATE recoveries SET answered = ?, answered_in = ? WHERE party = ? AND answered IS NULL", now,
             party.descriptor.log.id, peer.text()));
  // Whoever answers has read the question, also where its receipt was lost.
  TRY(
      tx.run("UPDATE ledger SET state = ?, receipted = ? WHERE statement = ? AND party = ? AND direction = 'out' AND "
             "state = ?",
             name(DeliveryState::Receipted), now, asked, peer.text(), name(DeliveryState::Sent)));
  return {};
}

Result<std::vector<Recovery>> recoveries(store::Transaction& tx) {
  std::vector<Recovery> out;
  constexpr std::string_view kSelect =
      "SELECT r.party, r.asked, r.answered, r.returned, r.waived_by, r.waived, p.state "
      "FROM recoveries r JOIN parties p ON p.party = r.party ORDER BY r.party";
  TRY_VOID(tx.each(kSelect, [&](const store::Row& row) {
    Recovery r;
    r.peer = PartyId::parse(row.text(0)).value_or(PartyId{});
    r.asked = row.time(1);
    if (!row.is_null(2)) r.answered = row.time(2);
    r.returned = row.integer(3);
    r.waived_by = row.text(4);
    if (!row.is_null(5)) r.waived = row.time(5);
    r.waiting = !r.answered && !r.waived && row.text(6) == trust::name(trust::PeerState::Verified);
    out.push_back(std::move(r));
  }));
  return out;
}

Result<bool> is_recovering(store::Transaction& tx) {
  const auto all = TRY(recoveries(tx));
  return std::any_of(all.begin(), all.end(), [](const Recovery& recovery) { return recovery.waiting; });
}

Result<void> stop_waiting(store::Transaction& tx, std::string_view by, Time now) {
  TRY(tx.run("UPDATE recoveries SET waived = ?, waived_by = ? WHERE answered IS NULL AND waived IS NULL", now, by));
  return {};
}

}  // namespace tocsin::exchange
