#include "ground/json/utf8.h"

#include <cstdint>
#include <cstring>

namespace tocsin::json {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  // The second byte's range depends on the lead (Unicode, table 3-7); all later ones are plain continuations.
  std::size_t length = 0;
  std::uint8_t low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  return length;
}

bool holds_forbidden_character(std::string_view text) {
  if (std::memchr(text.data(), 0, text.size()) != nullptr) return true;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto lead = byte_at(text, i);
    if (lead < 0xEF) continue;
    const auto second = byte_at(text, i + 1), third = byte_at(text, i + 2);
    if (lead == 0xEF) {
      if (second == 0xB7 && third >= 0x90 && third <= 0xAF) return true;
      if (second == 0xBF && third >= 0xBE) return true;
    } else if (i + 3 < text.size()) {
      if ((second & 0x0F) == 0x0F && third == 0xBF && byte_at(text, i + 3) >= 0xBE) return true;
    }
  }
  return false;
}

}  // namespace tocsin::json
