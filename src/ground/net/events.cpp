#include "ground/net/events.h"

#include <algorithm>

namespace tocsin::net {
namespace {

// Many tiny events cost more than their bytes.
constexpr std::size_t kOverheadBytes = 64;

}  // namespace

std::string format_event(std::string_view event, std::string_view data) {
  std::string out = "event: ";
  out.append(event.substr(0, event.find_first_of("\r\n"))).append("\n");
  for (;;) {
    const std::size_t end = std::min(data.find_first_of("\r\n"), data.size());
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == data.size()) break;
    data.remove_prefix(data.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
  return out.append("\n");
}

void EventStream::push(const std::shared_ptr<const std::string>& event) {
  {
    std::lock_guard lock(mutex_);
    if (overflowed_) return;
    waiting_bytes_ += event->size() + kOverheadBytes;
    if (waiting_bytes_ > kMaxStreamBacklogBytes) {
      overflowed_ = true;
      events_.clear();
    } else {
      events_.push_back(event);
    }
  }
  wake_();
}

std::shared_ptr<const std::string> EventStream::next() {
  std::lock_guard lock(mutex_);
  if (events_.empty()) return nullptr;
  auto out = std::move(events_.front());
  events_.pop_front();
  return out;
}

void EventStream::written(std::size_t bytes, std::size_t events) {
  std::lock_guard lock(mutex_);
  waiting_bytes_ -= bytes + events * kOverheadBytes;
}

bool EventStream::overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

std::shared_ptr<EventStream> EventHub::subscribe(const std::string& topic, std::function<void()> wake) {
  auto stream = std::make_shared<EventStream>(std::move(wake));
  std::lock_guard lock(mutex_);
  if (streams_.size() >= max_streams_) return nullptr;
  streams_.emplace(topic, stream);
  return stream;
}

void EventHub::unsubscribe(const std::shared_ptr<EventStream>& stream) {
  std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&](const auto& entry) { return entry.second == stream; });
}

void EventHub::broadcast(std::string_view topic, std::string_view event, std::string_view data) {
  const auto text = std::make_shared<const std::string>(format_event(event, data));
  std::lock_guard lock(mutex_);
  const auto [begin, end] = streams_.equal_range(topic);
  for (auto it = begin; it != end; ++it) it->second->push(text);
}

}  // namespace tocsin::net
