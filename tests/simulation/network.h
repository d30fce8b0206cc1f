// What is on its way between parties. Each pair has a line; what travels on it may be lost, doubled, late, and arrive
// in any order.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/chance.h"

namespace tocsin::simulation {

struct Message {
  std::size_t from = 0, to = 0;
  bool is_answer = false;  ///< to a delivery: receipts, or a refusal
  std::string body;
};

class Network {
 public:
  void send(Message message) { under_way_.push_back(std::move(message)); }
  /// Any of them, as the network likes. A message across a cut line stays.
  bool take_any(Chance& chance, Message& out);
  void lose_any(Chance& chance);
  void double_any(Chance& chance);

  void cut(std::size_t a, std::size_t b) { cut_.insert(line(a, b)); }
  bool is_cut(std::size_t a, std::size_t b) const { return cut_.contains(line(a, b)); }
  void mend() { cut_.clear(); }

 private:
  static std::pair<std::size_t, std::size_t> line(std::size_t a, std::size_t b) {
    return a < b ? std::pair(a, b) : std::pair(b, a);
  }
  std::vector<Message> under_way_;
  std::set<std::pair<std::size_t, std::size_t>> cut_;
};

}  // namespace tocsin::simulation
