// The parties that appear in simulations, founded once for the whole program.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "core/trust/own_keys.h"
#include "journeys/deed.h"
#include "tests/support/folder.h"

namespace tocsin::simulation {

inline constexpr Time kStart{1'795'230'840'000'000};  // 2026-11-21T03:14:00Z
inline constexpr std::string_view kPassword = "a bell that one village rings";
inline const journeys::Doer kAnalyst{"analyst", "session"};
inline const journeys::Doer kDuty{"duty", "session"};

/// The simulation cannot go on without the value: what it is asked for then is a fault of the simulator.
template <typename T>
T must(Result<T> result) {
  if (!result) base::check_failed(base::describe(result.error()).c_str(), __FILE__, __LINE__);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Founded {
  std::shared_ptr<const trust::OwnKeys> keys;
  trust::PartyId id;
  std::string file;  ///< its database, as founded
  std::string sealed_root;
  bool single_signatory = false;
};

class Cast {
 public:
  /// The n-th party is the same in every run of the program.
  const Founded& member(std::size_t n);

 private:
  Founded found(std::size_t n);
  test_support::TemporaryFolder folder_;
  std::deque<Founded> members_;
};

}  // namespace tocsin::simulation
