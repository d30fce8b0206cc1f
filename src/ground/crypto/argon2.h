// The costly step behind passwords and passphrases, in one place so that its cost is bounded in one place.
#pragma once

#include <cstdint>
#include <semaphore>
#include <string_view>

#include "ground/base/bytes.h"
#include "ground/crypto/secret_bytes.h"

namespace tocsin::crypto {

struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  bool operator==(const Argon2Cost&) const = default;
};

/// What we accept from a stored string: a forged one must not make us allocate or compute without end.
constexpr std::uint32_t kMaxArgon2MemoryKib = 1024 * 1024;
constexpr std::uint32_t kMaxArgon2Passes = 16;

inline bool is_acceptable(Argon2Cost cost) {
  return cost.memory_kib >= 8 && cost.memory_kib <= kMaxArgon2MemoryKib && cost.passes >= 1 &&
         cost.passes <= kMaxArgon2Passes;
}

/// Held while Argon2id runs. Two at a time: a flood of log-ins waits instead of taking all memory.
class Argon2Turn {
 public:
  Argon2Turn();
  ~Argon2Turn();
  Argon2Turn(const Argon2Turn&) = delete;
  Argon2Turn& operator=(const Argon2Turn&) = delete;
};

/// How many turns were ever held at once: for the test of the bound.
unsigned most_argon2_turns_at_once();

/// Argon2id version 1.3, one lane. False where the memory cannot be had.
bool derive_key(SecretBytes& out, std::string_view passphrase, ByteView salt16, Argon2Cost cost);

}  // namespace tocsin::crypto
