// Laws: an excerpt is of bounded size and plain, so it can be stored and shown; what is plain already is left as it is;
// a source is bounded too and names itself; an account name is plain.
#include "core/people/attempts.h"
#include "core/people/text_rules.h"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  constexpr std::size_t kMaxBytes = 40;
  const std::string excerpt = people::plain_excerpt(text, kMaxBytes);
  CHECK(excerpt.size() <= kMaxBytes);
  CHECK(people::is_plain_text("<" + excerpt + ">", kMaxBytes + 2));  // a space at an end is no fault of an excerpt
  CHECK(people::plain_excerpt(excerpt, kMaxBytes) == excerpt);
  if (people::is_plain_text(text, text.size())) CHECK(people::plain_excerpt(text, text.size()) == text);
  if (people::is_account_name(text)) CHECK(people::is_plain_text(text, 64));
  const std::string source = people::source_of(text);
  CHECK(source.size() <= 64);
  CHECK(people::is_plain_text("<" + source + ">", 66));
  static_cast<void>(people::check_new_password(excerpt, text));
  return 0;
}
