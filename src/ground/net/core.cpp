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
  std::shared_ptr<Connection> given_up;  // ends after the lock is released: its end comes back here
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (source && !may_open(*source)) return false;
  if (source) {
    const auto count = per_source_.find(*source);
    if (count != per_source_.end() && count->second >= max_per_source_) return false;
  }
  if (entries_.size() >= max_total_) {
    given_up = give_up_oldest();
    if (!given_up) return false;
    given_up->abort();
  }
  if (source) ++per_source_[*source];
  entries_[connection.get()] = Entry{connection, source, ++added_, true};
  return true;
}

// Whoever says nothing, or what anybody may ask, must not keep those out whom we know: strangers make room for each
// other.
std::shared_ptr<Connection> ConnectionList::give_up_oldest() {
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry)
    if (entry->second.may_go && (oldest == entries_.end() || entry->second.number < oldest->second.number))
      oldest = entry;
  if (oldest == entries_.end()) return nullptr;
  auto out = oldest->second.connection.lock();  // none: it is on its way out by itself
  if (out) erase(oldest);
  return out;
}

void ConnectionList::let_go(const Connection* connection, bool may_go) {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(connection);
  if (entry != entries_.end()) entry->second.may_go = may_go;
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
  if (entry != entries_.end()) erase(entry);
}

void ConnectionList::erase(std::map<const Connection*, Entry>::iterator entry) {
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
