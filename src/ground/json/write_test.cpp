// Foreign vectors: RFC 8785 appendix B and the pairs of cyberphone/json-canonicalization (shared data, folder jcs).
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <limits>

#include "ground/base/clock.h"
#include "ground/base/file.h"
#include "ground/json/json.h"

namespace tocsin::json {
namespace {

TEST(Canonical, AgreesWithTheVectorsOfItsAuthors) {
  const std::string data = base::environment("TOCSIN_DATA").value_or(TOCSIN_SOURCE_DIR "/../shared/data");
  if (!std::filesystem::is_directory(data + "/jcs")) GTEST_SKIP() << "no folder " << data << "/jcs (TOCSIN_DATA)";
  for (const char* name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    const auto in = base::read_file(data + "/jcs/" + name + ".in.json", 1u << 20);
    const auto out = base::read_file(data + "/jcs/" + name + ".out.json", 1u << 20);
    ASSERT_TRUE(in && out) << name;
    const auto value = parse(*in);
    ASSERT_TRUE(value) << name << ": " << describe(value.error());
    EXPECT_EQ(canonical(*value), *out) << name;
  }
}

TEST(Canonical, WritesNumbersAsAppendixBOfRfc8785) {
  const std::pair<std::uint64_t, const char*> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) EXPECT_EQ(canonical(Value(std::bit_cast<double>(bits))), text);
}

TEST(Canonical, SortsNamesByUtf16CodeUnits) {
  // U+FB33 comes after U+1F602, which UTF-16 writes with surrogates; a name comes after its own prefix.
  const Object object{{"\uFB33", 1}, {"😂", 2}, {"ab", 3}, {"a", 4}, {"é", 5}, {"", 6}, {"😀", 7}};
  EXPECT_EQ(canonical(Value(object)), "{\"\":6,\"a\":4,\"ab\":3,\"é\":5,\"😀\":7,\"😂\":2,\"\uFB33\":1}");
}

TEST(Write, EscapesOnlyWhatItMust) {
  EXPECT_EQ(write(Value("\"\\/\b\f\n\r\t\x01\x1f\x7f é")), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é\"");
}

TEST(Write, RepairsTextThatIsNotUtf8) {
  EXPECT_EQ(write(Value("a\xFFz\xE2\x82")), "\"a\uFFFDz\uFFFD\uFFFD\"");
  EXPECT_EQ(write(Value(std::numeric_limits<double>::quiet_NaN())), "null");
}

TEST(Write, PrettyIsTheSameValue) {
  const auto value = parse(R"({"a":[1,{"b":[]}],"c":{},"d":"x"})");
  ASSERT_TRUE(value);
  const std::string pretty = write_pretty(*value);
  EXPECT_EQ(pretty, "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {},\n  \"d\": \"x\"\n}");
  EXPECT_EQ(*parse(pretty), *value);
}

}  // namespace
}  // namespace tocsin::json
