// Rows of the ledger: what went to and came from each peer. Written by sending and receiving only.
#pragma once

#include "core/exchange/delivery.h"

namespace tocsin::exchange {

struct LedgerEntry {
  PartyId party;
  std::string_view direction, state;
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

}  // namespace tocsin::exchange
