// The parties this node knows: itself and its peers, with their descriptors, states and the trouble in reaching them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/descriptor.h"
#include "core/trust/release.h"
#include "ground/store/store.h"

namespace tocsin::trust {

extern const store::Migrations kMigrations;

struct Party {
  PartyId id;
  bool own = false;
  PeerState state = PeerState::Invited;
  Descriptor descriptor;
  Signed descriptor_signed;
  Time invited_at;
  std::string verified_by, verified_method;
  std::optional<Time> verified_at;
  std::string quarantine_reason, quarantined_by;
  std::optional<Time> quarantined_at;
  std::string allowed_address;  ///< private or loopback address our administrator confirmed, else empty
  std::optional<Time> last_contact;
  std::optional<Time> last_failure;
  std::string failure_id;  ///< message id of why it could last not be asked for what it has for us; empty after contact
  std::vector<std::string> failure_args;
  std::int64_t failures = 0;   ///< in a row
  std::string undelivered_id;  ///< message id of why our last delivery gained no receipt; empty after one that did
  std::vector<std::string> undelivered_args;
  std::string checkpoint;  ///< the last signed note of its log that was proved here; its first one is believed
  std::uint64_t checkpoint_size = 0;
  std::optional<Time> checkpoint_time;
  std::string checkpoint_state;  ///< "consistent", "unverified", "contradiction"
};

/// How the persons of both sides compared the number.
enum class VerificationMethod { InPerson, CallBack };
std::string_view name(VerificationMethod method);
std::optional<VerificationMethod> method_from_name(std::string_view text);

/// Our own party. party.none before init.
Result<Party> own_party(store::Transaction& tx);
Result<Party> party(store::Transaction& tx, const PartyId& id);  ///< peers.unknown
Result<std::vector<Party>> peers(store::Transaction& tx);
/// The peer whose descriptor pins this TLS key. peers.unknown_key.
Result<Party> peer_by_pin(store::Transaction& tx, const Digest& pin);

Result<void> store_own(store::Transaction& tx, const VerifiedDescriptor& descriptor, Time now);

/// Takes a peer's descriptor: as a new peer (state invited), or as a newer version on the same root chain. An older
/// version is ignored. Two different ones of one version suspend the peer;
/// so does a log epoch whose number is not above the one known: one backup was restored twice. Such a peer stays
/// suspended until persons have compared the number again. A root that has been succeeded has no say any more:
/// descriptor.other_roots, and nothing changes; nor may a key that was retired come back: descriptor.retired_key {key}.
/// descriptor.expired. peers.is_ourselves.
enum class DescriptorOutcome { New, Newer, Same, Older, TwoOfOneVersion, TwoRestores };
/// What a party has once taken back stays so: a key does not come back, and is good for no later leaf than it was,
/// until a later root speaks. descriptor.retired_key {key, last good leaf or "-", epoch}.
Result<void> keep_retired(const Descriptor& next, const Descriptor& known);
/// The error that an outcome means for whoever showed the descriptor (the suspension must be committed all the same):
/// descriptor.two_of_one_version, descriptor.two_restores.
Result<void> acceptable(DescriptorOutcome outcome, const Descriptor& descriptor);
bool suspends(const Error& error);  ///< whether it is one of these
Result<DescriptorOutcome> take_descriptor(store::Transaction& tx, const VerifiedDescriptor& descriptor, Time now);

/// The number that the person read from the other side, spaces ignored, against ours. peers.wrong_number;
/// peers.bad_number where it has not 60 digits.
Result<void> verify_peer(store::Transaction& tx, const PartyId& id, std::string_view number, VerificationMethod method,
                         std::string_view by, Time now);
/// Who puts a peer into quarantine says why: api.missing, api.text_too_long (1000 bytes). peers.not_quarantined.
Result<void> set_quarantine(store::Transaction& tx, const PartyId& id, bool on, std::string_view reason,
                            std::string_view by, Time now);
/// One numeric address, or empty: none any more. peers.bad_address.
Result<void> allow_address(store::Transaction& tx, const PartyId& id, std::string_view address);
Result<void> note_contact(store::Transaction& tx, const PartyId& id, Time now);
/// Why the peer could not be asked: an error's id and arguments, for the page that says "late, because ...".
Result<void> note_failure(store::Transaction& tx, const PartyId& id, const Error& reason, Time now);
/// Why what we have for the peer did not get there. A contact changes nothing about it, only a receipt does.
Result<void> note_undelivered(store::Transaction& tx, const PartyId& id, const Error& reason);
Result<void> note_delivered(store::Transaction& tx, const PartyId& id);
/// A checkpoint that was proved to go on from the one before.
Result<void> note_checkpoint(store::Transaction& tx, const PartyId& id, std::string_view note, std::uint64_t size,
                             Time now);
/// "unverified", "contradiction": the last one that was proved stays.
Result<void> note_checkpoint_state(store::Transaction& tx, const PartyId& id, std::string_view state);
/// Nothing of its content is taken or given until persons have compared the number again.
Result<void> suspend(store::Transaction& tx, const PartyId& id);

}  // namespace tocsin::trust
