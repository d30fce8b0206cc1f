// What one verified peer may cost this node: requests and bytes of a minute, counted before anything of a request is
// looked at, so that the same delivery over and over, or asking without end, keeps nobody else waiting.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "core/trust/ids.h"
#include "ground/base/clock.h"

namespace tocsin::node {

class PeerBudgets {
 public:
  /// Whether the peer has something left. Its next request may cost more than that: then it waits the longer.
  bool has_left(const trust::PartyId& peer, Duration steady);
  void spend(const trust::PartyId& peer, std::uint64_t requests, std::uint64_t bytes, Duration steady);

 private:
  struct Account {
    double requests = 0, bytes = 0;  // left; below zero: owed
    Duration at;
  };
  Account& brought_up_to(const trust::PartyId& peer, Duration steady);

  std::mutex mutex_;
  std::map<trust::PartyId, Account> accounts_;  // of verified peers only, which persons have met
};

}  // namespace tocsin::node
