#include "core/exchange/prune.h"

#include "core/exchange/deliveries_fixture.h"
#include "core/exchange/log.h"

namespace tocsin::exchange {
namespace {

using testing::Deliveries;
using testing::Node;

class Pruning : public Deliveries {
 protected:
  static std::int64_t prune_all(Node& node) {
    std::int64_t gone = 0, some = 0;
    do {
      some = node.get([&](store::Transaction& tx) { return prune(tx, node.now); });
      gone += some;
    } while (some > 0);
    return gone;
  }
  static std::int64_t queued(Node& node) { return node.count("SELECT COUNT(*) FROM queue"); }
  void deliver(Node& from, Node& to) {
    while (const auto delivery = from.next(to)) {
      const auto taken = to.open(from, delivery->records);
      ASSERT_TRUE(taken) << testing::problem(taken);
      from.take(to, taken->receipts);
    }
  }
};

TEST_F(Pruning, KeepsInTheQueueWhatOneOfItsRecipientsHasNotHad) {
  for (int i = 0; i < 3; ++i) b_.say(b_.draft(agreement_));
  deliver(b_, a_);
  EXPECT_EQ(prune_all(b_), 0) << "Chi has had nothing yet";
  deliver(b_, c_);
  EXPECT_EQ(prune_all(b_), 3);
  EXPECT_EQ(queued(b_), 0);
  b_.say(b_.draft(agreement_));
  EXPECT_EQ(prune_all(b_), 0);
  deliver(b_, a_);
  deliver(b_, c_);
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM statements"), 4) << "the streams go on where they were";
  EXPECT_EQ(c_.count("SELECT COUNT(*) FROM statements"), 4);
}

TEST_F(Pruning, WaitsForNobodyWhoHasLeftTheAgreement) {
  b_.say(b_.draft(agreement_));
  deliver(b_, a_);
  b_.write([&](store::Transaction& tx) { return trust::withdraw(tx, agreement_.id, c_.id(), Digest{}, b_.now); });
  EXPECT_EQ(prune_all(b_), 1);
}

TEST_F(Pruning, KeepsInTheQueueWhatIsOnItsWayAndGoesAnewWhereItIsRefused) {
  const Digest first = b_.say(b_.draft(agreement_, "ping"), {}, a_.id()),
               second = b_.say(b_.draft(agreement_, "ping"), {}, a_.id());
  const auto delivery = b_.next(a_);
  ASSERT_TRUE(delivery);
  EXPECT_EQ(prune_all(b_), 0) << "no receipt has come";
  const trust::Party a = b_.peer(a_);
  EXPECT_TRUE(b_.get([&](store::Transaction& tx) {
    return take_refusal(tx, a, *delivery->envelope, first, {ErrorCode::Forbidden, "test.refused", {}, {}}, b_.now);
  }));
  EXPECT_EQ(prune_all(b_), 0);
  deliver(b_, a_);
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM statements WHERE kind = 'ping'"), 1);
  EXPECT_EQ(b_.get([&](store::Transaction& tx) { return recipients_of(tx, second); }).at(0).state,
            DeliveryState::Receipted);
  EXPECT_EQ(prune_all(b_), 2);
}

TEST_F(Pruning, LeavesWhatWaitsBehindAQuarantine) {
  b_.sql("UPDATE parties SET state = 'quarantined' WHERE own = 0");
  b_.say(b_.draft(agreement_, "ping"), {}, a_.id());
  EXPECT_FALSE(b_.next(a_));
  EXPECT_EQ(prune_all(b_), 0);
  b_.sql("UPDATE parties SET state = 'verified' WHERE own = 0");
  deliver(b_, a_);
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM statements WHERE kind = 'ping'"), 1);
}

TEST_F(Pruning, RemovesABoundedNumberOfRowsAtATime) {
  const Digest said = b_.say(b_.draft(agreement_, "ping"), {}, a_.id());
  deliver(b_, a_);
  b_.write([&](store::Transaction& tx) -> Result<void> {
    const Archived statement = TRY(archived(tx, said));
    for (int i = 0; i < 5000; ++i) TRY_VOID(enqueue(tx, statement, "", a_.id(), b_.now));
    return {};
  });
  deliver(b_, a_);
  while (b_.get([&](store::Transaction& tx) -> Result<bool> {
    const trust::Party a = TRY(trust::party(tx, a_.id()));
    return TRY(waiting_for(tx, a, b_.self, b_.now)).statements > 0;
  }))
    deliver(b_, a_);
  const std::int64_t before = queued(b_);
  const auto gone = b_.get([&](store::Transaction& tx) { return prune(tx, b_.now); });
  EXPECT_GT(gone, 0);
  EXPECT_LE(gone, 2000);
  EXPECT_LE(prune_all(b_), before - gone);
}

TEST_F(Pruning, KeepsTheLastCheckpointOfAnEpochAndThoseOfAMonth) {
  const auto sizes = [&] { return b_.count("SELECT COUNT(*) FROM log_checkpoints"); };
  const auto note = [&] {
    return b_.get([&](store::Transaction& tx) -> Result<std::string> {
      TRY(append_leaf(tx, crypto::sha256("leaf"), "message", b_.now));
      return checkpoint(tx, b_.self, b_.now);
    });
  };
  note();
  note();
  b_.now = b_.now + base::days(31);
  EXPECT_EQ(prune_all(b_), 1) << "not the last one, however old";
  const std::string last = note();
  EXPECT_EQ(prune_all(b_), 1);
  EXPECT_EQ(sizes(), 1);
  EXPECT_EQ(b_.get([&](store::Transaction& tx) { return checkpoint(tx, b_.self, b_.now); }), last);
  note();
  EXPECT_EQ(prune_all(b_), 0);
  EXPECT_EQ(sizes(), 2);
}

}  // namespace
}  // namespace tocsin::exchange
