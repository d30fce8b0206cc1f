// Several callers' transactions become one: one disk flush (SQLite) or one round of locking and flushing (PostgreSQL)
// carries them all. The caller at the head of the queue is the leader: it takes everyone who waits, runs each function
// in a savepoint of its own, commits once, and wakes them.
//
// Thread safe. One GroupCommit per writing connection; nobody else uses that connection except through run().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "ground/base/result.h"
#include "ground/store/store.h"

namespace tocsin::store {

/// What the queue needs from the one writing connection.
class WriteSession {
 public:
  virtual ~WriteSession() = default;
  virtual Result<void> begin() = 0;
  /// Success means: on the disk. An error means that nobody may be told that anything was written.
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;
  virtual Result<void> set_savepoint() = 0;
  virtual Result<void> release_savepoint() = 0;
  virtual Result<void> rollback_to_savepoint() = 0;
  /// False where the engine itself gave up the whole transaction (no space, lost connection).
  virtual bool in_transaction() const = 0;
  virtual Transaction& transaction() = 0;
};

using WriteFunction = std::function<Result<void>(Transaction&)>;

class GroupCommit {
 public:
  explicit GroupCommit(WriteSession& session) : session_(session) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Returns when the function's changes are committed, or did not happen.
  Result<void> run(const WriteFunction& function);

  /// How many callers are inside run(), the leader's group included.
  std::size_t waiting() const;

 private:
  struct Waiter {
    const WriteFunction* function;
    Result<void> result = {};
    bool settled = false;   ///< failed on its own; it takes no further part in the group
    bool finished = false;  ///< guarded by mutex_; the group is over
  };
  using Group = std::span<Waiter* const>;

  void run_group(Group group);
  bool run_functions(Group group);
  void run_one(Waiter& waiter, bool alone);
  static void settle_rest(Group group, const Error& error);

  WriteSession& session_;
  mutable std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<Waiter*> queue_;  ///< bounded by the number of threads: each waits for its own entry
};

}  // namespace tocsin::store
