// The body of an alert statement: what we write is read back, and what others write is bounded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "duty/alerts/alerts.h"

namespace tocsin::alerts {
namespace {

Facts whole() {
  Facts out;
  out.host_name = "Records";
  out.service = "Emergency department";
  out.sector = "HEA";
  out.protected_code = "MED-U";
  out.population_served = 250'000;
  out.indicators = {"indicator--a", "indicator--b"};
  out.values = {"evil.example"};
  out.count = 17;
  out.first = Time{1'790'000'000'000'001};
  out.last = Time{1'790'000'000'999'999};
  out.note = "Xin hãy xem “gấp”";
  return out;
}

json::Value with(std::string_view field, json::Value value) {
  json::Value body = write_facts(whole(), 4, "severity.scope.large_operator");
  body.object()->set(field, std::move(value));
  return body;
}
json::Value without(std::string_view field) {
  json::Value body = write_facts(whole(), 4, "severity.scope.large_operator");
  body.object()->erase(field);
  return body;
}
/// The field that a refusal names, or nothing.
std::string refused(const json::Value& body) {
  const auto read = read_facts(body);
  if (read) return "";
  EXPECT_EQ(read.error().id, "alerts.malformed");
  EXPECT_EQ(read.error().code, ErrorCode::Malformed);
  return read.error().args.size() == 1 ? read.error().args[0] : "?";
}

TEST(Facts, ComeBackAsTheyWereWritten) {
  const json::Value body = write_facts(whole(), 4, "severity.scope.large_operator");
  const auto parsed = json::parse(json::write(body));
  ASSERT_TRUE(parsed);
  const auto read = read_facts(*parsed);
  ASSERT_TRUE(read) << base::describe(read.error());
  EXPECT_EQ(read->severity, 4);
  EXPECT_EQ(read->severity_row, "severity.scope.large_operator");
  EXPECT_EQ(read->facts.what, "hit");
  EXPECT_EQ(read->facts.first, whole().first);
  EXPECT_EQ(read->facts.note, whole().note);
  EXPECT_EQ(json::canonical(write_facts(read->facts, read->severity, read->severity_row)), json::canonical(body));
}

// An agreement between nodes of different versions rests on these names.
TEST(Facts, HaveTheNamesOfTheProtocolAndNoAddress) {
  const json::Value body = write_facts(whole(), 4, "severity.row");
  std::vector<std::string> names;
  for (const auto& [name, value] : *body.object()) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("what", "severity", "severity_row", "host_name", "service", "sector",
                                            "protected_code", "population_served", "indicators", "values", "count",
                                            "first", "last", "note"));
}

TEST(Facts, AreRefusedByTheFieldThatIsWrong) {
  EXPECT_EQ(refused(json::Value()), "what");
  EXPECT_EQ(refused(json::Value("hit")), "what");
  EXPECT_EQ(refused(json::Value(json::Array{})), "what");
  for (const char* field : {"what", "severity", "indicators", "values", "first"}) {
    EXPECT_EQ(refused(without(field)), field);
    EXPECT_EQ(refused(with(field, json::Object{})), field);
    EXPECT_EQ(refused(with(field, json::Value())), field);
  }
  EXPECT_EQ(refused(with("what", std::string(65, 'x'))), "what");
  for (const json::Value& severity : {json::Value(-1), json::Value(6), json::Value(2.5), json::Value("3")})
    EXPECT_EQ(refused(with("severity", severity)), "severity");
  EXPECT_EQ(refused(with("what", "hit {0}")), "what");
  for (const std::string& row : {"severity." + std::string(56, 'x'), std::string("health.peers_ok"), std::string(),
                                 std::string("severity.\xE2\x80\xAE")})
    EXPECT_EQ(refused(with("severity_row", row)), "severity_row") << row << ": no sentence that a peer may choose";
  EXPECT_EQ(refused(with("severity_row", "severity.of_a_later_version")), "");
  for (const char* field : {"host_name", "service"}) {
    EXPECT_EQ(refused(with(field, std::string(200, 'x'))), "");
    EXPECT_EQ(refused(with(field, std::string(201, 'x'))), field);
  }
  for (const char* field : {"sector", "protected_code"}) EXPECT_EQ(refused(with(field, std::string(33, 'x'))), field);
  EXPECT_EQ(refused(with("note", std::string(4096, 'x'))), "");
  EXPECT_EQ(refused(with("note", std::string(4097, 'x'))), "note");
  for (const char* field : {"indicators", "values"}) {
    EXPECT_EQ(refused(with(field, json::Array(200, json::Value("x")))), "");
    EXPECT_EQ(refused(with(field, json::Array(201, json::Value("x")))), field);
    EXPECT_EQ(refused(with(field, json::Array{json::Value(1)})), field);
    EXPECT_EQ(refused(with(field, json::Array{json::Value(std::string(2049, 'x'))})), field);
    EXPECT_EQ(refused(with(field, json::Array{json::Value(std::string(2048, 'x'))})), "");
  }
  for (const char* field : {"count", "population_served"}) {
    EXPECT_EQ(refused(with(field, -1)), field);
    EXPECT_EQ(refused(with(field, 1.5)), field);
    EXPECT_EQ(refused(with(field, "1")), field);
  }
  for (const char* time : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-11-20T00:00:00+01:00"}) {
    EXPECT_EQ(refused(with("first", time)), "first");
    EXPECT_EQ(refused(with("last", time)), "first");
  }
}

// Laws over bodies that a peer could make: what is read stays within the limits, and writing it again changes nothing.
TEST(Facts, OfAnythingAreRefusedOrStable) {
  std::mt19937 random(17);
  const std::vector<json::Value> odd = {json::Value(),
                                        json::Value(true),
                                        json::Value(-1),
                                        json::Value((std::int64_t{1} << 53) - 1),
                                        json::Value(0.5),
                                        json::Value(""),
                                        json::Value("\u202e\x1b[2J"),
                                        json::Value(std::string(300, 'x')),
                                        json::Value("0000-01-01T00:00:00Z"),
                                        json::Value("9999-12-31T23:59:59.999999Z"),
                                        json::Value(json::Array{json::Value("x"), json::Value("x")}),
                                        json::Value(json::Object{{"a", 1}})};
  int read_well = 0;
  for (int round = 0; round < 5000; ++round) {
    json::Value body = write_facts(whole(), 4, "severity.row");
    std::vector<std::string> names;
    for (const auto& [name, value] : *body.object()) names.push_back(name);
    for (auto left = 1 + random() % 2; left > 0; --left)
      body.object()->set(names[random() % names.size()], odd[random() % odd.size()]);
    const auto read = read_facts(body);
    if (!read) continue;
    ++read_well;
    EXPECT_TRUE(read->severity >= 0 && read->severity <= 5);
    EXPECT_TRUE(read->facts.count >= 0 && read->facts.population_served >= 0);
    const auto text = json::write(write_facts(read->facts, read->severity, read->severity_row));
    const auto again = json::parse(text);
    ASSERT_TRUE(again) << text;
    const auto second = read_facts(*again);
    ASSERT_TRUE(second) << text;
    EXPECT_EQ(json::write(write_facts(second->facts, second->severity, second->severity_row)), text);
  }
  EXPECT_GT(read_well, 500);
}

}  // namespace
}  // namespace tocsin::alerts
