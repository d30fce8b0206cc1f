// The part of a connection that is a stream of live events.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "ground/base/log.h"
#include "ground/net/connection.h"
#include "ground/net/field.h"

namespace tocsin::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::string_view kComment = ":\n\n";

bool has_header(const Response& response, std::string_view name) {
  for (const auto& field : response.headers)
    if (same_name(field.first, name)) return true;
  return false;
}

}  // namespace

asio::awaitable<bool> Connection::stream_events(Response& response) {
  asio::any_io_executor executor = transport_.executor();
  std::weak_ptr<Connection> weak = weak_from_this();
  std::function<void()> wake = [executor, weak] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->on_event();
    });
  };
  // Subscribed before the head is written: who has seen our answer misses nothing that is said from then on.
  stream_ = core_.events.subscribe(*response.topic, std::move(wake));
  response.topic.reset();
  if (!stream_) {
    Answer refusal{refusal_response({503, ErrorCode::Unavailable})};
    const bool sent = co_await send(refusal, false);
    co_return sent;
  }

  phase_ = Phase::Streaming;
  if (core_.stopping) co_return false;
  if (!has_header(response, "Content-Type")) response.headers.emplace_back("Content-Type", "text/event-stream");
  if (!has_header(response, "Cache-Control")) response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");  // proxies of the nginx family would hold events back
  // No length: the stream lasts as long as its connection.
  auto head = write_head(response, std::nullopt, true, base::system_clock().now());
  if (!head) {
    base::log_error("net: an event stream cannot be sent: {}", base::describe(head.error()));
    co_return false;
  }
  const Instant end = std::chrono::steady_clock::now() + std::chrono::microseconds(core_.options.event_stream_age.us);
  std::string out = std::move(*head);
  if (!head_only_) out.append(kComment).append(response.body);
  bool alive = co_await write(out);
  if (alive && !head_only_) {
    asio::co_spawn(executor, watch_for_end(shared_from_this()), asio::detached);
    while (alive && std::chrono::steady_clock::now() < end) alive = co_await send_waiting_events(end);
  }
  close();
  co_return false;
}

asio::awaitable<bool> Connection::send_waiting_events(Instant end) {
  std::string batch;
  std::size_t taken = 0;
  while (batch.size() < kBatchBytes) {
    const auto event = stream_->next();
    if (!event) break;
    batch += *event;
    ++taken;
  }
  if (taken == 0) {
    clear_deadline();
    const Instant heartbeat =
        std::chrono::steady_clock::now() + std::chrono::microseconds(core_.options.event_heartbeat.us);
    co_await sleep_until_woken(std::min(heartbeat, end));
    if (closed_) co_return false;
    if (std::chrono::steady_clock::now() < heartbeat) co_return true;
    batch = kComment;
  }
  const bool written = co_await write(batch);
  if (taken > 0) stream_->written(batch.size(), taken);
  co_return written;
}

void Connection::on_event() {
  if (stream_ && stream_->overflowed()) return close();
  wake_.cancel();
}

/// Notices at once when the listener goes; it has nothing more to say, so that anything it sends ends the stream too.
asio::awaitable<void> Connection::watch_for_end(std::shared_ptr<Connection> self) {
  char byte = 0;
  const asio::mutable_buffer space(&byte, 1);
  co_await self->transport_.read_some(space);
  self->close();
}

}  // namespace tocsin::net
