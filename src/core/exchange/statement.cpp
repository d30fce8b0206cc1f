#include "core/exchange/statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tocsin::exchange {
namespace {

using Kind = std::pair<std::string_view, KindClass>;
constexpr std::array kKinds = {
    Kind{"descriptor", KindClass::Control}, Kind{"keys", KindClass::Control},     Kind{"agreement", KindClass::Control},
    Kind{"withdraw", KindClass::Control},   Kind{"consent", KindClass::Control},  Kind{"endorse", KindClass::Control},
    Kind{"ack", KindClass::Control},        Kind{"retract", KindClass::Control},  Kind{"recover", KindClass::Control},
    Kind{"ping", KindClass::Control},       Kind{"pong", KindClass::Control},     Kind{"intel", KindClass::Content},
    Kind{"sighting", KindClass::Content},   Kind{"outcome", KindClass::Content},  Kind{"alert", KindClass::Content},
    Kind{"request", KindClass::Content},    Kind{"offer", KindClass::Content},    Kind{"message", KindClass::Content},
    Kind{"comment", KindClass::Content},    Kind{"proposal", KindClass::Content}, Kind{"dispute", KindClass::Content},
    Kind{"notice", KindClass::Content},     Kind{"case", KindClass::Content},     Kind{"room", KindClass::Content},
    Kind{"contact", KindClass::Content},    Kind{"inject", KindClass::Content},   Kind{"survey", KindClass::Content},
    Kind{"answer", KindClass::Content}};

constexpr std::array<std::string_view, 20> kMembers = {
    "spec",        "id",        "author",      "time",       "kind",    "agreement",    "handling",
    "realm",       "thread",    "in_reply_to", "supersedes", "urgency", "reply_within", "legal_note",
    "attachments", "approvals", "terms",       "nonce",      "body",    "objects"};

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "statement.malformed", {std::string(field)});
}

std::string write_payload(const Statement& s) {
  json::Object out;
  out.set("spec", "tocsin/1");
  out.set("id", s.id);
  out.set("author", s.author.text());
  out.set("time", base::to_rfc3339(s.time));
  out.set("kind", s.kind);
  if (!s.agreement.empty()) {
    json::Object agreement;
    agreement.set("id", s.agreement);
    agreement.set("terms", s.terms.base64url());
    out.set("agreement", std::move(agreement));
  }
  json::Object handling;
  handling.set("tlp", stix::name(s.handling.tlp));
  handling.set("pap", stix::name(s.handling.pap));
  handling.set("onward", trust::name(s.handling.onward));
  handling.set("retain_days", static_cast<std::int64_t>(s.handling.retain_days));
  out.set("handling", std::move(handling));
  out.set("realm", s.realm);
  if (!s.thread.empty()) out.set("thread", s.thread);
  if (s.in_reply_to) out.set("in_reply_to", s.in_reply_to->base64url());
  if (s.supersedes) out.set("supersedes", s.supersedes->base64url());
  if (!s.urgency.empty()) out.set("urgency", s.urgency);
  if (s.reply_within) out.set("reply_within", fmt::format("PT{}S", s.reply_within->us / 1'000'000));
  if (!s.legal_note.empty()) out.set("legal_note", s.legal_note);
  if (!s.attachments.empty()) {
    json::Array list;
    for (const Attachment& attachment : s.attachments) {
      json::Object entry;
      entry.set("sha256", attachment.sha256.base64url());
      entry.set("size", static_cast<std::int64_t>(attachment.size_bytes));
      entry.set("type", attachment.type);
      list.push_back(std::move(entry));
    }
    out.set("attachments", std::move(list));
  }
  out.set("nonce", base::random_fixed<Digest>().base64url());
  out.set("body", s.body);
  std::string text = json::write(out);
  if (!s.objects.empty()) {  // spliced, never re-serialised
    text.pop_back();
    text += ",\"objects\":[";
    for (std::size_t i = 0; i < s.objects.size(); ++i) {
      if (i > 0) text += ',';
      text += s.objects[i];
    }
    text += "]}";
  }
  return text;
}

Result<std::optional<Digest>> read_digest(const json::Value& value, std::string_view field) {
  const json::Value* member = value.find(field);
  if (!member) return std::optional<Digest>{};
  const auto digest = member->string() ? Digest::from_base64url(*member->string()) : std::nullopt;
  if (!digest) return bad(field);
  return std::optional(*digest);
}

Result<Statement> read_payload(const json::Value& value, std::string_view bytes) {
  if (!value.object()) return bad("payload");
  for (const auto& [member, unused] : *value.object())
    if (std::find(kMembers.begin(), kMembers.end(), member) == kMembers.end()) return bad(member);
  if (value.text("spec") != "tocsin/1") return bad("spec");
  Statement s;
  s.id = value.text("id");
  if (!base::is_uuid(s.id)) return bad("id");
  const auto author = PartyId::parse(value.text("author"));
  if (!author) return bad("author");
  s.author = *author;
  const auto time = base::from_rfc3339(value.text("time"));
  if (!time) return bad("time");
  s.time = *time;
  s.kind = value.text("kind");
  const auto kind = kind_class(s.kind);
  if (!kind) return fail(ErrorCode::Malformed, "statement.unknown_kind", {s.kind.substr(0, 32)});
  if (const json::Value* agreement = value.find("agreement")) {
    s.agreement = agreement->text("id");
    const auto terms = Digest::from_base64url(agreement->text("terms"));
    if (!base::is_uuid(s.agreement) || !terms) return bad("agreement");
    s.terms = *terms;
  }
  if ((*kind == KindClass::Content) == s.agreement.empty()) return bad("agreement");
  const json::Value* handling = value.find("handling");
  if (!handling) return bad("handling");
  const auto tlp = stix::tlp_from_name(handling->text("tlp"));
  const auto pap = stix::pap_from_name(handling->text("pap"));
  const auto onward = trust::onward_from_name(handling->text("onward"));
  const auto retain = handling->integer_or("retain_days", 0);
  if (!tlp || !pap || !onward || retain < 1 || retain > 36500) return bad("handling");
  s.handling = {*tlp, *pap, *onward, static_cast<std::uint32_t>(retain)};
  s.realm = value.text("realm");
  if (s.realm != trust::kReal && !base::is_uuid(s.realm)) return bad("realm");
  s.thread = value.text("thread");
  if (s.thread.size() > 64) return bad("thread");
  s.in_reply_to = TRY(read_digest(value, "in_reply_to"));
  s.supersedes = TRY(read_digest(value, "supersedes"));
  s.urgency = value.text("urgency");
  constexpr std::array<std::string_view, 5> kUrgencies = {"", "routine", "priority", "immediate", "flash"};
  if (std::find(kUrgencies.begin(), kUrgencies.end(), s.urgency) == kUrgencies.end()) return bad("urgency");
  if (value.find("reply_within")) {
    s.reply_within = base::from_iso_duration(value.text("reply_within"));
    if (!s.reply_within) return bad("reply_within");
  }
  s.legal_note = value.text("legal_note");
  if (s.legal_note.size() > 4096) return bad("legal_note");
  if (const json::Value* list = value.find("attachments")) {
    if (!list->array() || list->array()->size() > 64) return bad("attachments");
    for (const auto& entry : *list->array()) {
      const auto digest = Digest::from_base64url(entry.text("sha256"));
      const auto size = entry.integer_or("size", -1);
      if (!digest || size < 0 || entry.text("type").size() > 128) return bad("attachments");
      s.attachments.push_back({*digest, static_cast<std::uint64_t>(size), entry.text("type")});
    }
  }
  if (!Digest::from_base64url(value.text("nonce"))) return bad("nonce");
  const json::Value* body = value.find("body");
  if (!body || !body->object()) return bad("body");
  s.body = *body;
  if (const json::Value* objects = value.find("objects")) {
    if (!objects->array()) return bad("objects");
    // The same bytes that the strict parse has accepted, sliced out so that each object stays exactly as signed.
    TRY(json::for_each_element(bytes, "objects", [&](json::RawElement element) {
      s.objects.emplace_back(element.bytes);
      return true;
    }));
    if (s.objects.size() != objects->array()->size()) return bad("objects");
  }
  return s;
}

}  // namespace

std::optional<KindClass> kind_class(std::string_view kind) {
  for (const auto& [word, group] : kKinds)
    if (word == kind) return group;
  return std::nullopt;
}

bool is_real_only(std::string_view kind) {
  return kind_class(kind) == KindClass::Control && kind != "ack" && kind != "retract" && kind != "ping" &&
         kind != "pong";
}

VerifiedStatement sign_statement(const trust::OwnKeys& keys, Statement statement) {
  const bool real = statement.realm == trust::kReal;
  VerifiedStatement out;
  out.signed_ =
      trust::sign(trust::SignedType::Statement, real ? keys.statement : keys.exercise, write_payload(statement));
  out.digest_ = out.signed_.digest();
  out.statement_ = std::move(statement);
  return out;
}

Result<PartyId> claimed_author(const Signed& object) {
  const auto value = json::parse(object.payload, {.bytes = 16u << 20, .depth = 64});
  if (!value) return tl::unexpected(value.error());
  const auto author = PartyId::parse(value->text("author"));
  if (!author) return bad("author");
  return *author;
}

Result<VerifiedStatement> verify_statement(const Signed& object, const trust::Descriptor& author,
                                           const std::optional<LeafPosition>& leaf) {
  const std::string kid = TRY(trust::key_id(object.jws));
  bool by_exercise_key = kid == trust::key_id(author.exercise_key);
  const crypto::PublicKey* key = nullptr;
  bool was_retired = false;
  if (kid == trust::key_id(author.statement_key))
    key = &author.statement_key;
  else if (by_exercise_key)
    key = &author.exercise_key;
  else
    for (const trust::RetiredKey& retired : author.retired)
      if (retired.use != "log" && kid == trust::key_id(retired.key)) {
        by_exercise_key = retired.use == "exercise";
        // A later leaf under a retired key is refused whatever time it claims.
        if (leaf && retired.is_good_for(leaf->epoch, leaf->index)) key = &retired.key;
        was_retired = true;
      }
  if (!key) return fail(ErrorCode::Unauthenticated, was_retired ? "statement.retired_key" : "trust.wrong_key");
  const json::Value value = TRY(trust::verify(trust::SignedType::Statement, *key, object));
  VerifiedStatement out;
  out.statement_ = TRY(read_payload(value, object.payload));
  if (out.statement_.author != author.party) return fail(ErrorCode::Unauthenticated, "statement.wrong_author");
  if ((out.statement_.realm == trust::kReal) == by_exercise_key)
    return fail(ErrorCode::Unauthenticated, "statement.realm_key");
  if (by_exercise_key && is_real_only(out.statement_.kind))
    return fail(ErrorCode::Forbidden, "statement.real_only", {out.statement_.kind});
  out.signed_ = object;
  out.digest_ = object.digest();
  return out;
}

}  // namespace tocsin::exchange
