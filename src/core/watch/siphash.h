// SipHash (Aumasson, Bernstein 2012): a hash under a secret key, so that whoever chooses the values cannot choose the
// collisions. Internal to the room.
//
// 1-3 (one round a word, three at the end) is what Rust and Python use for their tables: about 10 ns for a domain name.
// libsodium has only 2-4; xxHash and its like are a little faster but have collisions that hold under every seed. This
// protects the speed of a table, never a secret. Checked against the authors' vectors for 2-4.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin::watch {

struct HashKey {
  std::uint64_t k0 = 0, k1 = 0;
};

/// `map` changes every eight bytes before they are hashed; the last are filled up with zeros.
template <int kWordRounds, int kLastRounds, typename Map>
std::uint64_t siphash(HashKey key, std::string_view text, Map map) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t v0 = key.k0 ^ 0x736f6d6570736575u, v1 = key.k1 ^ 0x646f72616e646f6du;
  std::uint64_t v2 = key.k0 ^ 0x6c7967656e657261u, v3 = key.k1 ^ 0x7465646279746573u;
  const auto round = [&] {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    for (int i = 0; i < kWordRounds; ++i) round();
    v0 ^= word;
  };
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    absorb(map(word));
  }
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < left; ++i)
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  absorb(map(last) | static_cast<std::uint64_t>(text.size()) << 56);
  v2 ^= 0xff;
  for (int i = 0; i < kLastRounds; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

template <int kWordRounds, int kLastRounds>
std::uint64_t siphash(HashKey key, std::string_view text) {
  return siphash<kWordRounds, kLastRounds>(key, text, [](std::uint64_t word) { return word; });
}

}  // namespace tocsin::watch
