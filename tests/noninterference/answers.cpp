#include "tests/noninterference/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "core/watch/set.h"

namespace tocsin::noninterference {
namespace {

using journeys::testing::must;
using journeys::testing::Node;
using Query = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kNowhere = "4503599627370495";  // names nothing
constexpr std::string_view kNothing = "nothing";

/// What a route that is not asked changes, or why it says nothing of what a node holds. A route that stands neither
/// here nor is asked fails the test.
constexpr std::string_view kNotAsked[] = {"POST /api/session",
                                          "POST /api/session/link",
                                          "DELETE /api/session",
                                          "POST /api/me/password",
                                          "POST /api/me/totp",
                                          "POST /api/me/totp/confirm",
                                          "DELETE /api/me/totp",
                                          "POST /api/me/preferences",
                                          "POST /api/publish",
                                          "POST /api/alerts/{id}/ack",
                                          "POST /api/alerts/{id}/share",
                                          "POST /api/retract",
                                          "POST /api/hits",
                                          "POST /api/hosts",
                                          "DELETE /api/hosts",
                                          "POST /api/peers",
                                          "POST /api/peers/{party}/verify",
                                          "POST /api/peers/{party}/quarantine",
                                          "POST /api/peers/{party}/address",
                                          "POST /api/agreements",
                                          "POST /api/agreements/{id}/sign",
                                          "POST /api/agreements/{id}/withdraw",
                                          "POST /api/users",
                                          "POST /api/users/{name}/link",
                                          "POST /api/users/{name}/disable",
                                          "POST /api/users/{name}/enable",
                                          "POST /api/users/{name}/roles",
                                          "POST /api/keys",
                                          "DELETE /api/keys/{id}",
                                          "POST /api/backup",
                                          "POST /api/party/next",
                                          "POST /api/party/descriptor",
                                          "POST /api/recovery/proceed"};

/// A filter of lists; `called`: what its value names, where that is a row.
struct Filter {
  std::string name, value, called = {};
};
/// Each is tried on each list.
const Filter kFilters[] = {{"q", "198.51.100.7"},
                           {"q", "quiet"},
                           {"q", "whisper"},
                           {"q", "evil"},
                           {"q", "evil.example 198.51.100.7"},
                           {"type", "indicator"},
                           {"source", "own"},
                           {"tlp", "TLP:RED"},
                           {"tlp", "TLP:GREEN"},
                           {"state", "all"},
                           {"direction", "in"},
                           {"direction", "out"},
                           {"kind", "intel"},
                           {"kind", "alert"},
                           {"kind", "retract"},
                           {"host", "10.1.4.20"}};

/// Values of the world, by which a sensor's set is taken apart.
constexpr std::string_view kWatched[] = {"198.51.100.7", "203.0.113.9", "192.0.2.1",   "192.0.2.2",
                                         "192.0.2.33",   "192.0.2.34",  "evil.example"};

/// What the numbers of rows of one node stand for.
class Names {
 public:
  explicit Names(Node& node) {
    node.get([&](store::Transaction& tx) -> Result<int> {
      const auto read = [&](std::string_view table, const std::string& sql) {
        auto& names = names_[std::string(table)];
        return tx.each(sql, [&](const store::Row& row) {
          names[std::to_string(row.integer(0))] = fmt::format("{}:{}", table, row.text(1));
        });
      };
      TRY_VOID(read("item", "SELECT item, stix_id || ' ' || modified || ' ' || voucher || ' ' || realm FROM objects"));
      TRY_VOID(read("alert", "SELECT alert, party || ' ' || received || ' ' || host FROM alerts"));
      TRY_VOID(read("hit", "SELECT hit, sensor || ' ' || value || ' ' || host || ' ' || log FROM hits"));
      TRY_VOID(read("import", "SELECT import_id, name || ' ' || at FROM imports"));
      return 0;
    });
    for (const auto& [table, names] : names_) {
      std::set<std::string> different;
      for (const auto& [number, name] : names) EXPECT_TRUE(different.insert(name).second) << name << " twice";
    }
  }
  std::string name(const std::string& table, const std::string& number) const {
    const auto& names = names_.at(table);
    const auto found = names.find(number);
    return found == names.end() ? number : found->second;
  }
  /// Number and name of all.
  const std::map<std::string, std::string>& of(const std::string& table) const { return names_.at(table); }

 private:
  std::map<std::string, std::map<std::string, std::string>> names_;
};

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string header_of(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

class Asking {
 public:
  explicit Asking(const House& house) : house_(house), names_(house.node()) {
    filters_.assign(std::begin(kFilters), std::end(kFilters));
    filters_.push_back({"item", std::string(kNowhere), std::string(kNothing)});
    for (const auto& [number, name] : names_.of("item")) filters_.push_back({"item", number, name});
  }

  Answers all(std::string_view only) {
    for (const api::Route& route : house_.router().routes()) {
      if (!(route.method + " " + route.pattern).starts_with(only)) continue;
      for (const auto& [who, credentials] : house_.askers()) {
        asked_ = {route.method + " " + route.pattern, who, "", ""};
        credentials_ = credentials;
        ask(route);
      }
    }
    return std::move(answers_);
  }

 private:
  static constexpr const char* kParties = "SELECT party FROM parties";
  static constexpr const char* kStatements = "SELECT lower(hex(digest)) FROM statements";
  /// What may stand for a gap of a pattern: what is sent, and what it is called.
  using Ids = std::vector<std::pair<std::string, std::string>>;

  void ask(const api::Route& route) {
    if (std::find(std::begin(kNotAsked), std::end(kNotAsked), asked_.route) != std::end(kNotAsked)) return;
    if (asked_.route == "POST /api/publish/preview") return previews();
    if (asked_.route == "GET /api/reach") return reaches(route);
    if (asked_.route == "POST /api/import") return dry_runs();
    if (asked_.route == "POST /api/log/verify") return keep(send(route, route.pattern, {}, R"({"peers":true})"));
    if (asked_.route != "POST /api/alerts/{id}/share/preview" && route.method != "GET") {
      ADD_FAILURE() << asked_.route << " is new: say how it is asked, or that it changes something (kNotAsked)";
      return;
    }
    if (route.pattern.find('{') == std::string::npos) return read(route, route.pattern);
    for (const auto& [number, name] : ids_for(route.pattern)) {
      asked_.thing = name;
      number_ = number;
      read(route, std::regex_replace(route.pattern, std::regex("\\{[^}]*\\}"), number));
      number_.clear();
    }
  }

  Ids numbered(const std::string& table) const {
    Ids out{{std::string(kNowhere), std::string(kNothing)}};
    for (const auto& [number, name] : names_.of(table)) out.emplace_back(number, name);
    return out;
  }

  Ids texts(const std::string& sql) const {
    Ids out{{std::string(kNowhere), std::string(kNothing)}};
    house_.node().get([&](store::Transaction& tx) -> Result<int> {
      TRY_VOID(tx.each(sql, [&](const store::Row& row) { out.emplace_back(row.text(0), row.text(0)); }));
      return 0;
    });
    return out;
  }

  Ids ids_for(const std::string& pattern) const {
    if (pattern == "/api/intel/{item}") return numbered("item");
    if (pattern.starts_with("/api/alerts/{id}")) return numbered("alert");
    if (pattern.starts_with("/api/peers/{party}")) return texts(kParties);
    if (pattern == "/api/agreements/{id}") return texts("SELECT DISTINCT agreement FROM agreements");
    if (pattern == "/api/statements/{digest}/evidence") return texts(kStatements);
    ADD_FAILURE() << pattern << " is new: say what may stand for its gap";
    return {};
  }

  /// As it is; where it is a list, also by each filter, and in pages of two.
  void read(const api::Route& route, const std::string& path) {
    const json::Value plain = send(route, path, {}, route.method == "GET" ? "" : "{}");
    keep(plain);
    const json::Value* body = plain.find("body");
    if (!body || !body->find("items")) return;
    const std::string about = asked_.thing;
    for (const Filter& filter : filters_) {
      if (!filter.called.empty() && !about.empty()) continue;
      asked_.thing = filter.called.empty() ? about : filter.called;
      asked_.how = filter.name + "=" + (filter.called.empty() ? filter.value : "");
      keep(send(route, path, {{filter.name, filter.value}}, ""));
    }
    asked_.thing = about;
    std::string cursor;
    for (int page = 0; page < 100; ++page) {
      asked_.how = fmt::format("page {}", page);
      Query query{{"limit", "2"}};
      if (!cursor.empty()) query.emplace_back("cursor", cursor);
      keep(send(route, path, query, ""));
      cursor = next_;
      if (cursor.empty()) break;
    }
    EXPECT_EQ(cursor, "") << path << " has no last page";
    asked_.how.clear();
  }

  /// Of everything, whether it has reached everybody.
  void reaches(const api::Route& route) {
    Ids parties = texts(kParties);
    parties.front().first = std::string(52, 'a');  // an id of nobody, where nothing has the form of one
    const auto ask_of = [&](const std::string& kind, const Ids& things) {
      for (const auto& [number, name] : things)
        for (const auto& [party, called] : parties) {
          asked_.thing = name;
          asked_.how = kind + " to " + called;
          number_ = number;
          keep(send(route, route.pattern, {{"party", party}, {kind, number}}, ""));
        }
    };
    ask_of("item", numbered("item"));
    ask_of("alert", numbered("alert"));
    ask_of("statement", texts(kStatements));
    number_.clear();
    asked_.how.clear();
  }

  void previews() {
    const auto preview = [&](const std::string& body) {
      keep(send({"POST", "/api/publish/preview", {}, false, false}, "/api/publish/preview", {}, body));
    };
    for (const auto& [field, table] : {std::pair{"item", "item"}, {"import_id", "import"}, {"alert", "alert"}}) {
      for (const auto& [number, name] : numbered(table)) {
        asked_.thing = name;
        asked_.how = field;
        number_ = number;
        preview(std::string(field) == "item" ? fmt::format(R"({{"items":["{}"]}})", number)
                                             : fmt::format(R"({{"{}":{}}})", field, number));
      }
    }
    number_.clear();
  }

  // What is imported, tried: something new, and what is known here under several labels.
  void dry_runs() {
    for (const std::string& content :
         {std::string("203.0.113.77\n"), std::string("198.51.100.7\n192.0.2.1\nevil.example\n"), quiet_bundle()}) {
      asked_.how = content == quiet_bundle() ? std::string(kSameObject) : content;
      keep(send({"POST", "/api/import", {}, false, true}, "/api/import", {{"dry_run", "1"}, {"name", "tried"}},
                content));
    }
  }

  json::Value send(const api::Route& route, const std::string& path, const Query& query, const std::string& body) {
    seed_from(asked_.text());
    net::Request request;
    request.method = route.method;
    request.path = path;
    request.query = query;
    request.body = body;
    request.remote_address = "203.0.113.5";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) request.headers.emplace_back(name, value);
    };
    add("cookie", credentials_.cookie);
    add("x-csrf-token", credentials_.csrf);
    if (!credentials_.key.empty()) add("authorization", "Bearer " + credentials_.key);
    return shown(house_.router().people(request));
  }

  json::Value shown(const net::Response& response) {
    EXPECT_LT(response.status, 500) << asked_.text() << response.body;
    json::Object headers;
    for (const auto& [name, value] : response.headers) headers.set(name, value);
    json::Object out{{"status", response.status}};
    if (response.topic) out.set("topic", *response.topic);
    next_.clear();
    const std::string type = header_of(response, "content-type");
    if (type == "application/json") {
      std::string text = response.body;
      if (response.status >= 400 && !number_.empty())  // that was what was asked for
        text = std::regex_replace(text, std::regex("\\b" + number_ + "\\b"), "{asked}");
      json::Value body = must(json::parse(text));
      next_ = body.text("next");
      rename(body, "");
      out.set("body", std::move(body));
    } else if (type == "application/octet-stream") {
      json::Object set = set_shown(response.body);
      headers.set("etag", json::write(set.find("values") ? *set.find("values") : json::Value()));
      out.set("body", std::move(set));
    } else {
      out.set("body", response.body);
    }
    out.set("headers", std::move(headers));
    return json::Value(std::move(out));
  }

  // A set names its grounds by rows, and its id is a digest over them: it is compared by what it matches and why.
  json::Object set_shown(const std::string& bytes) {
    const auto set = must(watch::Set::open(Bytes(bytes.begin(), bytes.end())));
    json::Object values;
    for (const std::string_view value : kWatched) {
      std::vector<watch::Entry> found;
      set.probe(value == "evil.example" ? observable::Kind::Domain : observable::Kind::Ipv4, value, found);
      std::set<std::string> why;
      for (const auto& entry : found) why.insert(names_.name("item", std::to_string(entry.grounds)));
      if (!why.empty()) values.set(value, json::Array(why.begin(), why.end()));
    }
    return {{"values", std::move(values)}, {"size", set.size()}, {"bytes", bytes.size()}};
  }

  void rename(json::Value& value, const std::string& place) {
    if (json::Array* array = value.array())
      for (json::Value& entry : *array) rename(entry, place);
    json::Object* object = value.object();
    if (!object) return;
    std::vector<std::string> keys;
    for (const auto& [key, unused] : *object) keys.push_back(key);
    for (const std::string& key : keys) {
      json::Value& member = *object->find(key);
      rename(member, place + "/" + key);
      const std::string text = member.integer()  ? std::to_string(*member.integer())
                               : member.string() ? *member.string()
                                                 : "";
      const std::string table = table_of(key, place);
      if (key == "next" && !text.empty())
        member = "more";
      else if (key == "link" && text.starts_with(kSituation))
        member = names_.name("alert", text.substr(kSituation.size()));
      else if (!table.empty() && is_number(text))
        member = names_.name(table, text);
    }
  }

  /// Of which table's rows the member is a number.
  std::string table_of(const std::string& key, const std::string& place) const {
    if (key == "item" || key == "alert") return key;
    if (key == "import_id" || key == "repeated_by") return "import";
    if (key != "id") return "";
    if (place.ends_with("/hits") || asked_.route == "GET /api/hits") return "hit";
    return asked_.route.find("/api/alerts") != std::string::npos ? "alert" : "";
  }

  void keep(json::Value answer) {
    EXPECT_TRUE(answers_.emplace(asked_, std::move(answer)).second) << asked_.text() << " is asked twice";
  }

  static constexpr std::string_view kSituation = "#/situation/";
  const House& house_;
  const Names names_;
  std::vector<Filter> filters_;
  Asked asked_;
  std::string number_;  // asked for in the path or the body
  std::string next_;    // cursor of the answer before
  Credentials credentials_;
  Answers answers_;
};

std::string excerpt(const json::Value* value) {
  return value ? json::write(*value).substr(0, 300) : "(absent)";
}

void compare(const json::Value* one, const json::Value* other, const std::string& place, std::vector<Difference>& out) {
  if (one && other && *one == *other && json::write(*one) == json::write(*other)) return;
  const bool objects = one && other && one->object() && other->object();
  const bool arrays = one && other && one->array() && other->array() && one->array()->size() == other->array()->size();
  const std::size_t before = out.size();
  if (objects) {
    std::set<std::string> keys;
    for (const json::Value* value : {one, other})
      for (const auto& [key, unused] : *value->object()) keys.insert(key);
    for (const std::string& key : keys) compare(one->find(key), other->find(key), place + "/" + key, out);
  } else if (arrays) {
    for (std::size_t at = 0; at < one->array()->size(); ++at)
      compare(&(*one->array())[at], &(*other->array())[at], place + "/*", out);
  }
  if (out.size() == before) out.push_back({{}, place, excerpt(one), excerpt(other)});
}

}  // namespace

Answers ask_everything(const House& house, std::string_view only) {
  return Asking(house).all(only);
}

std::vector<Difference> differences(const Answers& ones, const Answers& others) {
  std::vector<Difference> out;
  const auto answer = [](const Answers& from, Asked asked) -> const json::Value* {
    auto found = from.find(asked);
    if (found == from.end() && !asked.thing.empty()) {
      asked.thing = kNothing;
      found = from.find(asked);
    }
    return found == from.end() ? nullptr : &found->second;
  };
  std::set<Asked> all;
  for (const Answers* answers : {&ones, &others})
    for (const auto& [asked, unused] : *answers) all.insert(asked);
  for (const Asked& asked : all) {
    const std::size_t before = out.size();
    compare(answer(ones, asked), answer(others, asked), "", out);
    for (std::size_t at = before; at < out.size(); ++at) out[at].asked = asked;
  }
  return out;
}

}  // namespace tocsin::noninterference
