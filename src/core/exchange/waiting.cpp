#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/exchange/recover.h"
#include "core/exchange/resting.h"

namespace tocsin::exchange {
namespace {

// A peer that can be reached has a new statement within a second, and one that fetches asks every 10 seconds, where
// nobody sets it otherwise: what waits longer than a few of these rounds is not on its way.
constexpr Duration kInTime = base::minutes(1);

// Condition on q, a row of the queue: nothing has been decided of it for this peer, the one argument.
std::string is_undecided() {
  return "NOT EXISTS (SELECT 1 FROM ledger l WHERE l.statement = q.statement AND l.party = ? AND l.direction = 'out' "
         "AND l.state" +
         in_states(is_decided) + ")";
}

// The control stream is always there.
Result<std::vector<AgreementId>> streams_to(store::Transaction& tx, const trust::Party& peer, const Self& self,
                                            Time now) {
  std::vector<AgreementId> out{""};
  for (const auto& stored : TRY(trust::in_force_between(tx, self.party, peer.id, now)))
    out.push_back(stored.agreement.id);
  return out;
}

}  // namespace

Result<std::vector<AgreementId>> waits_in(store::Transaction& tx, const Digest& statement, const trust::Party& peer,
                                          const Self& self, Time now) {
  std::vector<AgreementId> out;
  const std::string sql =
      "SELECT 1 FROM queue q WHERE q.statement = ? AND q.agreement = ? AND (q.recipient = '' OR q.recipient = ?) AND " +
      is_undecided() + " LIMIT 1";
  for (const AgreementId& stream : TRY(streams_to(tx, peer, self, now)))
    if (TRY(tx.integer(sql, statement, stream, peer.id.text(), peer.id.text()))) out.push_back(stream);
  return out;
}

Result<std::optional<Error>> what_keeps(store::Transaction& tx, const AgreementId& stream, const trust::Party& peer,
                                        const Self& self, Time now, const trust::Scope* scope) {
  const auto because = [](std::string_view id) {
    return std::optional(Error{ErrorCode::Unavailable, std::string(id), {}, {}});
  };
  if (peer.state == trust::PeerState::Invited) return because("release.not_verified");
  if (peer.state == trust::PeerState::Suspended) return because("peers.suspended_here");
  if (peer.state == trust::PeerState::Quarantined) return because("release.quarantined");
  if (TRY(is_recovering(tx))) return because("delivery.recovering");
  if (auto rests = TRY(resting(tx, peer.id, stream))) return std::optional(std::move(rests->reason));
  return why_late(tx, peer, self, now, scope);
}

Result<Waiting> waiting_for(store::Transaction& tx, const trust::Party& peer, const Self& self, Time now,
                            const trust::Scope* scope) {
  const std::string known = scope ? " AND " + readable(*scope, "s") : "";
  Waiting out;
  const auto add = [&](const store::Row& row) {
    out.statements += row.integer(0);
    if (!row.is_null(1)) out.since = std::min(out.since.value_or(row.time(1)), row.time(1));
  };
  for (const AgreementId& agreement : TRY(streams_to(tx, peer, self, now))) {
    const std::int64_t before = out.statements;
    TRY_VOID(tx.each(
        "SELECT COUNT(*), MIN(q.at) FROM queue q JOIN statements s ON s.digest = q.statement WHERE q.agreement = ? AND "
        "(q.recipient = '' OR q.recipient = ?) AND "
        "q.seq > COALESCE((SELECT seq FROM cursors WHERE recipient = ? AND agreement = ?), 0) AND " +
            is_undecided() + known,
        add, agreement, peer.id.text(), peer.id.text(), agreement, peer.id.text()));
    TRY_VOID(tx.each(
        "SELECT COUNT(*), MIN(e.made) FROM envelopes e JOIN ledger l ON l.envelope = e.digest JOIN statements s ON "
        "s.digest = l.statement WHERE e.recipient = ? AND e.agreement = ? AND e.state = 'ready'" +
            known,
        add, peer.id.text(), agreement));
    if (out.statements == before || out.refused) continue;
    if (auto rests = TRY(resting(tx, peer.id, agreement))) out.refused = std::move(rests->reason);
  }
  return out;
}

Result<std::optional<Error>> why_late(store::Transaction& tx, const trust::Party& peer, const Self& self, Time now,
                                      const trust::Scope* scope) {
  // Persons put a peer in quarantine and know why; this is what the node has done by itself.
  if (peer.state == trust::PeerState::Suspended)
    return std::optional(Error{ErrorCode::Forbidden, "peers.suspended_here", {}, {}});
  const Waiting waiting = TRY(waiting_for(tx, peer, self, now, scope));
  if (waiting.statements > 0 && !peer.undelivered_id.empty())
    return std::optional(Error{ErrorCode::Unavailable, peer.undelivered_id, peer.undelivered_args, {}});
  if (waiting.refused) return waiting.refused;
  if (peer.failures > 0) return std::optional(Error{ErrorCode::Unavailable, peer.failure_id, peer.failure_args, {}});
  // What may not leave now waits as it should.
  if (peer.state != trust::PeerState::Verified || TRY(is_recovering(tx))) return std::optional<Error>{};
  if (!waiting.since || *waiting.since + kInTime >= now) return std::optional<Error>{};
  return std::optional(Error{ErrorCode::Unavailable, "delivery.no_receipt", {}, {}});
}

}  // namespace tocsin::exchange
