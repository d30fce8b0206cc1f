#include "core/exchange/delivery.h"
#include "core/find/search.h"
#include "core/intel/repository.h"
#include "core/people/text_rules.h"
#include "core/relate/postings.h"
#include "doors/api/call.h"
#include "doors/api/item_json.h"
#include "journeys/import.h"

namespace tocsin::api {

Result<json::Value> item_json(const Call& call, store::Transaction& tx, const intel::Item& item,
                              const PartyNames& names, const trust::Scope& scope) {
  const trust::Label label = TRY(trust::label(tx, item.label));
  json::Object out;
  out.set("item", std::to_string(item.item));
  out.set("id", item.stix_id);
  out.set("type", item.type);
  out.set("name", item.name);
  out.set("value", item.value.empty() ? json::Value() : json::Value(item.value));
  out.set("kind", item.kind.empty() ? json::Value() : json::Value(item.kind));
  json::Object voucher;
  voucher.set("party_id", item.voucher.text());
  voucher.set("name", names.name(item.voucher));
  voucher.set("own", item.voucher == call.context().self.party);
  out.set("voucher", std::move(voucher));
  out.set("tlp", stix::name(label.tlp));
  out.set("pap", stix::name(label.pap));
  out.set("onward", trust::name(label.onward));
  out.set("realm", label.realm);
  out.set("modified", item.modified.empty() ? json::Value() : json::Value(item.modified));
  out.set("received", base::to_rfc3339(item.received));
  out.set("valid_until", or_null(item.valid_until));
  out.set("current", item.current);
  out.set("revoked", item.revoked);
  out.set("retracted", item.retracted.empty() ? json::Value() : json::Value(item.retracted));
  out.set("matching",
          TRY(relate::is_matching(tx, item.item, TRY(trust::scope(tx, trust::SensorReader{})), call.now())));
  out.set("related", TRY(relate::count_related(tx, item.item, scope)));
  std::int64_t seen = 0;
  for (const auto& sighting : TRY(intel::sightings_of(tx, item.stix_id, scope))) seen += sighting.count;
  out.set("sightings", seen);
  return json::Value(std::move(out));
}

namespace {

Result<Reply> list_items(Call& call) {
  find::Query query;
  query.words = call.request.parameter("q").value_or("");
  query.type = call.request.parameter("type").value_or("");
  query.voucher = call.request.parameter("source").value_or("");
  if (query.voucher == "own") query.voucher = call.context().self.party.text();
  if (const auto tlp = call.request.parameter("tlp"); tlp && !tlp->empty()) {
    const auto known = stix::tlp_from_name(*tlp);
    if (!known) return fail(ErrorCode::Malformed, "api.bad_tlp", {tlp->substr(0, 32)});
    query.tlp = stix::name(*known);
  }
  const std::int64_t cursor = TRY(call.cursor());
  if (cursor > 0) query.before_item = cursor;
  query.limit = TRY(call.limit());
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    const auto found = TRY(find::search(tx, query, scope));
    json::Array items;
    for (const auto& item : TRY(intel::items(tx, found.items, scope)))
      items.push_back(TRY(item_json(call, tx, item, names, scope)));
    return reply(
        page(std::move(items), found.next ? std::optional(std::to_string(*found.next)) : std::nullopt, found.total));
  });
}

Result<json::Array> related_json(const Call& call, store::Transaction& tx, const intel::Item& item,
                                 const PartyNames& names, const trust::Scope& scope) {
  json::Array out;
  for (const auto& shared : TRY(relate::related(tx, item.item, scope, 20))) {
    json::Object entry;
    entry.set("value", shared.value.text);
    entry.set("kind", observable::name(shared.value.kind));
    entry.set("too_common", shared.too_common);
    entry.set("total", shared.total);
    json::Array items;
    for (const auto& other : TRY(intel::items(tx, shared.items, scope)))
      items.push_back(TRY(item_json(call, tx, other, names, scope)));
    entry.set("items", std::move(items));
    out.push_back(std::move(entry));
  }
  return out;
}

json::Value sent_json(const Call& call, const exchange::LedgerRow& row, const PartyNames& names) {
  json::Value out = names.brief(row.party);
  out.object()->set("statement", row.statement.hex());
  out.object()->set("state", arrival(row.state));
  out.object()->set("at", base::to_rfc3339(row.receipted.value_or(row.at)));
  if (!row.reason.empty()) out.object()->set("reason", call.reason(row.reason, row.reason_args));
  return out;
}

Result<Reply> show_item(Call& call) {
  const auto id = TRY(number_from(call.path[0]));
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    const intel::Item item = TRY(intel::item(tx, id, scope));
    json::Value out = TRY(item_json(call, tx, item, names, scope));
    json::Object& o = *out.object();
    const auto bytes = intel::bytes(tx, id, scope);
    o.set("raw", bytes ? json::Value(*bytes) : json::Value());
    json::Array findings, labels;
    if (bytes) {
      const auto object = TRY(stix::read_object(*bytes));
      for (const auto& finding : object.findings) {
        json::Object entry;
        entry.set("level", stix::name(finding.level));
        entry.set("pointer", finding.pointer);
        entry.set("rule", finding.rule);
        entry.set("message", call.say(finding.rule, finding.args));
        findings.push_back(std::move(entry));
      }
      labels = words(object.labels);
      o.set("valid_from", or_null(object.valid_from));
    }
    o.set("findings", std::move(findings));
    o.set("labels", std::move(labels));
    json::Array versions;
    for (const auto& copy : TRY(intel::copies(tx, item.stix_id, scope))) {
      json::Object entry;
      entry.set("item", std::to_string(copy.item));
      entry.set("modified", copy.modified);
      entry.set("received", base::to_rfc3339(copy.received));
      entry.set("voucher", names.name(copy.voucher));
      entry.set("current", copy.current);
      entry.set("revoked", copy.revoked);
      versions.push_back(std::move(entry));
    }
    o.set("versions", std::move(versions));
    json::Array origins, sent;
    // The item may have come, or gone, besides in a statement that is TLP:RED for others.
    const auto is_shown = [&](const Digest& statement) -> Result<bool> {
      return scope.contains(TRY(exchange::archived(tx, statement)).label);
    };
    const intel::ImportReader reader{scope, call.who.user};
    for (const auto& origin : TRY(intel::provenance(tx, id))) {
      if (origin.statement && !TRY(is_shown(*origin.statement))) continue;
      if (origin.import_id != 0 && !intel::check_import(tx, origin.import_id, reader)) continue;
      json::Object entry;
      entry.set("voucher", origin.voucher.text());
      entry.set("name", names.name(origin.voucher));
      entry.set("statement", origin.statement ? json::Value(origin.statement->hex()) : json::Value());
      entry.set("agreement", origin.agreement.empty() ? json::Value() : json::Value(origin.agreement));
      entry.set("basis", origin.basis);
      entry.set("source", origin.source);
      entry.set("received", base::to_rfc3339(origin.received));
      origins.push_back(std::move(entry));
    }
    o.set("provenance", std::move(origins));
    o.set("related", TRY(related_json(call, tx, item, names, scope)));
    json::Array sightings;
    for (const auto& sighting : TRY(intel::sightings_of(tx, item.stix_id, scope))) {
      json::Object entry;
      entry.set("party_id", sighting.party.text());
      entry.set("name", names.name(sighting.party));
      entry.set("count", sighting.count);
      entry.set("first", base::to_rfc3339(sighting.first));
      entry.set("last", base::to_rfc3339(sighting.last));
      sightings.push_back(std::move(entry));
    }
    o.set("sightings", std::move(sightings));
    for (const auto& origin : TRY(intel::provenance(tx, id))) {
      if (!origin.statement || !TRY(is_shown(*origin.statement))) continue;
      for (const auto& row : TRY(exchange::recipients_of(tx, *origin.statement)))
        sent.push_back(sent_json(call, row, names));
    }
    if (item.voucher == call.context().self.party)
      for (const Digest& digest : TRY(exchange::carrying(tx, call.context().self.party, item.stix_id)))
        if (TRY(is_shown(digest)))
          for (const auto& row : TRY(exchange::recipients_of(tx, digest))) sent.push_back(sent_json(call, row, names));
    o.set("sent_to", std::move(sent));
    return reply(std::move(out));
  });
}

Result<Reply> import(Call& call) {
  journeys::ImportRequest request;
  request.name = people::plain_excerpt(call.request.parameter("name").value_or("import"), 200);
  request.content = call.request.body;
  request.by = call.doer();
  request.dry_run = call.request.parameter("dry_run").value_or("0") == "1";
  if (const auto tlp = call.request.parameter("tlp"); tlp && !tlp->empty()) {
    request.tlp = stix::tlp_from_name(*tlp);
    if (!request.tlp) return fail(ErrorCode::Malformed, "api.bad_tlp", {tlp->substr(0, 32)});
  }
  if (const auto pap = call.request.parameter("pap"); pap && !pap->empty()) {
    const auto known = stix::pap_from_name(*pap);
    if (!known) return fail(ErrorCode::Malformed, "api.bad_pap", {pap->substr(0, 32)});
    request.pap = *known;
  }
  if (const auto format = call.request.parameter("format"); format && !format->empty()) {
    request.format = lists::format_from_name(*format);
    if (!request.format) return fail(ErrorCode::Malformed, "api.bad_format", {format->substr(0, 32)});
  }
  if (request.content.empty()) return fail(ErrorCode::Malformed, "import.empty");
  const auto report = TRY(journeys::import_file(call.context(), request));
  json::Object out;
  out.set("format", lists::name(report.format));
  out.set("objects", report.objects);
  out.set("stored", report.stored);
  out.set("updated", report.updated);
  out.set("unchanged", report.unchanged);
  out.set("refused_count", report.refused_count);
  json::Array refused;
  for (const auto& entry : report.refused) {
    json::Object line;
    line.set("at", entry.at);
    line.set("text", entry.text);
    line.set("message", text::say(call.language, entry.error));
    refused.push_back(std::move(line));
  }
  out.set("refused", std::move(refused));
  json::Array findings;
  for (const auto& entry : report.findings) {
    json::Object line;
    line.set("level", stix::name(entry.finding.level));
    line.set("rule", entry.finding.rule);
    line.set("pointer", entry.finding.pointer);
    line.set("message", call.say(entry.finding.rule, entry.finding.args));
    line.set("item_id", entry.first_id);
    line.set("count", entry.count);
    findings.push_back(std::move(line));
  }
  out.set("findings", std::move(findings));
  out.set("not_matched", report.not_matched);
  out.set("partly_matched", report.partly_matched);
  out.set("needs_tlp", report.needs_tlp);
  out.set("tlp", stix::name(report.tlp));
  out.set("import_id", report.import_id);
  return reply(json::Value(std::move(out)));
}

Result<Reply> list_imports(Call& call) {
  const auto before = TRY(call.cursor());
  const auto limit = TRY(call.limit());
  const auto found = TRY(call.db().read_value([&](store::Transaction& tx) -> Result<std::vector<intel::Import>> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    return intel::imports(tx, before, limit, {scope, call.who.user});
  }));
  json::Array items;
  for (const auto& import : found) {
    json::Object entry;
    entry.set("import_id", import.import_id);
    entry.set("name", import.name);
    entry.set("format", import.format);
    entry.set("time", base::to_rfc3339(import.time));
    entry.set("by", import.by);
    entry.set("stored", import.counts.stored);
    entry.set("updated", import.counts.updated);
    entry.set("unchanged", import.counts.unchanged);
    entry.set("refused", import.counts.refused);
    entry.set("state", import.state);
    if (import.repeated_by != 0) entry.set("repeated_by", import.repeated_by);
    items.push_back(std::move(entry));
  }
  std::optional<std::string> next;
  if (found.size() == static_cast<std::size_t>(limit)) next = std::to_string(found.back().import_id);
  return reply(page(std::move(items), next, {}));
}

Result<Reply> list_sightings(Call& call) {
  const auto limit = TRY(call.limit());
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Array items;
    for (const auto& sighting : TRY(intel::sightings(tx, scope, limit))) {
      json::Object entry;
      entry.set("id", sighting.stix_id);
      const auto copies = TRY(intel::copies(tx, sighting.stix_id, scope));
      entry.set("item", copies.empty() ? json::Value() : json::Value(std::to_string(copies.front().item)));
      entry.set("name", copies.empty() ? sighting.stix_id : copies.front().name);
      entry.set("party_id", sighting.party.text());
      entry.set("party", names.name(sighting.party));
      entry.set("count", sighting.count);
      entry.set("first", base::to_rfc3339(sighting.first));
      entry.set("last", base::to_rfc3339(sighting.last));
      items.push_back(std::move(entry));
    }
    return reply(page(std::move(items), {}, {}));
  });
}

}  // namespace

void add_intel_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/intel", Action::SeeIntelligence, list_items});
  out.push_back({"GET", "/api/intel/{item}", Action::SeeIntelligence, show_item});
  out.push_back({"POST", "/api/import", Action::Import, import, false, true});
  out.push_back({"GET", "/api/imports", Action::SeeIntelligence, list_imports});
  out.push_back({"GET", "/api/sightings", Action::SeeIntelligence, list_sightings});
}

}  // namespace tocsin::api
