#include "core/exchange/delivery_state.h"

#include "core/exchange/deliveries_fixture.h"
#include "core/exchange/ledger.h"

namespace tocsin::exchange {
namespace {

using testing::Deliveries;
using ::testing::ElementsAre;
using testing::Node;
using enum DeliveryState;

constexpr DeliveryState kAll[] = {Sent, Receipted, Withheld, Refused, Lost, Unsure, Received};

TEST(DeliveryStates, AreKnownByTheirNames) {
  for (const DeliveryState state : kAll) EXPECT_EQ(delivery_state_from_name(name(state)), state);
  for (const char* word : {"", "queued", "late", "Sent", "sent "}) EXPECT_FALSE(delivery_state_from_name(word)) << word;
}

TEST(DeliveryStates, SayWhetherThePeerMayHaveItAndWhetherItGoesAgain) {
  const auto those = [](bool (*holds)(DeliveryState)) {
    std::vector<std::string_view> out;
    for (const DeliveryState state : kAll)
      if (holds(state)) out.push_back(name(state));
    return out;
  };
  EXPECT_THAT(those(has_gone), ElementsAre("sent", "receipted"));
  EXPECT_THAT(those(may_be_there), ElementsAre("sent", "receipted", "lost", "unsure"));
  EXPECT_THAT(those(is_final), ElementsAre("sent", "receipted", "refused"));
  EXPECT_THAT(those(is_decided), ElementsAre("sent", "receipted", "withheld", "refused"));
  EXPECT_EQ(in_states(has_gone), " IN ('sent', 'receipted')");
}

class Ledger : public Deliveries {
 protected:
  void note(const Node& with, std::string_view statement, std::string_view direction, DeliveryState state) {
    LedgerEntry entry;
    entry.party = with.id();
    entry.direction = direction;
    entry.state = state;
    entry.statement = crypto::sha256(statement);
    entry.kind = statement;
    a_.write([&](store::Transaction& tx) { return enter(tx, entry, a_.now); });
  }
  std::vector<std::string> with_b(int limit) {
    std::vector<std::string> out;
    for (const LedgerRow& row : a_.get([&](store::Transaction& tx) { return may_be_with(tx, b_.id(), limit); }))
      out.push_back(row.kind + " " + std::string(name(row.state)));
    return out;
  }
};

TEST_F(Ledger, NamesEachStatementOnceThatThePeerHasOrMayHave) {
  note(b_, "one", "out", Unsure);
  note(b_, "two", "out", Sent);
  note(b_, "one", "out", Receipted);
  note(b_, "three", "out", Unsure);
  for (const DeliveryState state : {Withheld, Refused, Lost}) note(b_, name(state), "out", state);
  note(b_, "theirs", "in", Received);
  note(c_, "of another", "out", Receipted);
  EXPECT_THAT(with_b(10), ElementsAre("lost lost", "three unsure", "one receipted", "two sent"));
  EXPECT_THAT(with_b(1), ElementsAre("lost lost"));
  EXPECT_EQ(a_.get([&](store::Transaction& tx) { return count_may_be_with(tx, b_.id()); }), 4);
}

}  // namespace
}  // namespace tocsin::exchange
