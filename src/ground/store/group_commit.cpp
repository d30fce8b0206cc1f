#include "ground/store/group_commit.h"

#include <algorithm>

#include "ground/store/checked_transaction.h"

namespace tocsin::store {
namespace {

/// A leader works for at most this many before it hands over, so that its own caller gets an answer in bounded time.
constexpr std::size_t kMaxGroup = 256;

}  // namespace

Result<void> GroupCommit::run(const WriteFunction& function) {
  Waiter mine{&function};
  std::vector<Waiter*> group;
  {
    std::unique_lock lock(mutex_);
    queue_.push_back(&mine);
    moved_.wait(lock, [&] { return mine.finished || queue_.front() == &mine; });
    if (mine.finished) return std::move(mine.result);
    const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMaxGroup));
    group.assign(queue_.begin(), queue_.begin() + size);
  }

  // The members stay in the queue meanwhile: the leader remains at its front, so nobody else starts.
  run_group(group);

  {
    std::lock_guard lock(mutex_);
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(group.size()));
    for (Waiter* waiter : group) waiter->finished = true;
  }
  moved_.notify_all();
  return std::move(mine.result);
}

std::size_t GroupCommit::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void GroupCommit::run_group(Group group) {
  // Each turn settles at least one waiter or ends, so this is bounded by the size of the group.
  while (!run_functions(group)) {
  }
  const bool anything = std::any_of(group.begin(), group.end(), [](const Waiter* waiter) { return !waiter->settled; });
  if (!anything) {
    if (session_.in_transaction()) session_.rollback();
    return;
  }
  auto committed = session_.commit();
  if (committed) return;
  if (session_.in_transaction()) session_.rollback();
  if (committed.error().code == ErrorCode::Conflict && group.size() > 1) {
    // A rule that is checked only at the commit (a deferred foreign key) was broken by one of them, and the engine does
    // not say by whom. Nothing was written: give each its own commit.
    for (Waiter* const& waiter : group)
      if (!waiter->settled) run_group(Group(&waiter, 1));
    return;
  }
  settle_rest(group, committed.error());
}

/// False where the whole group has to start again without the one that broke it.
bool GroupCommit::run_functions(Group group) {
  if (auto begun = session_.begin(); !begun) {
    settle_rest(group, begun.error());
    return true;
  }
  for (Waiter* waiter : group) {
    if (waiter->settled) continue;
    run_one(*waiter, group.size() == 1);
    if (session_.in_transaction()) continue;
    if (!waiter->settled) {
      waiter->settled = true;
      waiter->result = fail(ErrorCode::Unavailable, "store.failed", {}, "the engine rolled the transaction back");
    }
    const bool others = std::any_of(group.begin(), group.end(), [](const Waiter* other) { return !other->settled; });
    return !others;
  }
  return true;
}

void GroupCommit::run_one(Waiter& waiter, bool alone) {
  auto settle = [&waiter](const Error& error) {
    waiter.settled = true;
    waiter.result = tl::unexpected(error);
  };
  if (!alone) {
    if (auto set = session_.set_savepoint(); !set) return settle(set.error());
  }
  auto result = run_checked(*waiter.function, session_.transaction());
  if (!result) {
    settle(result.error());
    if (!alone && session_.in_transaction()) {
      // Where the savepoint cannot be restored, the changes of this one could slip into the commit: give up the whole.
      if (!session_.rollback_to_savepoint()) session_.rollback();
    }
    return;
  }
  if (alone || !session_.in_transaction()) return;
  if (auto released = session_.release_savepoint(); !released) {
    settle(released.error());
    session_.rollback();
  }
}

void GroupCommit::settle_rest(Group group, const Error& error) {
  for (Waiter* waiter : group) {
    if (waiter->settled) continue;
    waiter->settled = true;
    waiter->result = tl::unexpected(error);
  }
}

}  // namespace tocsin::store
