// Laws: what parses is written and parsed again to an equal value; the canonical form is a fixed point and blind to the
// order of names; walking an array by slices finds the same elements as parsing the whole.
#include <cstdint>

#include "ground/base/bytes.h"
#include "ground/json/json.h"

namespace {

using namespace tocsin;

void check_parse(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return;
  const auto again = json::parse(json::write(*value));
  CHECK(again && *again == *value);
  const auto pretty = json::parse(json::write_pretty(*value));
  CHECK(pretty && *pretty == *value);
  const std::string canonical = json::canonical(*value);
  const auto reread = json::parse(canonical);
  CHECK(reread && *reread == *value);
  CHECK(json::canonical(*reread) == canonical);
  CHECK(json::write(*reread) == canonical);
}

void check_elements(std::string_view text) {
  json::Array walked;
  bool all_parsed = true;
  const auto others = json::for_each_element(text, "objects", [&](json::RawElement element) {
    CHECK(text.substr(element.offset, element.bytes.size()) == element.bytes);
    auto value = json::parse(element.bytes);
    if (value)
      walked.push_back(std::move(*value));
    else
      all_parsed = false;
    return true;
  });
  const auto whole = json::parse(text);
  if (!whole) return;
  const json::Value* objects = whole->find("objects");
  CHECK(others.has_value() == (whole->object() != nullptr && (objects == nullptr || objects->array() != nullptr)));
  if (!others) return;
  CHECK(all_parsed);
  CHECK(walked == (objects != nullptr ? *objects->array() : json::Array{}));
}

void check_leaves(std::string_view text) {
  static json::LeafReader reader;
  std::size_t leaves = 0;
  const bool read = reader.read(text, [&](std::string_view, std::string_view) { ++leaves; });
  const auto value = json::parse(text, {1u << 20, 60});
  if (value && value->object() != nullptr) CHECK(read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  check_parse(text);
  check_elements(text);
  check_leaves(text);
  return 0;
}
