#include "formats/stix/check.h"

#include <algorithm>
#include <array>

#include "formats/stix/types.h"

namespace tocsin::stix {
namespace {

constexpr std::array<std::string_view, 21> kTimestamps{
    "created",         "modified",       "valid_from",    "valid_until",  "first_seen",
    "last_seen",       "first_observed", "last_observed", "start_time",   "stop_time",
    "published",       "start",          "end",           "ctime",        "mtime",
    "atime",           "date",           "submitted",     "created_time", "object_modified",
    "analysis_started"};

struct Order {
  std::string_view earlier, later;
  bool may_be_equal;
};
constexpr std::array kOrders{
    Order{"created", "modified", true},      Order{"valid_from", "valid_until", false},
    Order{"first_seen", "last_seen", true},  Order{"first_observed", "last_observed", true},
    Order{"start_time", "stop_time", false}, Order{"start", "end", true},
};

struct Target {
  std::string_view property;
  std::array<std::string_view, 2> types;
};
constexpr std::array kTargets{
    Target{"created_by_ref", {"identity", ""}},
    Target{"object_marking_refs", {"marking-definition", ""}},
    Target{"where_sighted_refs", {"identity", "location"}},
    Target{"observed_data_refs", {"observed-data", ""}},
};

bool all_of(std::string_view text, std::string_view more_than_alphanumeric, bool upper_case) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper_case && c >= 'A' && c <= 'Z') ||
           more_than_alphanumeric.find(c) != std::string_view::npos;
  });
}

std::string pointer_to(std::string_view parent, std::string_view name) {
  std::string out(parent);
  out += '/';
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

class Checker {
 public:
  Checker(const json::Value& object, Object& out) : object_(object), out_(out), is_21_(out.spec_version == "2.1") {}

  void check() {
    identity();
    common_types();
    presence();
    timestamps();
    orders();
    for (const auto& [name, value] : *object_.object()) {
      property_name(name);
      content(value, pointer_to("", name));
    }
    references(*object_.object(), "", /*local=*/false);
  }

 private:
  void must(std::string pointer, std::string_view rule, std::vector<std::string> args = {}) {
    if (out_.findings.size() < kMaxFindings)
      out_.findings.push_back({Finding::Level::Must, std::move(pointer), std::string(rule), std::move(args)});
  }
  std::string text(std::string_view name) const { return object_.text(name); }

  void identity() {
    if (!is_type_name(out_.type)) must("/type", "stix.type_form", {out_.type});
    if (type_of(out_.id) != out_.type)
      must("/id", "stix.id_type", {out_.type});
    else if (!is_identifier(out_.id))
      must("/id", "stix.id_form");
    if (const auto* version = object_.find("spec_version"))
      if (version->string() == nullptr || (*version->string() != "2.1" && *version->string() != "2.0"))
        must("/spec_version", "stix.spec_version");
  }

  void common_types() {
    for (const std::string_view name : {"name", "description", "created_by_ref", "lang", "pattern", "pattern_type"})
      if (const auto* value = object_.find(name); value && !value->is_null() && value->string() == nullptr)
        must(pointer_to("", name), "stix.property_type", {"string"});
    for (const std::string_view name : {"defanged", "is_family"}) check_boolean(name);
    if (has_common_times() && out_.type != "marking-definition") {  // elsewhere these words are custom properties
      check_boolean("revoked");
      confidence();
    }
    for (const std::string_view name : {"labels", "external_references", "object_marking_refs", "granular_markings",
                                        "object_refs", "aliases", "kill_chain_phases", "indicator_types"})
      if (const auto* value = object_.find(name); value && !value->is_null() && value->array() == nullptr)
        must(pointer_to("", name), "stix.property_type", {"list"});
  }

  void check_boolean(std::string_view name) {
    const auto* value = object_.find(name);
    if (value != nullptr && !value->is_null() && value->boolean() == nullptr)
      must(pointer_to("", name), "stix.property_type", {"boolean"});
  }
  void confidence() {
    const auto* value = object_.find("confidence");
    if (value == nullptr || value->is_null()) return;
    const auto* number = value->integer();
    if (number == nullptr || *number < 0 || *number > 100) must("/confidence", "stix.range", {"0", "100"});
  }

  void require(std::string_view name) {
    if (object_.find(name) == nullptr) must(pointer_to("", name), "stix.required");
  }

  // A type that the standard does not know may be an SCO, which has no times: by what its extension says, or else by
  // having none.
  bool has_common_times() const {
    if (category(out_.type) == Category::Cyber || out_.type == "bundle") return false;
    if (category(out_.type) != Category::Unknown) return true;
    const auto* extensions = object_.find("extensions");
    if (extensions != nullptr && extensions->object() != nullptr)
      for (const auto& [id, extension] : *extensions->object()) {
        const std::string kind = extension.text("extension_type");
        if (kind == "new-sco") return false;
        if (kind == "new-sdo" || kind == "new-sro") return true;
      }
    return object_.find("created") != nullptr || object_.find("modified") != nullptr;
  }

  void presence() {
    if (has_common_times()) {
      require("created");
      if (out_.type != "marking-definition") require("modified");
    }
    if (is_21_)
      for (const std::string_view name : required_properties(out_.type)) require(name);
  }

  void timestamps() {
    for (const std::string_view name : kTimestamps) {
      const auto* value = object_.find(name);
      if (value == nullptr || value->is_null()) continue;
      const std::string pointer = pointer_to("", name);
      if (value->string() == nullptr || !base::from_rfc3339(*value->string())) {
        // Such words may name anything in a custom object.
        if (category(out_.type) != Category::Unknown || name == "created" || name == "modified")
          must(pointer, "stix.timestamp_form");
      } else if (name == "created" || name == "modified") {
        const std::string& written = *value->string();
        const auto point = written.find('.');
        if (point == std::string::npos || written.size() - point < std::string_view(".123Z").size())
          must(pointer, "stix.timestamp_precision");
      }
    }
  }

  void orders() {
    for (const auto& order : kOrders) {
      const auto earlier = base::from_rfc3339(text(order.earlier)), later = base::from_rfc3339(text(order.later));
      if (!earlier || !later) continue;
      if (*later < *earlier || (!order.may_be_equal && *later == *earlier))
        must(pointer_to("", order.later), "stix.time_order", {std::string(order.later), std::string(order.earlier)});
    }
  }

  void property_name(std::string_view name) {
    if (name == "id") return;
    const bool size = name.size() >= 3 && name.size() <= 250;
    if (!size || !all_of(name, "_", false)) must(pointer_to("", name.substr(0, 250)), "stix.property_name");
  }

  // Depth is bounded by the parser.
  void content(const json::Value& value, const std::string& pointer) {
    if (out_.findings.size() >= kMaxFindings) return;
    if (value.is_null()) {
      must(pointer, "stix.null");
    } else if (const auto* list = value.array()) {
      if (list->empty()) must(pointer, "stix.empty_list");
      for (std::size_t i = 0; i < list->size(); ++i) content((*list)[i], pointer + '/' + std::to_string(i));
    } else if (const auto* dictionary = value.object()) {
      if (dictionary->empty()) must(pointer, "stix.empty_dictionary");
      for (const auto& [key, member] : *dictionary) {
        const std::string below = pointer_to(pointer, std::string_view(key).substr(0, 250));
        if (key.empty() || key.size() > 250 || !all_of(key, "_-", true)) must(below, "stix.dictionary_key");
        content(member, below);
      }
    }
  }

  void reference(const json::Value& value, std::string_view name, const std::string& pointer) {
    const std::string* id = value.string();
    if (id == nullptr || !is_identifier(*id)) {
      if (!value.is_null()) must(pointer, "stix.reference_form");
      return;
    }
    for (const auto& target : kTargets)
      if (target.property == name &&
          std::find(target.types.begin(), target.types.end(), type_of(*id)) == target.types.end())
        must(pointer, "stix.reference_type", {std::string(type_of(*id))});
  }

  // Within the "objects" of an observed-data of the old form, references are keys of that dictionary.
  void references(const json::Object& object, const std::string& pointer, bool local) {
    for (const auto& [name, value] : object) {
      const std::string below = pointer_to(pointer, std::string_view(name).substr(0, 250));
      if (!local && name.ends_with("_ref")) {
        reference(value, name, below);
      } else if (!local && name.ends_with("_refs")) {
        if (const auto* list = value.array())
          for (std::size_t i = 0; i < list->size(); ++i) reference((*list)[i], name, below + '/' + std::to_string(i));
        else if (!value.is_null())
          must(below, "stix.property_type", {"list"});
      } else {
        descend(value, below, local || (pointer.empty() && name == "objects"));
      }
    }
  }
  void descend(const json::Value& value, const std::string& pointer, bool local) {
    if (out_.findings.size() >= kMaxFindings) return;
    if (const auto* object = value.object()) references(*object, pointer, local);
    if (const auto* list = value.array())
      for (std::size_t i = 0; i < list->size(); ++i) descend((*list)[i], pointer + '/' + std::to_string(i), local);
  }

  const json::Value& object_;
  Object& out_;
  const bool is_21_;
};

}  // namespace

std::string_view name(Finding::Level level) {
  switch (level) {
    case Finding::Level::Must:
      return "must";
    case Finding::Level::Should:
      return "should";
    case Finding::Level::Matching:
      return "matching";
  }
  return "must";
}

void check_object(const json::Value& object, Object& out) {
  Checker(object, out).check();
}

}  // namespace tocsin::stix
