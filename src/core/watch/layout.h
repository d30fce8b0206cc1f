// The compiled set byte by byte (version 1, little endian): shared by the compiler and the reader. Internal to the
// room.
//
//   header   magic, version, size, hash key, counts, masks, place of the set id, section table, SHA-256 of all that
//   sections each at a multiple of 64 bytes, zeros between them:
//     Filter      64-bit words, a power of two of them: a blocked Bloom filter over all values
//     Table       slots of 8 bytes, a power of two, at most half of them used, linear probing
//     Entries     records of 24 bytes: equal values stand together (any_case.h), ranges are sorted by first address and
//     length V4Starts, V4Covers, V6Starts, V6Covers
//                 where, along all addresses, another innermost range begins, and which entry it is
//     Pool        the text of values, and the set id
//
// Why a filter before the table: of a million values the table takes 16 MiB and the filter 2 MiB. Nearly all values of
// telemetry are in no set, and the filter says so for 99 % of them from a cache line that is likely near.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/watch/any_case.h"
#include "core/watch/siphash.h"
#include "formats/observable/address.h"
#include "formats/observable/observable.h"

namespace tocsin::watch::layout {

static_assert(std::endian::native == std::endian::little, "sets are read in place");

constexpr std::array<char, 8> kMagic{'T', 'O', 'C', 'S', 'E', 'T', '0', '1'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAlignment = 64;
constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::uint8_t kSubdomains = 1;

enum Section : std::size_t { Filter, Table, Entries, V4Starts, V4Covers, V6Starts, V6Covers, Pool, kSections };

struct SectionPlace {
  std::uint64_t offset = 0, size = 0;
  std::array<std::uint8_t, 32> sha256{};
};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t entries = 0;
  std::uint64_t size = 0;  ///< of the whole block
  std::uint64_t key0 = 0, key1 = 0;
  std::uint64_t kinds = 0;          ///< bit k: there are values of kind k
  std::uint64_t parent_labels = 0;  ///< bit n: there are domains of n labels that match names below; 63: or more
  std::uint32_t id_offset = 0, id_size = 0;  ///< in the pool
  std::array<SectionPlace, kSections> sections{};
  std::array<std::uint8_t, 32> sha256{};  ///< of all bytes before it
};
static_assert(sizeof(Header) == 64 + kSections * 48 + 32);

struct Slot {
  std::uint32_t tag = 0;    ///< high half of the hash
  std::uint32_t entry = 0;  ///< the first of its value, plus one; zero: empty
};
static_assert(sizeof(Slot) == 8);

struct Record {
  std::uint64_t grounds = 0;
  std::uint32_t text_offset = 0, text_size = 0;
  std::uint32_t parent = kNone;  ///< of a range: the entry of the next wider range, always an earlier one
  std::uint8_t kind = 0;
  std::uint8_t flags = 0;
  std::array<std::uint8_t, 2> zero{};
};
static_assert(sizeof(Record) == 24);

/// An address of either family as a number; IPv4 in the low half.
struct AddressKey {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const AddressKey&) const = default;
};
static_assert(sizeof(AddressKey) == 16);

inline AddressKey address_key(const observable::Address& address) {
  AddressKey out;
  for (std::size_t i = 0; i < address.bits() / 8; ++i) {
    out.high = (out.high << 8) | (out.low >> 56);
    out.low = (out.low << 8) | address.bytes[i];
  }
  return out;
}

inline std::uint64_t hash_of(HashKey key, observable::Kind kind, std::string_view text) {
  key.k1 ^= static_cast<std::uint64_t>(kind);
  if (observable::case_means_nothing(kind)) return siphash<1, 3>(key, text, small_letters);
  return siphash<1, 3>(key, text);
}

// The table's place takes the hash's low bits, the tag its high half, the filter bits in between.
inline std::size_t filter_word(std::uint64_t hash, std::size_t words) {
  return (hash >> 24) & (words - 1);
}
inline std::uint64_t filter_bits(std::uint64_t hash) {
  constexpr std::uint64_t kOne = 1;
  return kOne << (hash & 63) | kOne << (hash >> 6 & 63) | kOne << (hash >> 12 & 63) | kOne << (hash >> 18 & 63);
}
inline std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

inline unsigned labels(std::string_view domain) {
  unsigned out = 1;
  for (const char c : domain) out += c == '.';
  return out < 63 ? out : 63;
}

inline bool is_range(observable::Kind kind) {
  return kind == observable::Kind::Ipv4Range || kind == observable::Kind::Ipv6Range;
}
inline std::uint64_t kind_bit(observable::Kind kind) {
  return std::uint64_t{1} << (static_cast<unsigned>(kind) & 63);
}

}  // namespace tocsin::watch::layout
