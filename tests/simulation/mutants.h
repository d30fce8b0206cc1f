// Deliberate faults: a test of the simulation itself. The program knows nothing of them. Each is put over it from
// outside: a check that is switched off in a copy of the file that makes it (mutate.py), or a store that forgets,
// between a node and its database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/party.h"

namespace tocsin::simulation {

struct Mutant {
  std::string_view name;  ///< of a check: the id with which it refuses
  std::string says;       ///< what is wrong with it
  Wrap wrap = {};         ///< faults of the store
};

const std::vector<Mutant>& all_mutants();
const Mutant* mutant_named(std::string_view name);
/// From now on. Null: the program as it is.
void switch_on(const Mutant* mutant);

}  // namespace tocsin::simulation
