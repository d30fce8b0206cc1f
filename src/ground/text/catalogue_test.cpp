// What every catalogue must be, read from the catalogues as they are built in.
#include <gtest/gtest.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "ground/json/json.h"
#include "ground/text/text.h"

namespace tocsin::text {
namespace {

std::set<std::string> reviewed(const std::string& file) {
  std::ifstream in(std::string(TOCSIN_SOURCE_DIR "/testdata/text/") + file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto list = json::parse(text);
  CHECK(list && list->array());
  std::set<std::string> out;
  for (const json::Value& id : *list->array()) out.insert(*id.string());
  return out;
}

// Calls `each` with (language, id, sentence) for every entry there is.
template <typename Each>
void for_each_entry(Each each) {
  for (const Language& language : languages())
    for (const std::string& id : ids(language.tag)) each(language.tag, id, *find(language.tag, id));
}

std::multiset<std::string> placeholders(const std::string& sentence) {
  std::multiset<std::string> out;
  for (std::size_t open = sentence.find('{'); open != std::string::npos; open = sentence.find('{', open + 1))
    out.insert(sentence.substr(open, sentence.find('}', open) - open + 1));
  return out;
}

// Areas whose entries are words that sentences put for names of ours, as {0:role} does.
const std::set<std::string>& word_areas() {
  static const auto all = [] {
    std::set<std::string> out{"language"};
    for (const std::string& id : ids("en"))
      for (const std::string& placeholder : placeholders(*find("en", id)))
        if (placeholder.size() > 4) out.insert(placeholder.substr(3, placeholder.size() - 4));
    return out;
  }();
  return all;
}

// Words stand inside sentences, titles above them; both end without a stop.
bool is_sentence(const std::string& id) {
  return !word_areas().contains(id.substr(0, id.find('.'))) && id.find(".title.") == std::string::npos;
}

constexpr std::string_view kNarrow = "\u202f";

TEST(Catalogues, HaveTheSameIds) {
  for (const Language& language : languages()) EXPECT_EQ(ids(language.tag), ids("en")) << language.tag;
  EXPECT_GT(ids("en").size(), 100u);
}

TEST(Catalogues, NameMessagesByTheirArea) {
  for_each_entry([](const std::string& language, const std::string& id, const std::string&) {
    const std::size_t dot = id.find('.');
    ASSERT_TRUE(dot != std::string::npos && dot > 0 && dot + 1 < id.size()) << language << " " << id;
    EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."),
              std::string::npos)
        << language << " " << id;
  });
}

TEST(Catalogues, HaveTheSamePlaceholdersInEachSentence) {
  for_each_entry([](const std::string& language, const std::string& id, const std::string& sentence) {
    EXPECT_EQ(placeholders(sentence), placeholders(find("en", id).value_or(""))) << language << " " << id;
    for (const std::string& placeholder : placeholders(sentence)) {
      ASSERT_TRUE(placeholder.size() >= 3 && placeholder[1] >= '0' && placeholder[1] <= '9') << language << " " << id;
      const std::string area = placeholder.substr(2, placeholder.size() - 3);
      EXPECT_TRUE(area.empty() || area[0] == ':') << language << " " << id << " " << placeholder;
    }
  });
}

TEST(Catalogues, HaveWordsForEveryAreaThatSentencesAskFor) {
  for (const std::string& area : word_areas()) {
    const auto all = ids("en");
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& id) { return id.starts_with(area + "."); }))
        << area;
  }
}

TEST(Catalogues, CountPlaceholdersFromZeroWithoutGaps) {
  for (const std::string& id : ids("en")) {
    std::set<char> numbers;
    for (const std::string& placeholder : placeholders(*find("en", id))) numbers.insert(placeholder[1]);
    char expected = '0';
    for (char number : numbers) EXPECT_EQ(number, expected++) << id;
  }
}

TEST(Catalogues, AreTranslated) {
  const auto allowed = reviewed("same-as-english.json");
  std::set<std::string> same;
  for_each_entry([&](const std::string& language, const std::string& id, const std::string& sentence) {
    if (language == "en" || sentence != find("en", id)) return;
    same.insert(id);
    EXPECT_TRUE(allowed.contains(id)) << language << " " << id
                                      << " equals the English text: translate it, or list it in "
                                      << "testdata/text/same-as-english.json after review";
  });
  for (const std::string& id : allowed)
    EXPECT_TRUE(same.contains(id)) << id << " is listed in same-as-english.json without need";
}

TEST(Catalogues, HoldWholePlainSentences) {
  for_each_entry([](const std::string& language, const std::string& id, const std::string& sentence) {
    const std::string where = language + " " + id + ": " + sentence;
    EXPECT_FALSE(sentence.empty()) << where;
    EXPECT_EQ(sentence.find_first_of("\n\t\r\"'<>"), std::string::npos) << where;
    EXPECT_EQ(sentence.find("  "), std::string::npos) << where;
    EXPECT_FALSE(sentence.starts_with(' ') || sentence.ends_with(' ')) << where;
    const bool ends = sentence.ends_with('.') || sentence.ends_with('?');
    EXPECT_EQ(ends, is_sentence(id)) << where;
  });
}

TEST(Catalogues, AreInNormalFormC) {
  for_each_entry([](const std::string& language, const std::string& id, const std::string& sentence) {
    utf8proc_uint8_t* normal = utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(sentence.c_str()));
    ASSERT_NE(normal, nullptr) << language << " " << id;
    EXPECT_EQ(sentence, reinterpret_cast<const char*>(normal)) << language << " " << id;
    std::free(normal);
  });
}

// Inside a word (https://, 03:14) a sign is no punctuation.
TEST(FrenchCatalogue, PutsANarrowSpaceBeforeHighPunctuation) {
  for (const std::string& id : ids("fr")) {
    const std::string sentence = *find("fr", id);
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      if (std::string_view(":;!?").find(sentence[i]) == std::string_view::npos) continue;
      const bool inside = i + 1 < sentence.size() && sentence[i + 1] != ' ';
      const bool spaced =
          i > 0 && (sentence[i - 1] == ' ' || std::string_view(sentence).substr(0, i).ends_with("\u00a0"));
      EXPECT_FALSE(spaced) << id << ": wrong space before '" << sentence[i] << "': " << sentence;
      EXPECT_TRUE(inside || std::string_view(sentence).substr(0, i).ends_with(kNarrow))
          << id << ": no narrow space before '" << sentence[i] << "': " << sentence;
    }
  }
}

TEST(FrenchCatalogue, QuotesWithGuillemetsAndNarrowSpaces) {
  for (const std::string& id : ids("fr")) {
    const std::string sentence = *find("fr", id);
    EXPECT_EQ(sentence.find("\u201c"), std::string::npos) << id << ": " << sentence;
    for (std::size_t at = sentence.find("«"); at != std::string::npos; at = sentence.find("«", at + 1))
      EXPECT_TRUE(std::string_view(sentence).substr(at + 2).starts_with(kNarrow)) << id << ": " << sentence;
    for (std::size_t at = sentence.find("»"); at != std::string::npos; at = sentence.find("»", at + 1))
      EXPECT_TRUE(std::string_view(sentence).substr(0, at).ends_with(kNarrow)) << id << ": " << sentence;
  }
}

// In Vietnamese, letters of a legacy encoding or a combining mark left over show as a wrong or split letter.
TEST(VietnameseCatalogue, UsesVietnameseLettersOnly) {
  const std::string_view letters =
      "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
      "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ“”’";
  for (const std::string& id : ids("vi")) {
    std::string_view rest;
    const std::string sentence = *find("vi", id);
    for (rest = sentence; !rest.empty();) {
      std::size_t length = 1;
      while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0) == 0x80) ++length;
      const bool ascii = length == 1;
      EXPECT_TRUE(ascii || letters.find(rest.substr(0, length)) != std::string_view::npos)
          << id << ": '" << rest.substr(0, length) << "' in " << sentence;
      rest.remove_prefix(length);
    }
  }
}

}  // namespace
}  // namespace tocsin::text
