#include "ground/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::base {
namespace {

void append(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  if (c >= 0x10000) put(0xF0 | c >> 18);
  put(c < 0x10000 ? 0xE0 | c >> 12 : 0x80 | (c >> 12 & 0x3F));
  put(0x80 | (c >> 6 & 0x3F));
  put(0x80 | (c & 0x3F));
}

TEST(Utf8, IsEveryCodePointExceptTheSurrogatesAsItIsEncoded) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    append(text, c);
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(utf8_sequence(text), is_surrogate ? 0u : text.size()) << static_cast<unsigned>(c);
    ASSERT_EQ(is_utf8("a" + text + "b"), !is_surrogate) << static_cast<unsigned>(c);
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      ASSERT_FALSE(is_utf8(text.substr(0, cut)) || is_utf8(text.substr(cut))) << static_cast<unsigned>(c);
  }
}

TEST(Utf8, IsNothingElse) {
  for (const std::string_view text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF", "\xC3(", "\xE2\x82(", "\xF0\x9F\x98("}) {
    EXPECT_EQ(utf8_sequence(text), 0u) << testing::PrintToString(text);
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  }
  EXPECT_EQ(utf8_sequence(""), 0u);
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(first_bytes("Hà Nội", 100), "Hà Nội");
  EXPECT_EQ(first_bytes("Hà", 3), "Hà");
  EXPECT_EQ(first_bytes("Hà", 2), "H");
  EXPECT_EQ(first_bytes("\xF0\x9F\x98\x80", 3), "");
  EXPECT_EQ(first_bytes("abc", 0), "");
  EXPECT_EQ(first_bytes("\x80\x80\x80", 2), "") << "no UTF-8: nothing is read before its start";
}

}  // namespace
}  // namespace tocsin::base
