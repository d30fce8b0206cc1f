// Inside this room: the words of a STIX pattern (STIX 2.1 section 9, and the grammar published with it).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::stix {

enum class Word {
  Name,       // an identifier; also type names with hyphens
  Keyword,    // AND, IN, WITHIN ...
  String,     // 'text'
  Binary,     // b'base64'
  Hex,        // h'00ff'
  Timestamp,  // t'2016-01-01T00:00:00Z'
  Integer,
  Float,
  Boolean,
  Symbol,  // operators, brackets, ':' '.' ','
  End,
  Bad,
};

struct Token {
  Word word = Word::End;
  std::string_view text;   // as written
  std::size_t offset = 0;  // in the pattern

  bool is(Word kind, std::string_view exactly) const { return word == kind && text == exactly; }
};

class PatternLexer {
 public:
  explicit PatternLexer(std::string_view pattern) : pattern_(pattern) {}
  Token next();

 private:
  bool skip_ignored();  // space and comments; false in a comment without end
  Token quoted(Word word, std::size_t prefix);
  Token number();
  Token make(Word word, std::size_t length);

  std::string_view pattern_;
  std::size_t at_ = 0;
};

/// The text of a String token without quotes and escapes.
std::string unquote(std::string_view token);

}  // namespace tocsin::stix
