// Rows of the ledger: what went to and came from each peer. Written by sending and receiving only.
#pragma once

#include "core/exchange/delivery.h"

namespace tocsin::exchange {

struct LedgerEntry {
  PartyId party;
  std::string_view direction;
  DeliveryState state = DeliveryState::Received;
  Digest statement;
  std::string kind;
  Stream stream;
  std::optional<std::int64_t> position;
  std::optional<Digest> envelope;
  std::string reason;
  std::vector<std::string> reason_args;
  std::int64_t size_bytes = 0;
  bool onward = false;
};

Result<void> enter(store::Transaction& tx, const LedgerEntry& entry, Time now);
/// One statement of a sealed envelope, on its way to the recipient.
Result<void> enter_sent(store::Transaction& tx, const Envelope& envelope, const Digest& digest,
                        const Archived& statement, std::uint64_t position, Time now);

/// The envelope was set aside before it arrived: what it held has not been sent.
Result<void> forget_sent(store::Transaction& tx, const Digest& envelope);
/// It may have arrived all the same, and its receipt been lost.
Result<void> note_unsure(store::Transaction& tx, const Digest& envelope);

}  // namespace tocsin::exchange
