// Inside this room: how far a stream to a recipient has come. Written when an envelope is sealed, and when the
// recipient answers.
#pragma once

#include <cstdint>
#include <optional>

#include "core/exchange/envelope.h"
#include "ground/store/store.h"

namespace tocsin::exchange {

struct StreamCursor {
  std::int64_t seq = 0;        ///< of the queue: what stands up to here has been decided
  std::uint64_t position = 0;  ///< of the next statement
  std::optional<Digest> last_envelope;
};

/// Streams restart at position 0 with each epoch of our log; the place in the queue goes on.
Result<StreamCursor> cursor(store::Transaction& tx, const PartyId& recipient, const Stream& stream);
/// Such an envelope is not served again, and its stream goes on from where it began. False where it is receipted or
/// set aside already.
Result<bool> set_aside(store::Transaction& tx, const PartyId& recipient, const Digest& envelope);
Result<void> save(store::Transaction& tx, const PartyId& recipient, const Stream& stream, const StreamCursor& cursor);

}  // namespace tocsin::exchange
