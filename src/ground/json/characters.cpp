#include "ground/json/characters.h"

#include <cstdint>
#include <cstring>

namespace tocsin::json {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

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
