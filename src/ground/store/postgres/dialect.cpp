#include "ground/store/postgres/dialect.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace tocsin::store::postgres {
namespace {

enum class Kind { Space, Word, Quoted, Parameter, Symbol };  // Space: comments too; Quoted: strings and quoted names

struct Token {
  Kind kind;
  std::string_view text;
};

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool equals(std::string_view text, std::string_view upper) {
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(),
                    [](char a, char b) { return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b; });
}

/// Length of what a quote opens at the start of `text`; a doubled quote is one of the content. Runs to the end where it
/// is not closed: PostgreSQL will say so.
std::size_t quoted_length(std::string_view text, bool backslash_escapes) {
  const char quote = text[0];
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (backslash_escapes && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return text.size();
}

std::size_t through(std::string_view text, std::string_view end, std::size_t from) {
  const std::size_t found = text.find(end, from);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

/// `$tag$ ... $tag$`, in which bodies of PostgreSQL functions are written.
std::size_t dollar_quoted_length(std::string_view text) {
  std::size_t tag_end = 1;
  while (tag_end < text.size() && is_word_part(text[tag_end]) && text[tag_end] != '$') ++tag_end;
  if (tag_end >= text.size() || text[tag_end] != '$' || (tag_end > 1 && is_digit(text[1]))) return 0;
  return through(text, text.substr(0, tag_end + 1), tag_end + 1);
}

std::vector<Token> tokens(std::string_view sql) {
  std::vector<Token> out;
  while (!sql.empty()) {
    const char c = sql[0];
    Kind kind = Kind::Symbol;
    std::size_t length = 1;
    const auto run = [&](auto accepts) {
      while (length < sql.size() && accepts(sql[length])) ++length;
    };
    if (is_space(c)) {
      kind = Kind::Space;
      run(is_space);
    } else if (sql.substr(0, 2) == "--") {
      kind = Kind::Space;
      length = through(sql, "\n", 2);
    } else if (sql.substr(0, 2) == "/*") {
      kind = Kind::Space;
      length = through(sql, "*/", 2);
    } else if (c == '\'' || c == '"') {
      kind = Kind::Quoted;
      const bool escapes = !out.empty() && equals(out.back().text, "E");
      length = quoted_length(sql, escapes && c == '\'');
    } else if (const std::size_t dollar = c == '$' ? dollar_quoted_length(sql) : 0; dollar > 0) {
      kind = Kind::Quoted;
      length = dollar;
    } else if (is_word_start(c)) {
      kind = Kind::Word;
      run(is_word_part);
    } else if (is_digit(c)) {
      run(is_word_part);
    } else if (c == '?') {
      kind = Kind::Parameter;
      run(is_digit);
    }
    out.push_back({kind, sql.substr(0, length)});
    sql.remove_prefix(length);
  }
  return out;
}

/// Our four column types; nothing for other words.
std::optional<std::string_view> type_name(std::string_view word) {
  if (equals(word, "INTEGER")) return "BIGINT";
  if (equals(word, "REAL")) return "DOUBLE PRECISION";
  if (equals(word, "BLOB")) return "BYTEA";
  if (equals(word, "TEXT")) return "TEXT";
  return std::nullopt;
}

class Translator {
 public:
  explicit Translator(std::string_view sql) : tokens_(tokens(sql)) {}

  std::string run() {
    while (at_ < tokens_.size()) {
      const Token token = tokens_[at_];
      switch (token.kind) {
        case Kind::Space:
          copy(1);
          break;
        case Kind::Quoted:
          quoted();
          break;
        case Kind::Parameter:
          parameter(token.text);
          break;
        case Kind::Symbol:
          symbol(token.text[0]);
          break;
        case Kind::Word:
          word(token.text);
          break;
      }
    }
    return std::move(out_);
  }

 private:
  enum class Statement { Other, CreateTable, AlterTable };

  void copy(std::size_t count) {
    for (; count > 0; --count) out_ += tokens_[at_++].text;
  }

  /// The `count`th word from here on, where only space lies between; empty otherwise.
  std::string_view word_ahead(std::size_t count) const {
    for (std::size_t i = at_; i < tokens_.size(); ++i) {
      if (tokens_[i].kind == Kind::Space) continue;
      if (tokens_[i].kind != Kind::Word) return {};
      if (count-- == 0) return tokens_[i].text;
    }
    return {};
  }
  char symbol_ahead() const {
    for (std::size_t i = at_ + 1; i < tokens_.size(); ++i)
      if (tokens_[i].kind != Kind::Space) return tokens_[i].kind == Kind::Symbol ? tokens_[i].text[0] : '\0';
    return '\0';
  }
  void skip_words(std::size_t count) {
    while (count > 0)
      if (tokens_[at_++].kind == Kind::Word) --count;
  }

  void parameter(std::string_view text) {
    std::uint32_t number = highest_parameter_ + 1;  // SQLite's rule: one more than the highest so far
    if (text.size() > 1) {
      number = 0;
      for (const char c : text.substr(1, 5)) number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    highest_parameter_ = std::max(highest_parameter_, number);
    out_ += '$' + std::to_string(number);
    ++at_;
    ++words_in_item_;
    previous_word_is_as_ = previous_word_is_cast_ = false;
  }

  void quoted() {
    ++words_in_item_;  // "group" names a column as well as a bare word does
    previous_word_is_as_ = previous_word_is_cast_ = false;
    copy(1);
  }

  void symbol(char c) {
    if (c == ',' && dropped_table_option_) {
      ++at_;
      return;
    }
    if (c == '(') {
      parentheses_.push_back(previous_word_is_cast_);
      words_in_item_ = 0;
    } else if (c == ')' && !parentheses_.empty()) {
      parentheses_.pop_back();
      words_in_item_ = 2;  // whatever follows is not the name of a column
    } else if (c == ',') {
      words_in_item_ = 0;
    } else if (c == ';') {
      parentheses_.clear();
      statement_ = Statement::Other;
      dropped_table_option_ = false;
      words_in_statement_ = words_in_item_ = highest_parameter_ = 0;
    }
    previous_word_is_as_ = previous_word_is_cast_ = false;
    copy(1);
  }

  void word(std::string_view text) {
    const bool after_as = previous_word_is_as_;
    previous_word_is_as_ = equals(text, "AS");
    previous_word_is_cast_ = equals(text, "CAST");
    begin_statement(text);
    ++words_in_statement_;
    const std::size_t position = words_in_item_++;

    if (blob_literal(text)) return;
    const auto type = type_name(text);
    if (type && after_as && !parentheses_.empty() && parentheses_.back() && symbol_ahead() == ')') {
      out_ += *type;
      ++at_;
      return;
    }
    if (statement_ == Statement::AlterTable && (equals(text, "ADD") || equals(text, "COLUMN"))) words_in_item_ = 0;
    if (type && position == 1 && defines_columns()) return column_type(*type);
    if (statement_ == Statement::CreateTable && parentheses_.empty() && table_option(text)) return;
    copy(1);
  }

  void begin_statement(std::string_view text) {
    if (words_in_statement_ == 0) {
      if (equals(text, "CREATE") && (equals(word_ahead(1), "TABLE") || equals(word_ahead(2), "TABLE")))
        statement_ = Statement::CreateTable;
      else if (equals(text, "ALTER") && equals(word_ahead(1), "TABLE"))
        statement_ = Statement::AlterTable;
    }
  }

  bool defines_columns() const {
    return statement_ == Statement::CreateTable ? parentheses_.size() == 1
                                                : statement_ == Statement::AlterTable && parentheses_.empty();
  }

  void column_type(std::string_view type) {
    if (type == "BIGINT" && equals(word_ahead(1), "PRIMARY") && equals(word_ahead(2), "KEY") &&
        equals(word_ahead(3), "AUTOINCREMENT")) {
      out_ += "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
      skip_words(4);
      return;
    }
    out_ += type;
    if (type == "TEXT") out_ += " COLLATE \"C\"";
    ++at_;
  }

  bool table_option(std::string_view text) {
    const std::size_t words = equals(text, "STRICT")                                      ? 1
                              : equals(text, "WITHOUT") && equals(word_ahead(1), "ROWID") ? 2
                                                                                          : 0;
    skip_words(words);
    if (words > 0) dropped_table_option_ = true;
    return words > 0;
  }

  /// x'0aff': in PostgreSQL that would be a string of bits.
  bool blob_literal(std::string_view text) {
    if (!equals(text, "X") || at_ + 1 >= tokens_.size()) return false;
    const Token& next = tokens_[at_ + 1];
    if (next.kind != Kind::Quoted || next.text[0] != '\'') return false;
    out_ += "'\\x" + std::string(next.text.substr(1)) + "::bytea";
    at_ += 2;
    return true;
  }

  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::string out_;
  std::uint32_t highest_parameter_ = 0;
  Statement statement_ = Statement::Other;
  std::size_t words_in_statement_ = 0;
  std::size_t words_in_item_ = 0;      ///< since the last '(' or ',': the name of a column is 0, its type 1
  std::vector<bool> parentheses_;      ///< the open ones; true: of a CAST
  bool dropped_table_option_ = false;  ///< and so the comma after it
  bool previous_word_is_as_ = false;
  bool previous_word_is_cast_ = false;
};

}  // namespace

std::string translate(std::string_view sql) {
  return Translator(sql).run();
}

}  // namespace tocsin::store::postgres
