// How the node itself is: health, figures, live events, and the recovery after a restore.
#include <fstream>

#include "core/exchange/delivery.h"
#include "core/exchange/recover.h"
#include "core/intel/repository.h"
#include "core/watch/hits.h"
#include "doors/api/alert_json.h"
#include "doors/api/health.h"

namespace tocsin::api {
namespace {

Result<Reply> show_recovery(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Object out;
    out.set("waiting", TRY(exchange::is_recovering(tx)));
    json::Array peers;
    for (const auto& one : TRY(exchange::recoveries(tx))) {
      json::Object entry;
      entry.set("party_id", one.peer.text());
      entry.set("name", names.name(one.peer));
      entry.set("asked", base::to_rfc3339(one.asked));
      entry.set("answered", or_null(one.answered));
      entry.set("returned", one.returned);
      entry.set("waived", or_null(one.waived));
      entry.set("waived_by", one.waived_by);
      peers.push_back(std::move(entry));
    }
    out.set("peers", std::move(peers));
    return reply(json::Value(std::move(out)));
  });
}

Result<Reply> stop_waiting(Call& call) {
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(exchange::stop_waiting(tx, call.who.user, call.now()));
    return audit(tx, call, "recovery_proceed", "");
  }));
  call.context().changed("send");
  call.context().changed("peer");
  return show_recovery(call);
}

Result<Reply> health(Call& call) {
  const auto found = TRY(checks(call));
  bool all = true;
  json::Array list;
  for (const Check& check : found) {
    all = all && check.ok;
    json::Object entry;
    entry.set("name", check.name);
    entry.set("ok", check.ok);
    entry.set("message", check.message);
    if (check.until) entry.set("until", base::to_rfc3339(*check.until));
    list.push_back(std::move(entry));
  }
  json::Object out;
  out.set("status", all ? "ok" : "degraded");
  if (people::may(call.who, people::Action::SeeLog)) out.set("checks", std::move(list));
  return reply(json::Value(std::move(out)));
}

std::int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * 4096;
}

Result<Reply> metrics(Call& call) {
  std::string out;
  const auto gauge = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out += fmt::format("# HELP tocsin_{0} {1}\n# TYPE tocsin_{0} gauge\ntocsin_{0} {2}\n", name, help, value);
  };
  TRY_VOID(call.db().read([&](store::Transaction& tx) -> Result<void> {
    gauge("log_leaves", "Leaves of the log, all epochs.", TRY(exchange::count_leaves(tx)));
    gauge("statements", "Statements kept.", TRY(exchange::count_statements(tx)));
    gauge("objects", "Rows of the repository.", TRY(intel::count_items(tx)));
    gauge("alerts_open", "Alerts nobody has acknowledged.", TRY(alerts::count_open(tx)));
    gauge("hits", "Folded hits.", TRY(watch::count_hits(tx)));
    std::int64_t late = 0, queued = 0;
    for (const auto& peer : TRY(trust::peers(tx))) {
      late += TRY(exchange::why_late(tx, peer, call.context().self, call.now())) ? 1 : 0;
      queued += TRY(exchange::waiting_for(tx, peer, call.context().self, call.now())).statements;
    }
    gauge("peers_late", "Peers that do not get what waits for them, or cannot be asked.", late);
    gauge("deliveries_queued", "Statements queued for peers, not yet receipted.", queued);
    return {};
  }));
  gauge("resident_bytes", "Resident memory.", resident_bytes());
  net::Response response;
  response.headers.emplace_back("content-type", "text/plain; version=0.0.4");
  response.body = std::move(out);
  return Reply{json::Value{}, 200, std::move(response)};
}

Result<Reply> events(Call&) {
  net::Response response;
  response.topic = "events";
  return Reply{json::Value{}, 200, std::move(response)};
}

}  // namespace

void add_operation_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/recovery", Action::SeeLog, show_recovery});
  out.push_back({"POST", "/api/recovery/proceed", Action::ManagePeers, stop_waiting});
  out.push_back({"GET", "/api/health", {}, health, true});
  out.push_back({"GET", "/metrics", Action::SeeMetrics, metrics});
  out.push_back({"GET", "/api/events", Action::SeeSituation, events});
}

}  // namespace tocsin::api
