#include "doors/node/peer_budgets.h"

#include <algorithm>

namespace tocsin::node {
namespace {

// An envelope holds up to 200 statements and 4 MiB, and a peer may hand over 6,000 statements a minute
// (core/exchange/receive.cpp): 30 full envelopes, or one request for each of a thousand statements that came one by
// one. The largest body is 64 MiB; hashing and parsing 256 MiB takes about a second of one core.
constexpr double kRequestsPerMinute = 1200, kBytesPerMinute = 256.0 * (1u << 20);

}  // namespace

PeerBudgets::Account& PeerBudgets::brought_up_to(const trust::PartyId& peer, Duration steady) {
  const auto [entry, is_new] = accounts_.try_emplace(peer, Account{kRequestsPerMinute, kBytesPerMinute, steady});
  Account& account = entry->second;
  const double minutes = static_cast<double>(steady.us - account.at.us) / static_cast<double>(base::minutes(1).us);
  account.requests = std::min(kRequestsPerMinute, account.requests + minutes * kRequestsPerMinute);
  account.bytes = std::min(kBytesPerMinute, account.bytes + minutes * kBytesPerMinute);
  account.at = steady;
  return account;
}

bool PeerBudgets::has_left(const trust::PartyId& peer, Duration steady) {
  const std::lock_guard lock(mutex_);
  const Account& account = brought_up_to(peer, steady);
  return account.requests >= 1 && account.bytes > 0;
}

void PeerBudgets::spend(const trust::PartyId& peer, std::uint64_t requests, std::uint64_t bytes, Duration steady) {
  const std::lock_guard lock(mutex_);
  Account& account = brought_up_to(peer, steady);
  account.requests -= static_cast<double>(requests);
  account.bytes -= static_cast<double>(bytes);
}

}  // namespace tocsin::node
