// What a party no longer stands for since one of its keys is good for fewer leaves: a stolen key was taken back to the
// last leaf that was its owner's. docs/protocol.md section 2.
#pragma once

#include "core/exchange/archive.h"

namespace tocsin::exchange {

/// Statements here that were good by the one descriptor of their author, and are not by the newer one; no retracted
/// ones.
Result<std::vector<Archived>> disowned(store::Transaction& tx, const trust::Descriptor& before,
                                       const trust::Descriptor& now);

}  // namespace tocsin::exchange
