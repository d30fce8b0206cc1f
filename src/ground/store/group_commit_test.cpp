// The queue itself, over a session that can be told what fails. The engines' own behaviour is in store_test.cpp.
#include "ground/store/group_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

namespace tocsin::store {
namespace {

using ::testing::ElementsAre;

/// Keeps names in memory: written in a transaction, undone to the savepoint, kept by a commit.
class FakeSession final : public WriteSession, public Transaction {
 public:
  Result<void> begin() override {
    if (fail_begin) return fail(ErrorCode::Unavailable, "test.begin");
    EXPECT_FALSE(open_);
    open_ = true;
    pending_.clear();
    return {};
  }
  Result<void> commit() override {
    EXPECT_TRUE(open_);
    ++commits;
    if (fail_commit) return tl::unexpected(*fail_commit);
    for (const auto& name : pending_)
      if (name == "deferred conflict") return fail(ErrorCode::Conflict, "test.deferred");
    open_ = false;
    committed.insert(committed.end(), pending_.begin(), pending_.end());
    return {};
  }
  void rollback() override { open_ = false; }
  Result<void> set_savepoint() override {
    saved_ = pending_;
    return {};
  }
  Result<void> release_savepoint() override { return {}; }
  Result<void> rollback_to_savepoint() override {
    if (fail_rollback_to) return fail(ErrorCode::Internal, "test.rollback_to");
    pending_ = saved_;
    return {};
  }
  bool in_transaction() const override { return open_; }
  Transaction& transaction() override { return *this; }

  Result<std::int64_t> execute(std::string_view sql, std::span<const Cell>) override {
    if (sql == "disk full") {
      open_ = false;  // as SQLite does: the whole transaction is gone
      return fail(ErrorCode::Unavailable, "store.full");
    }
    pending_.emplace_back(sql);
    return 1;
  }
  Result<void> query(std::string_view, std::span<const Cell>, const std::function<bool(const Row&)>&) override {
    return {};
  }
  std::int64_t last_id() override { return 0; }

  bool fail_begin = false;
  bool fail_rollback_to = false;
  std::optional<Error> fail_commit;
  int commits = 0;
  std::vector<std::string> committed;

 private:
  bool open_ = false;
  std::vector<std::string> pending_, saved_;
};

class Group : public ::testing::Test {
 protected:
  /// Holds the leader inside a first transaction until all of `names` wait behind it, so that they become one group.
  /// Each writes its name; one that starts with "refused" then fails. Returns the errors' ids, in order.
  std::vector<std::string> run_together(const std::vector<std::string>& names) {
    std::vector<std::string> answers(names.size());
    std::thread leader([&] {
      (void)commits_.run([&](Transaction&) -> Result<void> {
        while (commits_.waiting() < names.size() + 1) std::this_thread::yield();
        return fail(ErrorCode::Forbidden, "test.leader");
      });
    });
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < names.size(); ++i) {
      while (commits_.waiting() < i + 1) std::this_thread::yield();  // one after the other: the order is known
      threads.emplace_back([&, i] {
        const auto result = commits_.run([&](Transaction& tx) -> Result<void> {
          ++runs_;
          TRY_VOID(tx.run(names[i]));
          if (names[i].starts_with("refused")) return fail(ErrorCode::Forbidden, "test.refused");
          return {};
        });
        answers[i] = result ? "done" : result.error().id;
      });
    }
    leader.join();
    for (auto& thread : threads) thread.join();
    return answers;
  }

  FakeSession session_;
  GroupCommit commits_{session_};
  std::atomic<int> runs_ = 0;
};

TEST_F(Group, SharesOneCommitInTheOrderOfArrival) {
  EXPECT_THAT(run_together({"a", "b", "c"}), ElementsAre("done", "done", "done"));
  EXPECT_THAT(session_.committed, ElementsAre("a", "b", "c"));
  EXPECT_EQ(session_.commits, 1);
}

TEST_F(Group, UndoesOnlyWhoFailed) {
  EXPECT_THAT(run_together({"a", "refused", "c"}), ElementsAre("done", "test.refused", "done"));
  EXPECT_THAT(session_.committed, ElementsAre("a", "c"));
  EXPECT_EQ(session_.commits, 1);
}

TEST_F(Group, CommitsNothingWhereAllFailed) {
  EXPECT_THAT(run_together({"refused", "refused too"}), ElementsAre("test.refused", "test.refused"));
  EXPECT_EQ(session_.commits, 0);
  EXPECT_FALSE(session_.in_transaction());
}

TEST_F(Group, TellsEveryoneThatTheCommitFailed) {
  session_.fail_commit = Error{ErrorCode::Unavailable, "store.full", {}};
  EXPECT_THAT(run_together({"a", "refused", "c"}), ElementsAre("store.full", "test.refused", "store.full"));
  EXPECT_THAT(session_.committed, ElementsAre());
  EXPECT_FALSE(session_.in_transaction());
}

TEST_F(Group, TellsEveryoneThatItCannotBegin) {
  session_.fail_begin = true;
  EXPECT_FALSE(commits_.run([](Transaction&) -> Result<void> { return {}; }));
  EXPECT_EQ(session_.commits, 0);
}

TEST_F(Group, FindsWhoBreaksARuleThatIsCheckedAtTheCommit) {
  EXPECT_THAT(run_together({"a", "deferred conflict", "c"}), ElementsAre("done", "test.deferred", "done"));
  EXPECT_THAT(session_.committed, ElementsAre("a", "c"));
}

TEST_F(Group, StartsAgainWithoutTheOneThatMadeTheEngineGiveUp) {
  EXPECT_THAT(run_together({"a", "disk full", "c"}), ElementsAre("done", "store.full", "done"));
  EXPECT_THAT(session_.committed, ElementsAre("a", "c"));
  EXPECT_EQ(runs_, 4) << "a, disk full; again a, then c";
}

TEST_F(Group, GivesUpTheWholeWhereOneCannotBeUndone) {
  session_.fail_rollback_to = true;
  EXPECT_THAT(run_together({"a", "refused", "c"}), ElementsAre("done", "test.refused", "done"));
  EXPECT_THAT(session_.committed, ElementsAre("a", "c")) << "nothing of the one that failed may slip in";
}

TEST_F(Group, HandsOverBetweenManyLeaders) {
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i) names.push_back(std::to_string(i));  // more than one leader takes
  const auto answers = run_together(names);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "done"), 600);
  EXPECT_EQ(session_.committed, names);
  EXPECT_LE(session_.commits, 4);
}

}  // namespace
}  // namespace tocsin::store
