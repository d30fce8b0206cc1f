// What this node holds of a statement as evidence for others (evidence_file.h).
#pragma once

#include "core/exchange/archive.h"
#include "core/exchange/evidence_file.h"

namespace tocsin::exchange {

/// The statement of this digest, or the only one whose digest begins so, among those that the reader may read.
/// statement.unknown {text}, statement.several {text}; statement.bad_digest {digits} where it is too short for a
/// beginning.
Result<Archived> find_archived(store::Transaction& tx, std::string_view hex, const trust::Scope& scope);

/// Ours is proved against the newest checkpoint of its epoch, with the receipts that were given for it where they are
/// wanted: they name who has it. Another's is proved as it came here. What is returned has been verified.
/// evidence.erased {digest, reason}; evidence.does_not_hold {digest}: its author has taken back a key since.
Result<EvidenceFile> evidence_of(store::Transaction& tx, const Self& self, const Archived& statement,
                                 bool with_receipts, Time now);

}  // namespace tocsin::exchange
