// Statements: one signed message of a party, immutable, named by its digest. docs/protocol.md section 5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/agreement.h"
#include "core/trust/own_keys.h"
#include "core/trust/parties.h"
#include "core/trust/signed.h"

namespace tocsin::exchange {

using trust::AgreementId;
using trust::PartyId;
using trust::Signed;

/// What a kind needs before it may travel: control kinds a verified peering, content kinds an agreement in force.
enum class KindClass { Control, Content };
/// Nothing for a word that is no kind of this protocol version.
std::optional<KindClass> kind_class(std::string_view kind);

/// Kinds about peering, agreements, keys and recovery: an exercise has none of its own, so that it cannot change ours.
bool is_real_only(std::string_view kind);

struct Handling {
  stix::Tlp tlp = stix::Tlp::Amber;
  stix::Pap pap = stix::Pap::Red;
  trust::Onward onward = trust::Onward::None;
  std::uint32_t retain_days = 365;
};

struct Attachment {
  Digest sha256;
  std::uint64_t size_bytes = 0;
  std::string type;
};

/// The payload, field by field. Unknown top-level members of later versions are refused: a new field is a new spec.
struct Statement {
  std::string id;  ///< UUIDv7; one author never uses it twice
  PartyId author;
  Time time;  ///< the author's clock: orders his own words, is shown, and never trusted otherwise
  std::string kind;
  AgreementId agreement;  ///< empty in control kinds
  Digest terms;           ///< digest of the agreement's terms; zero where there is none
  Handling handling;
  trust::Realm realm{trust::kReal};
  std::string thread;  ///< id of a conversation, may be empty
  std::optional<Digest> in_reply_to, supersedes;
  std::string urgency;  ///< "", "routine", "priority", "immediate", "flash"
  std::optional<Duration> reply_within;
  std::string legal_note;
  std::vector<Attachment> attachments;
  json::Value body;  ///< by kind
  /// Exact bytes of STIX objects (kinds intel and sighting), in order; they stand in the payload's last member.
  std::vector<std::string> objects;
};

/// Where a statement stands in its author's log.
struct LeafPosition {
  std::string epoch;
  std::uint64_t index = 0;
};

/// A statement whose signature, form and author's key have been checked. Only issue() and verify_statement make one.
class VerifiedStatement {
 public:
  const Statement& operator*() const { return statement_; }
  const Statement* operator->() const { return &statement_; }
  const Digest& digest() const { return digest_; }
  const Signed& signed_bytes() const { return signed_; }

 private:
  friend VerifiedStatement sign_statement(const trust::OwnKeys&, Statement);
  friend Result<VerifiedStatement> verify_statement(const Signed&, const trust::Descriptor&,
                                                    const std::optional<LeafPosition>&);
  Statement statement_;
  Signed signed_;
  Digest digest_;
};

/// Signs with the statement key, or with the exercise key where the realm is an exercise. Adds a fresh nonce.
VerifiedStatement sign_statement(const trust::OwnKeys& keys, Statement statement);

/// The author a payload claims, before anything is verified: to look up its descriptor.
Result<PartyId> claimed_author(const Signed& object);

/// Error ids: statement.malformed {field}, statement.unknown_kind {kind}, statement.wrong_author,
/// statement.realm_key (an exercise key signing real things or the reverse), statement.real_only {kind},
/// statement.retired_key, trust.*.
/// `leaf`: where a proof has shown it. A retired key is good only for its own leaves of its own epoch: positions begin
/// anew in the next one.
Result<VerifiedStatement> verify_statement(const Signed& object, const trust::Descriptor& author,
                                           const std::optional<LeafPosition>& leaf);

}  // namespace tocsin::exchange
