#include "journeys/publish.h"

#include "core/exchange/evidence_export.h"
#include "core/exchange/retractions.h"
#include "doors/api/call.h"
#include "journeys/retract.h"

namespace tocsin::api {
namespace {

// Under which agreement, how restricted, and for whom: the same for items and for an alert.
Result<void> read_conditions(const Call& call, journeys::PublishRequest& request) {
  request.by = call.doer();
  request.agreement = call.text("agreement");
  if (const std::string tlp = call.text("tlp"); !tlp.empty()) {
    request.tlp = stix::tlp_from_name(tlp);
    if (!request.tlp) return fail(ErrorCode::Malformed, "api.bad_tlp", {tlp.substr(0, 32)});
  }
  if (const std::string onward = call.text("onward"); !onward.empty()) {
    request.onward = trust::onward_from_name(onward);
    if (!request.onward) return fail(ErrorCode::Malformed, "api.bad_onward", {onward.substr(0, 32)});
  }
  const json::Value* readers = call.body.find("readers");
  if (!readers) return {};
  if (!readers->array()) return fail(ErrorCode::Malformed, "api.bad_field", {"readers"});
  for (const auto& reader : *readers->array()) {
    const auto person = reader.string() ? trust::Person::parse(*reader.string()) : std::nullopt;
    if (!person) return fail(ErrorCode::Malformed, "api.bad_field", {"readers"});
    request.readers.insert(*person);
  }
  return {};
}

Result<journeys::PublishRequest> read_request(const Call& call) {
  journeys::PublishRequest request;
  TRY_VOID(read_conditions(call, request));
  if (const json::Value* items = call.body.find("items")) {
    if (!items->array() || items->array()->size() > 100'000)
      return fail(ErrorCode::Malformed, "api.missing", {"items"});
    for (const auto& entry : *items->array()) {
      if (entry.integer())
        request.items.push_back(*entry.integer());
      else if (entry.string())
        request.items.push_back(TRY(number_from(*entry.string())));
      else
        return fail(ErrorCode::Malformed, "api.bad_number");
    }
  }
  if (const json::Value* import = call.body.find("import_id"); import && !import->is_null())
    request.import_id = import->integer() ? *import->integer() : TRY(number_from(call.text("import_id")));
  if (const json::Value* alert = call.body.find("alert"); alert && !alert->is_null())
    request.alert = alert->integer() ? *alert->integer() : TRY(number_from(call.text("alert")));
  if (request.items.empty() && request.import_id == 0 && !request.alert)
    return fail(ErrorCode::Malformed, "publish.nothing_chosen");
  return request;
}

Result<json::Value> plan_json(const Call& call, const journeys::PublishPlan& plan) {
  const PartyNames names =
      TRY(call.db().read_value([&](store::Transaction& tx) { return PartyNames::load(tx, call.language); }));
  json::Object out;
  out.set("objects", plan.objects);
  out.set("bytes", plan.bytes);
  json::Array recipients;
  for (const auto& recipient : plan.recipients) {
    json::Value entry = names.brief(recipient.party);
    json::Object agreement;
    agreement.set("id", recipient.agreement_id);
    agreement.set("title", recipient.agreement_title.in(call.language));
    agreement.set("version", static_cast<std::int64_t>(recipient.agreement_version));
    entry.object()->set("agreement", std::move(agreement));
    entry.object()->set("permitted", recipient.permitted);
    entry.object()->set("along", recipient.along);
    json::Array refused;
    for (const auto& group : recipient.refused) {
      json::Object line;
      line.set("count", group.count);
      line.set("reason", call.reason(group.reason, group.args));
      line.set("example", group.example);
      refused.push_back(std::move(line));
    }
    entry.object()->set("refused", std::move(refused));
    json::Array readers;
    for (const auto& reader : recipient.readers) {
      json::Object person;
      person.set("account", reader.account);
      person.set("name", reader.display_name.empty() ? reader.account : reader.display_name);
      readers.push_back(std::move(person));
    }
    entry.object()->set("readers", std::move(readers));
    recipients.push_back(std::move(entry));
  }
  out.set("recipients", std::move(recipients));
  json::Array others;
  for (const auto& other : plan.not_recipients) {
    json::Value entry = names.brief(other.party);
    entry.object()->set("reason", call.reason(other.reason, other.args));
    others.push_back(std::move(entry));
  }
  out.set("not_recipients", std::move(others));
  json::Array notes;
  if (plan.nobody_may_pass_on) notes.push_back(call.reason("publish.nobody_may_pass_on"));
  out.set("notes", std::move(notes));
  json::Array statements;
  for (const auto& statement : plan.statements) {
    json::Object entry;
    entry.set("digest", statement.digest.hex());
    entry.set("agreement", statement.agreement);
    entry.set("kind", statement.kind);
    entry.set("objects", statement.objects);
    entry.set("onward", statement.onward);
    statements.push_back(std::move(entry));
  }
  out.set("statements", std::move(statements));
  return json::Value(std::move(out));
}

Result<Reply> show_preview(Call& call) {
  return reply(TRY(plan_json(call, TRY(journeys::preview(call.context(), TRY(read_request(call)))))));
}

Result<Reply> publish(Call& call) {
  const auto plan = TRY(journeys::publish(call.context(), TRY(read_request(call))));
  return reply(TRY(plan_json(call, plan)));
}

Result<journeys::PublishRequest> alert_request(Call& call) {
  journeys::PublishRequest request;
  request.alert = TRY(number_from(call.path[0]));
  TRY_VOID(read_conditions(call, request));
  return request;
}

Result<Reply> preview_alert(Call& call) {
  return reply(TRY(plan_json(call, TRY(journeys::preview(call.context(), TRY(alert_request(call)))))));
}

Result<Reply> share_alert(Call& call) {
  const auto plan = TRY(journeys::publish(call.context(), TRY(alert_request(call))));
  call.context().changed("alert");
  return reply(TRY(plan_json(call, plan)));
}

Result<Reply> list_statements(Call& call) {
  exchange::ArchiveQuery query;
  query.direction = call.request.parameter("direction").value_or("");
  query.kind = call.request.parameter("kind").value_or("");
  query.before_row = TRY(call.cursor());
  query.limit = TRY(call.limit());
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    const auto found = TRY(exchange::list(tx, query, scope, call.context().self.party));
    json::Array items;
    for (const auto& row : found) {
      const auto& s = row.statement;
      const trust::Label label = TRY(trust::label(tx, s.label));
      json::Object entry;
      entry.set("digest", s.digest.hex());
      entry.set("id", s.id);
      entry.set("kind", s.kind);
      entry.set("author", names.brief(s.author));
      entry.set("from", names.brief(s.from));
      entry.set("time", base::to_rfc3339(s.time));
      entry.set("received", base::to_rfc3339(s.received));
      entry.set("agreement", s.agreement.empty() ? json::Value() : json::Value(s.agreement));
      entry.set("tlp", stix::name(label.tlp));
      entry.set("realm", s.realm);
      entry.set("direction", s.author == call.context().self.party ? "out" : "in");
      entry.set("objects", s.objects);
      entry.set("retracted", s.retracted_by.has_value());
      json::Array recipients;
      for (const auto& sent : TRY(exchange::recipients_of(tx, s.digest))) {
        json::Value recipient = names.brief(sent.party);
        recipient.object()->set("state", arrival(sent.state));
        recipient.object()->set("received_at", or_null(sent.receipted));
        if (!sent.reason.empty()) recipient.object()->set("reason", call.reason(sent.reason, sent.reason_args));
        recipients.push_back(std::move(recipient));
      }
      entry.set("recipients", std::move(recipients));
      items.push_back(std::move(entry));
    }
    std::optional<std::string> next;
    if (found.size() == static_cast<std::size_t>(query.limit)) next = std::to_string(found.back().row);
    return reply(page(std::move(items), next, {}));
  });
}

Result<Reply> export_evidence(Call& call) {
  // A receipt comes with its envelope, whose positions count what its reader may not know of.
  const bool with_receipts =
      call.request.parameter("without_receipts") != "1" && people::may(call.who, people::Action::SeeLog);
  return call.db().write_value([&](store::Transaction& tx) -> Result<Reply> {
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const exchange::Archived found = TRY(exchange::find_archived(tx, call.path[0], scope));
    const auto& self = call.context().self;
    const exchange::EvidenceFile file = TRY(exchange::evidence_of(tx, self, found, with_receipts, call.now()));
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Object out;
    out.set("file_name", fmt::format("{}-{}.evidence", found.kind, found.digest.hex().substr(0, 16)));
    out.set("content", exchange::write_evidence(file));
    out.set("digest", found.digest.hex());
    out.set("author", names.brief(found.author));
    out.set("retracted", found.retracted_by.has_value());
    json::Array receipts;
    for (const auto& one : file.handed_over)
      receipts.push_back(names.brief(TRY(exchange::read_envelope(TRY(json::parse(one.envelope.payload)))).recipient));
    out.set("receipts", std::move(receipts));
    return reply(json::Value(std::move(out)));
  });
}

// What a retracted object was called, for readers who may read it; others see its id alone.
Result<json::Array> named_objects(store::Transaction& tx, const std::vector<std::string>& ids,
                                  const trust::Scope& scope) {
  json::Array out;
  for (const std::string& id : ids) {
    json::Object entry;
    entry.set("id", id);
    if (const auto copies = TRY(intel::copies(tx, id, scope)); !copies.empty()) {
      entry.set("item", std::to_string(copies.front().item));
      entry.set("type", copies.front().type);
      entry.set("name", copies.front().name);
      entry.set("value", copies.front().value);
    }
    out.push_back(std::move(entry));
  }
  return out;
}

Result<json::Value> retraction_json(const Call& call, store::Transaction& tx, const exchange::StoredRetraction& stored,
                                    const PartyNames& names) {
  json::Object out;
  out.set("digest", stored.digest.hex());
  out.set("target", stored.retraction.targets.empty() ? "" : stored.retraction.targets.front().hex());
  const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
  out.set("objects", TRY(named_objects(tx, stored.retraction.objects, scope)));
  out.set("reason", exchange::name(stored.retraction.reason));
  out.set("note", stored.retraction.note);
  out.set("time", base::to_rfc3339(stored.at));
  out.set("author", names.brief(stored.author));
  std::int64_t confirmed = 0, overdue = 0;
  json::Array holders;
  for (const auto& holder : stored.holders) {
    const exchange::HolderState state = exchange::state_of(holder, stored, call.now());
    confirmed += state == exchange::HolderState::Confirmed ? 1 : 0;
    overdue += state == exchange::HolderState::Overdue ? 1 : 0;
    json::Value entry = names.brief(holder.party);
    entry.object()->set("state", exchange::name(state));
    entry.object()->set("at", or_null(holder.confirmed_at));
    entry.object()->set("onward_holders", holder.onward_holders);
    entry.object()->set("onward_confirmed", holder.onward_confirmed);
    holders.push_back(std::move(entry));
  }
  out.set("confirmed", confirmed);
  out.set("holders", stored.holders.size());
  out.set("overdue", overdue);
  out.set("holders_list", std::move(holders));
  return json::Value(std::move(out));
}

Result<Reply> retract(Call& call) {
  journeys::RetractRequest request;
  request.by = call.doer();
  request.note = call.text("note");
  if (request.note.size() > exchange::kMaxNoteBytes)
    return fail(ErrorCode::TooLarge, "api.text_too_long", {"note", std::to_string(exchange::kMaxNoteBytes)});
  const auto reason = exchange::retract_reason_from_name(call.text("reason"));
  if (!reason) return fail(ErrorCode::Malformed, "retract.bad_reason", {call.text("reason").substr(0, 32)});
  request.reason = *reason;
  if (const std::string statement = call.text("statement"); !statement.empty())
    request.statement = TRY(digest_from(statement));
  else if (const json::Value* item = call.body.find("item"); item)
    request.item = item->integer() ? *item->integer() : TRY(number_from(call.text("item")));
  else
    return fail(ErrorCode::Malformed, "api.missing", {"statement"});
  const auto digest = TRY(journeys::retract(call.context(), request));
  if (!digest) {
    json::Object out;
    out.set("digest", json::Value());
    out.set("confirmed", 0);
    out.set("holders", 0);
    out.set("holders_list", json::Array{});
    return reply(json::Value(std::move(out)));
  }
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto stored = TRY(exchange::retraction(tx, *digest));
    return reply(TRY(retraction_json(call, tx, *stored, TRY(PartyNames::load(tx, call.language)))));
  });
}

Result<Reply> list_retractions(Call& call) {
  const auto before = TRY(call.cursor());
  const auto limit = TRY(call.limit());
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Array items;
    const trust::Scope scope = TRY(trust::scope(tx, call.reader()));
    const auto found = TRY(exchange::retractions(tx, before, limit, &scope));
    for (const auto& stored : found) items.push_back(TRY(retraction_json(call, tx, stored, names)));
    std::optional<std::string> next;
    if (found.size() == static_cast<std::size_t>(limit)) next = std::to_string(found.back().row);
    return reply(page(std::move(items), next, {}));
  });
}

}  // namespace

void add_publish_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"POST", "/api/publish/preview", Action::Publish, show_preview});
  out.push_back({"POST", "/api/publish", Action::Publish, publish});
  out.push_back({"POST", "/api/alerts/{id}/share/preview", Action::Publish, preview_alert});
  out.push_back({"POST", "/api/alerts/{id}/share", Action::Publish, share_alert});
  out.push_back({"GET", "/api/statements", Action::SeeIntelligence, list_statements});
  out.push_back({"GET", "/api/statements/{digest}/evidence", Action::SeeIntelligence, export_evidence});
  out.push_back({"POST", "/api/retract", Action::Retract, retract});
  out.push_back({"GET", "/api/retractions", Action::SeeIntelligence, list_retractions});
}

}  // namespace tocsin::api
