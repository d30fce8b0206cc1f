#include "core/exchange/delivery.h"
#include "core/trust/arguments.h"
#include "core/watch/hits.h"
#include "doors/api/alert_json.h"
#include "doors/api/hit_json.h"
#include "journeys/alert.h"
#include "journeys/told.h"

namespace tocsin::api {
namespace {

constexpr int kChanges = 12;
constexpr int kTimeline = 500;
constexpr std::size_t kStatements = 100;

Result<Reply> situation(Call& call) {
  json::Object out;
  TRY_VOID(call.db().read([&](store::Transaction& tx) -> Result<void> {
    out = {};
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const auto figures = TRY(alerts::figures(tx, scope, call.now()));
    std::int64_t late = 0;
    json::Array peers;
    for (const auto& peer : TRY(trust::peers(tx))) {
      late += TRY(exchange::why_late(tx, peer, call.context().self, call.now(), &scope)) ? 1 : 0;
      peers.push_back(TRY(peer_brief(call, tx, peer, scope)));
    }
    json::Object numbers;
    numbers.set("unacknowledged", figures.unacknowledged);
    numbers.set("due_within_hour", figures.due_within_hour);
    numbers.set("peers_late", late);
    numbers.set("hits_24h", TRY(watch::hits_of_last_day(tx, call.now())));
    out.set("figures", std::move(numbers));
    out.set("peers", std::move(peers));
    json::Array changes;
    for (const alerts::Event& event : TRY(alerts::latest_events(tx, scope, kChanges))) {
      json::Object change;
      change.set("time", base::to_rfc3339(event.time));
      change.set("kind", "alert");
      change.set("text", event_text(call, tx, event));
      change.set("link", "#/situation/" + std::to_string(event.alert));
      changes.push_back(std::move(change));
    }
    out.set("changes", std::move(changes));
    return {};
  }));
  return reply(json::Value(std::move(out)));
}

Result<Reply> list_alerts(Call& call) {
  alerts::AlertQuery query;
  query.open_only = call.request.parameter("state").value_or("open") != "all";
  query.limit = TRY(call.limit());
  if (const auto cursor = call.request.parameter("cursor"); cursor && !cursor->empty()) query.after = *cursor;
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    auto found = TRY(alerts::list(tx, query, scope));
    json::Array items;
    for (const auto& alert : found.alerts) items.push_back(TRY(alert_json(call, tx, alert, names, scope)));
    return reply(page(std::move(items), found.next, found.total));
  });
}

json::Value told_json(const Call& call, const journeys::Told& told, const PartyNames& names) {
  json::Value out = names.brief(told.party);
  json::Object& o = *out.object();
  o.set("statement", told.statement.hex());
  o.set("at", base::to_rfc3339(told.at));
  if (told.via) o.set("via", names.brief(*told.via));
  // Until it has reached them no deadline runs; the page says that it is on its way.
  if (told.deadline) o.set("deadline", base::to_rfc3339(*told.deadline));
  if (told.acknowledged_at) o.set("by", told.acknowledged_by);
  o.set("state", told.acknowledged_at ? "acknowledged" : told.is_late ? "late" : arrival(told.delivery));
  if (!told.reason.empty()) o.set("reason", call.reason(told.reason, told.reason_args));
  return out;
}

Result<json::Value> whole_alert(const Call& call, store::Transaction& tx, alerts::AlertId id) {
  const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
  const PartyNames names = TRY(PartyNames::load(tx, call.language));
  const alerts::Alert alert = TRY(alerts::alert(tx, id, scope));
  json::Value out = TRY(alert_json(call, tx, alert, names, scope));
  json::Array timeline;
  for (const auto& event : TRY(alerts::events(tx, id, kTimeline, &scope))) {
    json::Object entry;
    entry.set("time", base::to_rfc3339(event.time));
    const auto party = trust::PartyId::parse(event.who);
    entry.set("who", party ? names.name(*party) : person_name(tx, event.who));
    entry.set("what", event_text(call, tx, event));
    timeline.push_back(std::move(entry));
  }
  out.object()->set("timeline", std::move(timeline));
  out.object()->set("timeline_total", TRY(alerts::count_events(tx, id, &scope)));
  json::Array hits;
  watch::HitQuery query;
  query.alert = id;
  if (people::permit(call.who, people::Action::SeeHits))  // addresses and values from our own logs
    for (const auto& hit : TRY(watch::hits(tx, query, scope)))
      hits.push_back(TRY(hit_json(call, tx, hit, names, scope)));
  out.object()->set("hits", std::move(hits));
  json::Array statements, recipients;
  const auto versions = TRY(alerts::statements_about(tx, id, &scope));
  for (std::size_t at = versions.size() - std::min(versions.size(), kStatements); at < versions.size(); ++at)
    statements.push_back(versions[at].statement.hex());
  for (const auto& told : TRY(journeys::told_of(tx, alert, call.now(), &scope)))
    recipients.push_back(told_json(call, told, names));
  out.object()->set("statements", std::move(statements));
  out.object()->set("recipients", std::move(recipients));
  return out;
}

Result<Reply> show_alert(Call& call) {
  const auto id = TRY(number_from(call.path[0]));
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(whole_alert(call, tx, id))); });
}

Result<Reply> acknowledge(Call& call) {
  const auto id = TRY(number_from(call.path[0]));
  const std::string note = call.text("note");
  if (note.size() > 4096) return fail(ErrorCode::TooLarge, "api.text_too_long", {"note", "4096"});
  const auto user =
      TRY(call.db().read_value([&](store::Transaction& tx) { return people::find_user(tx, call.who.user); }));
  TRY_VOID(journeys::acknowledge_alert(call.context(), id, call.doer(), user.display_name, note));
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(whole_alert(call, tx, id))); });
}

}  // namespace

void add_situation_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/situation", Action::SeeSituation, situation});
  out.push_back({"GET", "/api/alerts", Action::SeeSituation, list_alerts});
  out.push_back({"GET", "/api/alerts/{id}", Action::SeeSituation, show_alert});
  out.push_back({"POST", "/api/alerts/{id}/ack", Action::AcknowledgeAlert, acknowledge});
}

}  // namespace tocsin::api
