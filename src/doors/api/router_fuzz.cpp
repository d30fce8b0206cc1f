// Laws of the API: no request makes the node fail; every answer in JSON can be read again, every refusal has its
// sentence; who proves nothing changes and sees nothing; and whatever was done, all pages can still be read.
#include <map>

#include "doors/api/router.h"
#include "journeys/hostile_world_fixture.h"
#include "tests/support/undone_database.h"

namespace {

using namespace tocsin;
using exchange::testing::must;
using test_support::FuzzInput;

// Good bodies, to be edited.
const std::map<std::string, std::string, std::less<>>& bodies() {
  static const std::map<std::string, std::string, std::less<>> made = {
      {"/api/session/link", R"({"token":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"},
      {"/api/me/password", R"({"current":"old","password":"seven brown cranes"})"},
      {"/api/me/totp/confirm", R"({"code":"123 456"})"},
      {"/api/me/preferences", R"({"language":"vi","theme":"dark"})"},
      {"/api/peers/{party}/verify", R"({"number":"12345 67890","method":"in_person"})"},
      {"/api/peers/{party}/quarantine", R"({"on":true,"reason":"keys stolen"})"},
      {"/api/peers/{party}/address", R"({"address":"192.0.2.7"})"},
      {"/api/agreements",
       R"({"parties":["PEER"],"id":"","title":{"en":"Early warning","vi":"Cảnh báo sớm"},"level":"bilateral",)"
       R"("tlp":"TLP:AMBER","pap":"PAP:RED","onward":"none","purposes":["defence"],"categories":["intel"],)"
       R"("automatic":["intel"],"redactions":[],"retention_days":30,"ack":{"0":"PT1H"},)"
       R"("from":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z"})"},
      {"/api/agreements/{id}/sign", R"({"person":"an","password":"seven brown cranes","document":"DOCUMENT"})"},
      {"/api/agreements/{id}/withdraw", R"({"person":"an","password":"seven brown cranes","code":"123456"})"},
      {"/api/publish/preview",
       R"({"items":["1",1],"agreement":"","tlp":"TLP:GREEN","onward":"none","readers":["PEER/mai"]})"},
      {"/api/publish", R"({"items":["1"],"import_id":1,"alert":1,"tlp":"TLP:GREEN","onward":"free"})"},
      {"/api/alerts/{id}/share/preview", R"({"agreement":""})"},
      {"/api/alerts/{id}/share", R"({"agreement":""})"},
      {"/api/alerts/{id}/ack", R"({"note":"seen"})"},
      {"/api/retract", R"({"item":"1","statement":"","reason":"wrong","note":"n"})"},
      {"/api/users", R"({"name":"new","display_name":"Nguyễn","language":"fr","roles":["analyst","auditor"]})"},
      {"/api/users/{name}/roles", R"({"roles":["analyst","signatory"]})"},
      {"/api/keys", R"({"name":"sensor-1","scope":"sensor","days":30})"},
      {"/api/backup", R"({"passphrase":"long enough a phrase"})"},
      {"/api/hosts",
       R"({"host":"10.0.0.9","name":"Records","service":"Emergency","sector":"HEA","protected_code":"MED-U",)"
       R"("population_served":80000,"workaround":"none"})"},
      {"/api/hits",
       R"({"sensor":"s1","batch":"0193a0c4-0000-7000-8000-00000000000b","set":"x","lines":9,"bytes":99,"hits":[)"
       R"({"grounds":[1],"kind":"ipv4-addr","value":"198.51.100.7","seen":"198.51.100.7","field":"id.resp_h","log":"conn",)"
       R"("file":"conn.log","line":7,"host":"10.0.0.5","count":2,"first":"2026-01-01T00:00:00Z","last":"2026-01-01T00:00:00Z"},)"
       R"({"grounds":[1],"kind":"ipv4-addr","value":"198.51.100.7","seen":"x","field":"f","log":"dns","file":"dns.log","line":8,)"
       R"("host":"10.0.0.5","count":3,"first":"2026-01-01T00:00:00Z","last":"2026-01-01T00:00:00Z"}]})"}};
  return made;
}

struct World : journeys::testing::World {
  std::string session, csrf, invitation;

  World() {
    people::use_column_key(node.keys().column_key);
    node.write([&](store::Transaction& tx) -> Result<void> {
      people::User root, an;
      root.name = root.display_name = "root";
      root.roles = {people::Role::Administrator, people::Role::Auditor};
      an.name = an.display_name = "an";
      an.roles = {people::Role::Signatory, people::Role::Analyst, people::Role::DutyOfficer};
      TRY(people::create_user(tx, root, node.now));
      TRY(people::create_user(tx, an, node.now));
      const auto opened = TRY(people::open_link(tx, TRY(people::create_link(tx, "an", node.now)), node.now));
      TRY_VOID(people::set_password(tx, "an", "$argon2id$not checked", node.now, opened.token));
      session = opened.token;
      csrf = opened.csrf;
      infra::CriticalHost host;
      host.host = "10.0.0.5";
      host.name = "Records";
      host.sector = "HEA";
      host.marked_at = node.now;
      TRY(infra::mark(tx, host));
      return {};
    });
    const exchange::testing::HostilePeer stranger(70, journeys::testing::agreement(), {});
    exchange::append_record(invitation, exchange::RecordType::Descriptor,
                            stranger.verified_descriptor().signed_bytes());
  }
};

enum class Door { ConsoleRoot, ConsoleAn, Session, Stranger };

std::string path_part(const World& world, std::string_view name, FuzzInput& input) {
  if (input.byte() % 4 == 3) return test_support::well_formed(input.text());
  if (name == "{party}") return world.sender->id().text();
  if (name == "{id}" && input.byte() % 2 == 1) return journeys::testing::agreement().id;
  if (name == "{name}") return "an";
  if (name == "{host}") return "10.0.0.5";
  return "1";
}

// "/api/alerts/{id}" with the gap filled.
std::string path_of(const World& world, std::string_view pattern, FuzzInput& input) {
  std::string out;
  while (!pattern.empty()) {
    const auto gap = pattern.find('{');
    out += pattern.substr(0, gap);
    if (gap == std::string_view::npos) break;
    const auto end = pattern.find('}', gap);
    out += path_part(world, pattern.substr(gap, end - gap + 1), input);
    pattern.remove_prefix(end + 1);
  }
  return out;
}

std::string invitation_of(const World& world, FuzzInput& input) {
  std::string records = world.invitation;
  test_support::edit_bytes(records, input, input.byte() % 3);
  std::string armoured = exchange::armour(records);
  test_support::edit_bytes(armoured, input, input.byte() % 3);
  return json::write(json::Object{{"invitation", base::to_base64(base::as_bytes(armoured))},
                                  {"allow_address", std::string(input.text())}});
}

std::string body_of(const World& world, std::string_view pattern, FuzzInput& input) {
  if (pattern == "/api/import" || input.byte() % 8 == 7) return std::string(input.text(input.below(4096)));
  if (pattern == "/api/peers") return invitation_of(world, input);
  const auto good = bodies().find(pattern);
  if (good == bodies().end()) return "";
  std::string text = good->second;
  if (const auto at = text.find("PEER"); at != std::string::npos) text.replace(at, 4, world.sender->id().text());
  if (const auto at = text.find("DOCUMENT"); at != std::string::npos)
    text.replace(at, 8, trust::agreement_digest(journeys::testing::agreement()).hex());
  const std::string_view edits = input.text(input.byte());
  FuzzInput own(reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size());
  return json::write(test_support::edited(must(json::parse(text)), own));
}

net::Request request_of(const World& world, const api::Router& router, Door door, FuzzInput& input) {
  static const auto routes = router.routes();
  net::Request out;
  const api::Route& route = routes[input.below(routes.size())];
  const std::string& pattern = route.pattern;
  out.method = route.method;
  out.path = path_of(world, pattern, input);
  for (int i = input.byte() % 4; i > 0; --i) {
    constexpr std::string_view kNames[] = {"limit", "cursor", "q",    "type", "tlp",
                                           "name",  "format", "item", "host", "state"};
    out.query.emplace_back(kNames[input.below(std::size(kNames))], test_support::well_formed(input.text()));
  }
  if (route.method != "GET") out.body = body_of(world, pattern, input);
  out.headers.emplace_back("accept-language", input.text(input.byte() % 32));
  out.remote_address = "192.0.2.1";
  if (door == Door::ConsoleRoot || door == Door::ConsoleAn) {
    out.remote_address = "unix";
    out.headers.emplace_back("x-tocsin-as", door == Door::ConsoleRoot ? "root" : "an");
  } else if (door == Door::Session) {
    out.headers.emplace_back("cookie", "a=b; tocsin_node=" + world.session);
    out.headers.emplace_back("x-csrf-token", world.csrf);
  } else {
    out.headers.emplace_back("cookie", "tocsin_node=" + std::string(input.text()));
    if (input.byte() % 2 == 1) out.headers.emplace_back("authorization", "Bearer " + std::string(input.text()));
    if (input.byte() % 2 == 1) out.headers.emplace_back("origin", input.text());
  }
  return out;
}

// Argon2id costs a tenth of a second on purpose; names and codes of log-ins are credentials_fuzz's.
bool costs_argon2(const net::Request& request) {
  return request.method == "POST" && request.path == "/api/session";
}

void check_response(const net::Request& request, const net::Response& response) {
  const bool good = response.status >= 200 && response.status < 500;
  if (!good)
    std::fprintf(stderr, "%s %s: %d %s\n", request.method.c_str(), request.path.c_str(), response.status,
                 response.body.c_str());
  CHECK(good);
  bool is_json = false;
  for (const auto& [name, value] : response.headers) {
    CHECK(value.find_first_of("\r\n") == std::string::npos);
    is_json = is_json || (name == "content-type" && value == "application/json");
  }
  if (!is_json) return;
  const auto body = json::parse(response.body, {.bytes = 64u << 20, .depth = 64});
  if (!body && body.error().id == "json.bad_string")
    return;  // a noncharacter that a file held: ours is stricter than JSON
  if (!body) std::fprintf(stderr, "%s %s: %s\n", request.method.c_str(), request.path.c_str(), response.body.c_str());
  CHECK(body);
  if (response.status < 400) return;
  const json::Value* error = body->find("error");
  CHECK(error && text::find("en", error->text("id")) && !error->text("message").empty());
  CHECK(!error->text("id").starts_with("store."));
}

void check_pages(const api::Router& router) {
  for (const api::Route& route : router.routes()) {
    if (route.method != "GET" || route.pattern.find('{') != std::string::npos) continue;
    for (const char* who : {"root", "an"}) {
      net::Request request;
      request.method = route.method;
      request.path = route.pattern;
      request.remote_address = "unix";
      request.headers = {{"x-tocsin-as", who}};
      check_response(request, router.console(request));
    }
  }
}

void ask(World& world, const api::Router& router, FuzzInput& input) {
  const auto door = static_cast<Door>(input.byte() % 4);
  const net::Request request = request_of(world, router, door, input);
  if (costs_argon2(request)) return;
  const bool console = door == Door::ConsoleRoot || door == Door::ConsoleAn;
  const net::Response response = console ? router.console(request) : router.people(request);
  check_response(request, response);
  const bool done = response.status < 300;
  if (door == Door::Stranger && done) CHECK(request.path == "/api/health");
  if (done && request.method != "GET") check_pages(router);
}

}  // namespace

/// Up to four requests, one after the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  FuzzInput input(data, size);
  test_support::UndoneDatabase::run(world.node.db(), [&](store::Database& db) {
    const journeys::Context context = world.context_of(db);
    api::Settings settings;
    settings.node_id = "node";
    settings.version = "0";
    settings.make_backup = [](std::string_view) -> Result<std::string> { return std::string("/nowhere/sealed"); };
    const api::Router router(context, settings);
    for (int i = 0; i < 4 && !input.empty(); ++i) ask(world, router, input);
  });
  return 0;
}
