// Laws of what reaches a terminal: nothing in it obeys a stranger - no control, no turn of the writing direction - it
// is UTF-8, and printing it once more changes nothing. A node's answer of any shape can be looked into.
#include "cmd/tocsin/output.h"
#include "tests/support/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view text = base::as_text({data, size});
  const std::string shown = cmd::printable(text);
  CHECK(cmd::printable(shown) == shown);
  for (const char c : shown) CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  for (const std::string_view mark : {"\u202e", "\u2066", "\u200f", "\u0085"})
    CHECK(shown.find(mark) == std::string::npos);
  CHECK(test_support::is_utf8(shown));
  CHECK(!cmd::when(text).empty());
  CHECK(!cmd::explain({ErrorCode::Conflict, std::string(text), {std::string(text)}, {}}).empty() || text.empty());
  if (const auto value = json::parse(text)) {
    static_cast<void>(cmd::text_of(*value, "id"));
    static_cast<void>(cmd::text_of(*value, "author", "name"));
    for (const json::Value& element : cmd::list_of(*value, "items")) static_cast<void>(cmd::text_of(element, "id"));
  }
  return 0;
}
