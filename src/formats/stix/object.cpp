#include <algorithm>
#include <unordered_set>

#include "formats/stix/check.h"
#include "formats/stix/marking.h"
#include "formats/stix/matching.h"
#include "formats/stix/stix.h"
#include "formats/stix/types.h"
#include "formats/stix/values.h"
#include "ground/base/utf8.h"

namespace tocsin::stix {
namespace {

constexpr std::size_t kMaxIdBytes =
    300;  // 250 for the type, "--", and a UUID; some to spare for what is only a finding
constexpr std::size_t kMaxNameBytes = 200;  // one line of a list

// Ids go into URLs, file names and databases: letters, digits and a few marks, whatever else the standard is told.
bool is_usable_id(std::string_view id) {
  return id.size() <= kMaxIdBytes && type_of(id).size() > 0 && type_of(id).size() + 2 < id.size() &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// One line of bounded length, cut between characters.
std::string one_line(std::string_view text) {
  std::string out = base::first_bytes(text, kMaxNameBytes);
  if (text.size() > out.size()) out += "…";
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return out;
}

std::string line_for(const json::Value& object, const Object& out) {
  for (const std::string_view property : {"name", "value", "pattern"}) {
    const std::string text = object.text(property);
    if (!text.empty()) return one_line(text);
  }
  return out.id;
}

std::optional<std::string> optional_text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr || value->string() == nullptr) return std::nullopt;
  return *value->string();
}

std::optional<Time> time_at(const json::Value& object, std::string_view name) {
  return base::from_rfc3339(object.text(name));
}

void append_texts(const json::Value* list, std::vector<std::string>& out) {
  if (list == nullptr || list->array() == nullptr) return;
  for (const auto& element : *list->array())
    if (element.string() != nullptr) out.push_back(*element.string());
}

class References {
 public:
  void collect(const json::Value& value) {
    if (const auto* list = value.array())
      for (const auto& element : *list) collect(element);
    if (const auto* object = value.object())
      for (const auto& [name, member] : *object) {
        const std::string_view property = name;
        if (property.ends_with("_ref")) {
          add(member);
        } else if (property.ends_with("_refs") && member.array() != nullptr) {
          for (const auto& element : *member.array()) add(element);
        } else {
          collect(member);
        }
      }
  }
  std::vector<std::string> take() { return std::move(ids_); }

 private:
  void add(const json::Value& value) {
    const std::string* id = value.string();
    if (id != nullptr && is_identifier(*id) && seen_.insert(*id).second) ids_.push_back(*id);
  }
  std::vector<std::string> ids_;
  std::unordered_set<std::string> seen_;
};

// STIX 2.1 section 3.1: an object without spec_version is of 2.0, but for SCOs, which were no objects in 2.0.
std::string spec_version_of(const json::Value& object, const Object& out) {
  const std::string written = object.text("spec_version");
  if (!written.empty()) return written;
  return category(out.type) == Category::Cyber ? "2.1" : "2.0";
}

}  // namespace

Result<Object> read_object(std::string_view bytes) {
  const json::Value object = TRY(json::parse(bytes));
  if (object.object() == nullptr) return fail(ErrorCode::Malformed, "stix.not_an_object");
  Object out;
  out.type = object.text("type");
  if (out.type.empty()) return fail(ErrorCode::Malformed, "stix.no_type");
  out.id = object.text("id");
  if (out.id.empty()) return fail(ErrorCode::Malformed, "stix.no_id", {one_line(out.type)});
  if (!is_usable_id(out.id)) return fail(ErrorCode::Malformed, "stix.bad_id", {one_line(out.id)});

  out.spec_version = spec_version_of(object, out);
  out.created_by = object.text("created_by_ref");
  out.created = optional_text(object, "created");
  out.modified = optional_text(object, "modified");
  out.modified_time = time_at(object, "modified");
  out.revoked = object.boolean_or("revoked", false);
  out.name = line_for(object, out);
  append_texts(object.find("labels"), out.labels);
  append_texts(object.find("indicator_types"), out.labels);
  read_markings(object, out);
  out.valid_from = time_at(object, "valid_from");
  out.valid_until = time_at(object, "valid_until");
  if (out.type == "indicator") read_indicator(object, out);
  check_object(object, out);
  out.values = values_of(out.type, object);
  References references;
  references.collect(object);
  out.references = references.take();
  return out;
}

}  // namespace tocsin::stix
