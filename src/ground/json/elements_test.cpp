#include <gtest/gtest.h>

#include "ground/json/json.h"

namespace tocsin::json {
namespace {

struct Walked {
  std::vector<std::string> elements;
  std::string others;  // or the error's id
};

Walked walk(std::string_view document, Limits limits = {1u << 30, 256}) {
  Walked out;
  const auto others = for_each_element(
      document, "objects",
      [&](RawElement element) {
        EXPECT_EQ(document.substr(element.offset, element.bytes.size()), element.bytes);
        EXPECT_EQ(document.data() + element.offset, element.bytes.data());
        out.elements.emplace_back(element.bytes);
        return true;
      },
      limits);
  out.others = others ? write(*others) : others.error().id;
  return out;
}

using Elements = std::vector<std::string>;

TEST(Elements, YieldsExactBytesAndTheOtherMembers) {
  const auto walked =
      walk(" {\"type\" : \"bundle\", \"objects\": [ {\"a\" :  1e0} ,\n[ ],\"x\\\"]\" , 1.50,null ] ,\"n\":{}} ");
  EXPECT_EQ(walked.elements, (Elements{"{\"a\" :  1e0}", "[ ]", "\"x\\\"]\"", "1.50", "null"}));
  EXPECT_EQ(walked.others, R"({"type":"bundle","n":{}})");
}

TEST(Elements, KnowsTheMemberHoweverItsNameIsEscaped) {
  EXPECT_EQ(walk(R"({"ob\u006aects":[1]})").elements, Elements{"1"});
  EXPECT_EQ(walk(R"({"x":{"objects":[1]}})").elements, Elements{});
}

TEST(Elements, AreNoneWhereTheMemberIsAbsentOrEmpty) {
  EXPECT_EQ(walk("{}").others, "{}");
  EXPECT_EQ(walk(R"({"objects":[ ]})").others, "{}");
}

TEST(Elements, TellEscapedQuotesFromClosingOnes) {
  EXPECT_EQ(walk(R"({"objects":[{"a":"\\\\"},{"b":"\\\"}]"},"\\"]})").elements,
            (Elements{R"({"a":"\\\\"})", R"({"b":"\\\"}]"})", R"("\\")"}));
}

TEST(Elements, StopWhenTheCallerHasEnough) {
  int seen = 0;
  const auto others =
      for_each_element(R"({"id":"b","objects":[1,2,3],!!!)", "objects", [&](RawElement) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
  ASSERT_TRUE(others);
  EXPECT_EQ(others->text("id"), "b");
}

TEST(Elements, RefuseBrokenStructure) {
  for (const char* text : {"{", R"({"objects":[)", R"({"objects":[1)", R"({"objects":[1,]})", R"({"objects":[,1]})",
                           R"({"objects":[1 2]})", R"({"objects":[{]}]})", R"({"objects":["a]})", R"({"objects":[1]}x)",
                           R"({"objects":[1],})", R"({"objects" [1]})", R"({1:[1]})", R"({"a":1 "b":2})",
                           R"({"a":tru})", R"({"objects":[{"a":"\"}]})"})
    EXPECT_EQ(walk(text).others, "json.syntax") << text;
  EXPECT_EQ(walk("[]").others, "json.not_an_object");
  EXPECT_EQ(walk("").others, "json.not_an_object");
  EXPECT_EQ(walk(R"({"objects":{}})").others, "json.not_an_array");
  EXPECT_EQ(walk(R"({"objects":[],"objects":[1]})").others, "json.duplicate_name");
  EXPECT_EQ(walk(R"({"a":1,"objects":[],"a":1})").others, "json.duplicate_name");
}

TEST(Elements, HoldTheirLimits) {
  const std::string deep(300, '[');
  EXPECT_EQ(walk("{\"objects\":[" + deep).others, "json.too_deep");
  EXPECT_EQ(walk("{\"a\":" + deep).others, "json.too_deep");
  EXPECT_EQ(walk(R"({"objects":[1]})", {3, 8}).others, "json.too_large");
}

TEST(Elements, NeedNotBeIJson) {
  EXPECT_EQ(walk("{\"objects\":[{\"a\":1,\"a\":\"\\ud800\xFF\"}]}").elements.size(), 1u);
}

}  // namespace
}  // namespace tocsin::json
