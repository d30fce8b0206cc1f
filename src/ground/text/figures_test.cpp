#include "ground/text/figures.h"

#include <gtest/gtest.h>

#include "ground/text/text.h"

namespace tocsin::text {
namespace {

const NumberForm kEnglish{",", "."};

std::string size(const std::string& bytes, const NumberForm& form = kEnglish) {
  return size_in_words(bytes, form, [](std::string_view, std::string_view unit) { return std::string(unit); });
}

TEST(NumberForm, IsReadFromTheExampleOfEveryCatalogue) {
  for (const Language& language : languages()) {
    const auto form = read_number_form(find(language.tag, "number.form").value_or(""));
    ASSERT_TRUE(form) << language.tag;
    EXPECT_NE(form->thousands, form->decimal) << language.tag;
  }
  const auto form = read_number_form("1\u202f234,5");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->thousands, "\u202f");
  EXPECT_EQ(form->decimal, ",");
}

TEST(NumberForm, IsNotReadFromOtherDigits) {
  for (const char* example : {"", "1", "5", "15", "2,345.1", "1,234", "1,23.5", "1,234.56", "one"})
    EXPECT_FALSE(read_number_form(example)) << example;
}

TEST(Figures, AreGroupedByThrees) {
  for (const auto& [number, expected] : {std::pair<const char*, const char*>{"0", "0"},
                                         {"999", "999"},
                                         {"1000", "1,000"},
                                         {"-1000", "-1,000"},
                                         {"123456", "123,456"},
                                         {"9007199254740991", "9,007,199,254,740,991"}})
    EXPECT_EQ(grouped(number, kEnglish), expected);
}

TEST(Figures, LeaveWhatIsNoWholeNumber) {
  for (const char* text : {"", "-", "1.5", "1e9", "12 345", "+1000", "abcd", "2026-11-21", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(grouped(text, kEnglish), text);
    EXPECT_EQ(size(text), text);
  }
  EXPECT_EQ(size("-1024"), "-1024") << "there is no size below nothing";
  EXPECT_EQ(size("18446744073709551616"), "18446744073709551616") << "2^64";
}

TEST(Figures, OfSizesHaveTheUnitThatKeepsThemShort) {
  for (const auto& [bytes, expected] : {std::pair<const char*, const char*>{"0", "0\u00a0b"},
                                        {"1023", "1,023\u00a0b"},
                                        {"1024", "1.0\u00a0kib"},
                                        {"1536", "1.5\u00a0kib"},
                                        {"1048524", "1,023.9\u00a0kib"},
                                        {"1048525", "1.0\u00a0mib"},  // 1023.95 KiB
                                        {"1048576", "1.0\u00a0mib"},
                                        {"268435456", "256.0\u00a0mib"},
                                        {"18446744073709551615", "16,384.0\u00a0pib"}})
    EXPECT_EQ(size(bytes), expected);
  EXPECT_EQ(size("1536", {"\u202f", ","}), "1,5\u00a0kib");
}

}  // namespace
}  // namespace tocsin::text
