// How far a statement has come between us and a peer. The words stand in the ledger, in docs/api.md and in the
// interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::exchange {

enum class DeliveryState : std::uint8_t {
  Sent,       ///< in a sealed envelope that has no receipt yet
  Receipted,  ///< the peer signed that it has it
  Withheld,   ///< by us: it may not go there
  Refused,    ///< by the peer, for good
  Lost,       ///< by the peer, which was restored from a backup without it; a copy may have come to it since
  Unsure,     ///< whether it arrived: its envelope was taken back before there was a receipt
  Received,   ///< from the peer; all others are of what goes there
};
std::string_view name(DeliveryState state);
std::optional<DeliveryState> delivery_state_from_name(std::string_view text);

/// It went there, and nothing says that it is not there.
bool has_gone(DeliveryState state);
/// The peer has it, or may have it: what is taken back is taken back there, too.
bool may_be_there(DeliveryState state);
/// To send it again would say nothing.
bool is_final(DeliveryState state);
/// It does not wait in the queue any more, whatever became of it.
bool is_decided(DeliveryState state);

/// " IN ('sent', ...)": the states of which this is true, for a condition on the ledger.
std::string in_states(bool (*holds)(DeliveryState));

}  // namespace tocsin::exchange
