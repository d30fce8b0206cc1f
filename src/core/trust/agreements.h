// The agreements this node holds: proposed, signed by whom, left by whom, in force or not. A document is in force when
// the signed statement of every party that has not left, about exactly it and with enough approvals, is here.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/trust/agreement.h"
#include "core/trust/parties.h"
#include "ground/store/store.h"

namespace tocsin::trust {

enum class AgreementState { Proposed, Waiting, InForce, Expired, Withdrawn, NotYet };
std::string_view name(AgreementState state);

struct StoredApproval {
  PartyId party;
  Approval approval;
  Time at;
};
struct StoredSignature {
  PartyId party;
  Digest statement;
  Time at;
};

struct Departure {
  PartyId party;
  Time at;  ///< when this node heard of it
  Digest statement = {};
};

struct StoredAgreement {
  Agreement agreement;
  Digest digest, terms;
  PartyId proposed_by;
  Time proposed_at;
  std::vector<StoredApproval> approvals;
  std::vector<StoredSignature> signatures;
  std::vector<Departure> departures;
  bool withdrawn = false;  ///< we have left, or fewer than two remain

  bool takes_part(const PartyId& party) const;  ///< a party that has not left
  bool signed_by(const PartyId& party) const;
  AgreementState state(Time now) const;
  bool is_over(Time now) const;  ///< expired or withdrawn
};

/// Keeps a document, ours or a peer's; the same document again changes nothing. All versions of an agreement have the
/// parties of the first: who may know its id cannot take it over, and nobody is added or dropped without a new
/// agreement. agreement.other_parties {id}; agreement.unbound_id {id} where the id is not made of its parties and
/// nonce; agreement.other_document where this id and version are taken by another text; agreement.not_a_party,
/// agreement.sender_not_a_party where we or the proposer are not among its parties; agreement.over,
/// agreement.sender_has_left where we or the proposer have left it; agreement.too_many_open {n}: so many proposals of
/// this peer have been neither signed here nor withdrawn. What of a peer's proposals is over and was never signed here
/// is forgotten when its next one comes.
Result<void> keep_agreement(store::Transaction& tx, const Agreement& agreement, const PartyId& proposed_by, Time now);
Result<StoredAgreement> agreement(store::Transaction& tx, const AgreementId& id, std::uint64_t version);
/// The newest version, whatever its state. agreement.unknown.
Result<StoredAgreement> latest_agreement(store::Transaction& tx, const AgreementId& id);
Result<std::vector<StoredAgreement>> agreements(store::Transaction& tx);
/// Its parties, as far as they take part, with whom persons of ours have not compared the number: nothing passes
/// between them and this node, their signatures neither, since nobody vouches for a descriptor but whoever has verified
/// it. Every two parties of an agreement have to be peers.
Result<std::vector<PartyId>> unpeered(store::Transaction& tx, const StoredAgreement& stored);

Result<void> add_approval(store::Transaction& tx, const AgreementId& id, std::uint64_t version, const PartyId& party,
                          const Approval& approval, Time now);
Result<void> add_signature(store::Transaction& tx, const AgreementId& id, std::uint64_t version, const PartyId& party,
                           const Digest& statement, Time now);
/// `by` leaves all versions, later ones too; the others go on while two remain. The first time counts. It may come
/// before any version: it counts as soon as there is one to which it is a party. agreement.sender_not_a_party;
/// agreement.too_many_departures {n}: so many of this peer are of agreements unknown here.
Result<void> withdraw(store::Transaction& tx, const AgreementId& id, const PartyId& by, const Digest& statement,
                      Time now);
/// That this party said so, whether the agreement is known here or not.
Result<std::optional<Departure>> departure(store::Transaction& tx, const AgreementId& id, const PartyId& party);

/// The highest version in force of each agreement, whoever takes part; by id.
Result<std::vector<StoredAgreement>> all_in_force(store::Transaction& tx, Time now);
/// Those in which both take part.
Result<std::vector<StoredAgreement>> in_force_between(store::Transaction& tx, const PartyId& a, const PartyId& b,
                                                      Time now);
/// The highest version of one agreement that is in force now, whoever takes part.
Result<std::optional<StoredAgreement>> in_force(store::Transaction& tx, const AgreementId& id, Time now);

}  // namespace tocsin::trust
