// Our description is renewed: signatories as the accounts are now, two more years. The root key signs it wherever it is
// kept; the node only says what to sign, and checks what comes back.
#pragma once

#include <string>
#include <vector>

#include "core/trust/descriptor.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct Renewal {
  trust::Descriptor next;                   ///< version above the present one
  std::vector<std::string> added, removed;  ///< accounts of signatories
};
/// What the root would sign now. Signatories are the accounts with that role that have set a password, administrators
/// and disabled ones left out; those of today stay as they are announced.
Result<Renewal> prepare_renewal(store::Transaction& tx, Time now);

/// Takes the signed descriptor: it may differ from ours in version, times and signatories only, and the signatories
/// must be the present ones. Peers hear of it with the next delivery; one is made for each. descriptor.other_content,
/// descriptor.version_goes_back, descriptor.*, trust.*.
Result<void> take_renewal(const Context& context, const trust::Signed& descriptor, const Doer& by);

}  // namespace tocsin::journeys
