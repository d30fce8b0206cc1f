#include <map>

#include "core/exchange/delivery.h"
#include "core/trust/arguments.h"
#include "core/watch/hits.h"
#include "doors/api/alert_json.h"
#include "doors/api/hit_json.h"
#include "journeys/alert.h"

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
      late += TRY(exchange::why_late(tx, peer, call.context().self, call.now())) ? 1 : 0;
      peers.push_back(TRY(peer_brief(call, tx, peer)));
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

struct Recipient {
  json::Value entry;
  bool is_expected = false;  // to acknowledge this statement
};
using Recipients = std::map<trust::PartyId, Recipient>;

// Whom one statement about the alert went to, how far it got there, and who has acknowledged it.
Result<Recipients> recipients_of(const Call& call, store::Transaction& tx, const PartyNames& names,
                                 const Digest& statement) {
  Recipients out;
  const auto acknowledged = TRY(alerts::sent_to(tx, statement));
  std::map<trust::PartyId, exchange::LedgerRow> latest;  // a party that lost it has got it again since
  for (auto& row : TRY(exchange::recipients_of(tx, statement))) latest.insert_or_assign(row.party, row);
  for (const auto& [party, row] : latest) {
    Recipient& to = out[party];
    to.entry = names.brief(party);
    std::string state = row.state == "receipted" ? "received" : row.state;
    to.entry.object()->set("statement", statement.hex());
    to.entry.object()->set("at", base::to_rfc3339(row.receipted.value_or(row.at)));
    for (const auto& expected : acknowledged) {
      if (expected.party != party) continue;
      to.is_expected = true;
      // Their time runs from the moment it reached them; until then the page says that it is on its way.
      const auto deadline = row.receipted ? std::optional(*row.receipted + expected.within) : std::nullopt;
      if (deadline) to.entry.object()->set("deadline", base::to_rfc3339(*deadline));
      if (expected.acknowledged_at) {
        state = "acknowledged";
        to.entry.object()->set("at", base::to_rfc3339(*expected.acknowledged_at));
        to.entry.object()->set("by", expected.acknowledged_by);
      } else if (deadline && call.now() > *deadline) {
        state = "late";
      }
    }
    to.entry.object()->set("state", state);
    if (!row.reason.empty()) to.entry.object()->set("reason", call.reason(row.reason, row.reason_args));
  }
  for (const auto& behind : acknowledged) {
    if (!behind.via || latest.contains(behind.party)) continue;
    Recipient& to = out[behind.party];
    to.entry = names.brief(behind.party);
    to.entry.object()->set("statement", statement.hex());
    to.entry.object()->set("at", or_null(behind.acknowledged_at));
    to.entry.object()->set("by", behind.acknowledged_by);
    to.entry.object()->set("via", names.brief(*behind.via));
    to.entry.object()->set("state", "acknowledged");
    to.is_expected = true;
  }
  return out;
}

// Of what was said in one thread each party once: with the newest that it has to acknowledge, or with the newest.
Result<Recipients> recipients_of_thread(const Call& call, store::Transaction& tx, const PartyNames& names,
                                        const std::vector<alerts::Version>& versions, const alerts::Version& newest) {
  Recipients out;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    const bool of_thread = !newest.thread.empty() && version->thread == newest.thread;
    if (!of_thread && version->statement != newest.statement) continue;
    for (auto& [party, older] : TRY(recipients_of(call, tx, names, version->statement))) {
      const auto [place, is_new] = out.try_emplace(party, older);
      if (!is_new && !place->second.is_expected && older.is_expected) place->second = std::move(older);
    }
  }
  return out;
}

Result<json::Value> whole_alert(const Call& call, store::Transaction& tx, alerts::AlertId id) {
  const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
  const PartyNames names = TRY(PartyNames::load(tx, call.language));
  const alerts::Alert alert = TRY(alerts::alert(tx, id, scope));
  json::Value out = TRY(alert_json(call, tx, alert, names, scope));
  json::Array timeline;
  for (const auto& event : TRY(alerts::events(tx, id, kTimeline))) {
    json::Object entry;
    entry.set("time", base::to_rfc3339(event.time));
    const auto party = trust::PartyId::parse(event.who);
    entry.set("who", party ? names.name(*party) : person_name(tx, event.who));
    entry.set("what", event_text(call, tx, event));
    timeline.push_back(std::move(entry));
  }
  out.object()->set("timeline", std::move(timeline));
  out.object()->set("timeline_total", TRY(alerts::count_events(tx, id)));
  json::Array hits;
  watch::HitQuery query;
  query.alert = id;
  if (people::permit(call.who, people::Action::SeeHits))  // addresses and values from our own logs
    for (const auto& hit : TRY(watch::hits(tx, query, scope)))
      hits.push_back(TRY(hit_json(call, tx, hit, names, scope)));
  out.object()->set("hits", std::move(hits));
  json::Array statements, recipients;
  const auto versions = TRY(alerts::statements_about(tx, id));
  for (std::size_t at = versions.size() - std::min(versions.size(), kStatements); at < versions.size(); ++at)
    statements.push_back(versions[at].statement.hex());
  for (const alerts::Version& newest : TRY(alerts::newest_statements(tx, id)))
    for (auto& [party, to] : TRY(recipients_of_thread(call, tx, names, versions, newest))) {
      const bool gave_it = alert.origin == alerts::Origin::Peer && (party == alert.party || party == alert.sender);
      if (!gave_it) recipients.push_back(std::move(to.entry));
    }
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
