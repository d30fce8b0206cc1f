#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>

#include "core/exchange/recover.h"
#include "core/infra/critical.h"
#include "core/trust/agreements.h"
#include "duty/alerts/alerts.h"
#include "journeys/agree.h"
#include "journeys/alert.h"
#include "journeys/found.h"
#include "journeys/mark.h"
#include "journeys/publish.h"
#include "journeys/retract.h"
#include "journeys/sync.h"
#include "tests/simulation/mutants.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/rogue.h"

namespace tocsin::simulation {
namespace {

constexpr std::size_t kWatchedClosely = 8;  // parties, up to which the oracle looks after every step
constexpr std::string_view kExercise = "0193b3a0-0000-7000-8000-000000000001";

}  // namespace

World::World(Cast& cast, std::uint64_t seed, const Setting& setting) : chance_(seed), setting_(setting) {
  for (std::size_t n = 0; n < setting_.parties; ++n) cast.member(n);  // they draw chance of their own
  seed_system(seed);
  for (std::size_t n = 0; n < setting_.parties; ++n)
    parties_.push_back(std::make_unique<Party>(n, cast.member(n), folder_.path().string(), chance_.number(),
                                               setting_.mutant ? setting_.mutant->wrap : Wrap{}));
  // Half of the worlds have one who keeps no rules. It is never the first, through whom many others meet.
  const bool has_rogue = setting_.parties >= 3 && chance_.one_in(2);
  if (has_rogue) parties_.back()->is_rogue = true;
  prepare();
  oracle_ = std::make_unique<Oracle>(*this);
  if (has_rogue) rogue_ = std::make_unique<Rogue>(*this, *parties_.back());
}

World::~World() {
  switch_on(nullptr);
}

Party* World::find(std::string_view id) {
  for (auto& party : parties_)
    if (party->id.text() == id) return party.get();
  return nullptr;
}

bool World::are_peers(std::size_t a, std::size_t b) const {
  return std::find(peerings_.begin(), peerings_.end(), std::pair(std::min(a, b), std::max(a, b))) != peerings_.end();
}

void World::tell(const std::string& what) {
  doing_ = what;
  if (setting_.tells) std::fprintf(stderr, "  %s\n", what.c_str());
}

// --- before the first step

void World::prepare() {
  const auto add_peering = [&](std::size_t a, std::size_t b) {
    if (a == b || are_peers(a, b)) return;
    peerings_.emplace_back(std::min(a, b), std::max(a, b));
    meet(party(a), party(b));
  };
  // Everybody is connected: to the first, or to somebody before.
  for (std::size_t n = 1; n < parties_.size(); ++n) add_peering(n, chance_.one_in(2) ? 0 : chance_.below(n));
  for (std::size_t more = chance_.below(1 + std::min<std::size_t>(parties_.size(), 8)); more > 0; --more)
    add_peering(chance_.below(parties_.size()), chance_.below(parties_.size()));
  for (const auto& [a, b] : std::vector(peerings_)) sign_pact({a, b});
  if (parties_.size() >= 3 && chance_.one_in(2)) {
    std::vector<std::size_t> members{0, 1, 2};
    for (const std::size_t a : members)
      for (const std::size_t b : members) add_peering(a, b);
    sign_pact(members);
  }
  for (auto& party : parties_) {
    infra::CriticalHost host;
    host.host = "10.1.4.20";
    host.name = "Ward monitors";
    host.service = "Intensive care";
    host.sector = "HEA";
    host.marked_by = "analyst";
    host.marked_at = party->clock.now();
    must(journeys::mark_host(party->context(), host, kAnalyst));
    if (party->number % 2 == 0)
      must(party->db().write([&](store::Transaction& tx) -> Result<void> {
        TRY(tx.run("INSERT INTO exercises (exercise, joined) VALUES (?, ?)", kExercise, party->clock.now()));
        return {};
      }));
    // Nobody's clock is right.
    party->clock.advance(base::seconds(static_cast<std::int64_t>(chance_.below(172'800))));
  }
}

void World::meet(Party& x, Party& y) {
  for (auto [here, there] : {std::pair{&x, &y}, std::pair{&y, &x}}) {
    const auto invitation =
        must(there->db().write_value([](store::Transaction& tx) { return journeys::invitation(tx); }));
    must(journeys::accept_invitation(here->context(), {invitation, "", kAnalyst}));
  }
  for (auto [here, there] : {std::pair{&x, &y}, std::pair{&y, &x}})
    must(here->db().write([&, from = there](store::Transaction& tx) -> Result<void> {
      const auto own = TRY(trust::own_party(tx)), other = TRY(trust::party(tx, from->id));
      return trust::verify_peer(
          tx, other.id,
          trust::verification_number(own.id, own.descriptor.first_root(), other.id, other.descriptor.first_root()),
          trust::VerificationMethod::CallBack, "linh", kStart);
    }));
}

trust::Terms World::any_terms() {
  constexpr stix::Tlp kCeilings[] = {stix::Tlp::Green, stix::Tlp::Amber, stix::Tlp::AmberStrict};
  constexpr trust::Onward kOnward[] = {trust::Onward::None, trust::Onward::WithinAgreement, trust::Onward::Free,
                                       trust::Onward::Free};
  trust::Terms out;
  out.title = {"Early warning", "", ""};
  out.tlp = kCeilings[chance_.below(3)];
  out.onward = kOnward[chance_.below(4)];
  out.acknowledge.fill(base::hours(1));
  if (!chance_.one_in(3)) out.automatic = {"alert", "sighting"};
  out.from = kStart - base::days(1);
  out.until = kStart + base::days(365);
  return out;
}

void World::hand_over(Party& from, Party& to) {
  const auto pulled = journeys::answer_pull(from.context(), to.id);
  if (pulled.status != 200) return;
  const auto answer = journeys::answer_delivery(to.context(), from.id, pulled.body);
  journeys::answer_receipts(from.context(), to.id, answer.body);
}

void World::sign_pact(std::vector<std::size_t> members) {
  Party& proposer = party(members.front());
  trust::Agreement draft;
  for (const std::size_t n : members)
    if (n != proposer.number) draft.parties.push_back(party(n).id);
  draft.terms = any_terms();
  const auto id = must(journeys::propose(proposer.context(), draft, kAnalyst)).agreement.id;
  const auto all_hear_of_it = [&] {
    for (int round = 0; round < 3; ++round)
      for (const std::size_t a : members)
        for (const std::size_t b : members)
          if (a != b) hand_over(party(a), party(b));
  };
  all_hear_of_it();
  for (const std::size_t n : members) must(party(n).approve(id));
  all_hear_of_it();
  model_.pacts.push_back({id, {members.begin(), members.end()}, {}, {draft.terms}});
}

// --- the steps

Outcome World::run() {
  Outcome out;
  const std::size_t steps = 120 + 20 * std::min<std::size_t>(parties_.size(), 40);
  const bool closely = parties_.size() <= kWatchedClosely;
  switch_on(setting_.mutant);  // what was agreed before is in order
  for (; out.steps < steps && !out.broken; ++out.steps) {
    step();
    if (closely) out.broken = oracle_->look();
  }
  if (out.broken) {
    *out.broken += " (after: " + doing_ + ")";
  } else {
    settle();
    out.broken = oracle_->look();
    if (!out.broken) out.broken = oracle_->look_when_settled();
  }
  if (out.broken && !setting_.keep.empty())
    for (auto& party : parties_)
      must(party->db().backup_to(setting_.keep + "/" + std::to_string(party->number) + ".db"));
  return out;
}

void World::step() {
  switch (chance_.below(40)) {
    case 0:
    case 1:
    case 2:
      return publish();
    case 3:
    case 4:
      return pass_on();
    case 5:
      return retract();
    case 6:
    case 7:
      return see();
    case 8:
      return acknowledge();
    case 9:
      return chance_.one_in(8) ? leave() : renew_agreement();
    case 10:
      return approve_something();
    case 11:
      return chance_.one_in(2) ? quarantine() : speak_in_exercise();
    case 12:
      return clocks_run();
    case 13:
    case 14:
      return fail_a_disk();
    case 15:
      return back_up_or_restore();
    case 16:
      tell("a message is lost");
      return network_.lose_any(chance_);
    case 17:
      tell("a message is doubled");
      return network_.double_any(chance_);
    case 18: {
      if (!chance_.one_in(3)) return network_.mend();
      const auto& [a, b] = chance_.of(peerings_);
      tell("the line " + std::to_string(a) + " - " + std::to_string(b) + " is cut");
      return network_.cut(a, b);
    }
    case 19:
    case 20:
    case 21:
      if (rogue_) {
        tell("the rogue acts");
        return tell(rogue_->act());
      }
      return serve();
    default:
      return chance_.one_in(2) ? serve() : arrive();
  }
}

Party& World::any_honest() {
  for (;;)
    if (Party& party = any_of_cast(); !party.is_rogue) return party;
}

void World::publish() {
  Party& author = any_honest();
  constexpr stix::Tlp kTlps[] = {stix::Tlp::Clear, stix::Tlp::Green, stix::Tlp::Amber, stix::Tlp::AmberStrict};
  const stix::Tlp tlp = kTlps[chance_.below(4)];
  const std::string value =
      "198." + std::to_string(20 + next_value_ / 250) + ".100." + std::to_string(1 + next_value_ % 250);
  ++next_value_;
  const auto items = author.import(value, tlp);
  if (!items || items->empty()) return;
  model_.items[value] = {author.number, tlp, false, false};
  journeys::PublishRequest request;
  request.items = *items;
  request.by = kAnalyst;
  if (!chance_.one_in(4)) request.agreement = chance_.of(model_.pacts).id;
  const auto plan = journeys::publish(author.context(), request);
  tell(std::to_string(author.number) + " publishes " + value + (plan ? "" : ": " + base::describe(plan.error())));
  if (plan) oracle_->promise(author, value, *plan);
}

void World::pass_on() {
  Party& party = any_honest();
  std::vector<std::string> known;
  for (const auto& [value, item] : model_.items)
    if (item.author != party.number && !party.items_of(value).empty()) known.push_back(value);
  if (known.empty()) return;
  const std::string& value = chance_.of(known);
  journeys::PublishRequest request;
  request.items = {party.items_of(value).front()};
  request.by = kAnalyst;
  if (chance_.one_in(2)) request.agreement = chance_.of(model_.pacts).id;
  const auto plan = journeys::publish(party.context(), request);
  tell(std::to_string(party.number) + " passes on " + value + (plan ? "" : ": " + base::describe(plan.error())));
  if (plan) oracle_->promise(party, value, *plan);
}

void World::retract() {
  constexpr exchange::RetractReason kReasons[] = {exchange::RetractReason::Wrong,
                                                  exchange::RetractReason::PersonalData};
  std::vector<std::string> standing;
  for (const auto& [value, item] : model_.items)
    if (!item.retracted) standing.push_back(value);
  if (standing.empty()) return;
  const std::string& value = chance_.of(standing);
  Item& item = model_.items[value];
  Party& author = party(item.author);
  const auto known = author.items_of(value);
  if (known.empty()) return;  // lost with what came after its backup
  journeys::RetractRequest request;
  request.item = known.front();
  request.reason = kReasons[chance_.below(2)];
  request.by = kAnalyst;
  const auto done = journeys::retract(author.context(), request);
  tell(std::to_string(author.number) + " retracts " + value + (done ? "" : ": " + base::describe(done.error())));
  if (!done) return;
  item.retracted = true;
  item.must_erase = exchange::must_erase(request.reason);
}

void World::see() {
  Party& party = any_honest();
  const auto matches = party.matches();
  if (matches.empty()) return;
  const std::string& value = chance_.of(matches);
  tell(std::to_string(party.number) + " sees " + value);
  (void)party.see(value, chance_.one_in(2) ? "10.1.4.20" : "10.9.9.9", static_cast<std::int64_t>(1 + chance_.below(5)));
}

void World::acknowledge() {
  Party& party = any_honest();
  const auto open =
      party.count("SELECT alert FROM alerts WHERE state = 'open' AND realm = 'real' ORDER BY alert DESC LIMIT 1");
  if (open == 0) return;
  tell(std::to_string(party.number) + " acknowledges alert " + std::to_string(open));
  (void)journeys::acknowledge_alert(party.context(), open, kDuty, "Duty", "");
}

void World::leave() {
  Pact& pact = chance_.of(model_.pacts);
  const std::size_t who =
      *std::next(pact.parties.begin(), static_cast<std::ptrdiff_t>(chance_.below(pact.parties.size())));
  if (party(who).is_rogue || pact.left.contains(who)) return;
  const auto done = party(who).leave(pact.id);
  tell(std::to_string(who) + " leaves " + pact.id + (done ? "" : ": " + base::describe(done.error())));
  if (done) pact.left.insert(who);
}

void World::renew_agreement() {
  Pact& pact = chance_.of(model_.pacts);
  const std::size_t who =
      *std::next(pact.parties.begin(), static_cast<std::ptrdiff_t>(chance_.below(pact.parties.size())));
  Party& proposer = party(who);
  if (proposer.is_rogue || pact.versions.size() >= 4) return;
  trust::Agreement next;
  next.id = pact.id;
  if (!journeys::begin_next_version(proposer.context(), next)) return;
  const trust::Terms terms = any_terms();
  next.terms.tlp = terms.tlp;
  next.terms.onward = terms.onward;
  const auto done = journeys::propose(proposer.context(), next, kAnalyst);
  tell(std::to_string(who) + " proposes another version of " + pact.id +
       (done ? "" : ": " + base::describe(done.error())));
  if (!done) return;
  pact.versions.push_back(next.terms);
  (void)proposer.approve(pact.id);
}

void World::approve_something() {
  Pact& pact = chance_.of(model_.pacts);
  const std::size_t who =
      *std::next(pact.parties.begin(), static_cast<std::ptrdiff_t>(chance_.below(pact.parties.size())));
  tell(std::to_string(who) + " signs what is proposed of " + pact.id);
  (void)party(who).approve(pact.id);
}

void World::quarantine() {
  const auto [a, b] = chance_.of(peerings_);
  const auto [here, there] = chance_.one_in(2) ? std::pair(a, b) : std::pair(b, a);
  const bool on = chance_.one_in(3);
  tell(std::to_string(here) + (on ? " puts into quarantine " : " lifts the quarantine of ") + std::to_string(there));
  (void)party(here).context().db->write([&, peer = there](store::Transaction& tx) {
    return trust::set_quarantine(tx, party(peer).id, on, on ? "a doubt" : "", "linh", party(here).clock.now());
  });
}

void World::speak_in_exercise() {
  const Pact& pact = chance_.of(model_.pacts);
  Party& speaker = party(*pact.parties.begin());
  tell(std::to_string(speaker.number) + " speaks in an exercise");
  (void)speaker.context().db->write([&](store::Transaction& tx) -> Result<void> {
    const auto stored = TRY(trust::in_force(tx, pact.id, speaker.clock.now()));
    if (!stored) return {};
    alerts::Facts facts;
    facts.host_name = "An exercise";
    facts.indicators = {"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"};
    facts.values = {"198.51.100.7"};
    facts.count = 1;
    facts.first = facts.last = speaker.clock.now();
    exchange::Statement said;
    said.kind = "alert";
    said.realm = trust::Realm{std::string(kExercise)};
    said.agreement = pact.id;
    said.terms = stored->terms;
    said.handling.tlp = stix::Tlp::Green;
    said.handling.pap = stix::Pap::Green;
    said.body = alerts::write_facts(facts, 4, "severity.scope.single_entity");
    const auto issued = TRY(exchange::issue(tx, speaker.context().self, std::move(said), {}, speaker.clock.now()));
    return exchange::enqueue(tx, issued, pact.id, {}, speaker.clock.now());
  });
}

void World::serve() {
  auto [from, to] = chance_.of(peerings_);
  if (chance_.one_in(2)) std::swap(from, to);
  if (network_.is_cut(from, to)) return;
  auto pulled = journeys::answer_pull(party(from).context(), party(to).id);
  tell(std::to_string(from) + " serves " + std::to_string(to) + ": " + std::to_string(pulled.status));
  if (pulled.status != 200) return;
  oracle_->leaves(party(from), party(to), pulled.body);
  heard_.push_back(pulled.body);
  network_.send({from, to, false, std::move(pulled.body)});
}

void World::arrive() {
  Message message;
  if (network_.take_any(chance_, message)) arrive(std::move(message));
}

void World::arrive(Message message) {
  Party& from = party(message.from);
  Party& to = party(message.to);
  const std::string line = std::to_string(from.number) + " -> " + std::to_string(to.number);
  if (message.is_answer) {
    const auto closed = journeys::answer_receipts(to.context(), from.id, message.body);
    return tell("an answer arrives, " + line + ": " + std::to_string(closed.status));
  }
  auto answer = journeys::answer_delivery(to.context(), from.id, message.body);
  tell("a delivery arrives, " + line + ": " + (answer.status == 200 ? "taken" : answer.body.substr(0, 2000)));
  if (!answer.body.empty()) network_.send({to.number, from.number, true, std::move(answer.body)});
}

void World::fail_a_disk() {
  Party& victim = any_of_cast();
  switch (chance_.below(4)) {
    case 0:
      victim.disk.limit_space(chance_.below(64) * 1024);
      break;
    case 1:
      victim.disk.fail_syncs(1 + chance_.below(3));
      break;
    default:
      victim.disk.cut_power_at(victim.disk.operations() + 1 + chance_.below(60));
  }
  for (std::size_t turns = 1 + chance_.below(4); turns > 0; --turns) {
    if (chance_.one_in(2))
      serve();
    else
      arrive();
  }
  victim.disk.lift_space_limit();
  victim.disk.fail_syncs(0);
  victim.restart();
  tell("the disk of " + std::to_string(victim.number) + " fails, and it starts again");
}

void World::back_up_or_restore() {
  Party& party = any_honest();
  // Of the life that it is in: whoever restores one backup twice is taken for a copy of itself, and stopped.
  if (!party.has_backup() || chance_.one_in(4)) {
    tell(std::to_string(party.number) + " makes a backup");
    return party.back_up();
  }
  if (!chance_.one_in(6)) return;
  tell(std::to_string(party.number) + " is restored from its backup");
  party.restore();
  oracle_->forget(party);
}

void World::clocks_run() {
  for (auto& party : parties_) {
    party->clock.advance(base::seconds(static_cast<std::int64_t>(chance_.below(180))));
    (void)journeys::tell_growth_due(party->context());
  }
  tell("time passes");
}

// --- when all is good again

void World::settle() {
  tell("all is good again");
  network_.mend();
  for (auto& party : parties_) {
    party->restart();
    must(party->context().db->write([&](store::Transaction& tx) -> Result<void> {
      for (const trust::Party& peer : TRY(trust::peers(tx)))
        if (peer.state == trust::PeerState::Quarantined)
          TRY_VOID(trust::set_quarantine(tx, peer.id, false, "", "linh", party->clock.now()));
      return {};
    }));
  }
  Message message;
  while (network_.take_any(chance_, message)) arrive(std::move(message));
  // A stream rests up to a minute; what has grown of an alert is said within five.
  const auto rounds = [&](int most) {
    for (int round = 0, quiet = 0; round < most && quiet < 8; ++round) quiet = settle_round() ? 0 : quiet + 1;
  };
  rounds(40);
  if (rogue_)  // persons decide not to wait for one that never answers
    for (auto& party : parties_)
      must(party->context().db->write(
          [&](store::Transaction& tx) { return exchange::stop_waiting(tx, "linh", party->clock.now()); }));
  rounds(40);
  // What somebody's clock says is valid from now on may lie in the future of another.
  Time latest = kStart;
  for (auto& party : parties_) latest = std::max(latest, party->clock.now());
  for (auto& party : parties_) party->clock.advance(latest - party->clock.now());
  tell("nobody has anything for anybody");
}

// Whether anything moved.
bool World::settle_round() {
  bool moved = false;
  for (auto& party : parties_) {
    party->clock.advance(base::minutes(1));
    (void)journeys::tell_growth_due(party->context());
  }
  for (const auto& [a, b] : peerings_)
    for (auto [from, to] : {std::pair(a, b), std::pair(b, a)})
      for (int turns = 0; turns < 20; ++turns) {
        auto pulled = journeys::answer_pull(party(from).context(), party(to).id);
        if (pulled.status != 200) break;
        oracle_->leaves(party(from), party(to), pulled.body);
        const auto answer = journeys::answer_delivery(party(to).context(), party(from).id, pulled.body);
        const auto closed = journeys::answer_receipts(party(from).context(), party(to).id, answer.body);
        tell("settling, " + std::to_string(from) + " -> " + std::to_string(to) + ": " +
             (answer.status == 200 ? "taken" : answer.body.substr(0, 2000)));
        if (answer.status != 200) break;
        moved = moved || !party(to).is_rogue;
        if (closed.status != 204) break;
      }
  return moved;
}

}  // namespace tocsin::simulation
