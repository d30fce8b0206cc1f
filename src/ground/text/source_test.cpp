// The code against the catalogues: every message id that the program can utter has a sentence.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "ground/json/json.h"
#include "ground/text/text.h"

namespace tocsin::text {
namespace {

struct Source {
  std::string path, text;
};

// Programs and headers of src/ and cmd/, without tests and what serves only them.
const std::vector<Source>& sources() {
  static const auto all = [] {
    std::vector<Source> out;
    for (const char* folder : {"src", "cmd"})
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(std::string(TOCSIN_SOURCE_DIR "/") + folder)) {
        const std::string name = entry.path().filename();
        const bool code = name.ends_with(".cpp") || name.ends_with(".h");
        if (!code || name.ends_with("_test.cpp") || name.ends_with("_fuzz.cpp") || name.starts_with("test_")) continue;
        std::ifstream in(entry.path());
        out.push_back({entry.path(), {std::istreambuf_iterator<char>(in), {}}});
      }
    return out;
  }();
  return all;
}

std::string_view skip_space(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

struct Failure {
  std::string id, where;
  std::optional<std::size_t> arguments;  ///< where they stand there as a braced list, or not at all
};

// Counts the elements of the braced list at the start of `text`.
std::optional<std::size_t> count_elements(std::string_view text) {
  std::size_t depth = 0, count = 0;
  bool quoted = false, something = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '(' || c == '[') ++depth;
    if (c == '}' || c == ')' || c == ']')
      if (--depth == 0) return count + (something ? 1 : 0);
    if (c == ',' && depth == 1) ++count;
    if (depth > 0 && i > 0 && c != ' ' && c != '\n') something = true;
  }
  return std::nullopt;
}

bool stands_in_comment(const std::string& text, std::size_t at) {
  const std::size_t line = text.rfind('\n', at) + 1;
  return text.substr(line, at - line).find("//") != std::string::npos;
}

// Reads `X, "id", {args}` behind "ErrorCode::"; nothing where it goes on otherwise.
std::optional<Failure> read_call(std::string_view rest, const std::string& path) {
  const std::size_t end_of_code = rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  if (end_of_code == std::string_view::npos || rest[end_of_code] != ',') return std::nullopt;
  rest = skip_space(rest.substr(end_of_code + 1));
  if (!rest.starts_with('"')) return std::nullopt;
  const std::size_t end = rest.find('"', 1);
  Failure out{std::string(rest.substr(1, end - 1)), path, std::nullopt};
  rest = skip_space(rest.substr(end + 1));
  if (rest.starts_with(')') || rest.starts_with('}')) out.arguments = 0;
  if (rest.starts_with(',') && skip_space(rest.substr(1)).starts_with('{'))
    out.arguments = count_elements(skip_space(rest.substr(1)));
  return out;
}

std::vector<Failure> failures() {
  constexpr std::string_view kCode = "ErrorCode::";
  std::vector<Failure> out;
  for (const Source& source : sources())
    for (std::size_t at = source.text.find(kCode); at != std::string::npos; at = source.text.find(kCode, at + 1)) {
      if (stands_in_comment(source.text, at)) continue;
      auto failure = read_call(std::string_view(source.text).substr(at + kCode.size()), source.path);
      if (failure) out.push_back(std::move(*failure));
    }
  return out;
}

std::size_t placeholders_needed(const std::string& sentence) {
  std::size_t needed = 0;
  for (std::size_t open = sentence.find('{'); open != std::string::npos; open = sentence.find('{', open + 1))
    needed = std::max(needed, static_cast<std::size_t>(sentence[open + 1] - '0') + 1);
  return needed;
}

TEST(Sources, FailOnlyWithMessagesOfEveryCatalogue) {
  ASSERT_GT(failures().size(), 50u);  // else this test has lost sight of the code
  for (const Failure& failure : failures())
    for (const Language& language : languages())
      EXPECT_TRUE(find(language.tag, failure.id))
          << failure.id << " is missing in " << language.tag << ".json, used in " << failure.where;
}

TEST(Sources, GiveEachSentenceTheArgumentsItNeeds) {
  for (const Failure& failure : failures()) {
    const auto sentence = find("en", failure.id);
    if (!sentence || !failure.arguments) continue;
    EXPECT_GE(*failure.arguments, placeholders_needed(*sentence))
        << failure.where << ": " << failure.id << ": " << *sentence;
  }
}

// Ids also travel through functions and tables; they are recognised by the areas that the catalogues know. A literal
// that only looks like one is listed in testdata/text/not-messages.json.
TEST(Sources, HoldNoOtherLiteralThatLooksLikeAMessageWithoutOne) {
  std::ifstream in(TOCSIN_SOURCE_DIR "/testdata/text/not-messages.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto list = json::parse(text);
  ASSERT_TRUE(list && list->array());
  std::set<std::string> known, areas;
  for (const json::Value& literal : *list->array()) known.insert(*literal.string());
  for (const std::string& id : ids("en")) {
    known.insert(id);
    if (find("en", id)->ends_with('.')) areas.insert(id.substr(0, id.find('.')));  // a sentence, no word
  }
  for (const Source& source : sources())
    for (std::size_t open = source.text.find('"'); open != std::string::npos; open = source.text.find('"', open + 1)) {
      const std::size_t end = source.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.", open + 1);
      if (end == std::string::npos || source.text[end] != '"') continue;
      const std::string literal = source.text.substr(open + 1, end - open - 1);
      const std::size_t dot = literal.find('.');
      if (dot == std::string::npos || !areas.contains(literal.substr(0, dot))) continue;
      if (stands_in_comment(source.text, open) || literal.ends_with(".h")) continue;
      // "alerts.title." + what: at least one such message is there.
      if (const auto next = known.lower_bound(literal); literal.ends_with('.') && next != known.end())
        if (next->starts_with(literal)) continue;
      EXPECT_TRUE(known.contains(literal)) << "\"" << literal << "\" in " << source.path
                                           << " has no sentence; where it is no message, list it in not-messages.json";
    }
}

}  // namespace
}  // namespace tocsin::text
