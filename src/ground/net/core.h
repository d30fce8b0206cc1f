// What all connections of one server share.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ground/net/address.h"
#include "ground/net/events.h"
#include "ground/net/server.h"
#include "ground/net/workers.h"

namespace tocsin::net {

class Connection;

/// Memory that bodies of unfinished requests may take together. Thread safe.
class BodyMemory {
 public:
  explicit BodyMemory(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Adds to what one request holds already. A request that is alone may pass the limit: its own body limit bounds it.
  bool grow(std::uint64_t held_bytes, std::uint64_t more_bytes);
  void release(std::uint64_t bytes) { used_bytes_ -= bytes; }

 private:
  const std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> used_bytes_ = 0;
};

/// The open connections, counted by where they come from. Thread safe.
class ConnectionList {
 public:
  ConnectionList(std::size_t max_total, std::size_t max_per_source, std::size_t max_new_per_source)
      : max_total_(max_total), max_per_source_(max_per_source), max_new_per_source_(max_new_per_source) {}

  /// False where a limit is reached or the list is closed. No source: a unix socket, which only the total bounds. Where
  /// the total is reached, the oldest one that may go makes room.
  bool add(const std::shared_ptr<Connection>& connection, std::optional<IpAddress> source);
  void remove(const Connection* connection);
  /// At first each may go: nobody knows yet whose it is.
  void let_go(const Connection* connection, bool may_go);
  void close();  ///< no more are added
  std::vector<std::shared_ptr<Connection>> all() const;
  bool wait_until_empty(Duration limit) const;

 private:
  struct Entry {
    std::weak_ptr<Connection> connection;
    std::optional<IpAddress> source;
    std::uint64_t number = 0;  // in the order in which they came
    bool may_go = true;
  };
  std::shared_ptr<Connection> give_up_oldest();
  void erase(std::map<const Connection*, Entry>::iterator entry);

  // What a source may still open: filled up again within a minute.
  struct Allowance {
    double left = 0;
    std::chrono::steady_clock::time_point as_of;
  };
  bool may_open(const IpAddress& source);

  const std::size_t max_total_, max_per_source_, max_new_per_source_;
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  std::map<const Connection*, Entry> entries_;
  std::map<IpAddress, std::size_t> per_source_;
  std::map<IpAddress, Allowance> allowances_;
  std::uint64_t added_ = 0;
  bool closed_ = false;
};

/// What the next handshake shows. A connection keeps what it began with.
class TlsInUse {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;  ///< null: plain
  explicit TlsInUse(Context context) : context_(std::move(context)) {}
  Context get() const {
    std::lock_guard lock(mutex_);
    return context_;
  }
  void set(Context context) {
    std::lock_guard lock(mutex_);
    context_ = std::move(context);
  }

 private:
  mutable std::mutex mutex_;
  Context context_;
};

struct Core {
  Core(const ServerOptions& server_options, Handler request_handler, TlsInUse::Context context)
      : options(server_options),
        handler(std::move(request_handler)),
        tls(std::move(context)),
        body_memory(std::max<std::uint64_t>(4 * server_options.max_body_bytes, 256u << 20)),
        events(server_options.max_event_streams),
        connections(server_options.max_connections, server_options.max_connections_per_source,
                    server_options.max_new_connections_per_source),
        workers(server_options.workers, server_options.max_queued_requests),
        io(static_cast<int>(server_options.io_threads)) {}

  const ServerOptions options;
  const Handler handler;
  TlsInUse tls;
  BodyMemory body_memory;
  EventHub events;
  ConnectionList connections;
  Workers workers;
  std::atomic<bool> stopping = false;
  boost::asio::io_context io;  ///< last: what still waits in it refers to the members above
};

}  // namespace tocsin::net
