#include "core/exchange/refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tocsin::exchange {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& ids, const Error& error) {
  return std::find(ids.begin(), ids.end(), error.id) != ids.end();
}

// Until an agreement is in force there, until a quarantine is lifted, until what is missing has come.
constexpr std::array<std::string_view, 4> kOfAStream = {"delivery.no_agreement", "delivery.quarantined", "envelope.gap",
                                                        "envelope.other_recovery"};
// Until persons there have verified us, or have settled what we are suspended for.
constexpr std::array<std::string_view, 3> kOfThePeer = {"delivery.not_verified_here", "delivery.suspended",
                                                        "peers.unknown_key"};
// Of the conflicts only those in which two statements contradict each other.
constexpr std::array<std::string_view, 2> kOfTheStatement = {"statement.two_of_one_id", "delivery.our_own"};

}  // namespace

Consequence consequence_of(const Error& error) {
  if (is_one_of(kOfAStream, error)) return Consequence::StreamRests;
  if (is_one_of(kOfThePeer, error)) return Consequence::TryAgain;
  switch (error.code) {
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
    case ErrorCode::Forbidden:
    case ErrorCode::Unauthenticated:
      return Consequence::SetAside;
    default:
      return is_one_of(kOfTheStatement, error) ? Consequence::SetAside : Consequence::TryAgain;
  }
}

}  // namespace tocsin::exchange
