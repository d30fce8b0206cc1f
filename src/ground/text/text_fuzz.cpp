// Laws of what is said to people: any Accept-Language header chooses a language that is there; any sentence with any
// arguments is text without control characters, so that a stranger's words cannot steer a terminal or a page.
#include "ground/text/text.h"
#include "tests/support/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  static const std::vector<std::string> ids = text::ids("en");
  test_support::FuzzInput input(data, size);
  const std::string& id = ids[input.below(ids.size())];
  std::vector<std::string> args;
  for (int i = input.byte() % 4; i > 0; --i) args.emplace_back(input.text());
  const std::string chosen = text::choose(input.rest());
  bool is_there = false;
  for (const auto& language : text::languages()) is_there = is_there || language.tag == chosen;
  CHECK(is_there);
  const std::string sentence = text::say(chosen, id, args);
  CHECK(!sentence.empty());
  for (const std::string& arg : args) CHECK(text::say(chosen, arg).find('\x1b') == std::string::npos);
  CHECK(sentence.find('\x1b') == std::string::npos && sentence.find('\0') == std::string::npos);
  return 0;
}
