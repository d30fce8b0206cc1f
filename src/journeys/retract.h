// Something said is withdrawn, and every holder confirms it. docs/protocol.md section 10.
#pragma once

#include <optional>
#include <string>

#include "core/exchange/delivery.h"
#include "core/exchange/retractions.h"
#include "core/intel/repository.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct RetractRequest {
  std::optional<Digest> statement;    ///< a statement of ours, whole
  std::optional<intel::ItemId> item;  ///< or one object of ours, in all statements that carried it
  exchange::RetractReason reason = exchange::RetractReason::Wrong;
  std::string note;
  Doer by;
};
/// retract.not_ours, retract.malformed, statement.unknown, intel.not_found. An item that never left is only retracted
/// here. Otherwise the first statement that says so: what has very many targets is said in several.
Result<std::optional<Digest>> retract(const Context& context, const RetractRequest& request);

/// A statement of ours came back after a restore, and carries what we have retracted since, not knowing of it: that is
/// said of it, too. In the caller's transaction.
Result<void> retract_what_came_back(store::Transaction& tx, const Context& context,
                                    const exchange::IncomingStatement& in);
/// A retraction of ours that came back after a restore, in the caller's transaction: it holds here again, and goes to
/// those holders of its targets who may not have had it.
Result<void> apply_own_retraction(store::Transaction& tx, const Context& context,
                                  const exchange::IncomingStatement& in);
/// A statement came after its author's retraction of it: what was withdrawn stays withdrawn, what had to be erased
/// goes.
Result<void> apply_earlier_retractions(store::Transaction& tx, const Context& context, const Digest& statement,
                                       const trust::PartyId& author);

/// A peer's retraction: stops this voucher's grounds, erases where the reason obliges, also what rests on it here
/// (hits, and our alerts, which are said anew without it), goes on to those who got it from us, and is confirmed to
/// whoever handed it to us. In the caller's transaction.
Result<void> take_retraction(store::Transaction& tx, const Context& context, const exchange::IncomingStatement& in);
/// The same from another giver: it is confirmed to that one, too, unless it has been.
Result<void> confirm_again(store::Transaction& tx, const Context& context, const Digest& retraction,
                           const trust::PartyId& giver);
/// A party has taken a key back to an earlier leaf: what a later one brought here counts as wrong, and what it brought
/// stops. In the caller's transaction.
Result<void> disown(store::Transaction& tx, const Context& context, const std::vector<exchange::Renewed>& renewed);
/// A holder's confirmation, with counts of those behind it.
Result<void> take_retraction_ack(store::Transaction& tx, const Context& context, const exchange::IncomingStatement& in);

}  // namespace tocsin::journeys
