#include "doors/api/api_fixture.h"

#include <filesystem>

#include "core/exchange/archive.h"
#include "core/find/search.h"
#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "core/people/people.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "core/watch/hits.h"
#include "duty/alerts/alerts.h"
#include "journeys/found.h"

namespace tocsin::api::testing {
namespace {

const base::ManualClock& clock() {
  static const base::ManualClock fixed(*base::from_rfc3339("2026-11-21T03:14:00Z"));
  return fixed;
}

template <typename T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << base::describe(result.error());
  CHECK(result);
  return std::move(*result);
}

// Founding costs Argon2id: done once, then copied.
struct Founded {
  test_support::TemporaryFolder folder;
  std::string file = folder.file("founded.db");
  trust::OwnKeys keys = must(trust::OwnKeys::generate({"node.example"}));
  trust::PartyId party;
  std::map<std::string, Credentials, std::less<>> credentials;
};

constexpr people::Role kRoles[] = {people::Role::Administrator, people::Role::Signatory,    people::Role::Analyst,
                                   people::Role::DutyOfficer,   people::Role::LegalAdviser, people::Role::Auditor,
                                   people::Role::Observer};

Result<people::Session> log_in(store::Transaction& tx, const std::string& name, std::vector<people::Role> roles,
                               bool sets_password) {
  people::User user;
  user.name = user.display_name = name;
  user.roles = std::move(roles);
  TRY(people::create_user(tx, user, clock().now()));
  const auto session = TRY(people::open_link(tx, TRY(people::create_link(tx, name, clock().now())), clock().now()));
  if (sets_password) TRY_VOID(people::set_password(tx, name, "$argon2id$of no password", clock().now(), session.token));
  return session;
}

std::unique_ptr<Founded> found() {
  crypto::initialise();
  auto out = std::make_unique<Founded>();
  people::use_column_key(out->keys.column_key);
  const auto db = must(store::Database::open({out->file}));
  const std::vector<store::Migrations> rooms = {trust::kMigrations, people::kMigrations, exchange::kMigrations,
                                                intel::kMigrations, relate::kMigrations, find::kMigrations,
                                                infra::kMigrations, watch::kMigrations,  alerts::kMigrations};
  CHECK(db->migrate(rooms));
  journeys::FoundingRequest request;
  request.name = {"Hospital", "", ""};
  request.kind = trust::PartyKind::Operator;
  request.country = "VN";
  request.endpoints = {"https://node.example:8444"};
  request.signatories = {{"linh", "Linh", "a bell that one village rings"}};
  request.root_passphrase = "a bell that one village rings";
  out->party = must(journeys::found_party(*db, out->keys, request, clock().now())).party;
  const std::string cookie = "tocsin_" + out->party.text().substr(0, 8) + "=";
  must(db->write_value([&](store::Transaction& tx) -> Result<int> {
    const auto keep = [&](std::string_view name, const people::Session& session) {
      out->credentials[std::string(name)] = {cookie + session.token, session.csrf, ""};
    };
    for (const people::Role role : kRoles)
      keep(people::name(role), TRY(log_in(tx, std::string(people::name(role)), {role}, true)));
    keep(kEveryRole, TRY(log_in(tx, std::string(kEveryRole), {std::begin(kRoles), std::end(kRoles)}, true)));
    keep(kByLink, TRY(log_in(tx, std::string(kByLink), {std::begin(kRoles), std::end(kRoles)}, false)));
    for (const std::string scope : {"sensor", "read", "import", "metrics"}) {
      const auto key = TRY(people::create_api_key(tx, scope + "1", scope, "administrator", 30, clock().now()));
      TRY_VOID(people::note_use(tx, key.text, clock().now()));  // the first use of a key is written down
      out->credentials["key:" + scope].key = key.text;
    }
    return 0;
  }));
  return out;
}

const Founded& founded() {
  static const std::unique_ptr<Founded> once = found();
  return *once;
}

}  // namespace

World::World() {
  const std::string file = folder_.file("node.db");
  std::filesystem::copy_file(founded().file, file);
  db_ = must(store::Database::open({file}));
  context_.db = db_.get();
  context_.clock = &clock();
  context_.self = {founded().party, &founded().keys};
  Settings settings;
  settings.node_id = founded().party.text().substr(0, 8);
  settings.version = "1";
  settings.allowed_hosts = {std::string(kHost)};
  settings.make_backup = [](std::string_view) { return Result<std::string>("/nowhere/sealed"); };
  router_ = std::make_unique<Router>(context_, std::move(settings));
  routes_ = router_->routes();
}

const Credentials& World::as(std::string_view who) const {
  const auto found = founded().credentials.find(who);
  CHECK(found != founded().credentials.end());
  return found->second;
}

net::Response World::ask(const Ask& ask) const {
  net::Request request;
  request.method = ask.method;
  request.path = ask.path;
  request.query = ask.query;
  request.body = ask.body;
  request.remote_address = "203.0.113.5";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) request.headers.emplace_back(name, value);
  };
  add("host", ask.host);
  add("origin", ask.origin);
  add("cookie", ask.who.cookie);
  add("x-csrf-token", ask.who.csrf);
  if (!ask.who.key.empty()) add("authorization", "Bearer " + ask.who.key);
  return router_->people(request);
}

std::string error_id(const net::Response& response) {
  const auto header = [&](std::string_view name) {
    std::string out;
    for (const auto& [key, value] : response.headers)
      if (key == name) out = value;
    return out;
  };
  EXPECT_EQ(header("x-content-type-options"), "nosniff");
  EXPECT_EQ(header("cache-control"), "no-store");
  EXPECT_EQ(header("referrer-policy"), "no-referrer");
  EXPECT_EQ(header("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(header("cross-origin-resource-policy"), "same-origin");
  EXPECT_NE(header("strict-transport-security"), "");
  EXPECT_NE(header("permissions-policy"), "");
  EXPECT_TRUE(header("content-security-policy").starts_with("default-src 'none'"));
  EXPECT_EQ(header("access-control-allow-origin"), "");
  EXPECT_LT(response.status, 500) << response.body;
  if (response.status < 400) return "";

  EXPECT_EQ(header("content-type"), "application/json");
  const auto body = json::parse(response.body);
  const json::Value* error = body ? body->find("error") : nullptr;
  EXPECT_TRUE(error) << response.body;
  if (!error) return "no error";
  for (const std::string_view member : {"code", "id", "message"}) EXPECT_NE(error->text(member), "") << response.body;
  EXPECT_NE(error->text("message"), error->text("id")) << "a message without words";
  const json::Value* args = error->find("args");
  EXPECT_TRUE(args && args->array()) << response.body;
  return error->text("id");
}

}  // namespace tocsin::api::testing
