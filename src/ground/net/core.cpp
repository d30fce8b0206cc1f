#include "ground/net/core.h"

#include <algorithm>
#include <chrono>

#include "ground/net/connection.h"

namespace tocsin::net {
namespace {

constexpr std::size_t kRememberedSources = 65536;

}  // namespace

bool BodyMemory::grow(std::uint64_t held_bytes, std::uint64_t more_bytes) {
  std::uint64_t used = used_bytes_.load();
  do {
    const bool alone = used == held_bytes;
    if (!alone && (used > limit_bytes_ || more_bytes > limit_bytes_ - used)) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + more_bytes));
  return true;
}

bool ConnectionList::add(const std::shared_ptr<Connection>& connection, std::optional<IpAddress> source) {
  if (source) source = source->source();
  std::lock_guard lock(mutex_);
  if (closed_ || entries_.size() >= max_total_) return false;
  if (source && !may_open(*source)) return false;
  if (source) {
    std::size_t& count = per_source_[*source];
    if (count >= max_per_source_) return false;  // not a fresh entry: those stand at 0, and the limit is at least 1
    ++count;
  }
  entries_[connection.get()] = Entry{connection, source};
  return true;
}

bool ConnectionList::may_open(const IpAddress& source) {
  if (max_new_per_source_ == 0) return true;
  const auto now = std::chrono::steady_clock::now();
  const double full = static_cast<double>(max_new_per_source_);
  const auto refilled = [&](const Allowance& allowance) {
    const std::chrono::duration<double, std::ratio<60>> minutes = now - allowance.as_of;
    return std::min(full, allowance.left + minutes.count() * full);
  };
  // Who has its whole allowance need not be remembered.
  if (allowances_.size() >= kRememberedSources)
    std::erase_if(allowances_, [&](const auto& entry) { return refilled(entry.second) >= full; });
  const auto known = allowances_.find(source);
  // More sources at once than can be remembered: the total of connections bounds them.
  if (known == allowances_.end() && allowances_.size() >= kRememberedSources) return true;
  const double left = known == allowances_.end() ? full : refilled(known->second);
  allowances_[source] = {left < 1 ? left : left - 1, now};
  return left >= 1;
}

void ConnectionList::remove(const Connection* connection) {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(connection);
  if (entry == entries_.end()) return;
  if (const auto& source = entry->second.source) {
    const auto counted = per_source_.find(*source);
    if (--counted->second == 0) per_source_.erase(counted);
  }
  entries_.erase(entry);
  if (entries_.empty()) emptied_.notify_all();
}

void ConnectionList::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

std::vector<std::shared_ptr<Connection>> ConnectionList::all() const {
  std::vector<std::shared_ptr<Connection>> out;
  std::lock_guard lock(mutex_);
  for (const auto& [address, entry] : entries_)
    if (auto connection = entry.connection.lock()) out.push_back(std::move(connection));
  return out;
}

bool ConnectionList::wait_until_empty(Duration limit) const {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, std::chrono::microseconds(limit.us), [&] { return entries_.empty(); });
}

}  // namespace tocsin::net
