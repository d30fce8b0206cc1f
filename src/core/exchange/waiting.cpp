#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/exchange/recover.h"
#include "core/exchange/resting.h"

namespace tocsin::exchange {
namespace {

// A peer that can be reached has a new statement within a second, and one that fetches asks every 10 seconds, where
// nobody sets it otherwise: what waits longer than a few of these rounds is not on its way.
constexpr Duration kInTime = base::minutes(1);

}  // namespace

// What is final is skipped when its turn comes; what was withheld once is decided again where it stands anew.
Result<std::vector<InQueue>> in_queue(store::Transaction& tx, const Digest& statement, const PartyId& peer) {
  std::vector<InQueue> out;
  if (!TRY(why_not_again(tx, statement, peer)).empty()) return out;
  TRY_VOID(tx.each(
      "SELECT q.agreement, MIN(q.at) FROM queue q WHERE q.statement = ? AND (q.recipient = '' OR q.recipient = ?) AND "
      "q.seq > COALESCE((SELECT c.seq FROM cursors c WHERE c.recipient = ? AND c.agreement = q.agreement), 0) "
      "GROUP BY q.agreement ORDER BY q.agreement",
      [&](const store::Row& row) {
        out.push_back({std::string(row.text(0)), row.time(1)});
      },
      statement, peer.text(), peer.text()));
  return out;
}

Result<std::optional<Error>> what_keeps(store::Transaction& tx, const InQueue& place, std::string_view kind,
                                        const trust::Party& peer, Time now) {
  const auto because = [](std::string_view id) {
    return std::optional(Error{ErrorCode::Unavailable, std::string(id), {}, {}});
  };
  if (peer.state == trust::PeerState::Suspended) return because("peers.suspended_here");
  if (TRY(is_recovering(tx)) && waits_for_recovery(kind)) return because("delivery.recovering");
  if (auto rests = TRY(resting(tx, peer.id, place.agreement))) return std::optional(std::move(rests->reason));
  if (peer.failures > 0) return std::optional(Error{ErrorCode::Unavailable, peer.failure_id, peer.failure_args, {}});
  return place.since + kInTime < now ? because("delivery.no_receipt") : std::optional<Error>{};
}

Result<Waiting> waiting_for(store::Transaction& tx, const trust::Party& peer, const Self& self, Time now,
                            const trust::Scope* scope) {
  const std::string known = scope ? " AND " + readable(*scope, "s") : "";
  std::vector<AgreementId> streams{""};
  for (const auto& stored : TRY(trust::in_force_between(tx, self.party, peer.id, now)))
    streams.push_back(stored.agreement.id);
  Waiting out;
  const auto add = [&](const store::Row& row) {
    out.statements += row.integer(0);
    if (!row.is_null(1)) out.since = std::min(out.since.value_or(row.time(1)), row.time(1));
  };
  for (const AgreementId& agreement : streams) {
    const std::int64_t before = out.statements;
    TRY_VOID(tx.each(
        "SELECT COUNT(*), MIN(q.at) FROM queue q JOIN statements s ON s.digest = q.statement WHERE q.agreement = ? AND "
        "(q.recipient = '' OR q.recipient = ?) AND "
        "q.seq > COALESCE((SELECT seq FROM cursors WHERE recipient = ? AND agreement = ?), 0) AND NOT EXISTS (SELECT 1 "
        "FROM ledger l WHERE l.statement = q.statement AND l.party = ? AND l.direction = 'out' AND l.state" +
            in_states(is_decided) + ")" + known,
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
