#include "ground/net/target.h"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

std::string path_of(std::string_view raw) {
  const auto target = decode_target(raw);
  return target ? target->path : "refused";
}

TEST(Target, DecodesPathAndQueryOnce) {
  const auto target = decode_target("/taxii2/api/objects%20x/?match%5Btype%5D=indicator&q=a+b%2Bc&q=%2525&empty=&bare");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/taxii2/api/objects x/");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"match[type]", "indicator"}, {"q", "a b+c"}, {"q", "%25"}, {"empty", ""}, {"bare", ""}};
  EXPECT_EQ(target->query, expected);
}

TEST(Target, KeepsPlusInPath) {
  EXPECT_EQ(path_of("/a+b"), "/a+b");
}

TEST(Target, DecodesVietnamese) {
  EXPECT_EQ(path_of("/t%C3%ACm/%E1%BA%BF"), "/tìm/ế");
}

TEST(Target, RefusesWhatIsNotOriginForm) {
  for (const char* raw : {"", "*", "http://host/x", "host:443", "x", "?a=b", "/a#b", "/a b", "/a\x01", "/\xc3\xa9"})
    EXPECT_FALSE(decode_target(raw)) << raw;
}

TEST(Target, RefusesDotSegmentsHoweverTheyAreWritten) {
  for (const char* raw :
       {"/..", "/../etc", "/a/..", "/a/../b", "/%2e%2e/x", "/.%2E/x", "/a/%2e", "/./a", "/.", "/a/%2E%2e?x=1"})
    EXPECT_FALSE(decode_target(raw)) << raw;
  EXPECT_EQ(path_of("/a..b/...c/.well-known"), "/a..b/...c/.well-known");
}

TEST(Target, RefusesASecondSlashInDisguise) {
  EXPECT_FALSE(decode_target("/a%2fb"));
  EXPECT_FALSE(decode_target("/a%2Fb"));
  EXPECT_FALSE(decode_target("/a/..%2f..%2fetc"));
  EXPECT_EQ(path_of("/%252f"), "/%2f");
  EXPECT_TRUE(decode_target("/a?file=%2Fb"));
}

TEST(Target, RefusesBadEscapes) {
  for (const char* raw : {"/%", "/%4", "/%zz", "/%4g", "/?%", "/?a=%f", "/%00", "/a?b=%00", "/?%00=1", "/%0a", "/%7f"})
    EXPECT_FALSE(decode_target(raw)) << raw;
  EXPECT_TRUE(decode_target("/?lines=a%0Ab"));
}

TEST(Target, RefusesInvalidUtf8) {
  // Overlong, surrogate, beyond U+10FFFF, cut short, stray continuation.
  for (const char* raw : {"/%C0%AF", "/%E0%80%AF", "/%F0%80%80%AF", "/%ED%A0%80", "/%F4%90%80%80", "/%F5%80%80%80",
                          "/%C3", "/%E1%BA", "/%80", "/?q=%FF", "/%C3/%A9"})
    EXPECT_FALSE(decode_target(raw)) << raw;
  for (const char* raw : {"/%ED%9F%BF", "/%EE%80%80", "/%F4%8F%BF%BF", "/%C2%80", "/%E0%A0%80", "/%F0%90%80%80"})
    EXPECT_TRUE(decode_target(raw)) << raw;
}

TEST(Target, LimitsLengthAndParameters) {
  EXPECT_TRUE(decode_target("/" + std::string(kMaxTargetBytes - 1, 'a')));
  const auto too_long = decode_target("/" + std::string(kMaxTargetBytes, 'a'));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, ErrorCode::TooLarge);
  std::string many = "/?";
  for (std::size_t i = 0; i < kMaxQueryParameters; ++i) many += "a&";
  EXPECT_TRUE(decode_target(many));
  EXPECT_FALSE(decode_target(many + "a"));
}

}  // namespace
}  // namespace tocsin::net
