#include <algorithm>

#include "ground/text/text.h"

namespace tocsin::text {
namespace {

constexpr std::string_view kFallback = "en";
constexpr std::size_t kMaxHeaderBytes = 1024;  // a browser sends fewer than 100

struct Wish {
  std::string range;       ///< lower case: "fr-ch", "*"
  unsigned weight = 1000;  ///< q in thousandths
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes the part before `separator` off the front.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trim(part);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// RFC 9110 section 12.4.2: "1", "0.8", "0.875". What is malformed counts as unwanted.
unsigned parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  unsigned out = text[0] == '1' ? 1000 : 0, scale = 100;
  for (char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    out += static_cast<unsigned>(c - '0') * scale;
    scale /= 10;
  }
  return std::min(out, 1000u);
}

std::vector<Wish> parse_wishes(std::string_view header) {
  std::vector<Wish> out;
  header = header.substr(0, kMaxHeaderBytes);
  while (!header.empty()) {
    std::string_view element = take_part(header, ',');
    Wish wish{lower(take_part(element, ';'))};
    while (!element.empty())
      if (std::string_view parameter = take_part(element, ';');
          parameter.starts_with("q=") || parameter.starts_with("Q="))
        wish.weight = parse_weight(parameter.substr(2));
    if (!wish.range.empty() && wish.weight > 0) out.push_back(std::move(wish));
  }
  std::stable_sort(out.begin(), out.end(), [](const Wish& a, const Wish& b) { return a.weight > b.weight; });
  return out;
}

}  // namespace

// Lookup of RFC 4647 section 3.4: "fr-CH" falls back to "fr".
std::string choose(std::string_view accept_language) {
  for (const Wish& wish : parse_wishes(accept_language)) {
    if (wish.range == "*") return std::string(kFallback);
    for (std::string_view range = wish.range; !range.empty();
         range = range.substr(0, range.find_last_of('-') == std::string_view::npos ? 0 : range.find_last_of('-')))
      for (const Language& language : languages())
        if (lower(language.tag) == range) return language.tag;
  }
  return std::string(kFallback);
}

}  // namespace tocsin::text
