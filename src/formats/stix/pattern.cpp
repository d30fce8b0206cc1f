#include "formats/stix/pattern.h"

#include <unordered_map>

#include "formats/stix/pattern_lexer.h"
#include "formats/stix/values.h"
#include "ground/base/clock.h"

namespace tocsin::stix {
namespace {

using observable::Kind;

constexpr unsigned kMaxDepth = 64;  // of parentheses

// What is known of a part of a comparison expression. "network-traffic:dst_ref.type = 'ipv4-addr'" is a type test: it
// says nothing by itself, and nothing new beside a comparison of the same reference's value.
struct Part {
  bool simple = false;
  std::string type_test_of;     // "network-traffic:dst_ref"
  std::string tested_type;      // "ipv4-addr"
  std::string value_of;         // the same for "network-traffic:dst_ref.value = ..."
  std::string_view value_type;  // of that value; empty where several differ
};

struct Path {
  std::string written;  // "file:hashes.'SHA-256'"
  std::string type;     // "file"
  std::string plain;    // "hashes.SHA-256"
};

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::Ipv4:
    case Kind::Ipv4Range:
      return "ipv4-addr";
    case Kind::Ipv6:
    case Kind::Ipv6Range:
      return "ipv6-addr";
    case Kind::Domain:
      return "domain-name";
    case Kind::Email:
      return "email-addr";
    default:
      return {};
  }
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : lexer_(pattern) { advance(); }

  PatternReading read() {
    PatternReading out;
    const bool ok = observations(out.simple) && token_.word == Word::End;
    if (!ok) return {{}, false, token_.offset};
    for (const std::size_t place : sufficient_) indicated_[place].matched = true;
    out.indicated = std::move(indicated_);
    if (out.indicated.empty()) out.simple = false;
    return out;
  }

 private:
  void advance() { token_ = lexer_.next(); }
  bool take(std::string_view symbol) {
    if (!token_.is(Word::Symbol, symbol)) return false;
    advance();
    return true;
  }
  bool take_keyword(std::string_view keyword) {
    if (!token_.is(Word::Keyword, keyword)) return false;
    advance();
    return true;
  }
  bool take_word(Word word) {
    if (token_.word != word) return false;
    advance();
    return true;
  }

  // None of what was read since then is a match by itself.
  void none_suffices_since(std::size_t then) { sufficient_.resize(then); }

  // FOLLOWEDBY binds loosest, then OR, then AND (section 9.5.3). Only OR keeps a pattern simple, and its values
  // sufficient.
  bool observations(bool& simple) {
    const std::size_t begin = sufficient_.size();
    if (!observations_or(simple)) return false;
    while (take_keyword("FOLLOWEDBY")) {
      bool other = false;
      if (!observations_or(other)) return false;
      simple = false;
      none_suffices_since(begin);
    }
    return true;
  }
  bool observations_or(bool& simple) {
    if (!observations_and(simple)) return false;
    while (take_keyword("OR")) {
      bool other = false;
      if (!observations_and(other)) return false;
      simple = simple && other;
    }
    return true;
  }
  bool observations_and(bool& simple) {
    const std::size_t begin = sufficient_.size();
    if (!observation(simple)) return false;
    while (take_keyword("AND")) {
      bool other = false;
      if (!observation(other)) return false;
      simple = false;
      none_suffices_since(begin);
    }
    return true;
  }
  bool observation(bool& simple) {
    const std::size_t begin = sufficient_.size();
    if (take("[")) {
      Part part;
      if (!comparisons(part) || !take("]")) return false;
      simple = part.simple;
    } else {
      if (!token_.is(Word::Symbol, "(") || depth_ >= kMaxDepth) return false;
      ++depth_;
      advance();
      if (!observations(simple) || !take(")")) return false;
      --depth_;
    }
    bool qualified = false;
    if (!qualifiers(qualified)) return false;
    if (qualified) {
      simple = false;
      none_suffices_since(begin);
    }
    return true;
  }

  bool qualifiers(bool& qualified) {
    bool within = false, repeats = false, interval = false;
    for (;;) {
      if (take_keyword("WITHIN")) {
        if (std::exchange(within, true) || !positive_number(true) || !take_keyword("SECONDS")) return false;
      } else if (take_keyword("REPEATS")) {
        if (std::exchange(repeats, true) || !positive_number(false) || !take_keyword("TIMES")) return false;
      } else if (take_keyword("START")) {
        if (std::exchange(interval, true)) return false;
        const auto start = timestamp();
        if (!start || !take_keyword("STOP")) return false;
        const auto stop = timestamp();
        if (!stop || *stop <= *start) return false;
      } else {
        return true;
      }
      qualified = true;
    }
  }
  bool positive_number(bool may_be_float) {
    const bool number = token_.word == Word::Integer || (may_be_float && token_.word == Word::Float);
    const bool positive = token_.text.find_first_of("123456789") != std::string_view::npos && token_.text[0] != '-';
    if (!number || !positive) return false;
    advance();
    return true;
  }
  // t'...' in 2.1; a plain string in 2.0.
  std::optional<Time> timestamp() {
    if (token_.word != Word::Timestamp && token_.word != Word::String) return std::nullopt;
    const auto from = token_.text.find('\'') + 1;
    const auto time = base::from_rfc3339(token_.text.substr(from, token_.text.size() - from - 1));
    if (time) advance();
    return time;
  }

  bool comparisons(Part& part) {
    if (!comparisons_and(part)) return false;
    while (take_keyword("OR")) {
      Part other;
      if (!comparisons_and(other)) return false;
      const bool simple = part.simple && other.simple;
      part = Part{};
      part.simple = simple;
    }
    return true;
  }
  bool comparisons_and(Part& part) {
    const std::size_t begin = sufficient_.size();
    if (!comparison(part)) return false;
    while (take_keyword("AND")) {
      Part other;
      if (!comparison(other)) return false;
      if (is_implied(part, other)) {
        part = std::move(other);
      } else if (!is_implied(other, part)) {
        part = Part{};
        none_suffices_since(begin);
      }
    }
    return true;
  }
  // Whether the values of `by` can only be seen where the test of a type holds.
  static bool is_implied(const Part& test, const Part& by) {
    return !by.value_of.empty() && by.value_of == test.type_test_of && !by.value_type.empty() &&
           by.value_type == test.tested_type;
  }

  bool comparison(Part& part) {
    if (token_.is(Word::Symbol, "(")) {
      if (depth_ >= kMaxDepth) return false;
      ++depth_;
      advance();
      if (!comparisons(part) || !take(")")) return false;
      --depth_;
      return true;
    }
    Path path;
    const bool not_before = take_keyword("NOT");
    if (take_keyword("EXISTS")) return object_path(path);
    if (not_before || !object_path(path)) return false;
    const bool negated = take_keyword("NOT");
    if (token_.word == Word::Symbol) {
      const std::string_view symbol = token_.text;
      const bool equality = symbol == "=" || symbol == "==";
      const bool inequality = symbol == "!=" || symbol == "<>";
      const bool order = symbol == "<" || symbol == ">" || symbol == "<=" || symbol == ">=";
      if (!equality && !inequality && !order) return false;
      advance();
      const Token literal = token_;
      if (!constant(!order)) return false;
      if (equality && !negated) equals(path, {literal}, part);
      return true;
    }
    if (take_keyword("IN")) {
      std::vector<Token> literals;
      if (!set(literals)) return false;
      if (!negated) equals(path, literals, part);
      return true;
    }
    if (take_keyword("LIKE") || take_keyword("MATCHES") || take_keyword("ISSUPERSET")) return take_word(Word::String);
    if (take_keyword("ISSUBSET")) {
      const Token literal = token_;
      if (!take_word(Word::String)) return false;
      // A network that holds the address is what our ranges mean; for anything else it is no equality.
      if (!negated && (path.type == "ipv4-addr" || path.type == "ipv6-addr")) equals(path, {literal}, part);
      return true;
    }
    return false;
  }

  bool constant(bool may_be_boolean) {
    switch (token_.word) {
      case Word::Boolean:
        if (!may_be_boolean) return false;
        break;
      case Word::String:
      case Word::Binary:
      case Word::Hex:
      case Word::Timestamp:
      case Word::Integer:
      case Word::Float:
        break;
      default:
        return false;
    }
    advance();
    return true;
  }
  bool set(std::vector<Token>& literals) {
    if (!take("(")) return false;
    if (take(")")) return true;
    do {
      literals.push_back(token_);
      if (!constant(true)) return false;
    } while (take(","));
    return take(")");
  }

  bool object_path(Path& path) {
    if (token_.word != Word::Name) return false;
    path.type = path.written = std::string(token_.text);
    advance();
    if (!take(":")) return false;
    path.written += ':';
    if (!step(path)) return false;
    for (;;) {
      if (take(".")) {
        path.written += '.';
        path.plain += '.';
        if (!step(path)) return false;
      } else if (take("[")) {
        const bool index = token_.word == Word::Integer || token_.is(Word::Symbol, "*");
        if (!index) return false;
        path.written.append("[").append(token_.text).append("]");
        path.plain += "[*]";
        advance();
        if (!take("]")) return false;
      } else {
        return true;
      }
    }
  }
  bool step(Path& path) {
    if (token_.word == Word::Name && token_.text.find('-') == std::string_view::npos)
      path.plain += token_.text;
    else if (token_.word == Word::String)
      path.plain += unquote(token_.text);
    else
      return false;
    path.written += token_.text;
    advance();
    return true;
  }

  // The path equals one of the literals.
  void equals(const Path& path, const std::vector<Token>& literals, Part& part) {
    constexpr std::string_view kType = ".type", kValue = ".value";
    const auto reference = [&](std::string_view suffix) {
      return path.type + ':' + path.plain.substr(0, path.plain.size() - suffix.size());
    };
    part.simple = !literals.empty();
    if (literals.size() == 1 && literals[0].word == Word::String && path.plain.ends_with("_ref" + std::string(kType))) {
      part.type_test_of = reference(kType);
      part.tested_type = unquote(literals[0].text);
    }
    bool first = true;
    for (const Token& literal : literals) {
      auto value = literal.word == Word::String ? value_at(path.type, path.plain, unquote(literal.text)) : std::nullopt;
      if (!value) {
        part.simple = false;
        continue;
      }
      const std::string_view type = type_of(value->kind);
      part.value_type = first || part.value_type == type ? type : std::string_view();
      first = false;
      const auto [known, is_new] = places_.try_emplace(path.written + ' ' + value->text, indicated_.size());
      if (is_new) indicated_.push_back({std::move(*value), path.written});
      sufficient_.push_back(known->second);
    }
    if (path.plain.ends_with("_ref" + std::string(kValue))) part.value_of = reference(kValue);
  }

  PatternLexer lexer_;
  Token token_;
  unsigned depth_ = 0;
  std::vector<Indicated> indicated_;
  std::unordered_map<std::string, std::size_t> places_;  // in indicated_
  // Places of the values that are a match by themselves as far as the pattern was read, in the order of the pattern: a
  // value may stand in one branch that it suffices for and in another that it does not.
  std::vector<std::size_t> sufficient_;
};

}  // namespace

PatternReading read_pattern(std::string_view pattern) {
  return PatternParser(pattern).read();
}

}  // namespace tocsin::stix
