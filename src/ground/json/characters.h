// Inside this room: what I-JSON forbids in strings.
#pragma once

#include <string_view>

namespace tocsin::json {

/// True where the well-formed `text` holds NUL or a noncharacter (U+FDD0..U+FDEF, U+xxFFFE, U+xxFFFF): RFC 7493 section
/// 2.1 forbids the latter, we forbid the former.
bool holds_forbidden_character(std::string_view text);

}  // namespace tocsin::json
