#include "core/exchange/resting.h"

#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/stream_cursor.h"
#include "core/trust/arguments.h"

namespace tocsin::exchange {
namespace {

constexpr Duration kFirstRest = base::seconds(1);
constexpr std::int64_t kMostDoublings = 6;

}  // namespace

Result<std::optional<Resting>> resting(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement) {
  std::optional<Resting> out;
  TRY_VOID(tx.each(
      "SELECT reason, reason_args, until FROM resting WHERE recipient = ? AND agreement = ?",
      [&](const store::Row& row) {
        out = Resting{{ErrorCode::Forbidden, std::string(row.text(0)), trust::read_arguments(row.text(1)), {}},
                      row.time(2)};
      },
      recipient.text(), agreement));
  return out;
}

Result<void> rest(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement, const Error& reason,
                  Time now) {
  const auto before =
      TRY(tx.integer("SELECT times FROM resting WHERE recipient = ? AND agreement = ?", recipient.text(), agreement));
  const std::int64_t times = before.value_or(0);
  const Duration pause{std::min(kLongestRest.us, kFirstRest.us << std::min(times, kMostDoublings))};
  TRY(
      tx.run("INSERT INTO resting (recipient, agreement, until, times, reason, reason_args) VALUES (?, ?, ?, ?, ?, ?) "
             "ON CONFLICT (recipient, agreement) DO UPDATE SET until = excluded.until, times = excluded.times, "
             "reason = excluded.reason, reason_args = excluded.reason_args",
             recipient.text(), agreement, now + pause, times + 1, reason.id, trust::write_arguments(reason.args)));
  return {};
}

Result<void> note_accepted(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement, Time now) {
  const auto rests = TRY(resting(tx, recipient, agreement));
  // An acknowledgement that a quarantining recipient takes says nothing of what else waits in the control stream.
  if (rests && !(rests->is_quarantine() && rests->rests_at(now)))
    TRY(tx.run("DELETE FROM resting WHERE recipient = ? AND agreement = ?", recipient.text(), agreement));
  if (agreement.empty())
    TRY(tx.run("UPDATE resting SET until = 0 WHERE recipient = ? AND agreement <> ''", recipient.text()));
  return {};
}

Result<bool> rest_stream(store::Transaction& tx, const trust::Party& peer, const Digest& envelope, const Error& reason,
                         Time now) {
  std::optional<AgreementId> agreement;
  TRY_VOID(tx.each(
      "SELECT agreement FROM envelopes WHERE digest = ? AND recipient = ? AND state = 'ready'",
      [&](const store::Row& row) { agreement = row.text(0); }, envelope, peer.id.text()));
  if (!agreement) return false;  // receipted or set aside meanwhile, or never ours
  TRY_VOID(rest(tx, peer.id, *agreement, reason, now));
  // What of the control stream it takes even so goes in another envelope.
  if (agreement->empty() && TRY(resting(tx, peer.id, *agreement))->is_quarantine()) {
    TRY(set_aside(tx, peer.id, envelope));
    TRY_VOID(forget_sent(tx, envelope));
  }
  return true;
}

}  // namespace tocsin::exchange
