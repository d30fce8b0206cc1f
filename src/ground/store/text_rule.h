// What both engines accept as TEXT, so that a node behaves alike on either: UTF-8 without NUL. PostgreSQL refuses
// anything else; SQLite would keep it and some of its functions would stop at the NUL.
#pragma once

#include <string_view>

namespace tocsin::store {

/// Well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) without U+0000.
bool is_storable_text(std::string_view text);

}  // namespace tocsin::store
