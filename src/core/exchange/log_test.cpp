#include "core/exchange/log.h"

#include <gtest/gtest.h>

#include "core/exchange/archive.h"
#include "core/exchange/exchange_fixture.h"
#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

using testing::Node;

class Log : public ::testing::Test {
 protected:
  void say(int count) {
    node_.write([&](store::Transaction& tx) -> Result<void> {
      for (int i = 0; i < count; ++i)
        said_.push_back(TRY(issue(tx, node_.self, node_.draft({}, "ping"), {}, node_.now)).digest());
      return {};
    });
  }
  void retract(const Digest& target) {
    node_.write([&](store::Transaction& tx) -> Result<void> {
      const Retraction retraction{{target}, {}, RetractReason::PersonalData, ""};
      Statement statement = node_.draft({}, "retract");
      statement.body = write_retraction(retraction);
      const Digest digest = TRY(issue(tx, node_.self, std::move(statement), {}, node_.now)).digest();
      return keep_retraction(tx, digest, retraction, node_.id(), node_.now);
    });
  }
  std::string note() {
    return node_.get([&](store::Transaction& tx) { return checkpoint(tx, node_.self, node_.now); });
  }
  LogVerification verified() {
    return node_.get([&](store::Transaction& tx) { return verify_log(tx, node_.self); });
  }

  Node node_{10};
  std::vector<Digest> said_;
};

TEST_F(Log, VerifiesWithNothingInIt) {
  EXPECT_TRUE(verified().ok());
  EXPECT_EQ(verified().leaves, 0u);
}

TEST_F(Log, VerifiesAfterThreeHundredLeaves) {
  say(300);
  note();
  const LogVerification result = verified();
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.leaves, 300u);
  EXPECT_EQ(result.present, 300u);
  EXPECT_TRUE(result.erased.empty());
}

TEST_F(Log, NoticesAChangedHashAtEveryLevel) {
  say(8);
  for (const std::string where : {"level = 0 AND idx = 3", "level = 1 AND idx = 0", "level = 3"}) {
    node_.sql("CREATE TABLE saved AS SELECT * FROM log_hashes");
    node_.sql("UPDATE log_hashes SET hash = (SELECT hash FROM log_hashes WHERE level = 0 AND idx = 7) WHERE " + where);
    EXPECT_FALSE(verified().hashes_match) << where;
    EXPECT_FALSE(verified().ok());
    node_.sql("DELETE FROM log_hashes");
    node_.sql("INSERT INTO log_hashes SELECT * FROM saved");
    node_.sql("DROP TABLE saved");
    EXPECT_TRUE(verified().ok());
  }
  node_.sql("DELETE FROM log_hashes WHERE level = 0 AND idx = 7");
  EXPECT_FALSE(verified().hashes_match) << "a missing hash";
}

TEST_F(Log, TellsARemovedStatementFromAnErasedOne) {
  say(5);
  retract(said_[1]);
  node_.write([&](store::Transaction& tx) { return erase(tx, said_[1], "personal_data"); });
  LogVerification result = verified();
  EXPECT_TRUE(result.ok()) << "an erasure with a record is explained";
  ASSERT_EQ(result.erased.size(), 1u);
  EXPECT_EQ(result.erased[0].statement, said_[1]);
  EXPECT_EQ(result.erased[0].reason, "personal_data");
  EXPECT_EQ(result.present, 5u) << "four, and the retraction";

  node_.write([&](store::Transaction& tx) -> Result<void> {
    TRY(tx.run("DELETE FROM statements WHERE digest = ?", said_[3]));
    return {};
  });
  result = verified();
  EXPECT_FALSE(result.ok());
  ASSERT_EQ(result.unexplained.size(), 1u);
  EXPECT_EQ(result.unexplained[0].statement, said_[3]);
  EXPECT_EQ(result.unexplained[0].position.index, 3u);
  EXPECT_TRUE(result.hashes_match);
}

TEST_F(Log, BelievesNoMarkOfErasureWithoutTheRetractionThatNamesTheStatement) {
  say(3);
  retract(said_[0]);
  node_.write([&](store::Transaction& tx) { return erase(tx, said_[2], "wrong"); });
  LogVerification result = verified();
  EXPECT_FALSE(result.ok());
  ASSERT_EQ(result.unexplained.size(), 1u);
  EXPECT_EQ(result.unexplained[0].statement, said_[2]);
  // Nor a row that says so, while the retraction itself says something else.
  node_.write([&](store::Transaction& tx) -> Result<void> {
    TRY(tx.run("UPDATE retraction_targets SET target = ?", said_[2]));
    return {};
  });
  EXPECT_EQ(verified().unexplained.size(), 1u);
}

TEST_F(Log, NoticesAChangedPayload) {
  say(3);
  node_.write([&](store::Transaction& tx) -> Result<void> {
    TRY(tx.run("UPDATE statements SET payload = ? WHERE digest = ?", base::to_bytes("{}"), said_[2]));
    return {};
  });
  EXPECT_EQ(verified().unexplained.size(), 1u);
}

TEST_F(Log, NoticesALeafTakenAwayFromTheEnd) {
  say(9);
  note();
  node_.sql("DELETE FROM log_leaves WHERE idx = 8");
  node_.sql("DELETE FROM log_hashes WHERE level = 0 AND idx = 8");
  const LogVerification result = verified();
  EXPECT_FALSE(result.checkpoint_matches) << "the signed tree was larger";
  EXPECT_FALSE(result.ok());
}

TEST_F(Log, NoticesACheckpointOfAnotherKey) {
  say(2);
  node_.keys().log = trust::testing::key_of(222);
  note();
  node_.keys().log = trust::testing::key_of(13);
  EXPECT_FALSE(verified().checkpoint_matches);
}

TEST_F(Log, SignsACheckpointOncePerSize) {
  say(2);
  const std::string first = note();
  node_.now = node_.now + base::hours(1);
  EXPECT_EQ(note(), first);
  EXPECT_EQ(node_.count("SELECT COUNT(*) FROM log_checkpoints"), 1);
  say(1);
  EXPECT_NE(note(), first);
  EXPECT_EQ(node_.count("SELECT COUNT(*) FROM log_checkpoints"), 2);
}

TEST_F(Log, ProvesEachLeafAndEachEarlierSize) {
  constexpr std::uint64_t kSize = 21;
  say(kSize);
  node_.write([&](store::Transaction& tx) -> Result<void> {
    const std::string epoch = TRY(current_epoch(tx)).id;
    const Digest head = TRY(root(tx, epoch, kSize));
    for (std::uint64_t i = 0; i < kSize; ++i) {
      const auto proof = TRY(inclusion(tx, {epoch, i}, kSize));
      EXPECT_TRUE(merkle::verify_inclusion(merkle::leaf_hash(said_[i].view()), i, kSize, proof, head)) << i;
      EXPECT_FALSE(merkle::verify_inclusion(merkle::leaf_hash(Digest{}.view()), i, kSize, proof, head)) << i;
    }
    for (std::uint64_t size = 1; size < kSize; ++size)
      EXPECT_TRUE(merkle::verify_consistency(size, TRY(root(tx, epoch, size)), kSize, head,
                                             TRY(consistency(tx, epoch, size, kSize))))
          << size;
    return {};
  });
}

TEST_F(Log, AFurtherEpochStartsEmptyAndLeavesTheFirstVerifiable) {
  say(3);
  note();
  node_.write([&](store::Transaction& tx) -> Result<void> {
    TRY(open_epoch(tx, node_.now));
    EXPECT_EQ(TRY(current_epoch(tx)).size, 0u);
    EXPECT_EQ(TRY(current_epoch(tx)).number, 2u);
    return {};
  });
  say(2);
  note();
  EXPECT_TRUE(verified().ok());
  EXPECT_EQ(verified().leaves, 5u);
}

}  // namespace
}  // namespace tocsin::exchange
