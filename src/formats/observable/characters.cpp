#include "formats/observable/characters.h"

#include <algorithm>

#include "ground/base/utf8.h"

namespace tocsin::observable {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_plain_text(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && std::none_of(text.begin(), text.end(), is_control) &&
         base::is_utf8(text);
}

}  // namespace tocsin::observable
