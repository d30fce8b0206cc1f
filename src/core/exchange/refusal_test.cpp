#include "core/exchange/refusal.h"

#include <gtest/gtest.h>

namespace tocsin::exchange {
namespace {

Consequence of(ErrorCode code, std::string_view id) {
  return consequence_of({code, std::string(id), {}, {}});
}

TEST(ConsequenceOfARefusal, SetsAsideWhatCannotBeAcceptedWhateverHappensLater) {
  for (const auto& [code, id] : {std::pair{ErrorCode::Malformed, "statement.malformed"},
                                 {ErrorCode::TooLarge, "delivery.statement_too_large"},
                                 {ErrorCode::Forbidden, "release.above_tlp_ceiling"},
                                 {ErrorCode::Forbidden, "delivery.author_held_back"},
                                 {ErrorCode::Unauthenticated, "trust.wrong_key"},
                                 {ErrorCode::Conflict, "statement.two_of_one_id"},
                                 {ErrorCode::Conflict, "delivery.our_own"}})
    EXPECT_EQ(of(code, id), Consequence::SetAside) << id;
}

TEST(ConsequenceOfARefusal, LetsOneStreamRestWhereOnlyThatIsConcerned) {
  for (const auto& [code, id] : {std::pair{ErrorCode::Forbidden, "delivery.no_agreement"},
                                 {ErrorCode::Forbidden, "delivery.quarantined"},
                                 {ErrorCode::Conflict, "envelope.gap"}})
    EXPECT_EQ(of(code, id), Consequence::StreamRests) << id;
}

TEST(ConsequenceOfARefusal, IsToTryAgainWhereItMayBeDifferentTheNextTime) {
  for (const auto& [code, id] : {std::pair{ErrorCode::Forbidden, "delivery.not_verified_here"},
                                 {ErrorCode::Forbidden, "delivery.suspended"},
                                 {ErrorCode::Unauthenticated, "peers.unknown_key"},
                                 {ErrorCode::TooFast, "delivery.too_fast"},
                                 {ErrorCode::Unavailable, "delivery.no_room"},
                                 {ErrorCode::Conflict, "delivery.two_histories"},
                                 {ErrorCode::Internal, "json.internal"},
                                 {ErrorCode::Corrupt, "store.corrupt"}})
    EXPECT_EQ(of(code, id), Consequence::TryAgain) << id;
}

}  // namespace
}  // namespace tocsin::exchange
