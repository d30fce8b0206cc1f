#include "ground/store/text_rule.h"

#include <cstddef>
#include <cstdint>

namespace tocsin::store {
namespace {

struct Lead {
  std::size_t length;                    // 0: not a lead byte
  std::uint8_t second_low, second_high;  // range of the byte after it: excludes overlong forms and surrogates
};

// RFC 3629 section 4, the ABNF of UTF8-char.
Lead classify(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool is_storable_text(std::string_view text) {
  std::size_t at = 0;
  const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  while (at < text.size()) {
    if (byte(at) < 0x80) {
      if (byte(at) == 0) return false;
      ++at;
      continue;
    }
    const Lead lead = classify(byte(at));
    if (lead.length == 0 || text.size() - at < lead.length) return false;
    if (byte(at + 1) < lead.second_low || byte(at + 1) > lead.second_high) return false;
    for (std::size_t i = 2; i < lead.length; ++i)
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    at += lead.length;
  }
  return true;
}

}  // namespace tocsin::store
