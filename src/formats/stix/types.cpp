#include "formats/stix/types.h"

#include <algorithm>
#include <array>

#include "ground/base/clock.h"

namespace tocsin::stix {
namespace {

struct Type {
  std::string_view name;
  Category category;
  std::array<std::string_view, 5> required;  // the first empty one ends the list
};

using enum Category;

constexpr std::array kTypes{
    Type{"attack-pattern", Domain, {"name"}},
    Type{"campaign", Domain, {"name"}},
    Type{"course-of-action", Domain, {"name"}},
    Type{"grouping", Domain, {"context", "object_refs"}},
    Type{"identity", Domain, {"name"}},
    Type{"incident", Domain, {"name"}},
    Type{"indicator", Domain, {"pattern", "pattern_type", "valid_from"}},
    Type{"infrastructure", Domain, {"name"}},
    Type{"intrusion-set", Domain, {"name"}},
    Type{"location", Domain, {}},
    Type{"malware", Domain, {"is_family"}},
    Type{"malware-analysis", Domain, {"product"}},
    Type{"note", Domain, {"content", "object_refs"}},
    Type{"observed-data", Domain, {"first_observed", "last_observed", "number_observed"}},
    Type{"opinion", Domain, {"opinion", "object_refs"}},
    Type{"report", Domain, {"name", "published", "object_refs"}},
    Type{"threat-actor", Domain, {"name"}},
    Type{"tool", Domain, {"name"}},
    Type{"vulnerability", Domain, {"name"}},
    Type{"relationship", Relationship, {"relationship_type", "source_ref", "target_ref"}},
    Type{"sighting", Relationship, {"sighting_of_ref"}},
    Type{"artifact", Cyber, {}},
    Type{"autonomous-system", Cyber, {"number"}},
    Type{"directory", Cyber, {"path"}},
    Type{"domain-name", Cyber, {"value"}},
    Type{"email-addr", Cyber, {"value"}},
    Type{"email-message", Cyber, {"is_multipart"}},
    Type{"file", Cyber, {}},
    Type{"ipv4-addr", Cyber, {"value"}},
    Type{"ipv6-addr", Cyber, {"value"}},
    Type{"mac-addr", Cyber, {"value"}},
    Type{"mutex", Cyber, {"name"}},
    Type{"network-traffic", Cyber, {"protocols"}},
    Type{"process", Cyber, {}},
    Type{"software", Cyber, {"name"}},
    Type{"url", Cyber, {"value"}},
    Type{"user-account", Cyber, {}},
    Type{"windows-registry-key", Cyber, {}},
    Type{"x509-certificate", Cyber, {}},
    Type{"marking-definition", Meta, {}},
    Type{"language-content", Meta, {"object_ref", "contents"}},
    Type{"extension-definition", Meta, {"created_by_ref", "name", "schema", "version", "extension_types"}},
};

const Type* find(std::string_view name) {
  const auto at = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& type) { return type.name == name; });
  return at == kTypes.end() ? nullptr : &*at;
}

}  // namespace

Category category(std::string_view type) {
  const Type* known = find(type);
  return known != nullptr ? known->category : Unknown;
}

std::span<const std::string_view> required_properties(std::string_view type) {
  const Type* known = find(type);
  if (known == nullptr) return {};
  const auto end = std::find(known->required.begin(), known->required.end(), std::string_view());
  return {known->required.begin(), end};
}

bool is_type_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 250 || text.find("--") != std::string_view::npos) return false;
  if (text.front() < 'a' || text.front() > 'z' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string_view type_of(std::string_view identifier) {
  return identifier.substr(0, identifier.find("--"));
}

bool is_identifier(std::string_view text) {
  const std::string_view type = type_of(text);
  return type.size() < text.size() && is_type_name(type) && base::is_uuid(text.substr(type.size() + 2));
}

}  // namespace tocsin::stix
