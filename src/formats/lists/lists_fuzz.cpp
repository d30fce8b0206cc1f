// Laws: every value given out is in its normal form; line numbers never go back and lie within the text; what is shown
// of a refused line is short.
#include <algorithm>
#include <cstdint>

#include "formats/lists/lists.h"
#include "ground/base/bytes.h"

namespace {

using namespace tocsin;

void check(lists::Format format, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::size_t last = 0;
  const auto in_order = [&](std::size_t line) {
    CHECK(line >= 1 && line >= last && line <= lines);
    last = line;
  };
  const auto result =
      lists::read(format, text,
                  {[&](const lists::Entry& entry) {
                     in_order(entry.line);
                     CHECK(observable::normalise(entry.value.kind, entry.value.text) == entry.value.text);
                     CHECK(entry.source.size() <= 1000 && entry.description.size() <= 1000);
                     return true;
                   },
                   [&](const lists::Refusal& refusal) {
                     in_order(refusal.line);
                     CHECK(refusal.text.size() <= 200 && !refusal.reason.empty());
                   }});
  CHECK(result || !result.error().id.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  (void)lists::recognise(text);
  for (const auto format : {lists::Format::ZeekIntel, lists::Format::Csv, lists::Format::Hosts, lists::Format::Plain})
    check(format, text);
  return 0;
}
