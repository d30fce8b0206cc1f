#include "journeys/alert.h"

#include <algorithm>

#include "core/trust/agreements.h"

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
  const trust::Label present = TRY(trust::label(tx, now));
  out.tlp = std::max(out.tlp, present.tlp);
  out.pap = std::max(out.pap, present.pap);
  out.onward = std::min(out.onward, present.onward);
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

// One of our statements about the alert gets its successor.
Result<void> say_again(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                       const exchange::Archived& said) {
  if (said.author != context.self.party || said.retracted_by) return {};
  const trust::Label label = TRY(narrowed(tx, said.label, alert.label));
  const auto stored = TRY(trust::in_force(tx, said.agreement, context.now()));
  std::vector<trust::PartyId> receivers;
  if (stored)
    receivers = receivers_of(tx, context, *stored, [&](const trust::Party& peer) {
      const trust::PeerReader reader{peer.id, peer.state, &*stored, "alert", alert.realm};
      return trust::decide(reader, label, context.self.party).permitted;
    });
  if (receivers.empty())
    return alerts::add_event(tx, alert.id, "", "alerts.event.update_withheld", {said.agreement}, context.now());
  const exchange::Handling handling{label.tlp, label.pap, label.onward, stored->agreement.terms.retention_days};
  TRY(say_alert(tx, context, alert, {*stored, receivers}, handling, label.readers, said.digest));
  return {};
}

}  // namespace

Result<Digest> say_alert(store::Transaction& tx, const Context& context, const alerts::Alert& alert, const AlertTo& to,
                         const exchange::Handling& handling, const std::set<trust::Person>& readers,
                         const std::optional<Digest>& supersedes) {
  const trust::AgreementId& agreement = to.agreement.agreement.id;
  exchange::Statement statement;
  statement.kind = "alert";
  statement.agreement = agreement;
  statement.terms = to.agreement.terms;
  statement.handling = handling;
  statement.supersedes = supersedes;
  statement.urgency = alert.severity >= 4 ? "flash" : alert.severity == 3 ? "immediate" : "priority";
  statement.reply_within = agreed_time(to.agreement, alert.severity);
  statement.legal_note = "without prejudice; no attribution implied";
  statement.body = alerts::write_facts(alert.facts, alert.severity, alert.severity_row);
  const auto issued = TRY(exchange::issue(tx, context.self, std::move(statement), readers, context.now()));
  TRY_VOID(exchange::enqueue(tx, issued, agreement, {}, context.now()));
  TRY_VOID(alerts::add_statement(tx, alert.id, {issued.digest(), supersedes}));
  for (const trust::PartyId& party : to.receivers)
    TRY_VOID(alerts::expect_ack(tx, issued.digest(), party, agreed_time(to.agreement, alert.severity)));
  const std::string_view event = supersedes ? "alerts.event.sent_again" : "alerts.event.sent";
  TRY_VOID(alerts::add_event(tx, alert.id, to.by, event, {agreement}, context.now()));
  return issued.digest();
}

Result<void> pass_alert_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                           const AlertTo& to, const exchange::Archived& statement) {
  const trust::AgreementId& agreement = to.agreement.agreement.id;
  TRY_VOID(exchange::enqueue(tx, statement, agreement, {}, context.now()));
  const Duration agreed = agreed_time(to.agreement, alert.severity);
  const Duration within = std::min(TRY(asked_within(tx, statement.digest)).value_or(agreed), agreed);
  for (const trust::PartyId& party : to.receivers) TRY_VOID(alerts::expect_ack(tx, statement.digest, party, within));
  return alerts::add_event(tx, alert.id, to.by, "alerts.event.passed_on", {agreement}, context.now());
}

Result<void> say_alert_again(store::Transaction& tx, const Context& context, alerts::AlertId id) {
  for (const Digest& said : TRY(alerts::newest_statements(tx, id)))
    if (const auto alert = TRY(alerts::by_statement(tx, said)))
      TRY_VOID(say_again(tx, context, *alert, TRY(exchange::archived(tx, said))));
  return alerts::set_update_due(tx, id, std::nullopt);
}

Result<void> tell_growth(store::Transaction& tx, const Context& context, const alerts::Raised& raised) {
  if (!raised.grew && !raised.worse) return {};
  const auto newest = TRY(alerts::newest_statements(tx, raised.id));
  if (newest.empty()) return {};  // nobody has heard of it
  if (raised.worse) return say_alert_again(tx, context, raised.id);
  Time last;
  for (const Digest& said : newest) last = std::max(last, TRY(exchange::archived(tx, said)).time);
  return alerts::set_update_due(tx, raised.id, std::max(context.now(), last + kBetweenUpdates));
}

Result<void> tell_growth_due(const Context& context) {
  const auto due =
      TRY(context.db->read_value([&](store::Transaction& tx) { return alerts::updates_due(tx, context.now()); }));
  for (const alerts::AlertId id : due)
    TRY_VOID(context.db->write([&](store::Transaction& tx) { return say_alert_again(tx, context, id); }));
  if (due.empty()) return {};
  context.changed("alert");
  context.changed("send");
  return {};
}

Result<void> pass_update_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                            const Digest& statement, const Digest& superseded) {
  const auto update = TRY(exchange::archived(tx, statement));
  const trust::Label label = TRY(trust::label(tx, update.label));
  for (const trust::AgreementId& way : TRY(exchange::streams_of(tx, superseded))) {
    const auto stored = TRY(trust::in_force(tx, way, context.now()));
    if (!stored || way == update.agreement) continue;  // there its author speaks for itself
    const auto receivers = receivers_of(tx, context, *stored, [&](const trust::Party& peer) {
      return exchange::decide_to_send(context.self, peer, &*stored, update, label).permitted;
    });
    if (!receivers.empty()) TRY_VOID(pass_alert_on(tx, context, alert, {*stored, receivers}, update));
  }
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
    exchange::Statement ack;
    ack.kind = "ack";
    ack.realm = alert.realm;
    ack.in_reply_to = TRY(alerts::newest_statements(tx, id)).back();
    const auto givers = TRY(exchange::givers_of(tx, *ack.in_reply_to));
    // To its author, through whoever passed it on to us (docs/decisions/0013-acknowledgements-go-back.md).
    if (std::find(givers.begin(), givers.end(), alert.party) == givers.end()) ack.handling.onward = trust::Onward::Free;
    json::Object body;
    body.set("of", "alert");
    body.set("by", display_name);
    body.set("note", note);
    ack.body = std::move(body);
    const auto issued = TRY(exchange::issue(tx, context.self, std::move(ack), {}, context.now()));
    for (const trust::PartyId& giver : givers) TRY_VOID(exchange::enqueue(tx, issued, "", giver, context.now()));
    return {};
  }));
  context.changed("alert");
  context.changed("send");
  return {};
}

Result<void> answer_again(store::Transaction& tx, const Context& context, const Digest& statement,
                          const trust::PartyId& giver) {
  for (const auto& ack : TRY(exchange::replies_to(tx, statement, "ack")))
    if (ack.author == context.self.party || TRY(trust::label(tx, ack.label)).onward == trust::Onward::Free)
      TRY_VOID(exchange::enqueue(tx, ack, "", giver, context.now()));
  return {};
}

}  // namespace tocsin::journeys
