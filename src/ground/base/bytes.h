// Bytes and the alphabets they are written in. Pure functions.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // char may alias bytes
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string to_hex(ByteView bytes);                          ///< lower case
std::optional<Bytes> from_hex(std::string_view text);        ///< either case, even length
std::string to_base32(ByteView bytes);                       ///< RFC 4648, lower case, no padding
std::optional<Bytes> from_base32(std::string_view text);     ///< lower or upper case, no padding, canonical tail bits
std::string to_base64(ByteView bytes);                       ///< RFC 4648 section 4, padded
std::optional<Bytes> from_base64(std::string_view text);     ///< padded, strict
std::string to_base64url(ByteView bytes);                    ///< RFC 4648 section 5, no padding (as RFC 7515)
std::optional<Bytes> from_base64url(std::string_view text);  ///< no padding, strict

void append_u16(Bytes& out, std::uint16_t value);  ///< big endian
void append_u32(Bytes& out, std::uint32_t value);
void append_u64(Bytes& out, std::uint64_t value);
void append(Bytes& out, ByteView more);

/// N bytes as a value: keys, digests, nonces. Compares bytewise; not for secrets that need constant time.
template <std::size_t N, typename Tag>
struct FixedBytes {
  std::array<std::uint8_t, N> bytes{};
  static constexpr std::size_t kSize = N;

  ByteView view() const { return {bytes.data(), N}; }
  std::string hex() const { return to_hex(view()); }
  std::string base64url() const { return to_base64url(view()); }
  static std::optional<FixedBytes> from(ByteView view) {
    if (view.size() != N) return std::nullopt;
    FixedBytes out;
    std::memcpy(out.bytes.data(), view.data(), N);
    return out;
  }
  static std::optional<FixedBytes> from_base64url(std::string_view text) {
    auto raw = base::from_base64url(text);
    return raw ? from(*raw) : std::nullopt;
  }
  static std::optional<FixedBytes> from_hex(std::string_view text) {
    auto raw = base::from_hex(text);
    return raw ? from(*raw) : std::nullopt;
  }
  auto operator<=>(const FixedBytes&) const = default;
};

/// SHA-256 of something; which something is said by the name of the variable.
using Digest = FixedBytes<32, struct DigestTag>;

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.bytes.data(), sizeof out);
    return out;
  }
};

}  // namespace tocsin::base

namespace tocsin {
using base::Bytes;
using base::ByteView;
using base::Digest;
}  // namespace tocsin
