// Inside this room: streams that rest, because the recipient refuses them for now (no agreement in force there, we
// stand in quarantine there). What else is for it goes on meanwhile.
#pragma once

#include <optional>

#include "core/exchange/envelope.h"
#include "ground/store/store.h"

namespace tocsin::exchange {

inline constexpr Duration kLongestRest = base::minutes(1);

struct Resting {
  Error reason;  ///< the recipient's words
  Time until;    ///< then it is tried again; it may be past
  /// Not for longer than it was meant to, where the clock has been set back since.
  bool rests_at(Time now) const { return until > now && until <= now + kLongestRest; }
  /// Of our control stream the recipient takes acknowledgements even now.
  bool is_quarantine() const { return reason.id == "delivery.quarantined"; }
};

/// None where the stream was accepted last.
Result<std::optional<Resting>> resting(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement);
/// After a pause that grows from a second to a minute.
Result<void> rest(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement, const Error& reason,
                  Time now);
/// The recipient has accepted something of this stream. After a word between the two (the control stream) it may take
/// everything else, too: that is tried at once.
Result<void> note_accepted(store::Transaction& tx, const PartyId& recipient, const AgreementId& agreement, Time now);

}  // namespace tocsin::exchange
