#include "tests/simulation/network.h"

namespace tocsin::simulation {

bool Network::take_any(Chance& chance, Message& out) {
  if (under_way_.empty()) return false;
  const auto at = under_way_.begin() + static_cast<std::ptrdiff_t>(chance.below(under_way_.size()));
  if (is_cut(at->from, at->to)) return false;
  out = std::move(*at);
  under_way_.erase(at);
  return true;
}

void Network::lose_any(Chance& chance) {
  if (under_way_.empty()) return;
  under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(chance.below(under_way_.size())));
}

void Network::double_any(Chance& chance) {
  if (!under_way_.empty()) under_way_.push_back(Message(chance.of(under_way_)));
}

}  // namespace tocsin::simulation
