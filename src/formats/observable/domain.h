// Domain names as the DNS carries them. Internal to the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::observable {

/// Lower case, punycode, no trailing dot. Underscores and hyphens are allowed anywhere in a label because names in use,
/// and above all malicious ones, have them; a name whose last label is a number is an address, not a domain.
std::optional<std::string> normalise_domain(std::string_view text);

/// True only for names that are their own normal form. No allocation.
bool is_normal_domain(std::string_view text);

}  // namespace tocsin::observable
