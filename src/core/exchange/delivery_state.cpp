#include "core/exchange/delivery_state.h"

#include <array>

namespace tocsin::exchange {
namespace {

constexpr std::array kAll = {DeliveryState::Sent,    DeliveryState::Receipted, DeliveryState::Withheld,
                             DeliveryState::Refused, DeliveryState::Lost,      DeliveryState::Unsure,
                             DeliveryState::Received};

}  // namespace

std::string_view name(DeliveryState state) {
  switch (state) {
    case DeliveryState::Sent:
      return "sent";
    case DeliveryState::Receipted:
      return "receipted";
    case DeliveryState::Withheld:
      return "withheld";
    case DeliveryState::Refused:
      return "refused";
    case DeliveryState::Lost:
      return "lost";
    case DeliveryState::Unsure:
      return "unsure";
    case DeliveryState::Received:
      return "received";
  }
  return "";
}

std::optional<DeliveryState> delivery_state_from_name(std::string_view text) {
  for (const DeliveryState state : kAll)
    if (name(state) == text) return state;
  return std::nullopt;
}

bool has_gone(DeliveryState state) {
  return state == DeliveryState::Sent || state == DeliveryState::Receipted;
}

bool may_be_there(DeliveryState state) {
  return has_gone(state) || state == DeliveryState::Unsure || state == DeliveryState::Lost;
}

bool is_final(DeliveryState state) {
  return has_gone(state) || state == DeliveryState::Refused;
}

bool is_decided(DeliveryState state) {
  return is_final(state) || state == DeliveryState::Withheld;
}

std::string in_states(bool (*holds)(DeliveryState)) {
  std::string out;
  for (const DeliveryState state : kAll)
    if (holds(state)) out += std::string(out.empty() ? " IN ('" : ", '") + std::string(name(state)) + "'";
  return out + ")";
}

}  // namespace tocsin::exchange
