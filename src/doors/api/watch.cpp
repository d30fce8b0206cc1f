#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "doors/api/hit_json.h"
#include "journeys/hit.h"
#include "journeys/mark.h"

namespace tocsin::api {

Result<json::Value> hit_json(const Call&, store::Transaction& tx, const watch::StoredHit& hit, const PartyNames& names,
                             const trust::Scope& scope) {
  json::Object out;
  out.set("id", std::to_string(hit.id));
  out.set("sensor", hit.sensor);
  out.set("value", hit.hit.value);
  out.set("kind", observable::name(hit.hit.kind));
  out.set("seen", hit.hit.seen);
  out.set("field", hit.hit.field);
  out.set("log", hit.hit.log);
  out.set("file", hit.hit.file);
  out.set("line", hit.hit.line);
  out.set("host", hit.hit.host);
  out.set("critical", hit.critical);
  out.set("count", hit.hit.count);
  out.set("first", base::to_rfc3339(hit.hit.first));
  out.set("last", base::to_rfc3339(hit.hit.last));
  json::Array items;
  for (const auto& item : TRY(intel::items(tx, hit.hit.items, scope))) {
    json::Object entry;
    entry.set("item", std::to_string(item.item));
    entry.set("name", item.name);
    entry.set("voucher", names.name(item.voucher));
    items.push_back(std::move(entry));
  }
  out.set("items", std::move(items));
  if (hit.alert) out.set("alert", std::to_string(*hit.alert));
  return json::Value(std::move(out));
}

namespace {

constexpr std::size_t kMaxHitsPerBatch = 10'000;
constexpr std::size_t kMaxOthers = 8;                     // hosts that took part besides the one concerned
constexpr std::int64_t kMaxCount = 1'000'000'000;         // of one folded hit
constexpr std::int64_t kMaxRead = 1'000'000'000'000'000;  // lines or bytes since the batch before

json::Value host_json(const infra::CriticalHost& host) {
  json::Object out;
  out.set("host", host.host);
  out.set("name", host.name);
  out.set("service", host.service);
  out.set("sector", host.sector);
  out.set("protected_code", host.protected_code);
  out.set("population", host.population_served);
  out.set("workaround", infra::name(host.workaround));
  const infra::Severity severity = infra::assess(host);
  out.set("severity_floor", severity.level);
  out.set("marked_by", host.marked_by);
  out.set("marked_at", base::to_rfc3339(host.marked_at));
  return out;
}

Result<Reply> get_set(Call& call) {
  const journeys::SensorSet set = TRY(call.shared.sets.current(call.context()));
  net::Response response;
  const std::string etag = "\"" + set.id + "\"";
  response.headers.emplace_back("etag", etag);
  if (call.request.header("if-none-match") == etag) {
    response.status = 304;
  } else {
    response.headers.emplace_back("content-type", "application/octet-stream");
    response.body.assign(base::as_text(*set.bytes));
  }
  return Reply{json::Value{}, response.status, std::move(response)};
}

Result<watch::ReportedHit> read_hit(const json::Value& entry) {
  const auto bad = [](std::string_view field) {
    return fail(ErrorCode::Malformed, "hits.malformed", {std::string(field)});
  };
  watch::ReportedHit hit;
  const json::Value* grounds = entry.find("grounds");
  if (!grounds || !grounds->array() || grounds->array()->empty() || grounds->array()->size() > 1000)
    return bad("grounds");
  for (const auto& ground : *grounds->array()) {
    if (!ground.integer() || *ground.integer() < 1) return bad("grounds");
    hit.items.push_back(*ground.integer());
  }
  const auto kind = observable::kind_from_name(entry.text("kind"));
  if (!kind) return bad("kind");
  hit.kind = *kind;
  for (auto [name, into] :
       {std::pair{"value", &hit.value}, std::pair{"seen", &hit.seen}, std::pair{"field", &hit.field},
        std::pair{"log", &hit.log}, std::pair{"file", &hit.file}, std::pair{"host", &hit.host}}) {
    *into = entry.text(name);
    if (into->size() > 2048) return bad(name);
  }
  if (hit.value.empty()) return bad("value");
  if (const json::Value* others = entry.find("others")) {
    if (!others->array() || others->array()->size() > kMaxOthers) return bad("others");
    for (const auto& other : *others->array()) {
      if (!other.string() || other.string()->size() > 2048) return bad("others");
      hit.others.emplace_back(*other.string());
    }
  }
  hit.line = entry.integer_or("line", 0);
  hit.count = entry.integer_or("count", 1);
  if (hit.count < 1 || hit.count > kMaxCount) return bad("count");
  const auto first = base::from_rfc3339(entry.text("first")), last = base::from_rfc3339(entry.text("last"));
  if (!first || !last) return bad("first");
  hit.first = *first;
  hit.last = *last;
  return hit;
}

Result<Reply> post_hits(Call& call) {
  journeys::HitReport report;
  // A sensor's key names the sensor; only the console may name one itself.
  report.sensor = call.who.sensor.empty() ? call.body.text("sensor", "local") : call.who.sensor;
  if (report.sensor.empty() || report.sensor.size() > 64)
    return fail(ErrorCode::Malformed, "hits.malformed", {"sensor"});
  report.batch = call.text("batch");
  report.set_id = call.text("set");
  report.lines = call.body.integer_or("lines", 0);
  report.bytes = call.body.integer_or("bytes", 0);
  for (const auto& [name, number] : {std::pair{"lines", report.lines}, std::pair{"bytes", report.bytes}})
    if (number < 0 || number > kMaxRead) return fail(ErrorCode::Malformed, "hits.malformed", {name});
  const json::Value* list = call.body.find("hits");
  if (!list || !list->array()) return fail(ErrorCode::Malformed, "hits.malformed", {"hits"});
  if (list->array()->size() > kMaxHitsPerBatch)
    return fail(ErrorCode::TooLarge, "hits.too_many", {std::to_string(kMaxHitsPerBatch)});
  for (const auto& entry : *list->array()) report.hits.push_back(TRY(read_hit(entry)));
  const auto outcome = TRY(journeys::take_hits(call.context(), report));
  json::Object out;
  out.set("stored", outcome.stored);
  out.set("retracted", outcome.retracted);
  out.set("unknown", outcome.unknown);
  json::Array raised;
  for (const auto alert : outcome.alerts) raised.push_back(std::to_string(alert));
  out.set("alerts", std::move(raised));
  out.set("repeated", outcome.repeated);
  return reply(json::Value(std::move(out)));
}

Result<Reply> list_hits(Call& call) {
  watch::HitQuery query;
  query.host = call.request.parameter("host").value_or("");
  if (const auto item = call.request.parameter("item")) query.item = TRY(number_from(*item));
  query.before_id = TRY(call.cursor());
  query.limit = TRY(call.limit());
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    const auto found = TRY(watch::hits(tx, query, scope));
    json::Array items;
    for (const auto& hit : found) items.push_back(TRY(hit_json(call, tx, hit, names, scope)));
    std::optional<std::string> next;
    if (found.size() == static_cast<std::size_t>(query.limit)) next = std::to_string(found.back().id);
    return reply(page(std::move(items), next, {}));
  });
}

Result<Reply> list_hosts(Call& call) {
  const auto hosts = TRY(call.db().read_value([](store::Transaction& tx) { return infra::critical_hosts(tx); }));
  json::Array items;
  for (const auto& host : hosts) items.push_back(host_json(host));
  return reply(page(std::move(items), {}, hosts.size()));
}

Result<Reply> mark_host(Call& call) {
  infra::CriticalHost host;
  host.host = call.text("host");
  host.name = call.text("name");
  host.service = call.text("service");
  host.sector = call.text("sector");
  host.protected_code = call.text("protected_code");
  host.population_served = call.body.integer_or("population_served", 0);
  const auto workaround = infra::workaround_from_name(call.body.text("workaround", "none"));
  if (!workaround) return fail(ErrorCode::Malformed, "infra.bad_workaround", {call.text("workaround").substr(0, 32)});
  host.workaround = *workaround;
  host.marked_by = call.who.user;
  host.marked_at = call.now();
  const journeys::Marked marked = TRY(journeys::mark_host(call.context(), host, call.doer()));
  json::Value out = host_json(marked.host);
  json::Array raised;
  for (const auto alert : marked.alerts) raised.push_back(std::to_string(alert));
  out.object()->set("alerts", std::move(raised));
  return reply(std::move(out), 201);
}

// The host stands in the query: a network's slash would end a segment of the path.
Result<Reply> unmark_host(Call& call) {
  const auto host = call.request.parameter("host");
  if (!host || host->empty()) return fail(ErrorCode::Malformed, "api.missing", {"host"});
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(infra::unmark(tx, *host));
    return audit(tx, call, "host_unmark", *host);
  }));
  call.context().changed("host");
  return no_content();
}

Result<Reply> list_sensors(Call& call) {
  const journeys::SensorSet set = TRY(call.shared.sets.current(call.context()));
  const auto sensors = TRY(call.db().read_value([](store::Transaction& tx) { return watch::sensors(tx); }));
  json::Array items;
  for (const auto& sensor : sensors) {
    json::Object entry;
    entry.set("name", sensor.name);
    entry.set("last_seen", base::to_rfc3339(sensor.last_seen));
    entry.set("set_id", sensor.set_id);
    entry.set("set_current", sensor.set_id == set.id);
    entry.set("lines", sensor.lines);
    entry.set("bytes", sensor.bytes);
    entry.set("hits", sensor.hits);
    items.push_back(std::move(entry));
  }
  return reply(page(std::move(items), {}, sensors.size()));
}

}  // namespace

void add_watch_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/set", Action::FetchSet, get_set});
  out.push_back({"POST", "/api/hits", Action::SendHits, post_hits});
  out.push_back({"GET", "/api/hits", Action::SeeHits, list_hits});
  out.push_back({"GET", "/api/hosts", Action::SeeHits, list_hosts});
  out.push_back({"POST", "/api/hosts", Action::MarkHosts, mark_host});
  out.push_back({"DELETE", "/api/hosts", Action::MarkHosts, unmark_host});
  out.push_back({"GET", "/api/sensors", Action::SeeHits, list_sensors});
}

}  // namespace tocsin::api
