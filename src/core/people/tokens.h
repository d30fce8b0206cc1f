// The secrets this room hands out: 256 random bits, of which only the SHA-256 stays. A lookup by that hash needs no
// comparison in constant time: its timing tells of the hash, not of the secret.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"

namespace tocsin::people {

inline std::string make_token() {
  return base::random_fixed<base::FixedBytes<32, struct TokenTag>>().base64url();
}

inline Digest token_digest(std::string_view token) {
  return crypto::sha256(token);
}

}  // namespace tocsin::people
