#include "formats/stix/pattern_lexer.h"

#include <algorithm>
#include <array>

#include "ground/base/bytes.h"
#include "ground/base/clock.h"

namespace tocsin::stix {
namespace {

constexpr std::array<std::string_view, 16> kKeywords{
    "AND",    "OR", "NOT",   "FOLLOWEDBY", "LIKE",    "MATCHES", "ISSUPERSET", "ISSUBSET",
    "EXISTS", "IN", "START", "STOP",       "SECONDS", "WITHIN",  "REPEATS",    "TIMES"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '-';
}

// Length of the white space character at the start; the grammar counts Unicode's too.
std::size_t space_at(std::string_view text) {
  for (const std::string_view space :
       {" ",      "\t",     "\r",     "\n",     "\v",     "\f",     "\u0085", "\u00a0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
        "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"})
    if (text.starts_with(space)) return space.size();
  return 0;
}

bool is_well_formed(Word word, std::string_view content) {
  switch (word) {
    case Word::Binary:
      return !content.empty() && base::from_base64(content).has_value();
    case Word::Hex:
      return base::from_hex(content).has_value();
    case Word::Timestamp:
      return base::from_rfc3339(content).has_value();
    default:
      return true;
  }
}

}  // namespace

Token PatternLexer::make(Word word, std::size_t length) {
  const Token token{word, pattern_.substr(at_, length), at_};
  at_ += length;
  return token;
}

bool PatternLexer::skip_ignored() {
  for (;;) {
    while (const std::size_t length = space_at(pattern_.substr(at_))) at_ += length;
    const std::string_view rest = pattern_.substr(at_);
    if (rest.starts_with("//")) {
      at_ = std::min(pattern_.find_first_of("\r\n", at_), pattern_.size());
    } else if (rest.starts_with("/*")) {
      const auto end = pattern_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return false;
      at_ = end + 2;
    } else {
      return true;
    }
  }
}

Token PatternLexer::quoted(Word word, std::size_t prefix) {
  std::size_t i = at_ + prefix + 1;
  while (i < pattern_.size() && pattern_[i] != '\'') {
    if (pattern_[i] == '\\') {
      const bool escape = i + 1 < pattern_.size() && (pattern_[i + 1] == '\'' || pattern_[i + 1] == '\\');
      if (!escape) return make(Word::Bad, 0);
      ++i;
    }
    ++i;
  }
  if (i >= pattern_.size()) return make(Word::Bad, 0);
  const std::size_t start = at_ + prefix + 1;
  if (!is_well_formed(word, pattern_.substr(start, i - start))) return make(Word::Bad, 0);
  return make(word, i + 1 - at_);
}

Token PatternLexer::number() {
  std::size_t i = at_;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < pattern_.size() && is_digit(pattern_[i])) ++i;
    return i - start;
  };
  if (pattern_[i] == '+' || pattern_[i] == '-') ++i;
  const bool zero = i < pattern_.size() && pattern_[i] == '0';
  const std::size_t whole = digits();
  if (i < pattern_.size() && pattern_[i] == '.') {
    ++i;
    return digits() > 0 ? make(Word::Float, i - at_) : make(Word::Bad, 0);
  }
  if (whole == 0 || (zero && whole > 1)) return make(Word::Bad, 0);
  return make(Word::Integer, i - at_);
}

Token PatternLexer::next() {
  if (!skip_ignored()) return make(Word::Bad, 0);
  if (at_ >= pattern_.size()) return make(Word::End, 0);
  const std::string_view rest = pattern_.substr(at_);
  const char c = rest[0];
  const char second = rest.size() > 1 ? rest[1] : '\0';

  if (c == '\'') return quoted(Word::String, 0);
  if (second == '\'') {
    if (c == 'b') return quoted(Word::Binary, 1);
    if (c == 'h') return quoted(Word::Hex, 1);
    if (c == 't') return quoted(Word::Timestamp, 1);
  }
  if (starts_name(c)) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), continues_name);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    const std::string_view text = rest.substr(0, length);
    if (text == "true" || text == "false") return make(Word::Boolean, length);
    const bool keyword = std::find(kKeywords.begin(), kKeywords.end(), text) != kKeywords.end();
    return make(keyword ? Word::Keyword : Word::Name, length);
  }
  if (is_digit(c) || ((c == '+' || c == '-' || c == '.') && is_digit(second)) ||
      ((c == '+' || c == '-') && second == '.'))
    return number();
  for (const std::string_view two : {"==", "!=", "<>", "<=", ">="})
    if (rest.starts_with(two)) return make(Word::Symbol, 2);
  if (std::string_view("=<>[]():.,*").find(c) != std::string_view::npos) return make(Word::Symbol, 1);
  return make(Word::Bad, 0);
}

std::string unquote(std::string_view token) {
  std::string out;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    if (token[i] == '\\') ++i;
    out += token[i];
  }
  return out;
}

}  // namespace tocsin::stix
