// The connections that read. A reader waits only while all of them are taken. Private to this room; thread safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace tocsin::store {

template <typename Connection>
class ReaderPool {
 public:
  class Lease {
   public:
    Lease(ReaderPool& pool, Connection* connection) : pool_(pool), connection_(connection) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(connection_); }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_; }

   private:
    ReaderPool& pool_;
    Connection* connection_;
  };

  explicit ReaderPool(std::vector<std::unique_ptr<Connection>> connections) : connections_(std::move(connections)) {
    for (const auto& connection : connections_) free_.push_back(connection.get());
  }
  bool empty() const { return connections_.empty(); }

  Lease take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !free_.empty(); });
    Connection* connection = free_.back();  // the one used last has the warmest cache
    free_.pop_back();
    return {*this, connection};
  }

 private:
  void give_back(Connection* connection) {
    {
      std::lock_guard lock(mutex_);
      free_.push_back(connection);
    }
    returned_.notify_one();
  }

  const std::vector<std::unique_ptr<Connection>> connections_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Connection*> free_;
};

}  // namespace tocsin::store
