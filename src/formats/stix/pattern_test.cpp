// Foreign cases: folder "patterns" of the shared data, from OASIS's pattern validator and matcher.
#include "formats/stix/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "formats/stix/foreign_data.h"

namespace tocsin::stix {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> indicated(std::string_view pattern) {
  std::vector<std::string> out;
  for (const auto& one : read_pattern(pattern).indicated)
    out.push_back(std::string(observable::name(one.value.kind)) + ' ' + one.value.text);
  return out;
}
std::vector<std::string> matched(std::string_view pattern) {
  std::vector<std::string> out;
  for (const auto& one : read_pattern(pattern).indicated)
    if (one.matched) out.push_back(one.value.text);
  return out;
}
bool simple(std::string_view pattern) {
  return read_pattern(pattern).simple;
}
bool well_formed(std::string_view pattern) {
  return !read_pattern(pattern).error_offset;
}

// The reference accepts these against the specification: days that no calendar has (RFC 3339 section 5.7), and a
// qualifier given twice, which its own validator refuses elsewhere.
const std::set<std::string> kStricterThanReference{"c-0075", "u-0161", "u-0168", "m-0241", "m-0252"};

TEST(Pattern, IsJudgedAsTheReferenceDoes) {
  for (const char* file : {"patterns/check.json", "patterns/match.json"}) {
    const std::string text = read_foreign(foreign_data() + '/' + file);
    if (text.empty()) GTEST_SKIP() << "no file " << foreign_data() << '/' << file << " (TOCSIN_DATA)";
    const auto document = json::parse(text);
    ASSERT_TRUE(document) << describe(document.error());
    for (const auto& one : *document->find("cases")->array()) {
      if (kStricterThanReference.contains(one.text("id"))) {
        EXPECT_FALSE(well_formed(one.text("pattern"))) << one.text("id");
        continue;
      }
      const std::string expect = one.text("expect");
      EXPECT_EQ(well_formed(one.text("pattern")), expect != "invalid" && expect != "parse-error")
          << one.text("id") << ": " << one.text("pattern");
    }
  }
}

TEST(Pattern, IndicatesWhatItTestsByEquality) {
  EXPECT_THAT(
      indicated("[file:hashes.'SHA-256' = 'EF537F25C895BFA782526529A9B63D97AA631564D5D789C2B765448C8635FB6C' OR "
                "file:name == 'C:\\\\x\\\\a.exe' OR file:hashes.md5 = '79054025255fb1a26e4bc422aef54eb4']"),
      ElementsAre("sha-256 ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c",
                  testing::HasSubstr(" a.exe"), "md5 79054025255fb1a26e4bc422aef54eb4"));
  EXPECT_EQ(read_pattern("[file:hashes . 'SHA-1' = 'a4254582ebbe2f3819c900206733aeca9efe541c']").indicated.at(0).path,
            "file:hashes.'SHA-1'");
  EXPECT_THAT(indicated("[domain-name:value IN ('a.example', 'B.example', 'a.example')]"),
              ElementsAre("domain-name a.example", "domain-name b.example"));
  EXPECT_THAT(indicated("[ipv4-addr:value ISSUBSET '198.51.100.0/24']"), ElementsAre("ipv4-range 198.51.100.0/24"));
  EXPECT_THAT(
      indicated("[email-message:to_refs[*].value = 'a@b.example' OR email-message:to_refs[0].value = 'c@b.example']"),
      ElementsAre("email-addr a@b.example", "email-addr c@b.example"));
  EXPECT_THAT(indicated("[url:value = 'hxxp://evil[.]example/']"), ElementsAre("url http://evil.example/"));
  EXPECT_THAT(indicated("[mutex:name = 'it\\'s']"), ElementsAre("mutex it's"));
}

TEST(Pattern, DoesNotIndicateWhatItDenies) {
  for (const char* pattern :
       {"[url:value != 'http://a.example/']", "[url:value NOT = 'http://a.example/']",
        "[domain-name:value NOT IN ('a.example')]", "[domain-name:value LIKE 'a.example']",
        "[domain-name:value MATCHES 'a.example']", "[domain-name:value > 'a.example']", "[EXISTS domain-name:value]",
        "[ipv4-addr:value NOT ISSUBSET '198.51.100.0/24']", "[ipv4-addr:value ISSUPERSET '198.51.100.0/24']",
        "[file:name = h'00']", "[foo:value = 'a.example']", "[domain-name:value = 5]"}) {
    EXPECT_TRUE(well_formed(pattern)) << pattern;
    EXPECT_THAT(indicated(pattern), IsEmpty()) << pattern;
    EXPECT_FALSE(simple(pattern)) << pattern;
  }
}

TEST(Pattern, IsSimpleOnlyWhereItsValuesSayAllOfIt) {
  for (const char* pattern :
       {"[ipv4-addr:value = '198.51.100.3']", "[ipv4-addr:value = '198.51.100.3' OR url:value = 'http://a.example/']",
        "([(ipv4-addr:value = '198.51.100.3')])", "[ipv4-addr:value = '198.51.100.3'] OR [mutex:name = 'x']",
        "[domain-name:value IN ('a.example', 'b.example')]",
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.3']",
        "[network-traffic:src_ref.value = 'a.example' AND network-traffic:src_ref.type = 'domain-name']",
        "[(network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.3') OR "
        "network-traffic:dst_ref.value = 'a.example']"})
    EXPECT_TRUE(simple(pattern)) << pattern;
  for (const char* pattern :
       {"[ipv4-addr:value = '198.51.100.3' AND url:value = 'http://a.example/']",
        "[ipv4-addr:value = '198.51.100.3' OR foo:bar = 'x']", "[domain-name:value IN ('a.example', 'not a name')]",
        "[ipv4-addr:value = '198.51.100.3'] AND [mutex:name = 'x']",
        "[ipv4-addr:value = '198.51.100.3'] FOLLOWEDBY [mutex:name = 'x']",
        "[ipv4-addr:value = '198.51.100.3'] REPEATS 5 TIMES", "[ipv4-addr:value = '198.51.100.3'] WITHIN 5 SECONDS",
        "[ipv4-addr:value = '198.51.100.3'] START t'2016-01-01T00:00:00Z' STOP t'2017-01-01T00:00:00Z'",
        "[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = '198.51.100.3']",
        "[network-traffic:src_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.3']",
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.3' AND "
        "network-traffic:dst_port = 443]",
        "[network-traffic:dst_ref.type = 'ipv4-addr']", "[domain-name:value IN ()]"})
    EXPECT_FALSE(simple(pattern)) << pattern;
}

TEST(Pattern, MatchesTheValuesThatSufficeWhereOtherBranchesOfAnOrCannotBeLookedUp) {
  const std::string md5(32, 'a'), sha256(64, 'b');
  EXPECT_THAT(matched("[file:hashes.'SHA-256' = '" + sha256 + "' OR file:hashes.MD5 = '" + md5 +
                      "' OR file:hashes.SSDEEP = '3:AXGBicFlgVNhBGcL6wCrFQEv:x']"),
              ElementsAre(sha256, md5));
  for (const char* pattern :
       {"[domain-name:value = 'a.example' OR domain-name:value LIKE '%.b.example']",
        "[domain-name:value LIKE '%.b.example' OR domain-name:value = 'a.example']",
        "[domain-name:value IN ('a.example', 'not a name')]", "[domain-name:value = 'a.example'] OR [foo:bar = 'x']",
        "[domain-name:value = 'a.example' OR (domain-name:value = 'b.example' AND foo:bar = 'x')]",
        "[(domain-name:value = 'b.example' AND foo:bar = 'x') OR domain-name:value = 'a.example']",
        "[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] REPEATS 5 TIMES",
        "[domain-name:value = 'a.example'] OR ([domain-name:value = 'b.example'] AND [domain-name:value = "
        "'c.example'])",
        "[domain-name:value = 'a.example' OR domain-name:value != 'b.example']",
        "[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value IN ('a.example', 'not a "
        "name')]",
        "[domain-name:value = 'b.example' AND foo:bar = 'x' OR domain-name:value = 'a.example']",
        "[domain-name:value = 'a.example' OR (domain-name:value = 'a.example' AND foo:bar = 'x')]"}) {
    EXPECT_THAT(matched(pattern), ElementsAre("a.example")) << pattern;
    EXPECT_FALSE(simple(pattern)) << pattern;
  }
}

TEST(Pattern, MatchesNoValueThatIsTiedToSomethingElse) {
  for (const char* pattern :
       {"[domain-name:value = 'a.example' AND domain-name:value = 'b.example']",
        "[foo:bar = 'x' AND (domain-name:value = 'a.example' OR domain-name:value = 'b.example')]",
        "[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND foo:bar = 'x']",
        "[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']",
        "([domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']) FOLLOWEDBY [foo:bar = 'x']",
        "[foo:bar = 'x'] FOLLOWEDBY [domain-name:value = 'a.example']",
        "([domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']) WITHIN 5 SECONDS",
        "[domain-name:value = 'a.example' AND foo:bar = 'x' AND domain-name:value = 'b.example']",
        "[network-traffic:dst_ref.value = 'a.example' AND foo:bar = 'x' AND network-traffic:dst_ref.type = "
        "'domain-name']",
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value IN ('a.example', "
        "'198.51.100.3')]"}) {
    EXPECT_TRUE(well_formed(pattern)) << pattern;
    EXPECT_THAT(matched(pattern), IsEmpty()) << pattern;
  }
}

TEST(Pattern, TakesAUrlWithoutItsScheme) {
  EXPECT_THAT(matched("[url:value IN ('evil[.]example/a.js', 'evil.example', '198.51.100.3:8080', '[2001:db8::1]/x', "
                      "'hxxps://evil.example/')]"),
              ElementsAre("http://evil.example/a.js", "http://evil.example/", "http://198.51.100.3:8080/",
                          "http://[2001:db8::1]/x", "https://evil.example/"));
  for (const char* text :
       {"evil", "/gate.php", "mailto:a@evil.example", "x://", "*.evil.example/a", "two words.example/"})
    EXPECT_THAT(matched("[url:value = '" + std::string(text) + "']"), IsEmpty()) << text;
}

TEST(Pattern, IndicatesNothingWhereItBreaksTheGrammar) {
  for (const char* pattern : {"",
                              "[",
                              "[]",
                              "ipv4-addr:value = '198.51.100.3'",
                              "[ipv4-addr:value = '198.51.100.3'",
                              "[ipv4-addr:value = '198.51.100.3'] x",
                              "[ipv4-addr:value = '198.51.100.3' and a:b = 1]",
                              "[ipv4-addr:value = 198.51.100.3]",
                              "[ipv4-addr = '198.51.100.3']",
                              "[ipv4-addr:value = \"198.51.100.3\"]",
                              "[mutex:name = 'a\\b']",
                              "[mutex:name = 'a]",
                              "[mutex:name = 'a'] /* ",
                              "[mutex:x-name = 'a']",
                              "[mutex:name = t'2016-02-30T00:00:00Z']",
                              "[mutex:name = h'0']",
                              "[mutex:name = b'*']",
                              "[mutex:name = 01]",
                              "[mutex:name[x] = 1]",
                              "[mutex:name = 'a'] REPEATS 0 TIMES",
                              "[mutex:name = 'a'] WITHIN 1 SECONDS WITHIN 2 SECONDS",
                              "[mutex:name = 'a'] START t'2017-01-01T00:00:00Z' STOP t'2016-01-01T00:00:00Z'",
                              "[mutex:IN = 1]"}) {
    EXPECT_FALSE(well_formed(pattern)) << pattern;
    EXPECT_THAT(indicated(pattern), IsEmpty()) << pattern;
  }
}

TEST(Pattern, IsReadWithBoundedRecursion) {
  EXPECT_FALSE(well_formed(std::string(100000, '(')));
  EXPECT_FALSE(well_formed("[" + std::string(100000, '(')));
  EXPECT_TRUE(well_formed(std::string(60, '(') + "[mutex:name = 'a']" + std::string(60, ')')));
}

}  // namespace
}  // namespace tocsin::stix
