// What text of persons and of strangers this room keeps. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::people {

/// [a-z0-9._-]{2,64}, first a letter or digit: no name looks like a command-line option, a path or an API key's "key:".
bool is_account_name(std::string_view text);

/// UTF-8 without controls, line breaks, unassigned and invisible code points (those that reverse the direction of
/// writing are how one name is made to look like another), without space at its ends.
bool is_plain_text(std::string_view text, std::size_t max_code_points);

/// The same made of anything: what is not plain becomes '?', what is beyond `max_bytes` is cut off.
std::string plain_excerpt(std::string_view text, std::size_t max_bytes);

}  // namespace tocsin::people
