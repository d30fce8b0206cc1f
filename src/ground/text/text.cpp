#include "ground/text/text.h"

#include <map>

#include "ground/json/json.h"
#include "ground/text/embedded.h"
#include "ground/text/sentence.h"

namespace tocsin::text {
namespace {

constexpr std::string_view kEnglish = "en", kOwnName = "language.own_name";

using Catalogue = std::map<std::string, std::string, std::less<>>;

Catalogue parse_catalogue(std::string_view text) {
  const auto value = json::parse(text);
  CHECK(value && value->object() != nullptr);  // built in: the tests have read the same bytes
  Catalogue out;
  for (const auto& [id, sentence] : *value->object()) {
    CHECK(sentence.string() != nullptr);
    out.emplace(id, *sentence.string());
  }
  return out;
}

// Read once, then only read: safe from any thread.
const std::map<std::string, Catalogue, std::less<>>& catalogues() {
  static const auto all = [] {
    std::map<std::string, Catalogue, std::less<>> out;
    for (const auto& [tag, json] : embedded()) out.emplace(tag, parse_catalogue(json));
    CHECK(out.contains(kEnglish));
    return out;
  }();
  return all;
}

const std::string* find_in(std::string_view language, std::string_view id) {
  const auto catalogue = catalogues().find(language);
  if (catalogue == catalogues().end()) return nullptr;
  const auto sentence = catalogue->second.find(id);
  return sentence == catalogue->second.end() ? nullptr : &sentence->second;
}

const std::string* find_or_english(std::string_view language, std::string_view id) {
  const std::string* sentence = find_in(language, id);
  return sentence ? sentence : find_in(kEnglish, id);
}

}  // namespace

const std::vector<Language>& languages() {
  static const auto all = [] {
    std::vector<Language> out;
    for (const auto& [tag, catalogue] : catalogues()) {
      const std::string* name = find_in(tag, kOwnName);
      out.push_back({tag, name ? *name : tag});
    }
    return out;
  }();
  return all;
}

std::string say(std::string_view language, std::string_view id, std::span<const std::string> args) {
  const std::string* sentence = find_or_english(language, id);
  if (!sentence) return plain(id);  // some ids are made with a peer's words
  return fill(*sentence, args, [&](std::string_view area, std::string_view name) {
    const std::string* word = find_or_english(language, std::string(area) + "." + std::string(name));
    return word ? *word : std::string(name);
  });
}

std::string say(std::string_view language, const Error& error) {
  return say(language, error.id, error.args);
}

std::vector<std::string> ids(std::string_view language) {
  std::vector<std::string> out;
  if (const auto catalogue = catalogues().find(language); catalogue != catalogues().end())
    for (const auto& [id, sentence] : catalogue->second) out.push_back(id);
  return out;
}

std::optional<std::string> find(std::string_view language, std::string_view id) {
  const std::string* sentence = find_in(language, id);
  return sentence ? std::optional(*sentence) : std::nullopt;
}

}  // namespace tocsin::text
