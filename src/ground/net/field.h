// Header fields as RFC 9110 section 5 spells them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::net {

bool is_token(std::string_view name);                    ///< a legal field name or method
bool is_field_value(std::string_view value);             ///< no control character but the tab
bool same_name(std::string_view a, std::string_view b);  ///< ASCII letters compare without case
std::string lower_case(std::string_view text);           ///< ASCII letters only

}  // namespace tocsin::net
