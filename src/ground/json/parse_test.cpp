#include <gtest/gtest.h>

#include "ground/json/json.h"

namespace tocsin::json {
namespace {

std::string refusal(std::string_view text, Limits limits = {}) {
  const auto parsed = parse(text, limits);
  return parsed ? "accepted" : parsed.error().id;
}

TEST(Parse, KeepsMembersInTheOrderTheyWereWritten) {
  const auto value = parse(R"( {"b":[1,-2.5,true,null,"x\u00e9\ud83d\ude02"],"a":{"c":""}} )");
  ASSERT_TRUE(value) << describe(value.error());
  EXPECT_EQ(write(*value), "{\"b\":[1,-2.5,true,null,\"xé😂\"],\"a\":{\"c\":\"\"}}");
  EXPECT_EQ(value->find("a")->text("c", "fallback"), "");
  EXPECT_EQ(value->text("b", "fallback"), "fallback");
}

TEST(Parse, RefusesWhatIsNotOneJsonValue) {
  for (const char* text :
       {"",          " ",     "{",     "[1,]",    "{\"a\":1,}", "{\"a\"}",        "{a:1}", "'a'",  "01",     "+1",
        "1.",        ".5",    "-",     "1e",      "NaN",        "Infinity",       "nul",   "tru",  "\"\t\"", "\"\\x\"",
        "\"\\u12\"", "[1] 2", "{} {}", "// c\n1", "/**/1",      "\xEF\xBB\xBF{}", "[1}",   "\"abc"})
    EXPECT_EQ(refusal(text), "json.syntax") << text;
}

TEST(Parse, SaysWhereTheSyntaxBreaks) {
  const auto parsed = parse("{\"a\": !}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().args.at(0), "6");
  EXPECT_EQ(parse("[1,2").error().args.at(1), "incomplete");
  EXPECT_EQ(parse("[] x").error().args.at(1), "extra-data");
}

TEST(Parse, RefusesANameThatStandsTwiceHoweverItIsEscaped) {
  EXPECT_EQ(refusal(R"({"a":1,"a":1})"), "json.duplicate_name");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "json.duplicate_name");
  EXPECT_EQ(refusal(R"([{"x":{"":1,"":2}}])"), "json.duplicate_name");
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += "\"n" + std::to_string(i) + "\":0,";
  EXPECT_EQ(refusal(many + "\"last\":0}"), "accepted");
  EXPECT_EQ(refusal(many + "\"n500\":0}"), "json.duplicate_name");
}

TEST(Parse, RefusesStringsThatAreNotCleanUnicode) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"("a\u0000b")",
                           R"({"\u0000":1})", R"("\uffff")", R"("\ufdd0")", R"("\ud83f\udffe")", "\"\xEF\xBF\xBE\"",
                           "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xFF\"", "\"\xE2\x82\""})
    EXPECT_EQ(refusal(text), "json.bad_string") << text;
  EXPECT_EQ(refusal("\"\xF4\x8F\xBF\xBD \xEF\xBF\xBD \xEF\xB7\x8F \xEF\xB7\xB0\""), "accepted");
}

TEST(Parse, GivesOneNumberOneValueHoweverItIsWritten) {
  for (const char* text : {"100", "100.0", "1e2", "1E+2", "1000e-1"}) {
    const auto value = parse(text);
    ASSERT_TRUE(value) << text;
    ASSERT_NE(value->integer(), nullptr) << text;
    EXPECT_EQ(*value->integer(), 100);
  }
  EXPECT_EQ(*parse("-0")->integer(), 0);
  EXPECT_EQ(*parse("-0.0")->integer(), 0);
  EXPECT_EQ(parse("0.5")->integer(), nullptr);
  EXPECT_EQ(*parse("0.5")->number(), 0.5);
}

TEST(Parse, ReadsDoublesCorrectlyRounded) {
  // Boost.JSON 1.81 itself is off by one unit in the last place in several of these.
  EXPECT_EQ(*parse("7.1362384635297994e-2")->number(), 7.1362384635297994e-2);
  EXPECT_EQ(*parse("0.1234567890123456789012345678901234567890")->number(), 0.12345678901234568);
  EXPECT_EQ(*parse("1.7976931348623157e308")->number(), 1.7976931348623157e308);
  EXPECT_EQ(*parse("5e-324")->number(), 5e-324);
  EXPECT_EQ(*parse("8.533e+68")->number(), 8.533e+68);
  EXPECT_EQ(*parse("9007199254740990.5e-3")->number(), 9007199254740990.5e-3);
}

TEST(Parse, RefusesNumbersThatADoubleCannotHold) {
  EXPECT_EQ(refusal("9007199254740991"), "accepted");
  EXPECT_EQ(refusal("-9007199254740991"), "accepted");
  for (const char* text : {"9007199254740992", "-9007199254740992", "9223372036854775808", "18446744073709551616",
                           "123456789012345678901234567890", "1e16", "9007199254740993.0", "1e309", "-1e309", "1e-400",
                           "1e99999999999999999999"})
    EXPECT_EQ(refusal(text), "json.number_range") << text;
}

TEST(Parse, HoldsItsLimits) {
  const auto nested = [](unsigned depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(64)), "accepted");
  EXPECT_EQ(refusal(nested(65)), "json.too_deep");
  EXPECT_EQ(refusal(nested(100000)), "json.too_deep");
  EXPECT_EQ(refusal("[1,2]", {4, 64}), "json.too_large");
  EXPECT_EQ(parse("[1,2]", {4, 64}).error().code, ErrorCode::TooLarge);
  EXPECT_EQ(refusal(R"({"a":[1,"b"],"c":null})", {100, 64, 5}), "accepted");
  EXPECT_EQ(refusal(R"({"a":[1,"b"],"c":null})", {100, 64, 4}), "json.too_many_values");
  EXPECT_EQ(parse("[[]]", {100, 64, 1}).error().code, ErrorCode::TooLarge);
}

TEST(Value, CountsItselfAndAllWithinIt) {
  EXPECT_EQ(parse("true")->count(), 1u);
  EXPECT_EQ(parse(R"({"a":[1,"b"],"c":null})")->count(), 5u);
}

TEST(Value, ComparesObjectsRegardlessOfOrderAndNumbersByValue) {
  EXPECT_EQ(*parse(R"({"a":1,"b":[{}]})"), *parse(R"({"b":[{}],"a":1.0})"));
  EXPECT_FALSE(*parse(R"({"a":1})") == *parse(R"({"b":1})"));
  EXPECT_FALSE(*parse("[1,2]") == *parse("[2,1]"));
  EXPECT_EQ(Value(2), Value(2.0));
  EXPECT_FALSE(Value(1) == Value(true));
  Object forward, backward;
  for (int i = 0; i < 100; ++i) forward.set("n" + std::to_string(i), i);
  for (int i = 99; i >= 0; --i) backward.set("n" + std::to_string(i), i);
  EXPECT_TRUE(forward == backward);
  backward.set("n7", "seven");
  EXPECT_FALSE(forward == backward);
}

TEST(Value, ReplacesAndErasesMembers) {
  Object object{{"a", 1}, {"b", "x"}, {"a", 2}};
  EXPECT_EQ(object.size(), 2u);
  EXPECT_EQ(*object.find("a")->integer(), 2);
  EXPECT_TRUE(object.erase("a"));
  EXPECT_FALSE(object.erase("a"));
  EXPECT_EQ(object.find("a"), nullptr);
  EXPECT_EQ(Value(object).find("b")->find("x"), nullptr);
}

}  // namespace
}  // namespace tocsin::json
