// The descriptor: what a party says of itself, signed by its root key. See docs/protocol.md section 2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/ids.h"
#include "core/trust/signed.h"
#include "ground/base/clock.h"

namespace tocsin::trust {

/// A text in several languages; at least one.
struct Names {
  std::string en, fr, vi;
  /// The wanted language, else English, else any.
  const std::string& in(std::string_view language) const;
  bool operator==(const Names&) const = default;
};

enum class PartyKind { StateAuthority, Cert, Ministry, Operator, Humanitarian, International, Regional };
std::string_view name(PartyKind kind);
std::optional<PartyKind> party_kind_from_name(std::string_view text);
/// How many signatories such a party has to have: two, so that nobody binds it alone; a small operator may have one.
std::size_t signatories_needed(PartyKind kind);

/// A person who may approve agreements for the party, and the key that the person alone can use.
struct Signatory {
  std::string name;  ///< account name
  std::string display_name;
  crypto::PublicKey key;
  Time since;
};

/// How many a descriptor holds; of more than that the oldest go, and what they signed can no longer be proved anew.
inline constexpr std::size_t kMaxRetired = 64;

/// An earlier key: good for leaves first..last of that epoch, whatever time a later leaf claims; for none where first
/// is beyond last.
struct RetiredKey {
  std::string use;  ///< "statement", "log" or "exercise"
  crypto::PublicKey key;
  std::string epoch;
  std::uint64_t first = 0, last = 0;

  /// Whether it is still good for what stands there in the log of its party.
  bool is_good_for(std::string_view at_epoch, std::uint64_t leaf) const {
    return epoch == at_epoch && leaf >= first && leaf <= last;
  }
  bool operator==(const RetiredKey&) const = default;
};

/// One earlier root: it signed the digest of its successor (`next_root`) while it was in force, and the successor
/// itself.
struct RootLink {
  crypto::PublicKey key;
  Digest next_root;             ///< SHA-256 of the successor's 32 key bytes
  crypto::Signature signature;  ///< of the successor's key bytes under domain "tocsin-root-link/1\n"
};

struct LogEpoch {
  std::string id;                   ///< "<number>-<32 hex digits>"
  std::string previous_checkpoint;  ///< signed note of the epoch before, empty in the first
};

/// What a party takes from one peer; senders hold themselves to it.
struct PeerLimits {
  std::uint64_t statement_bytes = 8u << 20;
  std::uint64_t delivery_bytes = 32u << 20;
  std::uint32_t statements_per_minute = 6000;
};
/// What we announce, and hold our peers to.
inline constexpr PeerLimits kOwnLimits{};

struct Descriptor {
  PartyId party;
  std::uint64_t version = 1;
  Time issued, expires;
  Names name;
  PartyKind kind = PartyKind::Cert;
  std::string country;  ///< ISO 3166-1 alpha-2
  std::vector<std::string> sectors;
  std::vector<std::string>
      endpoints;  ///< https URLs for push and pull; none: this party only pushes, pulls or uses courier
  PeerLimits limits;
  bool offers_witnessing = false;
  bool single_signatory = false;  ///< only where signatories_needed() is 1
  LogEpoch log;
  crypto::PublicKey root;
  Digest next_root;
  std::vector<RootLink> root_chain;  ///< earlier roots, first one first; empty while the first root is in force
  crypto::PublicKey statement_key, log_key, exercise_key;
  std::vector<Digest> tls_pins;
  std::vector<RetiredKey> retired;
  std::vector<Signatory> signatories;

  const crypto::PublicKey& first_root() const { return root_chain.empty() ? root : root_chain.front().key; }
  const Signatory* signatory(const crypto::PublicKey& key) const;
  /// How many different signatories must approve an agreement.
  std::size_t approvals_needed() const { return single_signatory ? 1 : 2; }
};

/// A descriptor whose signature, root chain and party id have been checked. Only verify_descriptor makes one.
class VerifiedDescriptor {
 public:
  const Descriptor& operator*() const { return descriptor_; }
  const Descriptor* operator->() const { return &descriptor_; }
  const Signed& signed_bytes() const { return signed_; }

 private:
  friend Result<VerifiedDescriptor> verify_descriptor(const Signed&);
  Descriptor descriptor_;
  Signed signed_;
};

/// What a root signs of its successor, before anybody needs it: the link outlives the loss of the root.
crypto::Signature link_root(const crypto::SigningKey& root, const crypto::PublicKey& next);

/// Whether `next` may follow `known` by its keys: it has all of its roots, in their order, and the root after them is
/// the one that was announced. Under the same root nothing else is announced: else a stolen root could name its heir.
bool continues_roots(const Descriptor& next, const Descriptor& known);

/// Whether `next` takes the place of `known`: under the same root by its version; under a later root whatever its
/// version, since whoever has stolen the root before can count as high as a number goes.
bool supersedes(const Descriptor& next, const Descriptor& known);
/// A later root speaks, for what the one before has said since it was stolen does not bind it.
bool has_later_root(const Descriptor& next, const Descriptor& known);

std::string write_descriptor(const Descriptor& descriptor);
Signed sign_descriptor(const crypto::SigningKey& root, const Descriptor& descriptor);

/// Error ids: descriptor.malformed {field}, descriptor.wrong_party, descriptor.broken_root_chain, trust.*.
/// Expiry is the caller's decision (it has the clock).
Result<VerifiedDescriptor> verify_descriptor(const Signed& object);

/// The number that both sides read to each other: SHA-256 over the two parties' ids and first root keys in the order of
/// their ids, as a big-endian integer modulo 10^60: 60 digits.
std::string verification_number(const PartyId& a, const crypto::PublicKey& root_a, const PartyId& b,
                                const crypto::PublicKey& root_b);
/// "12345 67890 ..." : 12 groups of 5.
std::string in_groups(std::string_view sixty_digits);

}  // namespace tocsin::trust
