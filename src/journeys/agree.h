// An agreement comes into force: proposed, approved by two persons with their own keys, stated to the others. And a
// party leaves one.
#pragma once

#include <string>

#include "core/people/people.h"
#include "core/trust/agreements.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// The terms of a proposal where nobody says otherwise: narrow, so that whoever proposes widens on purpose. `others`:
/// how many parties besides ours.
trust::Terms usual_terms(std::size_t others, Time now);
/// `next` names an agreement: its next version begins as the one in force is, else as the newest that we have signed or
/// proposed (what others only propose leaves no trace), among the same parties, for a new year. Until all have signed
/// it, the one before stays in force. agreement.unknown.
Result<void> begin_next_version(const Context& context, trust::Agreement& next);

/// Writes the document down and sends it to the other parties as a proposal (an agreement statement without approvals).
/// `agreement.id` empty: a new agreement; else its next version, among the same parties. agreement.unknown_party {id},
/// agreement.unverified_party {name}, agreement.other_parties, agreement.redactions_not_applied, agreement.over.
Result<trust::StoredAgreement> propose(const Context& context, trust::Agreement agreement, const Doer& by);

/// Who acts for our party, whoever sits at the keyboard, and what proves it.
struct SignatoryProof {
  Doer by;  ///< the signatory
  std::string password;
  std::string code;    ///< of the authenticator, where the signatory has one
  std::string source;  ///< address that asks: guesses are counted as at log-in
};

struct ApproveRequest {
  trust::AgreementId agreement;
  Digest document;  ///< what was shown to the signatory, and nothing else
  SignatoryProof proof;
};
/// One signatory approves with the key that only the password opens. When enough have, our statement goes out. Refused
/// attempts are in the audit trail, too. Error ids: people.wrong_login, people.totp_needed, people.wrong_code,
/// people.too_many_attempts, people.not_signatory, people.signatory_too_new, agreement.not_announced {person},
/// agreement.unknown, agreement.other_version_shown {id, version} (which stands there by now), agreement.over,
/// agreement.redactions_not_applied.
Result<trust::StoredAgreement> approve(const Context& context, const ApproveRequest& request);

struct WithdrawRequest {
  trust::AgreementId agreement;
  SignatoryProof proof;
};
/// Our party leaves an agreement: content between it and the others stops at once, here by this and there by our
/// statement; the others go on while two remain. One signatory is enough, proved as for an approval, with the same
/// error ids; agreement.already_withdrawn. What was given stays given: retractions still reach it.
/// docs/decisions/0014-a-party-leaves-an-agreement.md
Result<trust::StoredAgreement> withdraw(const Context& context, const WithdrawRequest& request);

/// A peer's agreement statement, in the caller's transaction: proposal or signature.
Result<void> take_agreement(store::Transaction& tx, const exchange::VerifiedStatement& statement,
                            const trust::Party& sender, Time now);

}  // namespace tocsin::journeys
