// Inside this room: UTF-8 as RFC 3629 has it (no overlong forms, no surrogates, nothing beyond U+10FFFF).
#pragma once

#include <cstddef>
#include <string_view>

namespace tocsin::json {

/// Length (1 to 4) of the well-formed sequence at the start of `text`, 0 where there is none.
std::size_t utf8_sequence(std::string_view text);

/// True where the well-formed `text` holds NUL or a noncharacter (U+FDD0..U+FDEF, U+xxFFFE, U+xxFFFF): RFC 7493 section
/// 2.1 forbids the latter, we forbid the former.
bool holds_forbidden_character(std::string_view text);

}  // namespace tocsin::json
