// Inside this room: the object types of STIX 2.1 and the form of identifiers.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace tocsin::stix {

enum class Category {
  Domain,        // SDO
  Relationship,  // SRO
  Cyber,         // SCO
  Meta,          // marking-definition, language-content, extension-definition
  Unknown,
};
Category category(std::string_view type);

/// Properties that the type must have beyond the common ones (STIX 2.1 sections 4 to 7).
std::span<const std::string_view> required_properties(std::string_view type);

/// "type--" and a lower-case UUID, the type well-formed (section 2.9).
bool is_identifier(std::string_view text);
bool is_type_name(std::string_view text);  ///< a-z0-9 and single hyphens, 3 to 250
std::string_view type_of(std::string_view identifier);

}  // namespace tocsin::stix
