#include "ground/base/bytes.h"

namespace tocsin::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase32[] = "abcdefghijklmnopqrstuvwxyz234567";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Groups of `Bits` bits, most significant first, without padding.
template <unsigned Bits>
std::string encode(ByteView bytes, const char* alphabet) {
  std::string out;
  out.reserve(bytes.size() * 8 / Bits + 1);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    while (held >= Bits) {
      held -= Bits;
      out += alphabet[(buffer >> held) & ((1u << Bits) - 1)];
    }
  }
  if (held > 0) out += alphabet[(buffer << (Bits - held)) & ((1u << Bits) - 1)];
  return out;
}

// The inverse; refuses characters outside the alphabet, impossible lengths and tail bits that are not zero, so that
// each byte string has exactly one spelling.
template <unsigned Bits, typename Value>
std::optional<Bytes> decode(std::string_view text, Value value_of) {
  Bytes out;
  out.reserve(text.size() * Bits / 8);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (char c : text) {
    int value = value_of(c);
    if (value < 0) return std::nullopt;
    buffer = (buffer << Bits) | static_cast<std::uint32_t>(value);
    held += Bits;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> held));
    }
  }
  if (held >= Bits) return std::nullopt;
  if ((buffer & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

int base64_value(char c, char c62, char c63) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == c62) return 62;
  if (c == c63) return 63;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  return decode<4>(text, [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  });
}

std::string to_base32(ByteView bytes) {
  return encode<5>(bytes, kBase32);
}

std::optional<Bytes> from_base32(std::string_view text) {
  return decode<5>(text, [](char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
  });
}

std::string to_base64(ByteView bytes) {
  std::string out = encode<6>(bytes, kBase64);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode<6>(text, [](char c) { return base64_value(c, '+', '/'); });
}

std::string to_base64url(ByteView bytes) {
  return encode<6>(bytes, kBase64Url);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  return decode<6>(text, [](char c) { return base64_value(c, '-', '_'); });
}

void append_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void append_u32(Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16));
  append_u16(out, static_cast<std::uint16_t>(value));
}
void append_u64(Bytes& out, std::uint64_t value) {
  append_u32(out, static_cast<std::uint32_t>(value >> 32));
  append_u32(out, static_cast<std::uint32_t>(value));
}
void append(Bytes& out, ByteView more) {
  out.insert(out.end(), more.begin(), more.end());
}

}  // namespace tocsin::base
