#include "journeys/journeys_fixture.h"

#include <algorithm>
#include <array>

#include "core/find/search.h"
#include "core/infra/critical.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "duty/alerts/alerts.h"

namespace tocsin::journeys::testing {
namespace {

using exchange::Refusal;

// What node/schema.cpp applies.
std::vector<store::Migrations> all_migrations() {
  return {trust::kMigrations, people::kMigrations, exchange::kMigrations, intel::kMigrations, relate::kMigrations,
          find::kMigrations,  infra::kMigrations,  watch::kMigrations,    alerts::kMigrations};
}

Error broken_disk() {
  return {ErrorCode::Unavailable, "store.unavailable", {}, "the test lets this statement fail"};
}

// Founded once for the whole program.
struct Founded {
  std::shared_ptr<const trust::OwnKeys> keys;
  trust::PartyId id;
  std::string file, sealed_root, sealed_next_root;
};
struct Founding {
  test_support::TemporaryFolder folder;
  std::array<Founded, 3> parties;
  trust::AgreementId with_an, with_chi;
};
std::unique_ptr<Founding> founding;

Founded found(const test_support::TemporaryFolder& folder, const std::string& name, trust::PartyKind kind) {
  Founded out;
  auto keys = must(trust::OwnKeys::generate({"localhost"}));
  // Certificates know no clock but the machine's: whatever that says, this one is good at kStart.
  keys.people_tls = must(crypto::issue_server_certificate(keys.authority, {"localhost"}, 36500));
  out.keys = std::make_shared<const trust::OwnKeys>(std::move(keys));
  out.file = folder.file(name + ".db");
  const auto db = must(store::Database::open({out.file}));
  must(db->migrate(all_migrations()));
  FoundingRequest request;
  request.name = {name, "", ""};
  request.kind = kind;
  request.country = "VN";
  request.endpoints = {"https://" + name + ".example:8444"};
  request.signatories = {{"linh", "Linh", std::string(kPassword)}};
  if (kind != trust::PartyKind::Operator) request.signatories.push_back({"minh", "Minh", std::string(kPassword)});
  request.root_passphrase = kPassword;
  const auto founded = must(found_party(*db, *out.keys, request, kStart));
  out.id = founded.party;
  out.sealed_root = founded.sealed_root;
  out.sealed_next_root = founded.sealed_next_root;
  must(db->write([&](store::Transaction& tx) -> Result<void> {
    for (const auto& [user, role] :
         {std::pair{"analyst", people::Role::Analyst}, std::pair{"duty", people::Role::DutyOfficer}}) {
      people::User account;
      account.name = account.display_name = user;
      account.roles = {role};
      TRY(people::create_user(tx, account, kStart));
    }
    return {};
  }));
  return out;
}

}  // namespace

class FailingTransaction final : public store::Transaction {
 public:
  FailingTransaction(store::Transaction& inner, FailingDatabase& plan) : inner_(inner), plan_(plan) {}

  Result<std::int64_t> execute(std::string_view sql, std::span<const store::Cell> parameters) override {
    if (fails()) return tl::unexpected(broken_disk());
    return inner_.execute(sql, parameters);
  }
  Result<void> query(std::string_view sql, std::span<const store::Cell> parameters,
                     const std::function<bool(const store::Row&)>& each) override {
    if (fails()) return tl::unexpected(broken_disk());
    return inner_.query(sql, parameters, each);
  }
  std::int64_t last_id() override { return inner_.last_id(); }

 private:
  bool fails() {
    if (plan_.left_ > 1)
      --plan_.left_;
    else if (plan_.left_ == 1)
      plan_.failed_ = true;
    return plan_.failed_;
  }

  store::Transaction& inner_;
  FailingDatabase& plan_;
};

Result<void> FailingDatabase::write(const std::function<Result<void>(store::Transaction&)>& function) {
  return inner_.write([&](store::Transaction& tx) -> Result<void> {
    FailingTransaction failing(tx, *this);
    auto result = function(failing);
    // As the store does it: of a transaction in which a statement failed nothing is kept, whatever its function says.
    if (result && failed_) return tl::unexpected(broken_disk());
    return result;
  });
}

Node::Node(std::shared_ptr<const trust::OwnKeys> keys, trust::PartyId id, std::string file, const Clock& clock)
    : keys_(std::move(keys)), file_(std::move(file)) {
  context_.clock = &clock;
  context_.self = {id, keys_.get()};
  restart();
}

void Node::restart() {
  stop();
  start();
}

void Node::stop() {
  context_.db = nullptr;
  failing_.reset();
  real_.reset();
}

void Node::start(const std::string& vfs) {
  store::Options options{file_};
  options.vfs = vfs;
  real_ = must(store::Database::open(options));
  failing_ = std::make_unique<FailingDatabase>(*real_);
  context_.db = failing_.get();
}

void Node::sql(const std::string& text) {
  get([&](store::Transaction& tx) -> Result<std::int64_t> { return tx.run(text); });
}

std::int64_t Node::count(const std::string& sql) {
  return get([&](store::Transaction& tx) { return tx.integer(sql); }).value_or(0);
}

std::vector<intel::ItemId> Node::import(const std::vector<std::string>& values, stix::Tlp tlp,
                                        const std::string& source) {
  std::string list;
  for (const auto& value : values) list += value + "\n";
  ImportRequest request;
  request.name = source;
  request.content = list;
  request.format = lists::Format::Plain;
  request.tlp = tlp;
  request.by = kAnalyst;
  const auto report = must(import_file(context_, request));
  CHECK(report.refused_count == 0);
  std::vector<intel::ItemId> out;
  for (const auto& item : get([&](store::Transaction& tx) { return intel::of_import(tx, report.import_id); }))
    out.push_back(item.item);
  return out;
}

Result<PublishPlan> Node::publish(const std::vector<intel::ItemId>& items, const trust::AgreementId& agreement) {
  PublishRequest request;
  request.items = items;
  request.agreement = agreement;
  request.by = kAnalyst;
  return journeys::publish(context_, request);
}

Result<std::optional<Digest>> Node::retract(intel::ItemId item, exchange::RetractReason reason) {
  RetractRequest request;
  request.item = item;
  request.reason = reason;
  request.by = kAnalyst;
  return journeys::retract(context_, request);
}

std::vector<std::string> Node::matches() {
  std::vector<std::string> out;
  get([&](store::Transaction& tx) -> Result<int> {
    const auto scope = TRY(trust::scope(tx, trust::SensorReader{}));
    for (const auto& entry : TRY(relate::to_match(tx, scope, context_.now())).values) out.push_back(entry.value.text);
    return 0;
  });
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<intel::Item> Node::items_of(const std::string& value) {
  return get([&](store::Transaction& tx) -> Result<std::vector<intel::Item>> {
    std::vector<intel::ItemId> ids;
    TRY_VOID(tx.each(
        "SELECT item FROM objects WHERE value = ? ORDER BY item",
        [&](const store::Row& row) { ids.push_back(row.integer(0)); }, value));
    return intel::items(tx, ids, TRY(trust::scope(tx, trust::PersonReader{{id(), "analyst"}})));
  });
}

Result<HitOutcome> Node::see(const std::string& value, const std::string& host, std::int64_t count,
                             std::vector<std::string> others) {
  HitReport report;
  report.sensor = "border";
  report.batch = base::uuid4();
  watch::ReportedHit hit;
  for (const auto& item : items_of(value)) hit.items.push_back(item.item);
  hit.value = hit.seen = value;
  hit.host = host;
  hit.others = std::move(others);
  hit.log = "conn";
  hit.count = count;
  hit.first = hit.last = context_.now();
  report.hits = {hit};
  return take_hits(context_, report);
}

Marked Node::mark_critical(const std::string& host) {
  infra::CriticalHost critical;
  critical.host = host;
  critical.name = "Ward monitors";
  critical.service = "Intensive care";
  critical.sector = "HEA";
  critical.marked_by = "analyst";
  critical.marked_at = context_.now();
  return must(mark_host(context_, critical, kAnalyst));
}

std::vector<alerts::Alert> Node::all_alerts() {
  return get([&](store::Transaction& tx) -> Result<std::vector<alerts::Alert>> {
    const auto scope = TRY(trust::scope(tx, trust::PersonReader{{id(), "duty"}}));
    return TRY(alerts::list(tx, {false, {}, 100}, scope)).alerts;
  });
}

PublishPlan Node::share_alert(const trust::AgreementId& agreement) {
  PublishRequest request;
  request.alert = all_alerts().at(0).id;
  request.agreement = agreement;
  request.by = kAnalyst;
  return must(journeys::publish(context_, request));
}

std::vector<std::string> Node::ledger(const Node& peer) {
  std::vector<std::string> out;
  for (const auto& row : get([&](store::Transaction& tx) { return exchange::ledger(tx, peer.id(), 0, 500); }))
    out.push_back(row.direction + " " + std::string(exchange::name(row.state)) + " " + row.kind +
                  (row.reason.empty() ? "" : " " + row.reason));
  std::reverse(out.begin(), out.end());
  return out;
}

void Node::set_state(const Node& peer, trust::PeerState state) {
  sql("UPDATE parties SET state = '" + std::string(trust::name(state)) + "' WHERE party = '" + peer.id().text() + "'");
}

void Three::SetUpTestSuite() {
  if (founding) return;
  crypto::initialise();
  auto made = std::make_unique<Founding>();
  made->parties = {found(made->folder, "an", trust::PartyKind::Cert),
                   found(made->folder, "binh", trust::PartyKind::Cert),
                   found(made->folder, "chi", trust::PartyKind::Operator)};
  base::ManualClock clock(kStart);
  {
    const auto open = [&](int number) {
      const Founded& party = made->parties[static_cast<std::size_t>(number)];
      return Node(party.keys, party.id, party.file, clock);
    };
    Node an = open(0), binh = open(1), chi = open(2);
    meet(an, binh);
    meet(binh, chi);
    made->with_an = agree(an, binh, terms("Early warning"));
    made->with_chi = agree(binh, chi, terms("Care for the hospital"));
  }
  founding = std::move(made);
}

Three::Three()
    : an_(copy(0)), binh_(copy(1)), chi_(copy(2)), with_an_(founding->with_an), with_chi_(founding->with_chi) {}

Node Three::copy(int number) {
  const Founded& party = founding->parties[static_cast<std::size_t>(number)];
  const std::string file = folder_.file(std::to_string(number) + ".db");
  std::filesystem::copy_file(party.file, file);
  return Node(party.keys, party.id, file, clock_);
}

std::string Three::back_up(Node& node) {
  const std::string file = folder_.file("backup");
  must(node.db().backup_to(file));
  return file;
}

Node Three::restored(int number, const std::string& backup) {
  const Founded& party = founding->parties[static_cast<std::size_t>(number)];
  const std::string file = folder_.file("restored.db");
  std::filesystem::copy_file(backup.empty() ? party.file : backup, file);
  Node node(party.keys, party.id, file, clock_);
  const auto root = root_of(number);
  node.get([&](store::Transaction& tx) { return reopen(tx, *party.keys, root, clock_.now()); });
  return node;
}

crypto::SigningKey Three::root_of(int number) {
  return must(trust::open_root(founding->parties[static_cast<std::size_t>(number)].sealed_root, kPassword));
}

trust::NextRoot Three::next_root_of_chi() {
  return must(trust::open_next_root(founding->parties[2].sealed_next_root, kPassword));
}

const trust::OwnKeys& Three::founding_keys_of_chi() {
  return *founding->parties[2].keys;
}

Three::Handed Three::hand_over(Node& from, Node& to) {
  const PeerAnswer pulled = answer_pull(from.context(), to.id());
  if (pulled.status == 204) return Handed::Nothing;
  EXPECT_EQ(pulled.status, 200) << pulled.body;
  const auto receipts = receive(to.context(), from.id(), pulled.body);
  last_refusal_ = receipts ? "" : receipts.error().error.id;
  const PeerAnswer closed =
      answer_receipts(from.context(), to.id(), receipts ? receipts->answer : write_refusal(receipts.error()));
  EXPECT_EQ(closed.status, 204) << closed.body;
  return receipts ? Handed::Taken : Handed::Refused;
}

bool Three::settle() {
  for (int round = 0; round < 30; ++round) {
    bool moved = false;
    for (auto [from, to] : {std::pair{&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}})
      moved = hand_over(*from, *to) != Handed::Nothing || moved;
    if (!moved) return true;
  }
  return false;
}

Digest Three::say(Node& from, exchange::Statement statement, const trust::AgreementId& agreement, const Node& to) {
  return from.get([&](store::Transaction& tx) -> Result<Digest> {
    if (!agreement.empty()) {
      const auto stored = TRY(trust::latest_agreement(tx, agreement));
      statement.agreement = agreement;
      statement.terms = stored.terms;
    }
    const auto issued = TRY(exchange::issue(tx, from.context().self, std::move(statement), {}, clock_.now()));
    TRY_VOID(exchange::enqueue(tx, issued, agreement, to.id(), clock_.now()));
    return issued.digest();
  });
}

std::string Three::records(Node& from, const Node& to) {
  return answer_pull(from.context(), to.id()).body;
}

void Three::expect_refused(Node& from, Node& to, std::string_view id) {
  expect_refused_records(from, to, records(from, to), id);
}

void Three::expect_refused_records(Node& from, Node& to, const std::string& records, std::string_view id) {
  ASSERT_NE(records, "");
  const Content before = to.content();
  const auto taken = receive(to.context(), from.id(), records);
  ASSERT_FALSE(taken) << "expected " << id;
  EXPECT_EQ(taken.error().error.id, id) << base::describe(taken.error().error);
  EXPECT_EQ(difference(before, to.content()), "");
}

void Three::meet(Node& x, Node& y) {
  for (auto [here, there] : {std::pair{&x, &y}, std::pair{&y, &x}})
    must(accept_invitation(here->context(),
                           {there->get([](store::Transaction& tx) { return invitation(tx); }), "", kAnalyst}));
  for (auto [here, there] : {std::pair{&x, &y}, std::pair{&y, &x}})
    must(here->db().write([&, from = there](store::Transaction& tx) -> Result<void> {
      const auto own = TRY(trust::own_party(tx)), other = TRY(trust::party(tx, from->id()));
      return trust::verify_peer(
          tx, other.id,
          trust::verification_number(own.id, own.descriptor.first_root(), other.id, other.descriptor.first_root()),
          trust::VerificationMethod::CallBack, "linh", kStart);
    }));
}

trust::Terms Three::terms(std::string_view title) {
  trust::Terms out;
  out.title = {std::string(title), "", ""};
  out.tlp = stix::Tlp::Amber;
  out.onward = trust::Onward::Free;
  out.acknowledge.fill(base::hours(1));
  out.automatic = {"alert", "sighting"};
  out.from = kStart - base::days(1);
  out.until = kStart + base::days(365);
  return out;
}

Result<trust::StoredAgreement> Three::approve(Node& node, const trust::AgreementId& id, const std::string& person,
                                              std::string_view password, std::string_view code) {
  const auto shown = node.get([&](store::Transaction& tx) { return trust::latest_agreement(tx, id); });
  return journeys::approve(
      node.context(), {id, shown.digest, {{person, "console"}, std::string(password), std::string(code), "192.0.2.1"}});
}

Result<trust::StoredAgreement> Three::leave(Node& node, const trust::AgreementId& id, const std::string& person,
                                            std::string_view password) {
  return withdraw(node.context(), {id, {{person, "console"}, std::string(password), "", "192.0.2.1"}});
}

trust::AgreementId Three::agree(Node& proposer, Node& other, const trust::Terms& terms) {
  trust::Agreement draft;
  draft.parties = {other.id()};
  draft.terms = terms;
  const auto id = must(propose(proposer.context(), draft, kAnalyst)).agreement.id;
  const auto hand = [](Node& from, Node& to) {
    const PeerAnswer pulled = answer_pull(from.context(), to.id());
    CHECK(pulled.status == 200);
    const auto receipts = receive(to.context(), from.id(), pulled.body);
    CHECK(receipts.has_value());
    CHECK(answer_receipts(from.context(), to.id(), receipts->answer).status == 204);
  };
  hand(proposer, other);
  for (auto [from, to] : {std::pair{&proposer, &other}, std::pair{&other, &proposer}}) {
    const auto own = from->get([](store::Transaction& tx) { return trust::own_party(tx); });
    for (const auto& person : own.descriptor.signatories) must(approve(*from, id, person.name));
    hand(*from, *to);
  }
  return id;
}

}  // namespace tocsin::journeys::testing
