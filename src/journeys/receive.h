// A statement comes in: records are verified and written down by core/exchange, then applied once, by kind, in the same
// transaction. The receipt leaves only after the commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/exchange/delivery.h"
#include "journeys/context.h"

namespace tocsin::journeys {

/// What the peer is answered: receipts as records, or why not. Peers never see internals: `Refusal::error` is one of
/// the typed errors of docs/protocol.md section 11.
tl::expected<std::string, exchange::Refusal> receive(const Context& context, const trust::PartyId& sender,
                                                     std::string_view records);

/// Receipts that came with an answer of ours, or by themselves. Whether one of them says something new.
Result<bool> receive_receipts(const Context& context, const trust::PartyId& peer, std::string_view records);

}  // namespace tocsin::journeys
