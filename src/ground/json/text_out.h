// Inside this room: how one string and one number are written, in every form we write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::json {

/// Quoted, escaped as RFC 8785 section 3.2.2.2 does (the minimum JSON needs). Ill-formed UTF-8, which only our own code
/// could bring in, becomes U+FFFD: what we write is always JSON.
void append_string(std::string& out, std::string_view text);

/// As ECMAScript's Number::toString (RFC 8785 section 3.2.2.3): shortest digits that read back the same. What JSON
/// cannot say (NaN, infinities) becomes null.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::int64_t value);

}  // namespace tocsin::json
