#include "formats/stix/stix.h"
#include "formats/stix/types.h"

namespace tocsin::stix {
namespace {

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // some editors put a byte order mark
  return text;
}

Result<BundleReport> one_object(std::string_view text,
                                const std::function<bool(std::string_view bytes, std::size_t index)>& each) {
  const auto first = text.find_first_not_of(" \t\r\n");
  const auto last = text.find_last_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(ErrorCode::Malformed, "stix.not_a_bundle");
  each(text.substr(first, last - first + 1), 0);
  return BundleReport{"", "", 1};
}

bool is_single_object(const json::Value& members) {
  return is_identifier(members.text("id")) && !members.text("type").empty() && members.text("type") != "bundle";
}

}  // namespace

Result<BundleReport> for_each_object(std::string_view text,
                                     const std::function<bool(std::string_view bytes, std::size_t index)>& each) {
  const std::string_view document = without_mark(text);
  // The first walk only learns whether this is a bundle and whether it is whole: "type" may stand behind "objects", and
  // of a torn download nothing is taken in. It costs a fraction of what reading the objects does.
  const auto members = json::for_each_element(document, "objects", [](json::RawElement) { return true; });
  if (!members) {
    if (members.error().id == "json.not_an_object") return fail(ErrorCode::Malformed, "stix.not_a_bundle");
    if (members.error().id != "json.not_an_array") return tl::unexpected(members.error());
    // An observed-data of the old form has a dictionary of that name.
    const json::Value whole = TRY(json::parse(document));
    if (!is_single_object(whole)) return fail(ErrorCode::Malformed, "stix.not_a_bundle");
    return one_object(document, each);
  }
  if (is_single_object(*members)) return one_object(document, each);
  if (members->text("type") != "bundle") return fail(ErrorCode::Malformed, "stix.not_a_bundle");

  BundleReport report{members->text("id"), members->text("spec_version"), 0};
  TRY(json::for_each_element(document, "objects",
                             [&](json::RawElement element) { return each(element.bytes, report.objects++); }));
  return report;
}

bool looks_like_stix(std::string_view head) {
  head = without_mark(head);
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head[first] != '{') return false;
  const auto holds = [&](std::string_view text) { return head.find(text) != std::string_view::npos; };
  return holds("\"bundle\"") || holds("\"bundle--") || (holds("\"type\"") && holds("\"id\"") && holds("--"));
}

}  // namespace tocsin::stix
