// Rows of delivery that nothing asks for any more. Evidence is never among them: statements, envelopes, receipts, the
// ledger and the log stay.
#pragma once

#include "ground/base/clock.h"
#include "ground/store/store.h"

namespace tocsin::exchange {

/// Removes a bounded number of rows, so that other writers do not wait; call it again while it says that some went.
///
/// - queue: what stands at or before the place up to which every recipient has decided, open envelopes not counted. A
///   stream never goes back behind its oldest open envelope, and what became of each statement stands in the ledger.
/// - log_checkpoints: those older than 30 days, but not an epoch's last. Each can be signed again, byte for byte, from
///   the hashes of the log at its size.
Result<std::int64_t> prune(store::Transaction& tx, Time now);

}  // namespace tocsin::exchange
