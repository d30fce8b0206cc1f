// Addresses, dates and ids are words without parts: most rows of an index of indicators would be such parts otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/find/search.h"

namespace tocsin::find {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(Numbers, HaveNoParts) {
  for (const std::string number :
       {"198.51.100.7", "198.51.100.0/24", "198.51.100.7:8080", "2001:db8::7", "2026-11-20",
        "3eae7d74-6e3b-5267-af45-135b039041b8", "indicator--3eae7d74-6e3b-5267-af45-135b039041b8"})
    EXPECT_THAT(words_of(number), ElementsAre(number));
  EXPECT_THAT(words_of("(198.51.100.7)."), ElementsAre("198.51.100.7"));
}

TEST(Numbers, WithLettersAreNames) {
  EXPECT_THAT(words_of("apt-28"), UnorderedElementsAre("apt-28", "apt", "28"));
  EXPECT_THAT(words_of("cve-2026-1234"), UnorderedElementsAre("cve-2026-1234", "cve", "2026", "1234"));
  EXPECT_THAT(words_of("cafe.de"), UnorderedElementsAre("cafe.de", "cafe", "de"));
  EXPECT_THAT(words_of("x3eae7d74-6e3b-5267-af45-135b039041b8"), Contains("6e3b"));
}

TEST(Numbers, InsideLongerWordsKeepTheirParts) {
  EXPECT_THAT(words_of("http://198.51.100.7/a"), Contains("198"));
}

TEST(AskedWords, AreWholes) {
  EXPECT_THAT(asked_words("Evil-Site.example 198.51."), ElementsAre("evil-site.example", "198.51"));
  for (const std::string& asked : asked_words("evil-site.example 2001:db8::7 Đà"))
    EXPECT_THAT(words_of("evil-site.example 2001:db8::7 Đà"), Contains(asked));
  EXPECT_THAT(asked_words("evil-site.example"), Not(Contains("evil")));
}

TEST(Terms, AreTheWordsAndTheNormalFormsOfValues) {
  EXPECT_THAT(terms_of("da evil.example"), ElementsAre(Spellings{{"da"}}, Spellings{{"evil.example"}}));
  EXPECT_THAT(terms_of("2001:0db8::7"), ElementsAre(Spellings{{"2001:0db8::7"}, {"2001:db8::7"}}));
  EXPECT_THAT(terms_of("da da DA"), ElementsAre(Spellings{{"da"}}));
  EXPECT_THAT(terms_of("... \u2014"), ElementsAre());
}

}  // namespace
}  // namespace tocsin::find
