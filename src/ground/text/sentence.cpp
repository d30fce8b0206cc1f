#include "ground/text/sentence.h"

#include <utf8proc.h>

#include <optional>

#include "ground/text/figures.h"

namespace tocsin::text {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool turns_direction(utf8proc_int32_t c) {
  return c == 0x200e || c == 0x200f || c == 0x061c || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

struct Placeholder {
  std::size_t argument = 0;
  std::string_view area;   ///< of the words to put for it, or empty
  std::size_t length = 0;  ///< in the sentence, braces included
};

// "{0}" to "{9}" and "{0:area}" at the start of `text`.
std::optional<Placeholder> read_placeholder(std::string_view text) {
  if (text.size() < 3 || text[0] != '{' || text[1] < '0' || text[1] > '9') return std::nullopt;
  const auto argument = static_cast<std::size_t>(text[1] - '0');
  if (text[2] == '}') return Placeholder{argument, {}, 3};
  const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", 3);
  if (text[2] != ':' || end == std::string_view::npos || end == 3 || text[end] != '}') return std::nullopt;
  return Placeholder{argument, text.substr(3, end - 3), end + 1};
}

// "administrator, auditor" is a list of names: a word for each.
std::string words(std::string_view area, std::string_view argument, const WordOf& word_of) {
  constexpr std::string_view kSeparator = ", ";
  std::string out;
  while (true) {
    const std::size_t end = std::min(argument.find(kSeparator), argument.size());
    out += plain(word_of(area, argument.substr(0, end)));
    if (end == argument.size()) return out;
    out += kSeparator;
    argument.remove_prefix(end + kSeparator.size());
  }
}

std::string in_place_of(const Placeholder& placeholder, std::string_view argument, const WordOf& word_of) {
  if (placeholder.area.empty()) return plain(argument);
  const bool is_size = placeholder.area == "bytes";
  if (!is_size && placeholder.area != "number") return words(placeholder.area, argument, word_of);
  const auto form = read_number_form(word_of("number", "form"));
  if (!form) return plain(argument);
  return is_size ? size_in_words(plain(argument), *form, word_of) : grouped(plain(argument), *form);
}

}  // namespace

std::string plain(std::string_view argument) {
  std::string out;
  out.reserve(argument.size());
  while (!argument.empty()) {
    utf8proc_int32_t c = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(argument.data()),
                                         static_cast<utf8proc_ssize_t>(argument.size()), &c);
    if (length <= 0) {
      out += kReplacement;
      argument.remove_prefix(1);
      continue;
    }
    if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029)
      out += ' ';
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || turns_direction(c))
      out += kReplacement;
    else
      out += argument.substr(0, static_cast<std::size_t>(length));
    argument.remove_prefix(static_cast<std::size_t>(length));
  }
  return out;
}

std::string fill(std::string_view sentence, std::span<const std::string> args, const WordOf& word_of) {
  std::string out;
  while (!sentence.empty()) {
    const auto placeholder = read_placeholder(sentence);
    if (!placeholder || placeholder->argument >= args.size()) {
      out += sentence.front();
      sentence.remove_prefix(1);
      continue;
    }
    out += in_place_of(*placeholder, args[placeholder->argument], word_of);
    sentence.remove_prefix(placeholder->length);
  }
  return out;
}

}  // namespace tocsin::text
