// What a party no longer stands for since one of its keys is good for fewer leaves: a stolen key was taken back to the
// last leaf that was its owner's. docs/protocol.md section 2.
#pragma once

#include "core/exchange/archive.h"

namespace tocsin::exchange {

/// Statements here that were good by the one descriptor of their author, and are not by the newer one; no retracted
/// ones.
Result<std::vector<Archived>> disowned(store::Transaction& tx, const trust::Descriptor& before,
                                       const trust::Descriptor& now);
/// How many leaves of our own log, from there on, stand for what this key has signed: what its loss costs.
Result<std::uint64_t> count_signed(store::Transaction& tx, const crypto::PublicKey& key, const LeafPosition& from);

}  // namespace tocsin::exchange
