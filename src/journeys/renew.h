// Our description is renewed: signatories as the accounts are now, keys that follow others, two more years. The root
// key signs it wherever it is kept; the node only says what to sign, and checks what comes back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/descriptor.h"
#include "core/trust/key_ring.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// The last leaf of our log that was ours: -1 where none of that epoch was. Of later epochs none was, all of earlier
/// ones.
struct LastGood {
  std::uint64_t epoch = 0;  ///< its number; 0: the present one
  std::int64_t leaf = -1;
};

/// One of our keys is to be followed by a new one, or one that was followed already is taken back further.
struct KeyChange {
  trust::KeyUse use = trust::KeyUse::Statement;
  /// Stolen. None: it follows as planned, and all that was said stays good.
  std::optional<LastGood> last_good = {};
  std::optional<crypto::PublicKey> retired = {};  ///< an earlier key, with last_good: nothing new is made
};

struct Renewal {
  trust::Descriptor next;                   ///< version above the present one
  std::vector<std::string> added, removed;  ///< accounts of signatories
  std::uint64_t given_up = 0;               ///< leaves of our log that no peer takes for ours any more
};
/// What the root would sign now. Signatories are the accounts with that role that have set a password, administrators
/// and disabled ones left out; those of today stay as they are announced. A key that is to follow is made here and
/// waits, the same one each time. Besides planned changes a key stays good for kLeavesUntilSigned more leaves: what is
/// said until the root has signed; the next renewal takes what is left of that margin away. keys.last_good_beyond
/// {leaf, size}, keys.no_such_epoch {number}, keys.no_such_key, keys.cannot_change.
inline constexpr std::uint64_t kLeavesUntilSigned = 100'000;
Result<Renewal> prepare_renewal(const Context& context, const std::vector<KeyChange>& changes = {});

/// Takes the signed descriptor: it may differ from ours in version, times, signatories, and in keys of which each is
/// one that waits here; its root may be the next one. The keys are in force with the end of the transaction. Peers hear
/// of it with the next delivery; one is made for each. descriptor.other_content, descriptor.version_goes_back,
/// descriptor.*, trust.*.
Result<void> take_renewal(const Context& context, const trust::Signed& descriptor, const Doer& by);

}  // namespace tocsin::journeys
