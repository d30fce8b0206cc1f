// What a recipient's refusal means for what was refused. See docs/protocol.md section 11.
#pragma once

#include "ground/base/result.h"

namespace tocsin::exchange {

enum class Consequence {
  SetAside,     ///< the statement itself cannot be accepted, whatever happens later; the others go on without it
  StreamRests,  ///< because of where it stands: what is in other streams goes on
  TryAgain,     ///< may be different the next time, for all that is for this recipient
};
/// `error`: of the recipient, whose words are those of the protocol.
Consequence consequence_of(const Error& error);

}  // namespace tocsin::exchange
