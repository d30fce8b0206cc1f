#include "journeys/alert.h"

#include <algorithm>
#include <map>

#include "core/intel/repository.h"
#include "core/people/people.h"
#include "core/trust/agreements.h"
#include "core/watch/hits.h"
#include "ground/base/log.h"

namespace tocsin::journeys {
namespace {

// An alert that grows with each batch of hits is said once in this time. What is worse is not held back.
constexpr Duration kBetweenUpdates = base::minutes(5);

Duration agreed_time(const trust::StoredAgreement& stored, int severity) {
  return stored.agreement.terms.acknowledge[static_cast<std::size_t>(severity)];
}

// What the author of a statement asked for.
Result<std::optional<Duration>> asked_within(store::Transaction& tx, const Digest& statement) {
  const json::Value payload = TRY(json::parse(TRY(exchange::signed_bytes(tx, statement)).payload));
  return base::from_iso_duration(payload.text("reply_within"));
}

// Our last word under its label, and as restricted as the alert has become since.
Result<trust::Label> narrowed(store::Transaction& tx, trust::LabelId said, trust::LabelId now) {
  trust::Label out = TRY(trust::label(tx, said));
  out.restrict_by(TRY(trust::label(tx, now)));
  return out;
}

template <typename Permits>
std::vector<trust::PartyId> receivers_of(store::Transaction& tx, const Context& context,
                                         const trust::StoredAgreement& stored, Permits permits) {
  std::vector<trust::PartyId> out;
  for (const trust::PartyId& id : stored.agreement.parties) {
    if (id == context.self.party) continue;
    if (const auto peer = trust::party(tx, id); peer && permits(*peer)) out.push_back(id);
  }
  return out;
}

// What is said in a thread is in order by our clock, whatever was done to it.
Time after(const std::optional<alerts::Version>& previous, Time now) {
  return previous ? std::max(now, previous->said_at + Duration{1000}) : now;
}

// The last of what we said in one thread gets its successor.
Result<void> say_again(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                       const alerts::Version& last) {
  const auto said = TRY(exchange::archived(tx, last.statement));
  if (said.author != context.self.party || said.retracted_by) return {};
  const auto stored = TRY(trust::in_force(tx, said.agreement, context.now()));
  std::vector<trust::PartyId> receivers;
  trust::Label label = TRY(narrowed(tx, said.label, alert.label));
  if (stored) {
    label.onward = std::min(label.onward, stored->agreement.terms.onward);
    receivers = receivers_of(tx, context, *stored, [&](const trust::Party& peer) {
      const trust::PeerReader reader{peer.id, peer.state, &*stored, "alert", alert.realm};
      return trust::decide(reader, label, context.self.party).permitted;
    });
  }
  if (receivers.empty())
    return alerts::add_event(tx, alert.id, "", "alerts.event.update_withheld", {said.agreement}, context.now(),
                             said.digest);
  const exchange::Handling handling{label.tlp, label.pap, label.onward, stored->agreement.terms.retention_days};
  TRY(say_alert(tx, context, alert, {*stored, receivers}, handling, label.readers, last));
  return {};
}

// Everywhere it has gone by our hand.
Result<void> pass_newest_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert) {
  const auto newest = TRY(alerts::newest_statements(tx, alert.id));
  if (newest.empty()) return {};
  const auto update = TRY(exchange::archived(tx, newest.back().statement));
  std::set<trust::AgreementId> ways;
  for (const alerts::Version& version : TRY(alerts::statements_about(tx, alert.id)))
    for (const trust::AgreementId& way : TRY(exchange::streams_of(tx, version.statement))) ways.insert(way);
  for (const trust::AgreementId& done : TRY(exchange::streams_of(tx, update.digest))) ways.erase(done);
  ways.erase(update.agreement);  // there its author speaks for itself
  const trust::Label label = TRY(trust::label(tx, alert.label));
  for (const trust::AgreementId& way : ways) {
    const auto stored = TRY(trust::in_force(tx, way, context.now()));
    if (!stored) continue;
    const auto receivers = receivers_of(tx, context, *stored, [&](const trust::Party& peer) {
      return exchange::decide_to_send(context.self, peer, &*stored, update, label).permitted;
    });
    if (!receivers.empty()) TRY_VOID(pass_alert_on(tx, context, alert, {*stored, receivers}, update));
  }
  return {};
}

Result<bool> last_that_went_is_taken_back(store::Transaction& tx, alerts::AlertId id) {
  const auto versions = TRY(alerts::statements_about(tx, id));
  for (auto version = versions.rbegin(); version != versions.rend(); ++version)
    if (!TRY(exchange::streams_of(tx, version->statement)).empty())
      return TRY(exchange::archived(tx, version->statement)).retracted_by.has_value();
  return false;
}

Result<void> tell_what_is_due(store::Transaction& tx, const Context& context, alerts::AlertId id) {
  const auto newest = TRY(alerts::newest_statements(tx, id));
  const auto alert = newest.empty() ? std::nullopt : TRY(alerts::by_statement(tx, newest.back().statement));
  if (alert && alert->origin == alerts::Origin::Peer) TRY_VOID(pass_newest_on(tx, context, *alert));
  if (alert && alert->origin == alerts::Origin::Own) TRY_VOID(say_alert_again(tx, context, id));
  return alerts::set_update_due(tx, id, std::nullopt);
}

struct Acknowledged {
  std::string by, note;
};

Result<exchange::VerifiedStatement> issue_ack(store::Transaction& tx, const Context& context,
                                              const alerts::Alert& alert, const Digest& version,
                                              const Acknowledged& what, bool back_to_its_author) {
  exchange::Statement ack;
  ack.kind = "ack";
  ack.realm = alert.realm;
  ack.in_reply_to = version;
  // To its author, through whoever passed it on to us (docs/decisions/0013-acknowledgements-go-back.md).
  if (back_to_its_author) ack.handling.onward = trust::Onward::Free;
  ack.body = json::Object{{"of", "alert"}, {"by", what.by}, {"note", what.note}};
  return exchange::issue(tx, context.self, std::move(ack), {}, context.now());
}

// For the newest word that it gave, unless it has its answer: a later word that is no worse asks for none.
Result<void> answer(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                    const std::set<Digest>& given, const trust::PartyId& giver) {
  const auto versions = TRY(alerts::statements_about(tx, alert.id));
  const auto newest = std::find_if(versions.rbegin(), versions.rend(),
                                   [&](const alerts::Version& version) { return given.contains(version.statement); })
                          .base() -
                      1;
  std::optional<exchange::Archived> ours;
  for (auto version = versions.begin(); version != versions.end(); ++version)
    for (auto& ack : TRY(exchange::replies_to(tx, context.self.party, version->statement, "ack"))) {
      if ((version >= newest || version->severity >= newest->severity) &&
          TRY(exchange::is_on_its_way(tx, ack.digest, giver)))
        return {};
      if (version >= newest && !ours) ours = std::move(ack);
    }
  if (ours) return exchange::enqueue(tx, *ours, "", giver, context.now());
  const auto user = people::find_user(tx, alert.acknowledged_by);
  const auto ack = TRY(issue_ack(tx, context, alert, newest->statement,
                                 {user ? user->display_name : alert.acknowledged_by, ""}, giver != alert.party));
  return exchange::enqueue(tx, ack, "", giver, context.now());
}

// Whether what we know from this item may stand in something of ours that these get: it may go there itself, or comes
// from there.
Result<bool> may_be_named_to(store::Transaction& tx, const Context& context, intel::ItemId item, const AlertTo& to) {
  const trust::Label label = TRY(trust::label(tx, TRY(intel::label_of(tx, item))));
  for (const trust::PartyId& receiver : to.receivers) {
    const trust::Party peer = TRY(trust::party(tx, receiver));
    const trust::PeerReader reader{peer.id, peer.state, &to.agreement, "alert", label.realm};
    const trust::Decision decision = trust::decide(reader, label, context.self.party);
    if (!decision.permitted && decision.reason != "release.is_the_source") return false;
  }
  return true;
}

// An alert of ours is ours to say; what others' intelligence says in it goes no further than they permit.
Result<alerts::Facts> facts_for(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                                const AlertTo& to) {
  std::set<std::string> values, indicators;
  for (const watch::SeenValue& seen : TRY(watch::seen(tx, alert.id))) {
    if (!TRY(may_be_named_to(tx, context, seen.item, to))) continue;
    values.insert(seen.value);
    indicators.insert(TRY(intel::stix_id_of(tx, seen.item)));
  }
  alerts::Facts out = alert.facts;
  std::erase_if(out.values, [&](const std::string& value) { return !values.contains(value); });
  std::erase_if(out.indicators, [&](const std::string& id) { return !indicators.contains(id); });
  return out;
}

}  // namespace

Result<Digest> say_alert(store::Transaction& tx, const Context& context, const alerts::Alert& alert, const AlertTo& to,
                         const exchange::Handling& handling, const std::set<trust::Person>& readers,
                         const std::optional<alerts::Version>& previous) {
  const trust::AgreementId& agreement = to.agreement.agreement.id;
  exchange::Statement statement;
  statement.kind = "alert";
  statement.agreement = agreement;
  statement.terms = to.agreement.terms;
  statement.handling = handling;
  if (previous) {
    statement.supersedes = previous->statement;
    statement.thread = previous->thread;
  }
  statement.urgency = alert.severity >= 4 ? "flash" : alert.severity == 3 ? "immediate" : "priority";
  statement.reply_within = agreed_time(to.agreement, alert.severity);
  statement.legal_note = "without prejudice; no attribution implied";
  statement.body = alerts::write_facts(TRY(facts_for(tx, context, alert, to)), alert.severity, alert.severity_row);
  const auto issued =
      TRY(exchange::issue(tx, context.self, std::move(statement), readers, after(previous, context.now())));
  TRY_VOID(exchange::enqueue(tx, issued, agreement, {}, context.now()));
  TRY_VOID(alerts::add_statement(tx, alert.id, version_of(issued, alert.severity)));
  for (const trust::PartyId& party : to.receivers)
    TRY_VOID(alerts::expect_ack(tx, issued.digest(), party, agreed_time(to.agreement, alert.severity)));
  const std::string_view event = previous ? "alerts.event.sent_again" : "alerts.event.sent";
  TRY_VOID(alerts::add_event(tx, alert.id, to.by, event, {agreement}, context.now(), issued.digest()));
  return issued.digest();
}

alerts::Version version_of(const exchange::VerifiedStatement& statement, int severity) {
  return {statement.digest(), statement->thread.empty() ? statement->id : statement->thread, statement->time, severity};
}

Result<std::optional<alerts::Version>> said_before(store::Transaction& tx, const Context& context, alerts::AlertId id,
                                                   const trust::AgreementId& agreement,
                                                   const exchange::Handling& handling,
                                                   const std::set<trust::Person>& readers) {
  for (const alerts::Version& version : TRY(alerts::newest_statements(tx, id))) {
    const auto said = TRY(exchange::archived(tx, version.statement));
    if (said.author != context.self.party || said.retracted_by || said.agreement != agreement) continue;
    const trust::Label label = TRY(trust::label(tx, said.label));
    if (label.tlp == handling.tlp && label.pap == handling.pap && label.onward == handling.onward &&
        label.readers == readers)
      return std::optional(version);
  }
  return std::optional<alerts::Version>{};
}

Result<void> pass_alert_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                           const AlertTo& to, const exchange::Archived& statement) {
  const trust::AgreementId& agreement = to.agreement.agreement.id;
  TRY_VOID(exchange::enqueue(tx, statement, agreement, {}, context.now()));
  const Duration agreed = agreed_time(to.agreement, alert.severity);
  const Duration within = std::min(TRY(asked_within(tx, statement.digest)).value_or(agreed), agreed);
  for (const trust::PartyId& party : to.receivers) TRY_VOID(alerts::expect_ack(tx, statement.digest, party, within));
  return alerts::add_event(tx, alert.id, to.by, "alerts.event.passed_on", {agreement}, context.now(), statement.digest);
}

Result<void> say_alert_again(store::Transaction& tx, const Context& context, alerts::AlertId id) {
  for (const alerts::Version& last : TRY(alerts::newest_statements(tx, id)))
    if (const auto alert = TRY(alerts::by_statement(tx, last.statement)))
      TRY_VOID(say_again(tx, context, *alert, last));
  return alerts::set_update_due(tx, id, std::nullopt);
}

Result<void> tell_growth(store::Transaction& tx, const Context& context, const alerts::Raised& raised) {
  if (!raised.grew && !raised.worse) return {};
  const auto newest = TRY(alerts::newest_statements(tx, raised.id));
  if (newest.empty()) return {};  // nobody has heard of it
  if (raised.worse) return say_alert_again(tx, context, raised.id);
  Time last;
  for (const alerts::Version& said : newest) last = std::max(last, said.said_at);
  // Never later than that from now, should our clock have been ahead.
  return alerts::set_update_due(tx, raised.id,
                                std::clamp(last + kBetweenUpdates, context.now(), context.now() + kBetweenUpdates));
}

Result<void> pass_update_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                            const alerts::Received& received) {
  if (!TRY(alerts::was_told(tx, alert.id))) return {};
  if (received.is_worse || TRY(last_that_went_is_taken_back(tx, alert.id))) return pass_newest_on(tx, context, alert);
  return alerts::set_update_due(tx, alert.id, context.now() + kBetweenUpdates);
}

Result<void> take_alert_back(store::Transaction& tx, const Context& context, const Digest& statement, bool erase) {
  TRY_VOID(alerts::take_back(tx, statement, erase, context.now()));
  const auto alert = TRY(alerts::by_statement(tx, statement));
  const bool passed_on = alert && alert->origin == alerts::Origin::Peer && TRY(alerts::was_told(tx, alert->id));
  return passed_on ? pass_newest_on(tx, context, *alert) : Result<void>{};
}

Result<void> tell_growth_due(const Context& context) {
  const auto due =
      TRY(context.db->read_value([&](store::Transaction& tx) { return alerts::updates_due(tx, context.now()); }));
  for (const alerts::AlertId id : due) {
    const auto told = context.db->write([&](store::Transaction& tx) -> Result<void> {
      const auto still = TRY(alerts::updates_due(tx, context.now()));
      if (std::find(still.begin(), still.end(), id) == still.end()) return {};  // it got worse meanwhile, and was told
      return tell_what_is_due(tx, context, id);
    });
    if (!told) base::log_error("what is new of alert {} is not told: {}", id, base::describe(told.error()));
  }
  if (due.empty()) return {};
  context.changed("alert");
  context.changed("send");
  return {};
}

Result<void> acknowledge_alert(const Context& context, std::int64_t id, const Doer& by, const std::string& display_name,
                               const std::string& note) {
  TRY_VOID(context.db->write([&](store::Transaction& tx) -> Result<void> {
    const trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{{context.self.party, by.account}}));
    const alerts::Alert alert = TRY(alerts::alert(tx, id, scope));
    TRY_VOID(alerts::acknowledge(tx, id, by.account, note, context.now()));
    TRY_VOID(note_deed(tx, context, by, "alert_acknowledge", std::to_string(id)));
    if (alert.origin != alerts::Origin::Peer) return {};
    // Each hears of the newest version that it gave: of another it may know nothing.
    std::map<trust::PartyId, Digest> given;
    for (const alerts::Version& version : TRY(alerts::statements_about(tx, id)))
      for (const trust::PartyId& giver : TRY(exchange::givers_of(tx, version.statement)))
        given.insert_or_assign(giver, version.statement);
    std::map<Digest, std::vector<trust::PartyId>> givers;
    for (const auto& [giver, version] : given) givers[version].push_back(giver);
    for (const auto& [version, parties] : givers) {
      const auto ack = TRY(issue_ack(tx, context, alert, version, {display_name, note}, !given.contains(alert.party)));
      for (const trust::PartyId& party : parties) TRY_VOID(exchange::enqueue(tx, ack, "", party, context.now()));
    }
    return {};
  }));
  context.changed("alert");
  context.changed("send");
  return {};
}

Result<void> answer_again(store::Transaction& tx, const Context& context, const std::set<Digest>& given,
                          const trust::PartyId& giver) {
  std::map<alerts::AlertId, alerts::Alert> concerned;
  for (const Digest& statement : given)
    if (auto alert = TRY(alerts::by_statement(tx, statement));
        alert && alert->origin == alerts::Origin::Peer && alert->state == alerts::State::Acknowledged)
      concerned.try_emplace(alert->id, std::move(*alert));
  for (const auto& [id, alert] : concerned) TRY_VOID(answer(tx, context, alert, given, giver));
  return {};
}

}  // namespace tocsin::journeys
