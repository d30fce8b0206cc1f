#include "tests/noninterference/world.h"

#include <fmt/format.h>

#include "core/exchange/archive.h"
#include "core/trust/agreements.h"
#include "tests/support/seeded_system.h"

namespace tocsin::noninterference {

using journeys::testing::kAnalyst;
using journeys::testing::kStart;
using journeys::testing::must;
using journeys::testing::Node;

namespace {

constexpr std::string_view kExercise = "0193a0c4-0000-7000-8000-0000000000ee";
constexpr std::string_view kBorder = "border";

std::string indicator(int number, std::string_view value, std::string_view name) {
  return fmt::format(
      R"({{"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-{:012}","created":)"
      R"("2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern_type":"stix","valid_from":)"
      R"("2026-01-01T00:00:00Z","name":"{}","pattern":"[ipv4-addr:value = '{}']"}})",
      number, name, value);
}

std::string bundle_of(const std::string& object) {
  return R"({"type":"bundle","id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","objects":[)" + object + "]}";
}

intel::ItemId import_bundle(Node& node, const std::string& bundle, const Way& way, const std::string& file) {
  journeys::ImportRequest request;
  request.name = file;
  request.content = bundle;
  request.tlp = way.tlp;
  request.by = {way.person, "session"};
  const auto report = must(journeys::import_file(node.context(), request));
  CHECK(report.refused_count == 0);
  return node.get([&](store::Transaction& tx) { return intel::of_import(tx, report.import_id); }).at(0).item;
}

std::string text_of(Node& node, intel::ItemId item) {
  return node.get([&](store::Transaction& tx) -> Result<std::string> {
    return intel::bytes(tx, item, TRY(trust::scope(tx, trust::PersonReader{{node.id(), "analyst"}})));
  });
}

}  // namespace

std::string quiet_bundle() {
  return bundle_of(indicator(1, "198.51.100.7", "a quiet word"));
}

void seed_from(std::string_view name) {
  std::uint64_t seed = 14695981039346656037u;  // FNV-1a
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
  test_support::seed_system(seed);
}

void House::fill(Time now) {
  const std::string cookie = "tocsin_" + node_.id().text().substr(0, 8) + "=";
  node_.get([&](store::Transaction& tx) -> Result<int> {
    const auto add = [&](const std::string& name, std::optional<people::Role> role) -> Result<void> {
      if (role) {
        people::User user;
        user.name = user.display_name = name;
        user.roles = {*role};
        TRY(people::create_user(tx, user, now));
      }
      const auto session = TRY(people::open_link(tx, TRY(people::create_link(tx, name, now)), now));
      TRY_VOID(people::set_password(tx, name, "$argon2id$of no password", now, session.token));
      askers_[name] = {cookie + session.token, session.csrf, ""};
      return {};
    };
    TRY_VOID(add("analyst", {}));
    TRY_VOID(add("duty", {}));
    TRY_VOID(add("chief", people::Role::Analyst));
    TRY_VOID(add("administrator", people::Role::Administrator));
    TRY_VOID(add("signatory", people::Role::Signatory));
    TRY_VOID(add("legal_adviser", people::Role::LegalAdviser));
    TRY_VOID(add("auditor", people::Role::Auditor));
    TRY_VOID(add("observer", people::Role::Observer));
    for (const std::string scope : {"read", "sensor", "import", "metrics"}) {
      const std::string name(scope == "sensor" ? kBorder : scope);
      const auto key = TRY(people::create_api_key(tx, name, scope, "administrator", 90, now));
      TRY_VOID(people::note_use(tx, key.text, now));  // the first use of a key is written down
      askers_["key:" + scope].key = key.text;
    }
    return 0;
  });
}

void House::open(const std::string& data_folder) {
  api::Settings settings;
  settings.node_id = node_.id().text().substr(0, 8);
  settings.version = "1";
  settings.data_folder = data_folder;
  router_ = std::make_unique<api::Router>(node_.context(), std::move(settings));
}

void World::found_parties() {
  seed_from("the parties");
  SetUpTestSuite();
}

World::World(Besides besides) : besides_(besides) {
  people::use_column_key(binh_.context().self.keys->column_key);
  binh_.listen([this](std::string_view part) {
    if (part != "send") heard_.emplace_back(part);
  });
  live();
}

void World::step(std::string_view name, const std::function<void()>& deeds) {
  clock_.advance(base::minutes(1));
  step_ = name;
  seed_from(name);
  deeds();
}

bool World::settle() {
  std::map<std::pair<trust::PartyId, trust::PartyId>, int> taken;
  for (int round = 0; round < 30; ++round) {
    bool moved = false;
    for (auto [from, to] : {std::pair{&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}}) {
      int& number = taken[{from->id(), to->id()}];
      seed_from(fmt::format("{} {} {} {}", step_, from->id().text(), to->id().text(), number));
      if (hand_over(*from, *to) == Handed::Nothing) continue;
      ++number;
      moved = true;
    }
    if (!moved) return true;
  }
  return false;
}

void World::besides(std::string_view name, const std::function<void(const Way&)>& deeds) {
  step(name, [&] {
    if (besides_ == Besides::Hidden) deeds({stix::Tlp::Red, "chief"});
    if (besides_ == Besides::Visible) deeds(kOpenly);
  });
}

journeys::PublishRequest World::request(const Way& way, Node& to) const {
  journeys::PublishRequest out;
  out.by = {way.person, "session"};
  if (!way.is_hidden()) return out;
  out.agreement = &to == &an_ ? red_an_ : red_chi_;
  out.tlp = way.tlp;
  out.readers = {{to.id(), "duty"}};
  return out;
}

Digest World::an_says(const Way& way, std::string_view kind, json::Object body, std::vector<std::string> objects) {
  const Digest out = an_.get([&](store::Transaction& tx) -> Result<Digest> {
    const auto agreement = TRY(trust::latest_agreement(tx, red_an_));
    exchange::Statement statement;
    statement.kind = kind;
    statement.agreement = red_an_;
    statement.terms = agreement.terms;
    statement.handling = {way.tlp, stix::Pap::Green, trust::Onward::None, 30};
    statement.body = std::move(body);
    statement.objects = std::move(objects);
    std::set<trust::Person> readers;
    if (way.is_hidden()) readers = {{binh_.id(), way.person}, {an_.id(), "analyst"}};
    const auto said = TRY(exchange::issue(tx, an_.context().self, std::move(statement), readers, clock_.now()));
    TRY_VOID(exchange::enqueue(tx, said, red_an_, {}, clock_.now()));
    return said.digest();
  });
  EXPECT_TRUE(settle());
  return out;
}

json::Object World::alarm(const std::string& host) const {
  alerts::Facts facts;
  facts.host_name = host;
  facts.service = "Water";
  facts.sector = "UTI";
  facts.values = {"198.51.100.7"};
  facts.count = 3;
  facts.first = facts.last = clock_.now();
  return *alerts::write_facts(facts, 3, "severity.scope.single_entity").object();
}

void World::shut_out_an() {
  step("quarantine", [&] { binh_.set_state(an_, trust::PeerState::Quarantined); });
}

void World::live() {
  step("people", [&] {
    at_binh_.fill(clock_.now());
    at_chi_.fill(clock_.now());
    for (Node* node : {&an_, &binh_})
      node->sql("INSERT INTO exercises (exercise, joined) VALUES ('" + std::string(kExercise) + "', 0)");
  });
  step("agreements", [&] {
    trust::Terms red = terms("For few eyes");
    red.tlp = stix::Tlp::Red;
    red.automatic.clear();
    red_an_ = agree(binh_, an_, red);
    red_chi_ = agree(binh_, chi_, red);
    EXPECT_TRUE(settle());
  });
  const std::string known = bundle_of(indicator(4, "203.0.113.50", "well known"));
  step("a list", [&] {
    binh_.import({"198.51.100.7", "evil.example"}, stix::Tlp::Green, "first list");
    import_bundle(binh_, known, kOpenly, "a file");
  });
  step("a peer gives", [&] {
    EXPECT_TRUE(an_.publish(an_.import({"198.51.100.7", "203.0.113.9"}), with_an_));
    EXPECT_TRUE(settle());
  });

  intel::ItemId own = 0;
  Digest given;
  besides("an item of our own",
          [&](const Way& way) { own = import_bundle(binh_, quiet_bundle(), way, "a quiet file"); });
  besides("a known object in a quiet file", [&](const Way& way) { import_bundle(binh_, known, way, "a quiet file"); });
  besides("an item of a peer",
          [&](const Way& way) { given = an_says(way, "intel", {}, {indicator(2, "198.51.100.7", "a whisper")}); });
  besides("our object in a peer's words",
          [&](const Way& way) { an_says(way, "intel", {}, {text_of(binh_, binh_.item_of("evil.example").item)}); });
  step("hits", [&] {
    binh_.mark_critical("10.1.4.20");
    EXPECT_TRUE(binh_.see("198.51.100.7", "10.1.4.20"));
    EXPECT_TRUE(binh_.see("evil.example", "10.1.4.99"));
    EXPECT_TRUE(settle());
  });
  besides("an alert of a peer", [&](const Way& way) { an_says(way, "alert", alarm("the quiet pumps")); });
  step("another alert of a peer", [&] { an_says(kOpenly, "alert", alarm("the pumps")); });
  const auto seen = [&](int count) {
    json::Object sighting;
    sighting.set("indicator", binh_.item_of("evil.example").stix_id);
    sighting.set("count", count);
    sighting.set("first", base::to_rfc3339(kStart));
    sighting.set("last", base::to_rfc3339(kStart));
    return json::Object{{"sightings", json::Array{std::move(sighting)}}};
  };
  besides("a sighting", [&](const Way& way) { an_says(way, "sighting", seen(5)); });
  step("another sighting", [&] { an_says(kOpenly, "sighting", seen(2)); });
  step("more lists", [&] {
    binh_.import({"192.0.2.1"}, stix::Tlp::Green, "second list");
    EXPECT_TRUE(an_.publish(an_.import({"192.0.2.33"}), with_an_));
    EXPECT_TRUE(settle());
  });
  besides("a retraction", [&](const Way&) {
    journeys::RetractRequest retraction;
    retraction.statement = given;
    retraction.by = kAnalyst;
    EXPECT_TRUE(journeys::retract(an_.context(), retraction));
    EXPECT_TRUE(settle());
  });
  step("another retraction", [&] {
    EXPECT_TRUE(an_.retract(an_.item_of("203.0.113.9").item));
    EXPECT_TRUE(settle());
  });
  besides("a publication", [&](const Way& way) {
    auto wanted = request(way, an_);
    wanted.items = {own};
    EXPECT_TRUE(journeys::publish(binh_.context(), wanted));
    EXPECT_TRUE(settle());
  });
  step("another publication", [&] {
    EXPECT_TRUE(binh_.publish({binh_.item_of("evil.example").item, binh_.item_of("192.0.2.1").item}));
    EXPECT_TRUE(settle());
  });
  besides("the same said to few", [&](const Way& way) {
    if (!way.is_hidden()) return;
    auto wanted = request(way, an_);
    wanted.items = {binh_.item_of("192.0.2.1").item};
    EXPECT_TRUE(journeys::publish(binh_.context(), wanted));
    EXPECT_TRUE(settle());
  });
  step("a retraction of ours", [&] {
    EXPECT_TRUE(binh_.retract(binh_.item_of("192.0.2.1").item));
    EXPECT_TRUE(settle());
  });
  besides("a hit", [&](const Way& way) {  // what is for named persons is not for sensors
    EXPECT_TRUE(way.is_hidden() || binh_.see("192.0.2.33", "10.1.4.98"));
  });
  besides("an alert told to few", [&](const Way& way) {
    auto wanted = request(way, an_);
    for (const auto& alert : binh_.all_alerts())
      if (alert.origin == alerts::Origin::Own) wanted.alert = alert.id;
    EXPECT_TRUE(journeys::publish(binh_.context(), wanted));
    EXPECT_TRUE(settle());
  });
  step("acknowledged", [&] {
    for (const auto& alert : binh_.all_alerts())
      if (alert.origin == alerts::Origin::Own)
        must(journeys::acknowledge_alert(binh_.context(), alert.id, journeys::testing::kDuty, "Duty", ""));
    EXPECT_TRUE(settle());
  });
  besides("an exercise", [&](const Way& way) {
    if (!way.is_hidden()) return;
    exchange::Statement practised;
    practised.kind = "intel";
    practised.realm = kExercise;
    practised.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::None, 30};
    practised.body = json::Object{};
    practised.objects = {indicator(3, "198.51.100.7", "as if")};
    say(an_, std::move(practised), red_an_, binh_);
    EXPECT_TRUE(settle());
    EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM objects WHERE realm <> 'real'"), 1) << "else nothing is tested";
  });
  step("the last", [&] {
    binh_.import({"192.0.2.2"}, stix::Tlp::Green, "third list");
    EXPECT_TRUE(an_.publish(an_.import({"192.0.2.34"}), with_an_));
    EXPECT_TRUE(settle());
    EXPECT_TRUE(binh_.see("192.0.2.34", "10.1.4.20"));
    EXPECT_TRUE(settle());
  });
  besides("what waits for a peer", [&](const Way& way) {
    auto wanted = request(way, chi_);
    wanted.items = {way.is_hidden() ? own : binh_.item_of("192.0.2.2").item};
    EXPECT_TRUE(journeys::publish(binh_.context(), wanted));
  });
  clock_.advance(base::minutes(10));  // whoever has not got it by now is late
  step("a sensor speaks", [&] {
    for (House* house : {&at_binh_, &at_chi_}) {
      journeys::HitReport report;
      report.sensor = kBorder;
      report.batch = base::uuid4();
      EXPECT_TRUE(journeys::take_hits(house->node().context(), report));
      house->open(folder_.path().string());
    }
  });
}

}  // namespace tocsin::noninterference
