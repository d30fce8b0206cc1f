// Live events: topics, and the streams that listen to them (text/event-stream, WHATWG HTML section 9.2).
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tocsin::net {

inline constexpr std::size_t kMaxStreamBacklogBytes = 1 << 20;

/// "event: NAME\ndata: LINE\n...\n\n"; line breaks inside `data` become further data lines, the name ends at one.
std::string format_event(std::string_view event, std::string_view data);

/// What waits for one listener. Thread safe; `wake` must not block and not call back into the stream.
class EventStream {
 public:
  explicit EventStream(std::function<void()> wake) : wake_(std::move(wake)) {}

  void push(const std::shared_ptr<const std::string>& event);
  /// The next event, still counted as waiting until written(); null where none waits.
  std::shared_ptr<const std::string> next();
  void written(std::size_t bytes, std::size_t events);
  /// The listener was too slow; nothing more is queued.
  bool overflowed() const;

 private:
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> events_;
  std::size_t waiting_bytes_ = 0;
  bool overflowed_ = false;
};

/// Thread safe.
class EventHub {
 public:
  explicit EventHub(std::size_t max_streams) : max_streams_(max_streams) {}

  /// Null where the limit is reached.
  std::shared_ptr<EventStream> subscribe(const std::string& topic, std::function<void()> wake);
  void unsubscribe(const std::shared_ptr<EventStream>& stream);
  void broadcast(std::string_view topic, std::string_view event, std::string_view data);

 private:
  const std::size_t max_streams_;
  std::mutex mutex_;
  std::multimap<std::string, std::shared_ptr<EventStream>, std::less<>> streams_;
};

}  // namespace tocsin::net
