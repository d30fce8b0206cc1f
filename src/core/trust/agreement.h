// Agreements: the terms that two or more parties signed, as a machine reads them. docs/protocol.md section 4.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/trust/descriptor.h"
#include "formats/stix/stix.h"

namespace tocsin::trust {

/// What a receiver may do further with what it received: the source's explicit permission. Ordered from narrow to wide;
/// stored: never renumber.
enum class Onward : std::uint8_t { None = 0, OwnConstituency = 1, WithinAgreement = 2, WithConsent = 3, Free = 4 };
std::string_view name(Onward onward);  ///< "none", "own_constituency", "within_agreement", "with_consent", "free"
std::optional<Onward> onward_from_name(std::string_view text);

enum class AgreementLevel { Bilateral, Multilateral, Regional, Global, PublicPrivate };
std::string_view name(AgreementLevel level);
std::optional<AgreementLevel> level_from_name(std::string_view text);

struct Terms {
  Names title;
  AgreementLevel level = AgreementLevel::Bilateral;
  std::vector<std::string> purposes;    ///< free words of the field: "defence", "early warning"
  std::vector<std::string> categories;  ///< statement kinds permitted: "intel", "alert", "sighting" ...; empty: all
  stix::Tlp tlp = stix::Tlp::Amber;     ///< ceiling: nothing more restricted is sent under it
  stix::Pap pap = stix::Pap::Red;       ///< ceiling
  Onward onward = Onward::None;         ///< ceiling of what an item may permit
  /// Property names that never leave. Nothing takes them out yet, so nothing is proposed, signed or sent under terms
  /// that hold any.
  std::vector<std::string> redactions;
  std::uint32_t retention_days = 365;
  /// Time to acknowledge by severity 0..5, on the receiver's clock from receipt.
  std::array<Duration, 6> acknowledge{};
  std::vector<std::string> automatic;  ///< kinds each side sends without asking a person: "alert", "sighting"
  Time from, until;

  bool permits_kind(std::string_view kind) const;
  bool sends_automatically(std::string_view kind) const;
  bool operator==(const Terms&) const = default;
};

/// One version of an agreement. The digest of the terms leaves parties out, so that documents with the same terms among
/// different parties are recognisable (hidden rosters).
struct Agreement {
  AgreementId id;
  std::uint64_t version = 1;
  std::vector<PartyId> parties;  ///< sorted, at least two
  std::string nonce;             ///< 32 hex digits of chance
  Terms terms;

  bool has(const PartyId& party) const;
  bool has_bound_id() const;  ///< made of its parties and nonce
};

/// A UUID of version 8 (RFC 9562): SHA-256 over these parties (sorted) and this nonce. Other parties have no document
/// that could bear it, so that whoever learns an id cannot take it first.
AgreementId bound_id(const std::vector<PartyId>& parties, std::string_view nonce);
/// Gives it a nonce of chance and the id that follows; its parties have to be sorted.
void bind_id(Agreement& agreement);

json::Value write_agreement(const Agreement& agreement);
/// Error ids: agreement.malformed {field}.
Result<Agreement> read_agreement(const json::Value& value);
Digest agreement_digest(const Agreement& agreement);  ///< SHA-256 of the canonical document
Digest terms_digest(const Terms& terms);

/// One signatory's approval of exactly one document.
struct Approval {
  std::string person;  ///< account name of the signatory in its party's descriptor
  crypto::PublicKey key;
  crypto::Signature signature;
};
/// What the person's key signs: "tocsin-approval/1\n" || digest.
Bytes approval_message(const Digest& document);
/// Enough approvals by different signatories of the descriptor? Error ids: agreement.bad_approval {person},
/// agreement.too_few_approvals {have, need}.
Result<void> check_approvals(const Digest& document, const std::vector<Approval>& approvals, const Descriptor& party);

json::Value write_approvals(const std::vector<Approval>& approvals);
Result<std::vector<Approval>> read_approvals(const json::Value& value);

/// The narrower of two terms, field by field: what governs an item that arrived under one version after the next was
/// signed.
Terms narrower(const Terms& a, const Terms& b);

}  // namespace tocsin::trust
