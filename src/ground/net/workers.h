// A fixed number of threads that run handlers from a queue of fixed length.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ground/base/bounded_queue.h"

namespace tocsin::net {

/// Thread safe.
class Workers {
 public:
  /// At least one thread. Throws std::system_error where the machine gives none.
  Workers(unsigned threads, std::size_t queue_capacity);
  ~Workers() { finish(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False where the queue is full or closed; never waits. The job must not throw.
  bool try_run(std::function<void()> job) { return queue_.try_push(std::move(job)); }
  /// Takes no more jobs, runs those it has, joins its threads. Must not be called by a job.
  void finish();

 private:
  void run(unsigned number);

  base::BoundedQueue<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
};

/// For the operator's `top -H` (at most 15 characters).
void name_this_thread(const std::string& name);

}  // namespace tocsin::net
