// An agreement comes into force: proposed, approved by two persons with their own keys, stated to the others.
#pragma once

#include <string>

#include "core/people/people.h"
#include "core/trust/agreements.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// Writes the document down and sends it to the other parties as a proposal (an agreement statement without approvals).
/// `agreement.id` empty: a new agreement; else its next version. agreement.unknown_party {id}.
Result<trust::StoredAgreement> propose(const Context& context, trust::Agreement agreement, const Doer& by);

/// One signatory (`by.account`) approves with the key that only the password opens. When enough have, our statement
/// goes out. Error ids: people.wrong_login, people.not_signatory, people.signatory_too_new, agreement.not_announced
/// {person}, agreement.unknown, agreement.over.
Result<trust::StoredAgreement> approve(const Context& context, const trust::AgreementId& id, const Doer& by,
                                       std::string_view password);

/// A peer's agreement statement, in the caller's transaction: proposal or signature.
Result<void> take_agreement(store::Transaction& tx, const exchange::VerifiedStatement& statement,
                            const trust::Party& sender, Time now);

}  // namespace tocsin::journeys
