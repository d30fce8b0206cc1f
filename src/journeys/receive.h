// A statement comes in: records are verified and written down by core/exchange, then applied once, by kind, in the same
// transaction. The receipt leaves only after the commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/exchange/delivery.h"
#include "journeys/context.h"

namespace tocsin::journeys {

struct Taken {
  std::string answer;          ///< receipts as records
  bool is_repetition = false;  ///< all of it had been taken before; these are the receipts of then
};
/// What the peer is answered, or why it is refused. Peers never see internals: `Refusal::error` is one of the typed
/// errors of docs/protocol.md section 11.
tl::expected<Taken, exchange::Refusal> receive(const Context& context, const trust::PartyId& sender,
                                               std::string_view records);

/// Receipts that came with an answer of ours, or by themselves. Whether one of them says something new.
Result<bool> receive_receipts(const Context& context, const trust::PartyId& peer, std::string_view records);

}  // namespace tocsin::journeys
