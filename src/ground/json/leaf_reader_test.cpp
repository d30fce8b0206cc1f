#include <gtest/gtest.h>

#include <map>

#include "ground/json/json.h"

namespace tocsin::json {
namespace {

using Leaves = std::vector<std::pair<std::string, std::string>>;

class LeafReading : public testing::Test {
 protected:
  bool read(std::string_view line) {
    leaves_.clear();
    return reader_.read(line, [&](std::string_view path, std::string_view text) { leaves_.emplace_back(path, text); });
  }
  LeafReader reader_;
  Leaves leaves_;
};

TEST_F(LeafReading, JoinsPathsWithDots) {
  EXPECT_TRUE(
      read(R"({"ts":1.5,"dns":{"rrname":"a.example","answers":[{"rdata":"198.51.100.3"},{"ttl":60}]},"ok":true,)"
           R"("none":null,"e":{},"l":[[1],"x"]})"));
  EXPECT_EQ(leaves_, (Leaves{{"ts", "1.5"},
                             {"dns.rrname", "a.example"},
                             {"dns.answers.0.rdata", "198.51.100.3"},
                             {"dns.answers.1.ttl", "60"},
                             {"ok", "true"},
                             {"l.0.0", "1"},
                             {"l.1", "x"}}));
}

TEST_F(LeafReading, KeepsNumbersAsWritten) {
  EXPECT_TRUE(read(R"({"flow_id":18446744073709551616123,"x":-0.50e+1 })"));
  EXPECT_EQ(leaves_, (Leaves{{"flow_id", "18446744073709551616123"}, {"x", "-0.50e+1"}}));
}

TEST_F(LeafReading, UnescapesNamesAndStrings) {
  EXPECT_TRUE(read(R"({"a\"b":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude02 \u0000!"})"));
  EXPECT_EQ(leaves_, (Leaves{{"a\"b", std::string("\"\\/\b\f\n\r\té😂 \0!", 17)}}));
}

TEST_F(LeafReading, IsNotBlindedByBadText) {
  EXPECT_TRUE(read(R"({"agent":"\ud800x\udc00","host":"evil.example"})"));
  EXPECT_EQ(leaves_, (Leaves{{"agent", "\uFFFDx\uFFFD"}, {"host", "evil.example"}}));
  EXPECT_TRUE(read("{\"agent\":\"\xFF\xC0\xAF\",\"host\":\"evil.example\"}"));
  EXPECT_EQ(leaves_, (Leaves{{"agent", "???"}, {"host", "evil.example"}}));
  EXPECT_TRUE(read(R"({"\udc00":1})"));
}

TEST_F(LeafReading, RefusesWhatIsNoObject) {
  for (const char* line : {"",
                           " ",
                           "[]",
                           "1",
                           "\"a\"",
                           "{",
                           "{\"a\":1",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":tru}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":1}}",
                           "{\"a\":1} {}",
                           "{\"a\":nul}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":-}",
                           "not json"})
    EXPECT_FALSE(read(line)) << line;
  EXPECT_TRUE(read("{}"));
  EXPECT_TRUE(read(" {\"a\":1}\r\n"));
}

TEST_F(LeafReading, HoldsADepthLimit) {
  EXPECT_FALSE(read("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}"));
  EXPECT_TRUE(read("{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}"));
}

TEST_F(LeafReading, WorksAfterALongLineAndAfterABrokenOne) {
  EXPECT_TRUE(read("{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"));
  EXPECT_FALSE(read("{\"a\":{\"b\":"));
  EXPECT_TRUE(read(R"({"c":"d"})"));
  EXPECT_EQ(leaves_, (Leaves{{"c", "d"}}));
  LeafReader moved(std::move(reader_));
  EXPECT_TRUE(moved.read("{}", [](auto, auto) {}));
}

}  // namespace
}  // namespace tocsin::json
