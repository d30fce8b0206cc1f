// How text becomes words: the same for what is indexed and for what is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/find/search.h"
#include "ground/store/text_rule.h"

namespace tocsin::find {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(Words, AreTheExampleOfTheHeader) {
  EXPECT_THAT(words_of("Đà Nẵng, L'Œuvre"), ElementsAre("da", "nang", "l", "oeuvre"));
}

TEST(Words, LoseCaseMarksAndStrokes) {
  EXPECT_THAT(words_of("BỆNH VIỆN ĐA KHOA"), ElementsAre("benh", "vien", "da", "khoa"));
  EXPECT_THAT(words_of("Garçon ÉLÈVE Noël"), ElementsAre("garcon", "eleve", "noel"));
  EXPECT_THAT(words_of("Straße Łódź Ærø"), ElementsAre("strasse", "lodz", "aero"));
  EXPECT_THAT(words_of("ＦＵＬＬ ﬁne"), ElementsAre("full", "fine"));
}

TEST(Words, AreTheSameComposedAndDecomposed) {
  EXPECT_EQ(words_of("N\u1eb5ng"), words_of("Na\u0306\u0303ng"));
  EXPECT_EQ(words_of("\u00e9t\u00e9"), words_of("e\u0301te\u0301"));
}

TEST(Words, KeepDotsAndHyphensInsideAndGiveThePartsToo) {
  EXPECT_THAT(words_of("evil-site.example"), UnorderedElementsAre("evil-site.example", "evil", "site", "example"));
  EXPECT_THAT(words_of("an@mail.example"),
              UnorderedElementsAre("an@mail.example", "an", "mail", "example", "mail.example"));
  EXPECT_THAT(words_of("198.51.100.3"), ElementsAre("198.51.100.3"));
  EXPECT_THAT(words_of("...end. -start- a..b"), UnorderedElementsAre("end", "start", "a..b", "a", "b"));
  EXPECT_THAT(words_of(".-_@:/ ... --"), IsEmpty());
}

TEST(Words, OfAHostAreTheNamesItLiesUnder) {
  EXPECT_THAT(words_of("www.evil.example"),
              UnorderedElementsAre("www.evil.example", "evil.example", "www", "evil", "example"));
  EXPECT_THAT(words_of("https://cdn.www.evil.example:8443/a.exe?id=1"),
              IsSupersetOf({"cdn.www.evil.example", "www.evil.example", "evil.example", "a.exe"}));
  EXPECT_THAT(words_of("http://198.51.100.7:8080/a"), Contains("198.51.100.7"));
  EXPECT_THAT(words_of("http://198.51.100.7:8080/a"), Not(Contains("51.100.7")));
  const auto words = words_of("notevil.example evil.example.org");
  EXPECT_THAT(words, Not(Contains("evil.example"))) << "another host";
}

TEST(Words, AreSplitAtThePunctuationOfEveryLanguage) {
  EXPECT_THAT(words_of("L’Œuvre"), ElementsAre("l", "oeuvre"));
  EXPECT_THAT(words_of("«\u00a0Loup\u00a0» “wolf” „Wolf“"), ElementsAre("loup", "wolf"));
  EXPECT_THAT(words_of("one—two\u2003three-four"), ElementsAre("one", "two", "three", "four", "three-four"));
  EXPECT_THAT(words_of("攻撃。電力、水"), ElementsAre("攻撃", "電力", "水"));
  EXPECT_EQ(words_of("evil\u2011site\u2010x"), words_of("evil-site-x"));
  EXPECT_THAT(words_of("alert🔔now"), ElementsAre("alert", "now"));
}

TEST(Words, DoNotHideBehindCharactersNobodySees) {
  EXPECT_THAT(words_of("ev\u200bil"), ElementsAre("evil"));
  EXPECT_THAT(words_of("\u202eevil\u202c \u2066site\u2069"), ElementsAre("evil", "site"));
  EXPECT_THAT(words_of(std::string_view("ev\0il", 5)), ElementsAre("evil"));
  EXPECT_THAT(words_of("one\ttwo\nthree"), ElementsAre("one", "two", "three"));
}

TEST(Words, AreNoneInTextThatIsNotUtf8) {
  EXPECT_THAT(words_of("good \xff"), IsEmpty());
  EXPECT_THAT(words_of("\xc3"), IsEmpty());
  EXPECT_THAT(words_of("\xed\xa0\x80"), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

TEST(Words, ComeOnceEach) {
  EXPECT_THAT(words_of("evil EVIL évil"), ElementsAre("evil"));
}

// Languages without spaces make long words of wide characters: a word is cut, never a character.
TEST(Words, ThatAreTooLongAreCutBetweenCharacters) {
  for (const std::string_view letter : {"水", "щ", "𐍈"})
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string text(shift, 'a');
      for (int i = 0; i < 100; ++i) text += letter;
      const auto words = words_of(text);
      ASSERT_EQ(words.size(), 1u);
      EXPECT_TRUE(store::is_storable_text(words[0])) << letter << shift;
      EXPECT_LE(words[0].size(), 64u);
      EXPECT_GT(words[0].size(), 60u);
    }
}

TEST(Words, OfAMegabyteAreBounded) {
  EXPECT_EQ(words_of(std::string(1 << 20, 'a')).size(), 1u);
  std::string many;
  while (many.size() < (1 << 20)) many += std::to_string(many.size()) + " ";
  EXPECT_EQ(words_of(many).size(), 256u);
  std::string joined;
  while (joined.size() < (1 << 20)) joined += "a.";
  EXPECT_LE(words_of(joined).size(), 2u);
}

// Whatever comes in: what comes out can be stored, is folded already, and has nothing left to split off its ends.
TEST(Words, OfAnythingCanBeStoredAndFoldToThemselves) {
  std::mt19937 random(20261122);
  const std::vector<std::string> pieces = {"a",    "Z", "é", "Đ", "œ", "水", "\u0301", "\u202e", "'",      "%",
                                           "_",    ".", "-", "@", ":", "/",  " ",      "\x01",   "\u00a0", "’",
                                           "\xff", "ﬁ", "ß", "İ", "1", "𐍈",  "\u3002", "\ufeff"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto left = random() % 120; left > 0; --left) {
      const auto& piece = pieces[random() % pieces.size()];
      if (piece != "\xff" || random() % 50 == 0) text += piece;
    }
    for (const std::string& word : words_of(text)) {
      ASSERT_TRUE(store::is_storable_text(word)) << text;
      ASSERT_FALSE(word.empty());
      ASSERT_LE(word.size(), 64u);
      ASSERT_THAT(words_of(word), Contains(word)) << text;
    }
  }
}

}  // namespace
}  // namespace tocsin::find
