// What a test puts in the place of the machine: randomness that a seed decides, and a cheap hash for Argon2id, whose
// cost is all that such a test would notice of it. The linker leads the calls there (--wrap: tocsin_seeded_system() in
// tests/CMakeLists.txt), so that the program under test is the one that is shipped.
#pragma once

#include <cstdint>

namespace tocsin::test_support {

/// What getrandom() yields in this program from now on.
void seed_system(std::uint64_t seed);

}  // namespace tocsin::test_support
