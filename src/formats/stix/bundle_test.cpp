#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/stix/stix.h"
#include "ground/crypto/crypto.h"

namespace tocsin::stix {
namespace {

using observable::Kind;
using testing::ElementsAre;

constexpr const char* kMutex = R"({"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","name":"x"})";

struct Walked {
  std::vector<std::string> objects;
  std::string outcome;  // bundle id, or error id
};

Walked walk(std::string_view text) {
  Walked out;
  const auto report = for_each_object(text, [&](std::string_view bytes, std::size_t index) {
    EXPECT_EQ(index, out.objects.size());
    out.objects.emplace_back(bytes);
    return true;
  });
  out.outcome = report ? report->bundle_id : report.error().id;
  EXPECT_EQ(report ? report->objects : out.objects.size(), out.objects.size());
  return out;
}

TEST(Bundle, YieldsTheExactBytesOfItsObjects) {
  const auto walked =
      walk("\xEF\xBB\xBF {\"objects\": [ {\"a\" : 1.0} ,\n {} ], \"id\":\"bundle--1\",\"type\":\"bundle\"}");
  EXPECT_THAT(walked.objects, ElementsAre("{\"a\" : 1.0}", "{}"));
  EXPECT_EQ(walked.outcome, "bundle--1");
  EXPECT_EQ(walk(R"({"type":"bundle","id":"bundle--2"})").outcome, "bundle--2");
}

TEST(Bundle, MayBeASingleObject) {
  EXPECT_THAT(walk(std::string(" \n") + kMutex + "\n").objects, ElementsAre(kMutex));
  const std::string observed =
      R"({"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf","objects":{}})";
  EXPECT_THAT(walk(observed).objects, ElementsAre(observed));
}

TEST(Bundle, GivesNothingOfATornFile) {
  const auto walked = walk(R"({"type":"bundle","id":"bundle--1","objects":[{"type":"mutex"},{"ty)");
  EXPECT_TRUE(walked.objects.empty());
  EXPECT_EQ(walked.outcome, "json.syntax");
}

TEST(Bundle, IsNotAnyJson) {
  for (const char* text : {"", "[]", "5", "{}", R"({"objects":[{}]})", R"({"type":"bundle","objects":{}})",
                           R"({"type":"mutex","id":"x"})"})
    EXPECT_EQ(walk(text).outcome, "stix.not_a_bundle") << text;
}

TEST(Bundle, StopsWhenTheCallerHasEnough) {
  std::size_t seen = 0;
  const auto report = for_each_object(R"({"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[{},{},{}]})",
                                      [&](std::string_view, std::size_t) { return ++seen < 2; });
  ASSERT_TRUE(report);
  EXPECT_EQ(seen, 2u);
  EXPECT_EQ(report->spec_version, "2.0");
}

TEST(Bundle, IsRecognisedByItsHead) {
  EXPECT_TRUE(looks_like_stix(R"( {"type": "bundle")"));
  EXPECT_TRUE(looks_like_stix(kMutex));
  EXPECT_FALSE(looks_like_stix(R"({"ts":1.5,"uid":"x"})"));
  EXPECT_FALSE(looks_like_stix("#fields\tindicator"));
  EXPECT_FALSE(looks_like_stix(""));
}

class IndicatorFor : public testing::Test {
 protected:
  void SetUp() override { crypto::initialise(); }
};

TEST_F(IndicatorFor, ComesBackAsTheValueItWasMadeOf) {
  const observable::Value values[] = {
      {Kind::Ipv4, "198.51.100.3"},
      {Kind::Ipv6, "2001:db8::1"},
      {Kind::Ipv4Range, "198.51.100.0/24"},
      {Kind::Ipv6Range, "2001:db8::/32"},
      {Kind::Domain, "evil.example"},
      {Kind::Url, "http://evil.example/it's\\x"},
      {Kind::Md5, std::string(32, 'a')},
      {Kind::Sha1, std::string(40, 'a')},
      {Kind::Sha256, std::string(64, 'a')},
      {Kind::Sha512, std::string(128, 'a')},
      {Kind::Email, "a@evil.example"},
      {Kind::FileName, "a'b.exe"},
      {Kind::Ja3, std::string(32, 'b')},
      {Kind::Ja4, "t13d1516h2_8daaf6152771_02713d6af862"},
      {Kind::UserAgent, "evil/1.0 (x; y)"},
      {Kind::CertificateSha1, std::string(40, 'c')},
      {Kind::CertificateSha256, std::string(64, 'c')},
      {Kind::CertificateSerial, "ABCDEF12"},
      {Kind::Mutex, "Global\\x"},
      {Kind::RegistryKey, "HKEY_LOCAL_MACHINE\\x"},
  };
  for (auto value : values) {
    const auto normal = observable::normalise(value.kind, value.text);
    ASSERT_TRUE(normal) << value.text;
    value.text = *normal;
    const Time created = *base::from_rfc3339("2026-01-01T00:00:00Z"),
               modified = *base::from_rfc3339("2026-02-01T00:00:00Z");
    const auto object = read_object(indicator_for(value, "source", "what is \"said\"", created, modified));
    ASSERT_TRUE(object) << describe(object.error());
    EXPECT_TRUE(object->findings.empty()) << object->findings.at(0).rule << object->pattern;
    ASSERT_EQ(object->indicated.size(), 1u) << object->pattern;
    EXPECT_EQ(object->indicated[0].value, value);
    EXPECT_EQ(object->matched, Matched::Whole);
    EXPECT_EQ(object->created, "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(object->valid_from, created);
    EXPECT_EQ(object->modified_time, modified);
  }
}

TEST_F(IndicatorFor, RepeatsItsIdForTheSameSourceAndValueOnly) {
  const auto id = [](std::string_view source, Kind kind, std::string text, std::int64_t now) {
    return read_object(indicator_for({kind, std::move(text)}, source, "", Time{0}, Time{now}))->id;
  };
  const std::string one = id("a", Kind::Domain, "x.example", 0);
  EXPECT_EQ(id("a", Kind::Domain, "x.example", 86400000000), one);
  EXPECT_NE(id("b", Kind::Domain, "x.example", 0), one);
  EXPECT_NE(id("a", Kind::FileName, "x.example", 0), one);
  EXPECT_NE(id("a", Kind::Domain, "y.example", 0), one);
}

TEST_F(IndicatorFor, LeavesOutADescriptionThatNobodyMayRead) {
  const auto object =
      read_object(indicator_for({Kind::Domain, "x.example"}, "", std::string_view("a\0b", 3), Time{0}, Time{0}));
  ASSERT_TRUE(object);
  EXPECT_TRUE(read_object(indicator_for({Kind::Domain, "x.example"}, "", "\xFF\xFE", Time{0}, Time{0})));
}

}  // namespace
}  // namespace tocsin::stix
