// One seed decides everything in a simulation: what happens next, and also what the program takes for randomness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "tests/support/seeded_system.h"

namespace tocsin::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::uint64_t number() { return engine_(); }
  template <typename Container>
  auto& of(Container& container) {
    return container[below(container.size())];
  }

 private:
  std::mt19937_64 engine_;
};

using test_support::seed_system;

}  // namespace tocsin::simulation
