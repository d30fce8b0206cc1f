// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF. Thread safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::base {

/// Length (1 to 4) of the well-formed sequence at the start of `text`, 0 where there is none.
std::size_t utf8_sequence(std::string_view text);

bool is_utf8(std::string_view text);

/// The second to fourth byte of a character.
constexpr bool is_inside_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// At most so many bytes of `text`, which is UTF-8, and no half character.
std::string first_bytes(std::string_view text, std::size_t most);

}  // namespace tocsin::base
