// What single calls answer, where a law for all routes cannot say it.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/exchange/archive.h"
#include "core/exchange/evidence_file.h"
#include "core/people/people.h"
#include "core/trust/parties.h"
#include "doors/api/calls_fixture.h"
#include "duty/alerts/alerts.h"
#include "ground/crypto/argon2.h"

namespace tocsin::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Calls, ToUnmarkAHostNameNetworksToo) {
  for (const std::string host : {"10.1.0.0/16", "2001:db8::/32", "10.1.4.20", "ward.example"}) {
    ASSERT_EQ(post("/api/hosts", {{"host", host}, {"name", "Ward"}, {"service", "Care"}, {"sector", "HEA"}}).status,
              201)
        << host;
    EXPECT_EQ(get("/api/hosts").find("items")->array()->size(), 1u);
    EXPECT_EQ(unmark(host).status, 204) << host;
    EXPECT_EQ(get("/api/hosts").find("items")->array()->size(), 0u);
  }
  EXPECT_EQ(error_id(unmark("10.1.0.0/16")), "infra.not_marked");
  EXPECT_EQ(error_id(unmark("")), "api.missing");
}

TEST_F(Calls, ThatAskForThePasswordAgainAreNoPlaceToGuess) {
  const std::pair<std::string, std::string> calls[] = {
      {"POST", "/api/me/password"}, {"POST", "/api/me/totp"}, {"DELETE", "/api/me/totp"}};
  for (const auto& [method, path] : calls) {
    World world;
    std::string last;
    for (int guess = 0; guess < 11; ++guess)
      last = error_id(world.ask(
          {method, path, world.as("analyst"), R"({"current":"a wrong guess","password":"a bell that nobody rings"})"}));
    EXPECT_EQ(last, "people.too_many_attempts") << path;
    EXPECT_EQ(error_id(world.ask({"GET", "/api/situation", world.as("analyst")})), "") << "the session goes on";
  }
}

TEST_F(Calls, ToLogInFindAPlaceOrHearAtOnceThatThereIsNone) {
  constexpr unsigned kPlaces = 3, kGuesses = 10;
  std::optional<crypto::Argon2Turn> one(std::in_place), other(std::in_place);  // Argon2id is busy until they end
  std::mutex mutex;
  std::condition_variable answered;
  std::vector<int> statuses;
  std::vector<std::thread> strangers;
  for (unsigned i = 0; i < kGuesses; ++i)
    strangers.emplace_back([&] {
      const int status =
          world_.ask({"POST", "/api/session", {}, R"({"name":"linh","password":"a wrong guess"})"}).status;
      const std::lock_guard lock(mutex);
      statuses.push_back(status);
      answered.notify_one();
    });
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(answered.wait_for(lock, std::chrono::seconds(30), [&] {
      return statuses.size() == kGuesses - kPlaces;
    })) << "those without a place wait, too";
    EXPECT_THAT(statuses, ::testing::Each(503));
  }
  EXPECT_EQ(world_.ask({"GET", "/api/situation", world_.as("observer")}).status, 200);
  one.reset();
  other.reset();
  for (std::thread& stranger : strangers) stranger.join();
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 401), kPlaces);
  EXPECT_EQ(log_in("linh", kLinhsPassword).status, 200) << "the places are free again";
}

TEST_F(Calls, ToTieAnAccountToAnAuthenticatorNeedThePasswordAndToUntieItACodeToo) {
  const auto session = log_in("linh", kLinhsPassword);
  ASSERT_EQ(session.status, 200) << session.body;
  Credentials linh;
  for (const auto& [name, value] : session.headers)
    if (name == "set-cookie") linh.cookie = value.substr(0, value.find(';'));
  linh.csrf = json::parse(session.body)->text("csrf");
  const auto ask = [&](const std::string& method, const std::string& path, const json::Object& body) {
    return world_.ask({method, path, linh, json::write(json::Value(body))});
  };
  EXPECT_EQ(error_id(ask("POST", "/api/me/totp", {})), "people.wrong_login") << "a session that was left open";
  const auto begun = ask("POST", "/api/me/totp", {{"password", std::string(kLinhsPassword)}});
  ASSERT_EQ(begun.status, 200) << begun.body;
  const auto secret = base::from_base32(json::parse(begun.body)->text("secret_base32"));
  ASSERT_TRUE(secret);
  const auto code = [&](int steps) {
    return crypto::totp_code(*secret, world_.context().now().us / 1'000'000 + 30 * steps);
  };
  ASSERT_EQ(ask("POST", "/api/me/totp/confirm", {{"code", code(-1)}}).status, 204);

  const auto untie = [&](std::string_view password, const std::string& given) {
    return error_id(ask("DELETE", "/api/me/totp", {{"password", std::string(password)}, {"code", given}}));
  };
  EXPECT_EQ(untie(kLinhsPassword, ""), "people.totp_needed");
  EXPECT_EQ(untie(kLinhsPassword, code(-1)), "people.wrong_code") << "spent";
  EXPECT_EQ(untie("a wrong guess", code(0)), "people.wrong_login");
  EXPECT_EQ(untie(kLinhsPassword, code(0)), "");
  EXPECT_EQ(log_in("linh", kLinhsPassword).status, 200) << "no code is asked any more";
}

TEST_F(Calls, ToDisableAnAccountNameTheKeysThatWouldEndWithIt) {
  // The keys of this world were made by its administrator.
  const auto disable = [&](const json::Object& body) { return post("/api/users/administrator/disable", body); };
  const auto refused = disable({});
  EXPECT_EQ(error_id(refused), "people.keys_would_end");
  EXPECT_THAT(refused.body, HasSubstr("sensor1"));
  EXPECT_EQ(world_.ask({"GET", "/api/situation", world_.as("key:read")}).status, 200) << "nothing has ended";
  const json::Value users = get("/api/users");
  for (const auto& user : *users.find("items")->array())
    EXPECT_EQ(user.find("keys")->array()->empty(), user.text("name") != "administrator") << user.text("name");
  EXPECT_EQ(disable({{"end_keys", true}}).status, 204);
  EXPECT_EQ(world_.ask({"GET", "/api/situation", world_.as("key:read")}).status, 401);
}

TEST_F(Calls, ThatDoSomethingAreInTheTrailOnce) {
  World::Ask import{"POST", "/api/import", world_.as("analyst"), "198.51.100.7\n"};
  import.query = {{"name", "list.txt"}, {"format", "plain"}, { "tlp", "TLP:GREEN" }};
  ASSERT_EQ(error_id(world_.ask(import)), "");
  ASSERT_EQ(error_id(post("/api/retract", {{"item", "1"}, {"reason", "wrong"}}, "analyst")), "");
  import.query.emplace_back("dry_run", "1");
  ASSERT_EQ(error_id(world_.ask(import)), "");
  const auto trail = world_.db().read_value([](store::Transaction& tx) { return people::audit_trail(tx, 0, 100); });
  ASSERT_TRUE(trail);
  std::vector<std::string> deeds;
  for (const auto& entry : *trail)
    if (entry.who == "analyst") deeds.push_back(entry.via + " " + entry.action + " " + entry.outcome);
  EXPECT_THAT(deeds, ::testing::ElementsAre("session retract ok", "session import ok"));
}

TEST_F(Calls, ThatConfirmAnAddressTakeOneInNumbersOnly) {
  const std::string path = "/api/peers/" + std::string(52, 'a') + "/address";
  for (const json::Value& text : {json::Value("localhost"), json::Value("10.0.0.0/8"), json::Value("10.0.0.1:7443"),
                                  json::Value("10.0.0.1\n"), json::Value(std::string(100'000, '1'))})
    EXPECT_EQ(error_id(post(path, {{"address", text}})), "peers.bad_address");
  EXPECT_EQ(error_id(post(path, {})), "api.missing") << "nothing is taken back by leaving a word out";
  EXPECT_EQ(error_id(post(path, {{"address", "10.1.4.20"}})), "peers.unknown");
}

TEST_F(Calls, ToPublishNameEveryReaderByPartyAndAccountOrNone) {
  World::Ask import{"POST", "/api/import", world_.as("analyst"), "198.51.100.7\n"};
  import.query = {{"name", "list.txt"}, {"format", "plain"}, { "tlp", "TLP:GREEN" }};
  ASSERT_EQ(error_id(world_.ask(import)), "");  // item 1
  const std::string party(52, 'a');
  for (const json::Value& readers :
       {json::Value("everybody"), json::Value(json::Array{"nobody"}), json::Value(json::Array{party}),
        json::Value(json::Array{party + "/"}), json::Value(json::Array{party + "/Mai Linh"}),
        json::Value(json::Array{party + "/mai", party + "/key:0123"}), json::Value(json::Array{json::Object{}})})
    EXPECT_EQ(error_id(post("/api/publish", {{"items", json::Array{"1"}}, {"readers", readers}})), "api.bad_field");
  EXPECT_EQ(error_id(post("/api/publish", {{"items", json::Array{"1"}}, {"readers", json::Array{party + "/mai"}}})),
            "publish.reader_of_no_peer");
}

// Whom a peer named is for this house to know, and for its administrators at that.
TEST_F(Calls, ToShareAnAlertTakeTheSameConditionsAsPublishing) {
  const std::string stranger = std::string(52, 'a') + "/duty";
  for (const char* path : {"/api/alerts/1/share", "/api/alerts/1/share/preview"}) {
    EXPECT_EQ(error_id(post(path, {{"readers", json::Array{"duty"}}})), "api.bad_field") << path;
    EXPECT_EQ(error_id(post(path, {{"readers", json::Array{stranger}}})), "publish.reader_of_no_peer") << path;
    EXPECT_EQ(error_id(post(path, {{"tlp", "TLP:PINK"}})), "api.bad_tlp") << path;
    EXPECT_EQ(error_id(post(path, {{"onward", "everywhere"}})), "api.bad_onward") << path;
    EXPECT_EQ(error_id(post(path, {})), "alerts.unknown") << path;
  }
}

TEST_F(Calls, ForAnAlertThatGoesOnShowTheNewestOfItsHistoryAndOfItsStatements) {
  const Time now = world_.context().now();
  const alerts::AlertId id = raised("indicator--0193a0c4-0000-4000-8000-000000000001", "evil.example");
  Digest last;
  const auto done = world_.db().write([&](store::Transaction& tx) -> Result<void> {
    for (int number = 1; number <= 600; ++number)
      TRY_VOID(alerts::add_event(tx, id, "", "alerts.event.acknowledged_with_note", {std::to_string(number)}, now));
    for (int number = 1; number <= 120; ++number) {
      exchange::Statement statement;
      statement.kind = "alert";
      last = TRY(exchange::issue(tx, world_.context().self, std::move(statement), {}, now)).digest();
      TRY_VOID(alerts::add_statement(tx, id, {last, "", now, 3}));
    }
    return {};
  });
  ASSERT_TRUE(done) << base::describe(done.error());
  const json::Value shown = get("/api/alerts/" + std::to_string(id));
  const json::Array& timeline = *shown.find("timeline")->array();
  EXPECT_EQ(timeline.size(), 500u);
  EXPECT_THAT(timeline.front().text("what"), HasSubstr("101"));
  EXPECT_THAT(timeline.back().text("what"), HasSubstr("600"));
  EXPECT_EQ(shown.integer_or("timeline_total", 0), 601) << "raised, and 600 notes";
  const json::Array& statements = *shown.find("statements")->array();
  EXPECT_EQ(statements.size(), 100u);
  EXPECT_EQ(*statements.back().string(), last.hex());
}

TEST_F(Calls, AboutAnAlertKeepAddressesValuesAndIndicatorsFromThoseWhoMayNotSeeThem) {
  const std::string indicator = "indicator--0193a0c4-0000-4000-8000-000000000001", value = "evil.example";
  raised(indicator, value);
  for (const std::string path : {"/api/alerts", "/api/alerts/1"}) {
    const auto shown = [&](std::string_view who) { return world_.ask({"GET", path, world_.as(who)}).body; };
    for (const std::string_view who : {"observer", "auditor", "signatory"}) {
      EXPECT_THAT(shown(who), HasSubstr("\"severity\"")) << path << " " << who;
      for (const std::string& hidden : {std::string("10.0.0.5"), indicator, value})
        EXPECT_THAT(shown(who), Not(HasSubstr(hidden))) << path << " " << who;
    }
    for (const std::string_view who : {"administrator", "key:read"}) {
      EXPECT_THAT(shown(who), HasSubstr(indicator)) << path << " " << who;
      EXPECT_THAT(shown(who), Not(HasSubstr("10.0.0.5"))) << path << " " << who;
    }
    for (const std::string& seen : {std::string("10.0.0.5"), indicator, value})
      EXPECT_THAT(shown("duty_officer"), HasSubstr(seen)) << path;
  }
}

TEST_F(Calls, ForFiguresCountWhatTheNodeHolds) {
  const auto figure = [&](const std::string& name) {
    const std::string all = world_.ask({"GET", "/metrics", world_.as("key:metrics")}).body;
    const std::string line = "\ntocsin_" + name + " ";
    const auto at = all.find(line);
    EXPECT_NE(at, std::string::npos) << all;
    return at == std::string::npos ? "" : all.substr(at + line.size(), all.find('\n', at + 1) - at - line.size());
  };
  for (const char* name : {"log_leaves", "statements", "objects", "alerts_open", "hits"}) EXPECT_EQ(figure(name), "0");
  World::Ask import{"POST", "/api/import", world_.as("analyst"), "198.51.100.7\n198.51.100.8\n"};
  import.query = {{"name", "list.txt"}, {"format", "plain"}, { "tlp", "TLP:GREEN" }};
  ASSERT_EQ(error_id(world_.ask(import)), "");
  json::Object hit{{"grounds", json::Array{1}},
                   {"kind", "ipv4-addr"},
                   {"value", "198.51.100.7"},
                   {"first", "2026-11-21T03:14:00Z"},
                   {"last", "2026-11-21T03:14:00Z"}};
  ASSERT_EQ(error_id(post("/api/hits", {{"batch", base::uuid4()}, {"hits", json::Array{hit}}})), "");
  const auto id = std::to_string(raised("indicator--0193a0c4-0000-4000-8000-000000000001", "evil.example"));
  raised("indicator--0193a0c4-0000-4000-8000-000000000002", "worse.example", "10.0.0.6");
  ASSERT_EQ(error_id(post("/api/alerts/" + id + "/ack", {})), "");
  const auto said = world_.db().write([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 3; ++i) {
      exchange::Statement ping;
      ping.kind = "ping";
      TRY(exchange::issue(tx, world_.context().self, std::move(ping), {}, world_.context().now()));
    }
    return {};
  });
  ASSERT_TRUE(said) << base::describe(said.error());
  EXPECT_EQ(figure("objects"), "2");
  EXPECT_EQ(figure("hits"), "1");
  EXPECT_EQ(figure("alerts_open"), "1");
  EXPECT_EQ(figure("statements"), "3");
  EXPECT_EQ(figure("log_leaves"), "3");
}

TEST_F(Calls, AboutHealthTellWhereTlpRedNamesNobodyHere) {
  const trust::PartyId self = world_.context().self.party;
  const auto keep = [&](const std::string& account, const char* id) {
    const auto done = world_.db().write([&](store::Transaction& tx) -> Result<void> {
      trust::Label label;
      label.tlp = stix::Tlp::Red;
      label.readers = {{self, account}};
      TRY(
          tx.run("INSERT INTO statements (digest, id, author, kind, time, received, agreement, label, realm, epoch, "
                 "sender, onward, objects, size, jws, payload) VALUES (?, ?, 'a', 'intel', 0, 0, '', ?, 'real', '', "
                 "'a', 0, 0, 0, '', ?)",
                 crypto::sha256(id), id, TRY(trust::intern(tx, label)), Bytes{}));
      return {};
    });
    ASSERT_TRUE(done) << base::describe(done.error());
  };
  const auto health = [&](std::string_view who) { return world_.ask({"GET", "/api/health", world_.as(who)}).body; };
  keep("analyst", "one");
  EXPECT_THAT(health("administrator"), HasSubstr(R"("name":"readers","ok":true)"));
  keep("mai", "two");
  keep("nam", "three");
  EXPECT_THAT(health("administrator"), HasSubstr(R"("name":"readers","ok":false)"));
  EXPECT_THAT(health("administrator"), HasSubstr("name: mai, nam."));
  EXPECT_THAT(health("observer"), Not(HasSubstr("mai")));
  const auto mended = world_.db().write([](store::Transaction& tx) -> Result<void> {
    for (const char* name : {"mai", "nam"}) {
      people::User user;
      user.name = name;
      TRY(people::create_user(tx, user, Time{}));
    }
    return {};
  });
  ASSERT_TRUE(mended) << base::describe(mended.error());
  EXPECT_THAT(health("administrator"), HasSubstr(R"("name":"readers","ok":true)"));
}

TEST_F(Calls, ThatReportHitsCannotCountBeyondWhatSumsHold) {
  constexpr std::int64_t kLargest = 9007199254740991;
  json::Object hit{{"grounds", json::Array{1}},      {"kind", "ipv4-addr"},
                   {"value", "198.51.100.7"},        {"first", "2026-11-21T03:14:00Z"},
                   {"last", "2026-11-21T03:14:00Z"}, {"count", kLargest}};
  EXPECT_EQ(error_id(post("/api/hits", {{"batch", base::uuid4()}, {"hits", json::Array{hit}}})), "hits.malformed");
  hit.set("count", 1);
  for (const char* field : {"lines", "bytes"})
    for (const std::int64_t value : {std::int64_t{-1}, kLargest}) {
      json::Object report{{"batch", base::uuid4()}, {"hits", json::Array{hit}}};
      report.set(field, value);
      EXPECT_EQ(error_id(post("/api/hits", report)), "hits.malformed") << field;
    }
  EXPECT_EQ(error_id(post("/api/hits", {{"batch", base::uuid4()}, {"hits", json::Array{hit}}})), "");
}

TEST_F(Calls, ThatReportHitsNameWhoElseTookPartWithinLimits) {
  json::Object hit{{"grounds", json::Array{1}},
                   {"kind", "ipv4-addr"},
                   {"value", "198.51.100.7"},
                   {"first", "2026-11-21T03:14:00Z"},
                   {"last", "2026-11-21T03:14:00Z"}};
  const auto answer = [&](json::Value others) {
    hit.set("others", std::move(others));
    return error_id(post("/api/hits", {{"batch", base::uuid4()}, {"hits", json::Array{hit}}}));
  };
  EXPECT_EQ(answer(json::Array{"10.0.0.1", "10.0.0.2"}), "");
  EXPECT_EQ(answer("10.0.0.1"), "hits.malformed");
  EXPECT_EQ(answer(json::Array{1}), "hits.malformed");
  EXPECT_EQ(answer(json::Array{std::string(2049, 'a')}), "hits.malformed");
  EXPECT_EQ(answer(json::Array(9, json::Value("10.0.0.1"))), "hits.malformed");
}

// Whoever asked reads the answer strictly: one NUL in it, and the whole report is lost.
TEST_F(Calls, ToImportAnswerReadablyWhateverALineHolds) {
  World::Ask import{"POST", "/api/import", world_.as("analyst"), std::string("a\0b.example\nfine.example\n", 25)};
  import.query = {{"name", "list.txt"}, { "tlp", "TLP:GREEN" }};
  const auto report = json::parse(world_.ask(import).body);
  ASSERT_TRUE(report) << base::describe(report.error());
  EXPECT_EQ(report->integer_or("stored", 0), 1);
  EXPECT_EQ(report->integer_or("refused_count", 0), 1);
  ASSERT_EQ(report->find("refused")->array()->size(), 1u);
  EXPECT_EQ(report->find("refused")->array()->at(0).text("text"), "a?b.example");
}

TEST_F(Calls, ToListIntelligenceShowTheCurrentVersionAndThePageOfItTheOthers) {
  const auto list = [&](const std::string& words) {
    World::Ask ask{"GET", "/api/intel", world_.as("analyst")};
    ask.query = {{"q", words}};
    return json::parse(world_.ask(ask).body).value();
  };
  for (const std::string day : {"1", "2"}) {
    const std::string version =
        R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd10",)"
        R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-0)" +
        day +
        R"(T00:00:00.000Z","valid_from":"2026-01-01T00:00:00Z","pattern_type":"stix",)"
        R"("pattern":"[domain-name:value = 'xn--mnchen-evil-thb.example']"})";
    World::Ask import{
        "POST", "/api/import", world_.as("analyst"),
        R"({"type":"bundle","id":"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11","objects":[)" + version + "]}"};
    import.query = {{"name", "bundle.json"}, { "tlp", "TLP:GREEN" }};
    ASSERT_EQ(error_id(world_.ask(import)), "");
  }
  const json::Value page = list("M\u00fcnchen-evil[.]example");
  EXPECT_EQ(page.integer_or("total", 0), 1);
  ASSERT_EQ(page.find("items")->array()->size(), 1u);
  const json::Value& item = page.find("items")->array()->at(0);
  EXPECT_EQ(item.text("modified"), "2026-01-02T00:00:00.000Z");
  World::Ask show{"GET", "/api/intel/" + item.text("item"), world_.as("analyst")};
  const auto shown = json::parse(world_.ask(show).body);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->find("versions")->array()->size(), 2u);
  ASSERT_EQ(error_id(post("/api/retract", {{"item", item.text("item")}, {"reason", "wrong"}}, "analyst")), "");
  const json::Value retracted = list("");
  ASSERT_EQ(retracted.find("items")->array()->size(), 1u) << "and stays, as retracted";
  EXPECT_EQ(retracted.find("items")->array()->at(0).text("retracted"), "wrong");
  EXPECT_EQ(list("\u2014").integer_or("total", -1), 0);
}

TEST_F(Calls, ForEvidenceGiveItToWhomTheStatementIsAndToNobodyElse) {
  const auto path = [](const Digest& digest) { return "/api/statements/" + digest.hex() + "/evidence"; };
  const Digest amber = said(stix::Tlp::Amber);
  const Digest red = said(stix::Tlp::Red, {{world_.context().self.party, "analyst"}});
  const auto answer = json::parse(world_.ask({"GET", path(amber), world_.as("analyst")}).body);
  ASSERT_TRUE(answer);
  const auto file = exchange::read_evidence(answer->text("content"));
  ASSERT_TRUE(file) << answer->text("content");
  const auto verdict = exchange::verify_evidence(*file, {});
  EXPECT_TRUE(verdict.holds());
  EXPECT_EQ(verdict.statement->digest(), amber);
  EXPECT_EQ(answer->text("file_name"), "ping-" + amber.hex().substr(0, 16) + ".evidence");
  EXPECT_EQ(error_id(world_.ask({"GET", path(red), world_.as("analyst")})), "");
  EXPECT_EQ(error_id(world_.ask({"GET", path(red), world_.as("duty_officer")})), "statement.unknown");
  EXPECT_EQ(error_id(world_.ask({"GET", path(amber), world_.as("duty_officer")})), "");
  ASSERT_TRUE(world_.db().write([&](store::Transaction& tx) { return exchange::erase(tx, amber, "source_at_risk"); }));
  const auto erased = world_.ask({"GET", path(amber), world_.as("analyst")});
  EXPECT_EQ(error_id(erased), "evidence.erased");
  EXPECT_NE(erased.body.find("put a source at risk"), std::string::npos) << erased.body;
}

TEST_F(Calls, ForTilesGiveThoseOfTheLog) {
  const auto tile = [&](const std::string& path) {
    World::Ask ask{"GET", "/api/log/tile", world_.as("auditor")};
    ask.query = {{"path", path}};
    return world_.ask(ask);
  };
  const Digest only = said(stix::Tlp::Amber);
  const auto found = tile("0/000.p/1");
  EXPECT_EQ(error_id(found), "");
  EXPECT_EQ(found.body, base::as_text(merkle::leaf_hash(only.view()).view()));
  for (const std::string path : {"0/000", "0/000.p/2", "0/001.p/1", "1/000.p/1", "../checkpoint", ""})
    EXPECT_EQ(error_id(tile(path)), "log.no_tile") << path;
}

TEST_F(Calls, OfAPageThatIsNoPageAreRefused) {
  for (const char* path : {"/api/intel", "/api/alerts", "/api/imports", "/api/statements", "/api/retractions",
                           "/api/sightings", "/api/hits", "/api/log", "/api/audit"})
    for (const char* limit : {"0", "501", "-1", "ten", ""}) {
      World::Ask ask{"GET", path, world_.as(kEveryRole)};
      ask.query = {{"limit", limit}};
      EXPECT_EQ(error_id(world_.ask(ask)), "api.bad_limit") << path << " " << limit;
    }
}

TEST_F(Calls, AnswerInTheLanguageOfThePerson) {
  ASSERT_EQ(post("/api/me/preferences", {{"language", "vi"}}).status, 204);
  EXPECT_NE(unmark("10.9.9.9").body, post("/api/me/preferences", {{"language", "fr"}}).body);
  const std::string french = unmark("10.9.9.9").body;
  ASSERT_EQ(post("/api/me/preferences", {{"language", "vi"}}).status, 204);
  EXPECT_NE(unmark("10.9.9.9").body, french);
}

}  // namespace
}  // namespace tocsin::api::testing
