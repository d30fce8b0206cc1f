#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/find/search.h"
#include "formats/observable/observable.h"
#include "ground/base/clock.h"
#include "ground/base/utf8.h"

namespace tocsin::find {
namespace {

constexpr std::size_t kMaxWordBytes = 64;
constexpr std::size_t kMaxWords = 256;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4

// Letters that Unicode does not decompose but that people type without their stroke or ligature.
std::string_view special_fold(utf8proc_int32_t c) {
  switch (c) {
    case 0x111:
      return "d";  // đ
    case 0xF8:
      return "o";  // ø
    case 0x142:
      return "l";  // ł
    case 0xE6:
      return "ae";  // æ
    case 0x153:
      return "oe";  // œ
    case 0xDF:
      return "ss";  // ß
    default:
      return {};
  }
}

void append_utf8(std::string& out, utf8proc_int32_t c) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(c, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

// Quotation marks, dashes, signs and spaces of every language part words as those of ASCII do; a typeset hyphen is a
// hyphen.
char as_ascii_mark(utf8proc_int32_t c) {
  constexpr utf8proc_int32_t kHyphen = 0x2010;
  if (c < 0x80) return 0;
  if (c == kHyphen) return '-';
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_ZP ? ' ' : 0;
}

// Case folded, decomposed, marks removed. Text that is not UTF-8 yields nothing.
std::string fold(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                                      UTF8PROC_STRIPMARK | UTF8PROC_STRIPCC | UTF8PROC_IGNORE);
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  if (size < 0) return {};
  std::string out;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t c = 0;
    const auto step = utf8proc_iterate(mapped + at, size - at, &c);
    if (step <= 0) break;
    at += step;
    if (const auto special = special_fold(c); !special.empty())
      out += special;
    else if (const char mark = as_ascii_mark(c); mark != 0)
      out += mark;
    else
      append_utf8(out, c);
  }
  std::free(mapped);  // utf8proc allocates with malloc
  return out;
}

bool is_word_byte(char c) {
  const auto b = static_cast<unsigned char>(c);
  return b >= 0x80 || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
}
bool joins(char c) {
  return c == '.' || c == '-' || c == '_' || c == '@' || c == ':' || c == '/';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

std::string_view without_joints_at_its_ends(std::string_view word) {
  while (!word.empty() && joins(word.back())) word.remove_suffix(1);
  while (!word.empty() && joins(word.front())) word.remove_prefix(1);
  return word;
}

// 198.51.100.7, 10.0.0.0/8, 2026-11-20, 2001:db8::1, an UUID, indicator--<UUID>.
bool is_number(std::string_view word) {
  constexpr std::size_t kUuidBytes = 36;
  if (word.size() >= kUuidBytes && base::is_uuid(word.substr(word.size() - kUuidBytes)))
    return word.size() == kUuidBytes || word.substr(0, word.size() - kUuidBytes).ends_with("--");
  const auto consists_of = [&](bool (*digit)(char)) {
    return std::all_of(word.begin(), word.end(), [&](char c) { return digit(c) || joins(c); });
  };
  return consists_of(is_digit) || (word.find(':') != std::string_view::npos && consists_of(is_hex_digit));
}

// What is indexed has to be UTF-8: a word is cut, a character never.
std::string_view cut(std::string_view word) {
  if (word.size() <= kMaxWordBytes) return word;
  std::size_t end = kMaxWordBytes;
  while (base::is_inside_character(word[end])) --end;
  return word.substr(0, end);
}

void add(std::vector<std::string>& out, std::string_view word) {
  const std::string_view kept = cut(without_joints_at_its_ends(word));
  if (kept.empty() || out.size() >= kMaxWords) return;
  if (std::find(out.begin(), out.end(), kept) == out.end()) out.emplace_back(kept);
}

void add_parts(std::vector<std::string>& out, std::string_view word) {
  if (is_number(without_joints_at_its_ends(word))) return;
  for (std::size_t part = 0, i = 0; i <= word.size(); ++i) {
    if (i < word.size() && !joins(word[i])) continue;
    add(out, word.substr(part, i - part));
    part = i + 1;
  }
}

// A host is found by each name it lies under: "www.evil.example" by "evil.example" too, and the host of a URL or of a
// mail address by its own name. Single labels are parts already.
void add_names(std::vector<std::string>& out, std::string_view word) {
  if (is_number(without_joints_at_its_ends(word))) return;
  while (!word.empty()) {
    const std::size_t end = std::min(word.find_first_of(":/@"), word.size());
    std::string_view name = without_joints_at_its_ends(word.substr(0, end));
    word.remove_prefix(std::min(end + 1, word.size()));
    if (name.size() > kMaxHostBytes) continue;
    const bool is_address = is_number(name);
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
      add(out, name);
      if (is_address) break;
      name.remove_prefix(dot + 1);
    }
  }
}

std::vector<std::string> split(std::string_view text, bool with_parts) {
  const std::string folded = fold(text);
  const std::string_view all = folded;
  std::vector<std::string> out;
  for (std::size_t word = 0, i = 0; i <= all.size(); ++i) {
    if (i < all.size() && (is_word_byte(all[i]) || joins(all[i]))) continue;
    if (with_parts) {
      add_parts(out, all.substr(word, i - word));
      add_names(out, all.substr(word, i - word));
    }
    add(out, all.substr(word, i - word));
    word = i + 1;
  }
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  return split(text, true);
}

std::vector<std::string> asked_words(std::string_view query) {
  return split(query, false);
}

std::vector<Spellings> terms_of(std::string_view query) {
  std::vector<Spellings> out;
  const auto add_once = [&](Spellings one) {
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  };
  while (!query.empty() && out.size() < kMaxWords) {
    const std::size_t end = std::min(query.find_first_of(kBlanks), query.size());
    const std::string_view term = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    auto plain = asked_words(term);
    const auto value = observable::recognise(term);
    auto normal = value ? asked_words(value->text) : plain;
    if (normal != plain && !plain.empty() && !normal.empty())
      add_once({std::move(plain), std::move(normal)});
    else
      for (std::string& word : normal) add_once({{std::move(word)}});
  }
  return out;
}

}  // namespace tocsin::find
