#include "core/exchange/delivery.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"
#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

using ::testing::Contains;
using testing::Deliveries;
using ::testing::ElementsAre;
using testing::Node;
using testing::problem;

TEST_F(Deliveries, ARefusalSetsOnlyThatStatementAsideAndTheRestGoesOn) {
  const Digest first = a_.say(draft()), bad = a_.say(draft()), last = a_.say(draft());
  const auto delivery = a_.next(b_);
  ASSERT_EQ(delivery->statements, 3u);
  const trust::Party b = a_.peer(b_);
  EXPECT_TRUE(a_.get([&](store::Transaction& tx) {
    return take_refusal(tx, b, *delivery->envelope, bad, {ErrorCode::Malformed, "statement.malformed", {"body"}},
                        a_.now);
  }));
  const auto again = a_.next(b_);
  ASSERT_TRUE(again);
  EXPECT_NE(again->envelope, delivery->envelope);
  const auto incoming = b_.open(a_, again->records);
  ASSERT_TRUE(incoming) << problem(incoming);
  std::vector<Digest> arrived;
  for (const auto& in : incoming->fresh) arrived.push_back(in.statement.digest());
  EXPECT_THAT(arrived, ElementsAre(first, last));
  a_.take(b_, incoming->receipts);
  EXPECT_THAT(a_.ledger_with(b_), Contains("out refused statement.malformed"));
  EXPECT_FALSE(a_.next(b_));
  const auto rows = a_.get([&](store::Transaction& tx) { return recipients_of(tx, bad); });
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].reason_args, std::vector<std::string>{"body"});
}

TEST_F(Deliveries, ARefusalOfAReceiptedEnvelopeChangesNothing) {
  const Digest said = a_.say(draft());
  const auto delivery = a_.next(b_);
  a_.take(b_, b_.open(a_, delivery->records)->receipts);
  const trust::Party b = a_.peer(b_);
  EXPECT_FALSE(a_.get([&](store::Transaction& tx) {
    return take_refusal(tx, b, *delivery->envelope, said, {ErrorCode::Malformed, "statement.malformed", {}}, a_.now);
  })) << "so that the same is not sent again at once";
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted"));
}

// The network keeps a copy of an envelope, its recipient refuses the original, and takes the copy when the reason is
// gone. Its answer to the copy goes nowhere.
class ArrivedAfterAll : public Deliveries {
 protected:
  void SetUp() override {
    Deliveries::SetUp();
    first_ = a_.say(draft("intel"));
    second_ = a_.say(draft());
    sealed_ = *a_.next(b_);
    refuse(first_);
    third_ = a_.say(draft());
  }
  void refuse(const Digest& statement) {
    const trust::Party b = a_.peer(b_);
    EXPECT_TRUE(a_.get([&](store::Transaction& tx) {
      return take_refusal(tx, b, *sealed_.envelope, statement, {ErrorCode::Forbidden, "release.kind_not_agreed", {}},
                          a_.now);
    }));
  }
  Signed held() {
    const auto refused = b_.open(a_, a_.next(b_)->records);
    EXPECT_EQ(problem(refused), "envelope.gap");
    return refused.error().held.value();
  }
  // Delivers until nothing waits, and says what arrived.
  std::vector<Digest> deliver_all() {
    std::vector<Digest> arrived;
    while (const auto delivery = a_.next(b_)) {
      const auto incoming = b_.open(a_, delivery->records);
      EXPECT_TRUE(incoming) << problem(incoming);
      if (!incoming) break;
      for (const auto& in : incoming->fresh) arrived.push_back(in.statement.digest());
      a_.take(b_, incoming->receipts);
    }
    return arrived;
  }
  Digest first_, second_, third_;
  Delivery sealed_;
};

TEST_F(ArrivedAfterAll, TheStreamGoesOnBehindItWithWhatWasSealedInItsPlace) {
  ASSERT_TRUE(a_.next(b_));  // in its place: the second and the third
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  a_.take(b_, {held()});
  EXPECT_THAT(deliver_all(), ElementsAre(third_)) << "nothing lost, nothing twice";
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted", "out receipted", "out receipted"));
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM ledger"), 3);
}

TEST_F(ArrivedAfterAll, ItsReceiptIsTakenOnceOnly) {
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  const Signed receipt = held();
  const auto take = [&] {
    const trust::Party b = a_.peer(b_);
    return a_.get([&](store::Transaction& tx) { return take_receipt(tx, b, receipt, a_.now); });
  };
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  EXPECT_THAT(deliver_all(), ElementsAre(third_));
  EXPECT_FALSE(take()) << "and says nothing new later";
  EXPECT_FALSE(a_.next(b_));
}

TEST_F(ArrivedAfterAll, ARetractionFollowsToWhoeverWasThoughtNotToHoldIt) {
  a_.write([&](store::Transaction& tx) -> Result<void> {
    Retraction retraction;
    retraction.targets = {first_};
    Statement said = a_.draft(agreement_, "retract");
    said.body = write_retraction(retraction);
    const auto issued = TRY(issue(tx, a_.self, said, {}, a_.now));
    return keep_retraction(tx, issued.digest(), retraction, a_.id(), a_.now);
  });
  ASSERT_TRUE(b_.open(a_, sealed_.records));
  a_.take(b_, {held()});
  deliver_all();
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements WHERE kind = 'retract'"), 1);
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM retraction_holders"), 1);
}

TEST_F(ArrivedAfterAll, WhoHasSignedForSomethingElseAtThatPlaceIsNotBelieved) {
  EXPECT_THAT(deliver_all(), ElementsAre(second_, third_));
  const Envelope envelope = a_.get([&](store::Transaction& tx) -> Result<Envelope> {
    std::string payload;
    TRY_VOID(tx.each("SELECT payload FROM envelopes WHERE state = 'void'",
                     [&](const store::Row& row) { payload = base::as_text(row.blob(0)); }));
    return read_envelope(TRY(json::parse(payload)));
  });
  const Signed lie = sign_receipt(b_.keys(), {a_.id(),
                                              b_.id(),
                                              envelope.stream,
                                              envelope.first,
                                              envelope.first + 1,
                                              run_digest(envelope.statements),
                                              *sealed_.envelope,
                                              {}});
  const trust::Party b = a_.peer(b_);
  const auto taken = a_.db().write_value([&](store::Transaction& tx) { return take_receipt(tx, b, lie, a_.now); });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().id, "receipt.mismatch");
  a_.say(draft());
  EXPECT_EQ(deliver_all().size(), 1u) << "and the stream goes on";
}

TEST_F(Deliveries, ReceiptsOfOthersOrOfOtherRunsCloseNothing) {
  a_.say(draft());
  const auto delivery = a_.next(b_);
  const auto incoming = b_.open(a_, delivery->records);
  ASSERT_TRUE(incoming);
  const Receipt good = testing::must(verify_receipt(incoming->receipts[0], b_.descriptor()));
  const trust::Party b = a_.peer(b_);
  const auto take = [&](const Signed& receipt) {
    const auto done = a_.db().write_value([&](store::Transaction& tx) { return take_receipt(tx, b, receipt, a_.now); });
    return done ? "" : done.error().id;
  };
  EXPECT_EQ(take(sign_receipt(c_.keys(), good)), "trust.wrong_key");
  Receipt other = good;
  other.to = 7;
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.mismatch");
  other = good;
  other.statements = Digest{};
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.mismatch");
  other = good;
  other.envelope = Digest{};
  EXPECT_EQ(take(sign_receipt(b_.keys(), other)), "receipt.unknown_envelope");
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out sent"));
  EXPECT_EQ(take(incoming->receipts[0]), "");
}

}  // namespace
}  // namespace tocsin::exchange
