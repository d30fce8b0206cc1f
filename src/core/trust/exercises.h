// The exercises this node takes part in. What belongs to any other is not taken from peers: a realm is a word of
// theirs, and each would bring rows that nobody here can ever see. Exercises come with commands of their own; until
// then nothing is written into that table, and a node takes part in none.
#pragma once

#include "core/trust/ids.h"
#include "ground/store/store.h"

namespace tocsin::trust {

/// Everybody takes part in what is real.
Result<bool> takes_part(store::Transaction& tx, const Realm& realm);

}  // namespace tocsin::trust
