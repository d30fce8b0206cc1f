// A node that comes out of a backup opens a new epoch of its log (exchange, "Restore"; docs/decisions/0011-restore.md).
#pragma once

#include <string>

#include "core/exchange/statement.h"
#include "ground/crypto/crypto.h"
#include "ground/store/store.h"

namespace tocsin::journeys {

struct Reopened {
  std::string epoch;
  std::uint64_t descriptor_version = 0;
  std::size_t peers_asked = 0;  ///< for what happened after the backup (core/exchange/recover.h)
};

/// The restored node must not go on in its old log: what it said after the backup is unknown to it, and saying
/// something else at the same place would be equivocation. So a new epoch opens, every peer is asked, and the
/// descriptor that names the epoch has a version above all that the same root can have signed before: versions of
/// restored descriptors are milliseconds since 1970. root.other_key.
Result<Reopened> reopen(store::Transaction& tx, const trust::OwnKeys& keys, const crypto::SigningKey& root, Time now);

}  // namespace tocsin::journeys
