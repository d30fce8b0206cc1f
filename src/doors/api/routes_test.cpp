// Laws that hold for every route, also for one that is added tomorrow: the list is the router's own.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <regex>
#include <set>

#include "doors/api/api_fixture.h"
#include "ground/base/file.h"

namespace tocsin::api::testing {
namespace {

using test_support::Content;
using test_support::difference;

constexpr std::string_view kRoles[] = {"administrator", "signatory", "analyst", "duty_officer",
                                       "legal_adviser", "auditor",   "observer"};
constexpr std::string_view kScopes[] = {"key:sensor", "key:read", "key:import", "key:metrics"};
constexpr std::string_view kUuid = "0193a0c4-0000-7000-8000-0000000000ff";
const std::string kNobody(52, 'a');  // a party id that nobody has

std::string read(const std::string& path) {
  const auto text = base::read_file(TOCSIN_SOURCE_DIR "/" + path, 1u << 20);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

std::string title(const Route& route) {
  return route.method + " " + route.pattern;
}

std::string with_ids(const std::string& pattern, const std::string& id) {
  return std::regex_replace(pattern, std::regex("\\{[^}]*\\}"), id);
}

/// Every field that some route reads, each in order, so that a request gets as far as its ids.
json::Object every_field() {
  return {{"name", "somebody"},
          {"display_name", "Somebody"},
          {"roles", json::Array{"observer"}},
          {"language", "vi"},
          {"theme", "dark"},
          {"password", "a bell that one village rings"},
          {"current", "a bell that one village rings"},
          {"passphrase", "a bell that one village rings"},
          {"person", "linh"},
          {"document", std::string(64, '0')},
          {"token", "0"},
          {"totp", "000000"},
          {"code", "000000"},
          {"note", "a note"},
          {"reason", "wrong"},
          {"on", true},
          {"number", std::string(60, '7')},
          {"method", "in_person"},
          {"address", "10.0.0.1"},
          {"invitation", ""},
          {"items", json::Array{"999999999"}},
          {"item", "999999999"},
          {"tlp", "TLP:AMBER"},
          {"onward", "none"},
          {"readers", json::Array{}},
          {"parties", json::Array{kNobody}},
          {"title", json::Object{{"en", "Early warning"}}},
          {"purposes", json::Array{"defence"}},
          {"categories", json::Array{}},
          {"automatic", json::Array{}},
          {"host", "10.1.4.20"},
          {"service", "Intensive care"},
          {"sector", "HEA"},
          {"sensor", "border"},
          {"batch", kUuid},
          {"hits", json::Array{}},
          {"scope", "read"},
          {"days", 30},
          {"peers", true}};
}

class Routes : public ::testing::Test {
 protected:
  /// As far as it can come with ids that name nothing.
  static World::Ask lawful(const Route& route, const Credentials& who, const std::string& id = "999999999") {
    return {route.method, with_ids(route.pattern, id), who, body_for(route), {{"host", "10.99.0.0/16"}}};
  }
  static std::string body_for(const Route& route) {
    if (route.method == "GET") return "";
    return route.raw_body ? "198.51.100.7\n" : json::write(json::Value(every_field()));
  }
  void expect_refused(const World::Ask& ask, int status, std::string_view id) {
    const Content before = world_.content();
    const auto response = world_.ask(ask);
    EXPECT_EQ(error_id(response), id);
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(difference(before, world_.content()), "") << "refused, and yet it changed something";
  }
  /// Refused because of who asks or how, whatever it asks.
  static bool is_gate(const std::string& id) {
    constexpr std::string_view kGates[] = {
        "people.no_session", "people.not_permitted", "people.bad_key", "people.key_scope", "people.must_set_password",
        "api.csrf",          "api.wrong_origin",     "api.wrong_host"};
    return std::find(std::begin(kGates), std::end(kGates), id) != std::end(kGates);
  }

  World world_;
};

TEST_F(Routes, AreThoseThatWereReviewedWithWhoMay) {
  std::string actual =
      "Every route and the action it needs (testdata/people/permissions.txt says whose that is). Written by api_test "
      "with TOCSIN_UPDATE_GOLDEN=1.\n\n";
  for (const Route& route : world_.routes())
    actual += fmt::format("{:6} {:34} {}\n", route.method, route.pattern,
                          route.open     ? "open"
                          : route.action ? people::name(*route.action)
                                         : "any person");
  const std::string path = TOCSIN_SOURCE_DIR "/testdata/api/routes.txt";
  if (base::environment("TOCSIN_UPDATE_GOLDEN")) {
    ASSERT_TRUE(base::write_file_durably(path, actual, 0644));
    GTEST_SKIP() << "written, not compared: " << path;
  }
  EXPECT_EQ(read("testdata/api/routes.txt"), actual);
}

TEST_F(Routes, AreThoseOfTheDocument) {
  std::set<std::string> documented, actual;
  const std::string text = read("docs/api.md");
  const std::regex row("\\n\\| (GET|POST|PUT|PATCH|DELETE) (/[^ ?|]*)");
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it)
    EXPECT_TRUE(documented.insert((*it)[1].str() + " " + (*it)[2].str()).second) << (*it)[2] << " stands there twice";
  for (const Route& route : world_.routes()) EXPECT_TRUE(actual.insert(title(route)).second) << title(route);
  EXPECT_EQ(documented, actual);
}

TEST_F(Routes, AnswerNobodyWhoIsNotLoggedIn) {
  for (const Route& route : world_.routes()) {
    SCOPED_TRACE(title(route));
    if (route.open) {
      EXPECT_FALSE(is_gate(error_id(world_.ask(lawful(route, {})))) && route.pattern != "/api/session");
      continue;
    }
    expect_refused(lawful(route, {}), 401, "people.no_session");
    expect_refused(lawful(route, {"tocsin_none=" + std::string(43, 'A'), "A", ""}), 401, "people.no_session");
    expect_refused(lawful(route, {"", "", "tk_0123456789abcdef_" + std::string(43, 'A')}), 401, "people.bad_key");
    // Who cannot prove a key is not taken for the person whose cookie comes beside it.
    auto both = world_.as(kEveryRole);
    both.key = "tk_wrong";
    expect_refused(lawful(route, both), 401, "people.bad_key");
  }
}

TEST_F(Routes, ThatChangeSomethingNeedTheSessionsOwnToken) {
  for (const Route& route : world_.routes()) {
    if (route.open || route.method == "GET") continue;
    SCOPED_TRACE(title(route));
    for (const std::string& token : {std::string(), std::string("0"), world_.as("analyst").csrf}) {
      auto who = world_.as(kEveryRole);
      who.csrf = token;
      expect_refused(lawful(route, who), 403, "api.csrf");
    }
  }
}

TEST_F(Routes, AnswerOnlyUnderTheNodesOwnName) {
  for (const Route& route : world_.routes()) {
    SCOPED_TRACE(title(route));
    for (const char* host : {"", "evil.example:8443", "node.example", "NODE.example:8443 ", "node.example:8443.evil"}) {
      auto ask = lawful(route, world_.as(kEveryRole));
      ask.host = host;
      expect_refused(ask, 403, "api.wrong_host");
    }
    if (route.method == "GET") continue;
    for (const char* origin : {"https://evil.example", "null", "http://node.example:8443", "https://node.example",
                               "https://node.example:8443.evil.example"}) {
      auto ask = lawful(route, route.open ? Credentials{} : world_.as(kEveryRole));
      ask.origin = origin;
      expect_refused(ask, 403, "api.wrong_origin");
    }
  }
}

TEST_F(Routes, WaitForAPasswordWhereSomebodyCameByALink) {
  for (const Route& route : world_.routes()) {
    if (route.open || route.pattern == "/api/me/password" || route.pattern == "/api/session") continue;
    SCOPED_TRACE(title(route));
    expect_refused(lawful(route, world_.as(kByLink)), 403, "people.must_set_password");
  }
}

TEST_F(Routes, PermitExactlyWhomTheReviewedTableNames) {
  std::map<std::string, std::set<std::string>> may;
  std::istringstream table(read("testdata/people/permissions.txt"));
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string action, who;
    words >> action;
    while (words >> who) may[action].insert(who);
  }
  for (const Route& route : world_.routes()) {
    if (route.open) continue;
    SCOPED_TRACE(title(route));
    World world;  // what is permitted changes it
    const auto is_permitted = [&](std::string_view who) {
      if (!route.action) return !who.starts_with("key:");
      return may[std::string(people::name(*route.action))].contains(std::string(who));
    };
    std::vector<std::string_view> everybody(std::begin(kRoles), std::end(kRoles));
    everybody.insert(everybody.end(), std::begin(kScopes), std::end(kScopes));
    std::stable_sort(everybody.begin(), everybody.end(),
                     [&](auto a, auto b) { return is_permitted(a) < is_permitted(b); });
    for (const std::string_view who : everybody) {
      SCOPED_TRACE(who);
      if (!is_permitted(who)) {
        expect_refused(lawful(route, world_.as(who)), 403,
                       who.starts_with("key:") ? "people.key_scope" : "people.not_permitted");
        continue;
      }
      const std::string id = error_id(world.ask(lawful(route, world.as(who))));
      EXPECT_FALSE(is_gate(id)) << id;
    }
  }
}

TEST_F(Routes, RefuseBodiesThatAreNoJsonObject) {
  const std::string bodies[] = {"not json",
                                "{",
                                "{}{}",
                                "[]",
                                "null",
                                "5",
                                "\"text\"",
                                "{\"name\":1,\"name\":2}",
                                "{\"name\":\"\\u0000\"}",
                                "{\"name\":\"\\ud800\"}",
                                "{\"name\":\"\xff\"}",
                                "{\"days\":9007199254740993}",
                                "{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}",
                                std::string(100'000, '['),
                                "{\"name\":\"" + std::string(2u << 20, 'x') + "\"}"};
  for (const Route& route : world_.routes()) {
    if (route.raw_body) continue;
    SCOPED_TRACE(title(route));
    const Content before = world_.content();
    for (const std::string& body : bodies) {
      auto ask = lawful(route, route.open ? Credentials{} : world_.as(kEveryRole));
      ask.body = body;
      const auto response = world_.ask(ask);
      EXPECT_TRUE(error_id(response).starts_with("json.")) << body.substr(0, 40) << ": " << response.body;
      EXPECT_TRUE(response.status == 400 || response.status == 413) << response.status;
    }
    EXPECT_EQ(difference(before, world_.content()), "");
  }
}

TEST_F(Routes, SurviveFieldsOfAnyForm) {
  const json::Value forms[] = {nullptr,
                               true,
                               -1,
                               std::int64_t{9007199254740991},
                               1.5,
                               "",
                               "x",
                               std::string(100'000, 'x'),
                               "'; DROP TABLE users; --",
                               "\u202e\u0001",
                               json::Array{},
                               json::Array{json::Value(json::Array{})},
                               json::Array{nullptr, 1, "x"},
                               json::Object{},
                               json::Object{{"en", 1}, {"5", "PT"}}};
  std::mt19937_64 random(1);
  for (const Route& route : world_.routes()) {
    if (route.method == "GET") continue;
    SCOPED_TRACE(title(route));
    World world;
    for (std::size_t round = 0; round < 2 * std::size(forms); ++round) {
      json::Object body = every_field();
      for (auto& [name, value] : every_field()) {
        const std::size_t form = round < std::size(forms) ? round : random() % (3 * std::size(forms));
        if (form < std::size(forms)) body.set(name, forms[form]);
      }
      auto ask = lawful(route, world.as(kEveryRole));
      ask.body = json::write(json::Value(body));
      error_id(world.ask(ask));
      if (HasFailure()) return;
    }
  }
}

// What is no UTF-8 or holds a NUL is refused by net already.
TEST_F(Routes, SurviveQueriesAndPathsOfAnyForm) {
  const std::string forms[] = {"",
                               "-1",
                               "0",
                               "501",
                               "99999999999999999999",
                               "1.1.1",
                               "x",
                               "' OR 1=1 --",
                               "\"(* AND NEAR -",
                               "%",
                               "\u202e\u0001",
                               std::string(10'000, 'x')};
  constexpr const char* kNames[] = {"limit",     "cursor", "q",      "type",    "source", "tlp",
                                    "pap",       "state",  "host",   "item",    "kind",   "name",
                                    "direction", "page",   "format", "dry_run", "path",   "without_receipts"};
  for (const Route& route : world_.routes()) {
    SCOPED_TRACE(title(route));
    World world;
    for (const std::string& form : forms) {
      auto ask = lawful(route, world.as(kEveryRole), form);
      error_id(world.ask(ask));
      if (route.method != "GET") continue;
      for (const char* name : kNames) {
        ask = lawful(route, world.as(kEveryRole));
        ask.query = {{name, form}};
        error_id(world.ask(ask));
        if (HasFailure()) FAIL() << name << "=" << form;
      }
    }
  }
}

TEST_F(Routes, SayOfUnknownIdsThatTheyAreNotThereAndNoMore) {
  const std::string ids[] = {"999999999", std::string(kUuid), kNobody, "0123456789abcdef", "nobody"};
  for (const Route& route : world_.routes()) {
    if (route.pattern.find('{') == std::string::npos) continue;
    SCOPED_TRACE(title(route));
    bool not_found = false;
    for (const std::string& id : ids) {
      const auto response = world_.ask(lawful(route, world_.as(kEveryRole), id));
      error_id(response);
      EXPECT_TRUE(response.status >= 400) << id << ": " << response.body;
      if (response.status != 404) continue;
      not_found = true;
      const json::Value body = json::parse(response.body).value_or(json::Value());
      for (const auto& arg : *body.find("error")->find("args")->array())
        EXPECT_TRUE(id.starts_with(*arg.string())) << response.body;
    }
    EXPECT_TRUE(not_found);
  }
}

TEST_F(Routes, AreTheOnlyOnes) {
  for (const char* path : {"/api/", "/api/none", "/api/alerts/1/none", "/api/sessions"})
    EXPECT_EQ(error_id(world_.ask({"GET", path, world_.as(kEveryRole)})), "api.no_such_path") << path;
  for (const char* method : {"PUT", "PATCH", "HEAD", "OPTIONS", "get", ""})
    EXPECT_EQ(error_id(world_.ask({method, "/api/situation", world_.as(kEveryRole)})), "api.wrong_method") << method;
}

}  // namespace
}  // namespace tocsin::api::testing
