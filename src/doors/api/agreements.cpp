#include "core/trust/agreements.h"

#include <algorithm>
#include <array>

#include "core/exchange/statement.h"
#include "doors/api/alert_json.h"
#include "journeys/agree.h"

namespace tocsin::api {
namespace {

constexpr std::int64_t kLongestRetentionDays = 36500;  // of an agreement, docs/protocol.md section 4

std::optional<Time> left_at(const trust::StoredAgreement& stored, const trust::PartyId& party) {
  for (const auto& departure : stored.departures)
    if (departure.party == party) return departure.at;
  return std::nullopt;
}

void set_terms(const trust::Terms& terms, json::Object& out) {
  out.set("level", trust::name(terms.level));
  out.set("tlp", stix::name(terms.tlp));
  out.set("pap", stix::name(terms.pap));
  out.set("onward", trust::name(terms.onward));
  out.set("purposes", words(terms.purposes));
  out.set("categories", words(terms.categories));
  out.set("automatic", words(terms.automatic));
  json::Object ack;
  for (std::size_t severity = 0; severity < terms.acknowledge.size(); ++severity)
    ack.set(std::to_string(severity), fmt::format("PT{}S", terms.acknowledge[severity].us / 1'000'000));
  out.set("ack", std::move(ack));
  out.set("retention_days", static_cast<std::int64_t>(terms.retention_days));
  out.set("from", base::to_rfc3339(terms.from));
  out.set("until", base::to_rfc3339(terms.until));
  out.set("redactions", words(terms.redactions));
}

Result<json::Value> agreement_json(const Call& call, store::Transaction& tx, const trust::StoredAgreement& stored,
                                   const PartyNames& names) {
  const trust::Terms& terms = stored.agreement.terms;
  json::Object out;
  out.set("id", stored.agreement.id);
  out.set("version", static_cast<std::int64_t>(stored.agreement.version));
  out.set("title", terms.title.in(call.language));
  json::Array parties;
  for (const auto& id : stored.agreement.parties) {
    json::Value entry = names.brief(id);
    entry.object()->set("signed", stored.signed_by(id));
    std::int64_t approvals = 0;
    for (const auto& approval : stored.approvals) approvals += approval.party == id ? 1 : 0;
    entry.object()->set("approvals", approvals);
    const auto party = trust::party(tx, id);
    entry.object()->set("needed", party ? json::Value(party->descriptor.approvals_needed()) : json::Value());
    entry.object()->set("left_at", or_null(left_at(stored, id)));
    parties.push_back(std::move(entry));
  }
  out.set("parties", std::move(parties));
  json::Array unpeered;
  if (!stored.is_over(call.now()))
    for (const auto& id : TRY(trust::unpeered(tx, stored))) unpeered.push_back(id.text());
  out.set("unpeered", std::move(unpeered));
  out.set("state", trust::name(stored.state(call.now())));
  set_terms(terms, out);
  out.set("terms_digest", stored.terms.hex());
  out.set("document_digest", stored.digest.hex());
  return json::Value(std::move(out));
}

// As the party announces the holder of that key. Who is announced no more is known by the account, and a person of ours
// by the name that the account has here.
Result<std::string> approver_name(const Call& call, store::Transaction& tx, const trust::StoredApproval& given) {
  const trust::Party party = TRY(trust::party(tx, given.party));
  const trust::Signatory* announced = party.descriptor.signatory(given.approval.key);
  if (announced && !announced->display_name.empty()) return announced->display_name;
  return given.party == call.context().self.party ? person_name(tx, given.approval.person) : given.approval.person;
}

Result<json::Value> whole_agreement(const Call& call, store::Transaction& tx, const trust::AgreementId& id) {
  const auto stored = TRY(trust::latest_agreement(tx, id));
  const PartyNames names = TRY(PartyNames::load(tx, call.language));
  json::Value out = TRY(agreement_json(call, tx, stored, names));
  const trust::Terms& terms = stored.agreement.terms;
  json::Array summary;
  summary.push_back(
      call.say("agreement.summary.ceiling", {std::string(stix::name(terms.tlp)), std::string(stix::name(terms.pap))}));
  summary.push_back(call.say("agreement.summary.onward." + std::string(trust::name(terms.onward))));
  for (const std::string& kind : terms.automatic) summary.push_back(call.say("agreement.summary.automatic." + kind));
  summary.push_back(call.say("agreement.summary.retention", {std::to_string(terms.retention_days)}));
  if (!terms.redactions.empty()) summary.push_back(call.say("agreement.summary.redactions"));
  out.object()->set("summary", std::move(summary));
  json::Array approvals, signatures;
  for (const auto& approval : stored.approvals) {
    json::Value entry = names.brief(approval.party);
    entry.object()->set("person", TRY(approver_name(call, tx, approval)));
    entry.object()->set("account", approval.approval.person);
    entry.object()->set("at", base::to_rfc3339(approval.at));
    approvals.push_back(std::move(entry));
  }
  for (const auto& signature : stored.signatures) {
    json::Value entry = names.brief(signature.party);
    entry.object()->set("at", base::to_rfc3339(signature.at));
    entry.object()->set("statement", signature.statement.hex());
    signatures.push_back(std::move(entry));
  }
  out.object()->set("approvals", std::move(approvals));
  out.object()->set("signatures", std::move(signatures));
  out.object()->set("document", trust::write_agreement(stored.agreement));
  return out;
}

Result<Reply> list_agreements(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const PartyNames names = TRY(PartyNames::load(tx, call.language));
    json::Array items;
    for (const auto& stored : TRY(trust::agreements(tx))) items.push_back(TRY(agreement_json(call, tx, stored, names)));
    const auto count = static_cast<std::int64_t>(items.size());
    return reply(page(std::move(items), {}, count));
  });
}

// What is left out stays as it is. What cannot be read is refused: what is agreed may not be less than what somebody
// wrote.
Result<void> read_words(const json::Value& body, std::string_view field, std::vector<std::string>& into) {
  const json::Value* list = body.find(field);
  if (!list) return {};
  if (!list->array()) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
  into.clear();
  for (const auto& word : *list->array()) {
    if (!word.string()) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
    into.push_back(*word.string());
  }
  return {};
}

Result<void> read_time(const json::Value& body, std::string_view field, Time& into) {
  if (!body.find(field)) return {};
  const auto time = base::from_rfc3339(body.text(field));
  if (!time) return fail(ErrorCode::Malformed, "api.bad_field", {std::string(field)});
  into = *time;
  return {};
}

template <typename T>
Result<void> read_name(const json::Value& body, std::string_view field, std::optional<T> (*from_name)(std::string_view),
                       std::string_view error, T& into) {
  if (!body.find(field)) return {};
  const std::string text = body.text(field);
  const std::optional<T> known = from_name(text);
  if (!known) return fail(ErrorCode::Malformed, error, {text.substr(0, 32)});
  into = *known;
  return {};
}

Result<void> read_deadlines(const json::Value& body, std::array<Duration, 6>& into) {
  const json::Value* ack = body.find("ack");
  if (ack && !ack->object()) return fail(ErrorCode::Malformed, "api.bad_field", {"ack"});
  for (std::size_t severity = 0; ack && severity < into.size(); ++severity) {
    const std::string field = std::to_string(severity);
    if (!ack->find(field)) continue;
    const auto duration = base::from_iso_duration(ack->text(field));
    if (!duration) return fail(ErrorCode::Malformed, "agreement.malformed", {"ack"});
    into[severity] = *duration;
  }
  return {};
}

// Onto the usual terms.
Result<void> read_terms(const json::Value& body, trust::Terms& terms) {
  if (const json::Value* title = body.find("title"))
    terms.title = {title->text("en", terms.title.en), title->text("fr", terms.title.fr),
                   title->text("vi", terms.title.vi)};
  TRY_VOID(read_name(body, "level", trust::level_from_name, "agreement.bad_level", terms.level));
  TRY_VOID(read_name(body, "tlp", stix::tlp_from_name, "api.bad_tlp", terms.tlp));
  TRY_VOID(read_name(body, "pap", stix::pap_from_name, "api.bad_pap", terms.pap));
  TRY_VOID(read_name(body, "onward", trust::onward_from_name, "api.bad_onward", terms.onward));
  TRY_VOID(read_words(body, "purposes", terms.purposes));
  TRY_VOID(read_words(body, "categories", terms.categories));
  TRY_VOID(read_words(body, "automatic", terms.automatic));
  TRY_VOID(read_words(body, "redactions", terms.redactions));
  for (const auto* kinds : {&terms.categories, &terms.automatic})
    for (const std::string& kind : *kinds)
      if (!exchange::kind_class(kind)) return fail(ErrorCode::Malformed, "api.unknown_kind", {kind.substr(0, 32)});
  if (const json::Value* days = body.find("retention_days")) {
    if (!days->integer() || *days->integer() < 1 || *days->integer() > kLongestRetentionDays)
      return fail(ErrorCode::Malformed, "api.bad_field", {"retention_days"});
    terms.retention_days = static_cast<std::uint32_t>(*days->integer());
  }
  TRY_VOID(read_deadlines(body, terms.acknowledge));
  TRY_VOID(read_time(body, "from", terms.from));
  return read_time(body, "until", terms.until);
}

Result<Reply> show_usual_terms(Call& call) {
  json::Object out;
  set_terms(journeys::usual_terms(1, call.now()), out);
  return reply(json::Value(std::move(out)));
}

Result<Reply> propose_agreement(Call& call) {
  trust::Agreement agreement;
  std::vector<std::string> parties;
  TRY_VOID(read_words(call.body, "parties", parties));
  for (const std::string& id : parties) agreement.parties.push_back(TRY(party_from(id)));
  agreement.id = call.text("id");
  if (agreement.id.empty())
    agreement.terms = journeys::usual_terms(parties.size(), call.now());
  else
    TRY_VOID(journeys::begin_next_version(call.context(), agreement));
  TRY_VOID(read_terms(call.body, agreement.terms));
  const auto stored = TRY(journeys::propose(call.context(), std::move(agreement), call.doer()));
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    return reply(TRY(whole_agreement(call, tx, stored.agreement.id)), 201);
  });
}

Result<Reply> show_agreement(Call& call) {
  return call.db().read_value(
      [&](store::Transaction& tx) -> Result<Reply> { return reply(TRY(whole_agreement(call, tx, call.path[0]))); });
}

// Whoever operates the keyboard, the deed is the named person's: only that person's password opens the key.
journeys::SignatoryProof proof_from(const Call& call) {
  const std::string person = call.body.text("person", call.who.user);
  return {{person, call.who.via + " as " + call.who.user},
          call.text("password"),
          call.text("code"),
          call.request.remote_address};
}

Result<Reply> sign_agreement(Call& call) {
  if (call.text("document").empty()) return fail(ErrorCode::Malformed, "api.missing", {"document"});
  const Digest document = TRY(digest_from(call.text("document")));
  const auto turn = TRY(call.shared.persons.enter());
  TRY(journeys::approve(call.context(), {call.path[0], document, proof_from(call)}));
  return show_agreement(call);
}

Result<Reply> withdraw_agreement(Call& call) {
  const auto turn = TRY(call.shared.persons.enter());
  TRY(journeys::withdraw(call.context(), {call.path[0], proof_from(call)}));
  return show_agreement(call);
}

}  // namespace

void add_agreement_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/usual_terms", Action::SeeParties, show_usual_terms});
  out.push_back({"GET", "/api/agreements", Action::SeeParties, list_agreements});
  out.push_back({"POST", "/api/agreements", Action::ProposeAgreement, propose_agreement});
  out.push_back({"GET", "/api/agreements/{id}", Action::SeeParties, show_agreement});
  out.push_back({"POST", "/api/agreements/{id}/sign", Action::SignAgreement, sign_agreement});
  out.push_back({"POST", "/api/agreements/{id}/withdraw", Action::SignAgreement, withdraw_agreement});
}

}  // namespace tocsin::api
