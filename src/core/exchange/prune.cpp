#include "core/exchange/prune.h"

#include <algorithm>

#include "core/exchange/statement.h"
#include "core/trust/agreements.h"

namespace tocsin::exchange {
namespace {

constexpr int kRowsAtATime = 2000;
constexpr Duration kCheckpointsKept = base::days(30);

struct Queue {
  AgreementId agreement;
  std::string recipient;  // empty: everybody of the agreement
};

// Up to which row of the queue this stream will not ask again.
Result<std::int64_t> decided_up_to(store::Transaction& tx, const std::string& recipient, const AgreementId& agreement) {
  const auto cursor =
      TRY(tx.integer("SELECT seq FROM cursors WHERE recipient = ? AND agreement = ?", recipient, agreement));
  const auto open =
      TRY(tx.integer("SELECT MIN(seq) FROM envelopes WHERE recipient = ? AND agreement = ? AND state = 'ready'",
                     recipient, agreement));
  return std::min(cursor.value_or(0), open.value_or(cursor.value_or(0)));
}

Result<std::int64_t> decided_by_all(store::Transaction& tx, const Queue& queue, const PartyId& self) {
  if (!queue.recipient.empty()) return decided_up_to(tx, queue.recipient, queue.agreement);
  std::optional<std::int64_t> least;
  const auto stored = trust::latest_agreement(tx, queue.agreement);
  if (!stored && stored.error().id != "agreement.unknown") return tl::unexpected(stored.error());
  if (!stored) return 0;  // given back to a restored node before its agreement: it may still come
  for (const PartyId& party : stored->agreement.parties) {
    if (party == self) continue;
    if (!stored->withdrawn && !stored->takes_part(party)) continue;  // who has left asks for nothing more
    const std::int64_t here = TRY(decided_up_to(tx, party.text(), queue.agreement));
    least = std::min(least.value_or(here), here);
  }
  return least.value_or(0);
}

Result<std::int64_t> prune_queue(store::Transaction& tx) {
  const PartyId self = TRY(trust::own_party(tx)).id;
  std::vector<Queue> queues;
  TRY_VOID(tx.each("SELECT DISTINCT agreement, recipient FROM queue", [&](const store::Row& row) {
    queues.push_back({std::string(row.text(0)), std::string(row.text(1))});
  }));
  std::int64_t gone = 0;
  for (const Queue& queue : queues) {
    if (gone >= kRowsAtATime) break;
    gone += TRY(
        tx.run("DELETE FROM queue WHERE seq IN (SELECT seq FROM queue WHERE agreement = ? AND recipient = ? AND seq <= "
               "? ORDER BY seq LIMIT ?)",
               queue.agreement, queue.recipient, TRY(decided_by_all(tx, queue, self)), kRowsAtATime - gone));
  }
  return gone;
}

Result<std::int64_t> prune_checkpoints(store::Transaction& tx, Time now) {
  std::vector<std::string> epochs;
  TRY_VOID(tx.each("SELECT epoch FROM log_epochs", [&](const store::Row& row) { epochs.emplace_back(row.text(0)); }));
  std::int64_t gone = 0;
  for (const std::string& epoch : epochs)
    gone += TRY(
        tx.run("DELETE FROM log_checkpoints WHERE epoch = ? AND size IN (SELECT size FROM log_checkpoints WHERE epoch "
               "= ? AND at < ? AND size < (SELECT MAX(size) FROM log_checkpoints WHERE epoch = ?) ORDER BY size LIMIT "
               "?)",
               epoch, epoch, now - kCheckpointsKept, epoch, kRowsAtATime));
  return gone;
}

}  // namespace

Result<std::int64_t> prune(store::Transaction& tx, Time now) {
  return TRY(prune_queue(tx)) + TRY(prune_checkpoints(tx, now));
}

}  // namespace tocsin::exchange
