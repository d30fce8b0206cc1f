// Taking back a whole statement, as the list of what was sent offers it.
#include "journeys/retract.h"

#include <gmock/gmock.h>

#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RetractingAStatement : public Three {
 protected:
  void SetUp() override {
    const auto items = binh_.import({"198.51.100.7", "198.51.100.8"});
    const auto to_an = binh_.publish(items, with_an_);
    const auto to_chi = binh_.publish(items, with_chi_);
    ASSERT_TRUE(to_an && to_chi);
    to_an_ = to_an->statements.at(0).digest;
    settle();
  }
  void take_back(exchange::RetractReason reason) {
    RetractRequest request;
    request.statement = to_an_;
    request.reason = reason;
    request.by = kAnalyst;
    ASSERT_TRUE(retract(binh_.context(), request));
    settle();
  }
  Digest to_an_;
};

TEST_F(RetractingAStatement, ThatIsWrongEndsItsContentHereAndWhereverItWent) {
  take_back(exchange::RetractReason::Wrong);
  for (Node* node : {&an_, &binh_, &chi_}) EXPECT_THAT(node->matches(), IsEmpty());
}

TEST_F(RetractingAStatement, ThatShouldNotHaveGoneThereLeavesTheRestAsItIs) {
  take_back(exchange::RetractReason::Narrowed);
  EXPECT_THAT(an_.matches(), IsEmpty());
  for (Node* node : {&binh_, &chi_}) EXPECT_THAT(node->matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
