#include "ground/text/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ground/text/sentence.h"

namespace tocsin::text {
namespace {

using Args = std::vector<std::string>;

TEST(Languages, StandWithTheirOwnNames) {
  std::vector<std::string> names;
  for (const Language& language : languages()) names.push_back(language.tag + " " + language.own_name);
  EXPECT_THAT(names, ::testing::IsSupersetOf({"en English", "fr Français", "vi Tiếng Việt"}));
}

TEST(Say, FillsTheArgumentsInTheReadersLanguage) {
  const Args args{"/tmp/x", "67108864"};
  EXPECT_EQ(say("en", "file.too_large", args),
            "The file /tmp/x is larger than the limit of 64.0\u00a0MiB. Split it, or send a smaller one.");
  EXPECT_EQ(say("fr", "file.too_large", args),
            "Le fichier /tmp/x dépasse la limite de 64,0\u00a0Mio. Découpez-le ou envoyez-en un plus petit.");
  EXPECT_EQ(say("vi", "file.too_large", args),
            "Tệp /tmp/x vượt quá giới hạn 64,0\u00a0MiB. Hãy chia nhỏ hoặc gửi tệp nhỏ hơn.");
  EXPECT_EQ(say("vi", Error{ErrorCode::TooLarge, "file.too_large", args}), say("vi", "file.too_large", args));
}

TEST(Say, GroupsTheDigitsOfNumbersAsTheReaderDoes) {
  const Args args{"1048576"};
  EXPECT_THAT(say("en", "record.too_many", args), ::testing::HasSubstr(" 1,048,576 "));
  EXPECT_THAT(say("fr", "record.too_many", args), ::testing::HasSubstr(" 1\u202f048\u202f576 "));
  EXPECT_THAT(say("vi", "record.too_many", args), ::testing::HasSubstr(" 1.048.576 "));
  // What is looked up or compared again is left as it is.
  EXPECT_THAT(say("vi", "alerts.unknown", args), ::testing::HasSubstr(" 1048576"));
  EXPECT_THAT(say("fr", "record.malformed", args), ::testing::HasSubstr(" 1048576"));
}

TEST(Say, PutsWordsForNamesOfOurs) {
  const Args args{"sign_agreement", "signatory, legal_adviser"};
  EXPECT_THAT(say("en", "people.not_permitted", args),
              ::testing::HasSubstr("sign agreements. Ask somebody who may: signatory, legal adviser."));
  EXPECT_THAT(say("vi", "people.not_permitted", args), ::testing::HasSubstr("người có quyền ký, cố vấn pháp lý."));
  EXPECT_THAT(say("fr", "release.kind_not_agreed", Args{"unheard_of"}), ::testing::HasSubstr("unheard_of"));
}

TEST(Say, FallsBackToEnglishThenToTheId) {
  EXPECT_EQ(say("de", "party.none"), say("en", "party.none"));
  EXPECT_EQ(say("", "party.none"), say("en", "party.none"));
  EXPECT_EQ(say("vi", "no.such_message", Args{"x"}), "no.such_message");
  EXPECT_EQ(say("vi", "alerts.title.\x1b[2J"), "alerts.title.\ufffd[2J");
}

TEST(Find, GivesTheSentenceOfThatLanguageOnly) {
  EXPECT_TRUE(find("fr", "party.none"));
  EXPECT_FALSE(find("de", "party.none"));
  EXPECT_FALSE(find("en", "no.such_message"));
  EXPECT_TRUE(ids("de").empty());
}

std::string filled(std::string_view sentence, const Args& args) {
  return fill(sentence, args, [](std::string_view area, std::string_view name) {
    return std::string(area) + "<" + std::string(name) + ">";
  });
}

TEST(Fill, ReadsPlaceholdersInTheSentenceOnly) {
  EXPECT_EQ(filled("{1}-{0}-{1}", {"a", "b"}), "b-a-b");
  EXPECT_EQ(filled("{0}", {"{1}", "secret"}), "{1}");
  EXPECT_EQ(filled("{0:role}", {"a, b,c"}), "role<a>, role<b,c>");
  EXPECT_EQ(filled("{0:role}", {""}), "role<>");
}

TEST(Fill, LeavesVisibleWhatItCannotFill) {
  for (const char* sentence :
       {"{2}", "{}", "{", "{x}", "{0:}", "{0:A}", "{0:a", "{0:a b}", "{ 0}", "{-1}", "{10}", "{0"})
    EXPECT_EQ(filled(sentence, {"a", "b"}), sentence);
}

// Arguments come from strangers; sentences end on terminals.
TEST(Fill, MakesArgumentsPlain) {
  EXPECT_EQ(plain("bệnh viện Đống Đa 🔔 \"x\" <b>"), "bệnh viện Đống Đa 🔔 \"x\" <b>");
  EXPECT_EQ(plain("a\nb\tc\r\nd"), "a b c  d");
  EXPECT_EQ(plain("\x1b[31mred\x7f"), "\ufffd[31mred\ufffd");
  EXPECT_EQ(plain("a\xc2\x9b"
                  "31m"),
            "a\ufffd31m");
  EXPECT_EQ(plain("exe.\u202egnp"), "exe.\ufffdgnp");
  EXPECT_EQ(plain("\u2066x\u2069"), "\ufffdx\ufffd");
  EXPECT_EQ(plain(std::string("a\0b", 3)), "a\ufffdb");
  EXPECT_EQ(plain("a\xff\xc3"), "a\ufffd\ufffd");
  EXPECT_EQ(filled("{0}", {"a\nb"}), "a b");
  EXPECT_EQ(filled("{0:role}", {"a\nb"}), "role<a b>");
}

TEST(Choose, TakesTheBestLanguageWeHave) {
  EXPECT_EQ(choose("vi"), "vi");
  EXPECT_EQ(choose("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"), "fr");
  EXPECT_EQ(choose("de, vi;q=0.3"), "vi");
  EXPECT_EQ(choose("en;q=0.5, vi;q=0.875"), "vi");
  EXPECT_EQ(choose("vi-Latn-VN"), "vi");
  EXPECT_EQ(choose("FR"), "fr");
  EXPECT_EQ(choose("en-GB,vi"), "en");
  EXPECT_EQ(choose(" vi ; q=0.9 ,\ten ;q=0.1"), "vi");
  EXPECT_EQ(choose("vi;q=0, fr;q=0.1"), "fr");
  EXPECT_EQ(choose("de, *"), "en");
}

TEST(Choose, FallsBackToEnglishForAnythingElse) {
  for (const char* header : {"", "de", "*", ",,,;;;===", "q=1", "vi;q=", "vi;q=2", "vi;q=x", "vi;q=1e9",
                             "vi;q=0.0000001", "vi;q=-1", "vie", "v", "-vi", "fr_CH", "\xff\xfe", "vi;q=0"})
    EXPECT_EQ(choose(header), "en") << header;
  EXPECT_EQ(choose(std::string(1u << 20, ',') + "vi"), "en");
  EXPECT_EQ(choose(std::string(1u << 20, '-')), "en");
}

}  // namespace
}  // namespace tocsin::text
