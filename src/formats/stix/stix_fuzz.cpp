// Laws: objects of a bundle are slices of it; what is read of an object is within bounds and follows from its pattern;
// a simple pattern's values make a pattern that reads back as the same values.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "formats/stix/check.h"
#include "formats/stix/pattern.h"
#include "formats/stix/stix.h"
#include "ground/base/bytes.h"

namespace {

using namespace tocsin;

void check_object(std::string_view bytes) {
  const auto object = stix::read_object(bytes);
  if (!object) return;
  CHECK(!object->type.empty() && !object->id.empty() && object->id.size() <= 300);
  CHECK(object->findings.size() <= stix::kMaxFindings);
  CHECK(object->name.find('\n') == std::string::npos);
  const auto matched = std::count_if(object->indicated.begin(), object->indicated.end(),
                                     [](const stix::Indicated& one) { return one.matched; });
  CHECK((object->matched == stix::Matched::Not) == (matched == 0));
  CHECK(object->matched != stix::Matched::Whole || matched == std::ssize(object->indicated));
  for (const auto& value : object->values) CHECK(!value.text.empty());
}

void check_pattern(std::string_view text) {
  const auto reading = stix::read_pattern(text);
  if (reading.error_offset) {
    CHECK(*reading.error_offset <= text.size());
    CHECK(reading.indicated.empty() && !reading.simple);
  }
  for (const auto& one : reading.indicated) {
    CHECK(one.matched || !reading.simple);
    const auto again = stix::read_pattern(stix::pattern_for(one.value));
    CHECK(!again.error_offset && again.simple && again.indicated.size() == 1);
    CHECK(again.indicated[0].value == one.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  std::size_t expected = 0;
  const auto report = stix::for_each_object(text, [&](std::string_view bytes, std::size_t index) {
    CHECK(index == expected++);
    CHECK(bytes.data() >= text.data() && bytes.data() + bytes.size() <= text.data() + text.size());
    check_object(bytes);
    return true;
  });
  if (report) CHECK(report->objects == expected);
  check_object(text);
  check_pattern(text);
  return 0;
}
