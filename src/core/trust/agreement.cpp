#include "core/trust/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tocsin::trust {
namespace {

constexpr std::size_t kMaxParties = 1024;
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kMaxWords = 64;
constexpr std::size_t kMaxTitle = 300;
constexpr std::size_t kMaxPersonName = 64;
// A party may propose the highest version at once: the next one still has to be a number that JSON holds exactly.
constexpr std::int64_t kMaxVersion = 1'000'000;

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "agreement.malformed", {std::string(field)});
}

json::Array written(const std::vector<PartyId>& parties) {
  json::Array out;
  for (const PartyId& party : parties) out.push_back(party.text());
  return out;
}

json::Array words(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

Result<std::vector<std::string>> read_words(const json::Value& value, std::string_view field) {
  const json::Value* member = value.find(field);
  if (!member || !member->array() || member->array()->size() > kMaxWords) return bad(field);
  std::vector<std::string> out;
  for (const auto& word : *member->array()) {
    if (!word.string() || word.string()->empty() || word.string()->size() > 128) return bad(field);
    out.push_back(*word.string());
  }
  return out;
}

std::string write_duration(Duration duration) {
  return fmt::format("PT{}S", duration.us / 1'000'000);
}

json::Object write_terms(const Terms& terms) {
  json::Object out;
  json::Object title;
  if (!terms.title.en.empty()) title.set("en", terms.title.en);
  if (!terms.title.fr.empty()) title.set("fr", terms.title.fr);
  if (!terms.title.vi.empty()) title.set("vi", terms.title.vi);
  out.set("title", std::move(title));
  out.set("level", name(terms.level));
  out.set("purposes", words(terms.purposes));
  out.set("categories", words(terms.categories));
  out.set("tlp", stix::name(terms.tlp));
  out.set("pap", stix::name(terms.pap));
  out.set("onward", name(terms.onward));
  out.set("redactions", words(terms.redactions));
  out.set("retention_days", static_cast<std::int64_t>(terms.retention_days));
  json::Object ack;
  for (std::size_t severity = 0; severity < terms.acknowledge.size(); ++severity)
    ack.set(std::to_string(severity), write_duration(terms.acknowledge[severity]));
  out.set("acknowledge", std::move(ack));
  out.set("automatic", words(terms.automatic));
  out.set("from", base::to_rfc3339(terms.from));
  out.set("until", base::to_rfc3339(terms.until));
  return out;
}

Result<Terms> read_terms(const json::Value& value) {
  Terms terms;
  const json::Value* title = value.find("title");
  if (!title || !title->object()) return bad("title");
  terms.title = {title->text("en"), title->text("fr"), title->text("vi")};
  if (terms.title.in("en").empty()) return bad("title");
  for (const std::string* text : {&terms.title.en, &terms.title.fr, &terms.title.vi})
    if (text->size() > kMaxTitle) return bad("title");
  const auto level = level_from_name(value.text("level"));
  if (!level) return bad("level");
  terms.level = *level;
  terms.purposes = TRY(read_words(value, "purposes"));
  terms.categories = TRY(read_words(value, "categories"));
  const auto tlp = stix::tlp_from_name(value.text("tlp"));
  const auto pap = stix::pap_from_name(value.text("pap"));
  const auto onward = onward_from_name(value.text("onward"));
  if (!tlp) return bad("tlp");
  if (!pap) return bad("pap");
  if (!onward) return bad("onward");
  terms.tlp = *tlp;
  terms.pap = *pap;
  terms.onward = *onward;
  terms.redactions = TRY(read_words(value, "redactions"));
  const std::int64_t retention = value.integer_or("retention_days", 0);
  if (retention < 1 || retention > 36500) return bad("retention_days");
  terms.retention_days = static_cast<std::uint32_t>(retention);
  const json::Value* ack = value.find("acknowledge");
  if (!ack || !ack->object()) return bad("acknowledge");
  for (std::size_t severity = 0; severity < terms.acknowledge.size(); ++severity) {
    const auto duration = base::from_iso_duration(ack->text(std::to_string(severity)));
    if (!duration || duration->us <= 0) return bad("acknowledge");
    terms.acknowledge[severity] = *duration;
  }
  terms.automatic = TRY(read_words(value, "automatic"));
  for (const std::string& kind : terms.automatic)
    if (kind != "alert" && kind != "sighting" && kind != "intel") return bad("automatic");
  const auto from = base::from_rfc3339(value.text("from"));
  const auto until = base::from_rfc3339(value.text("until"));
  if (!from || !until || *until <= *from) return bad("until");
  terms.from = *from;
  terms.until = *until;
  return terms;
}

bool is_nonce(std::string_view text) {
  const auto bytes = base::from_hex(text);
  return bytes && bytes->size() == kNonceBytes && base::to_hex(*bytes) == text;
}

// What both lists allow, where an empty list means "everything".
std::vector<std::string> intersection(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out;
  for (const auto& word : a)
    if (std::find(b.begin(), b.end(), word) != b.end()) out.push_back(word);
  return out;
}

}  // namespace

std::string_view name(Onward onward) {
  switch (onward) {
    case Onward::None:
      return "none";
    case Onward::OwnConstituency:
      return "own_constituency";
    case Onward::WithinAgreement:
      return "within_agreement";
    case Onward::WithConsent:
      return "with_consent";
    case Onward::Free:
      return "free";
  }
  return "";
}

std::optional<Onward> onward_from_name(std::string_view text) {
  for (Onward onward :
       {Onward::None, Onward::OwnConstituency, Onward::WithinAgreement, Onward::WithConsent, Onward::Free})
    if (name(onward) == text) return onward;
  return std::nullopt;
}

std::string_view name(AgreementLevel level) {
  switch (level) {
    case AgreementLevel::Bilateral:
      return "bilateral";
    case AgreementLevel::Multilateral:
      return "multilateral";
    case AgreementLevel::Regional:
      return "regional";
    case AgreementLevel::Global:
      return "global";
    case AgreementLevel::PublicPrivate:
      return "public_private";
  }
  return "";
}

std::optional<AgreementLevel> level_from_name(std::string_view text) {
  for (AgreementLevel level : {AgreementLevel::Bilateral, AgreementLevel::Multilateral, AgreementLevel::Regional,
                               AgreementLevel::Global, AgreementLevel::PublicPrivate})
    if (name(level) == text) return level;
  return std::nullopt;
}

bool Terms::permits_kind(std::string_view kind) const {
  return categories.empty() || std::find(categories.begin(), categories.end(), kind) != categories.end();
}
bool Terms::sends_automatically(std::string_view kind) const {
  return permits_kind(kind) && std::find(automatic.begin(), automatic.end(), kind) != automatic.end();
}
bool Agreement::has(const PartyId& party) const {
  return std::find(parties.begin(), parties.end(), party) != parties.end();
}

bool Agreement::has_bound_id() const {
  return id == bound_id(parties, nonce);
}

AgreementId bound_id(const std::vector<PartyId>& parties, std::string_view nonce) {
  const json::Object named{{"parties", written(parties)}, {"nonce", nonce}};
  Digest digest = crypto::sha256("tocsin-agreement-id/1\n" + json::canonical(json::Value(named)));
  digest.bytes[6] = static_cast<std::uint8_t>((digest.bytes[6] & 0x0f) | 0x80);
  digest.bytes[8] = static_cast<std::uint8_t>((digest.bytes[8] & 0x3f) | 0x80);
  const std::string hex = digest.hex();
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

void bind_id(Agreement& agreement) {
  agreement.nonce = base::random_fixed<base::FixedBytes<kNonceBytes, struct AgreementNonce>>().hex();
  agreement.id = bound_id(agreement.parties, agreement.nonce);
}

json::Value write_agreement(const Agreement& agreement) {
  json::Object out;
  out.set("spec", "tocsin/1");
  out.set("type", "agreement");
  out.set("id", agreement.id);
  out.set("version", static_cast<std::int64_t>(agreement.version));
  out.set("parties", written(agreement.parties));
  out.set("nonce", agreement.nonce);
  out.set("terms", write_terms(agreement.terms));
  return out;
}

Result<Agreement> read_agreement(const json::Value& value) {
  if (value.text("spec") != "tocsin/1" || value.text("type") != "agreement") return bad("spec");
  Agreement agreement;
  agreement.id = value.text("id");
  if (!base::is_uuid(agreement.id)) return bad("id");
  const std::int64_t version = value.integer_or("version", 0);
  if (version < 1 || version > kMaxVersion) return bad("version");
  agreement.version = static_cast<std::uint64_t>(version);
  const json::Value* parties = value.find("parties");
  if (!parties || !parties->array() || parties->array()->size() < 2 || parties->array()->size() > kMaxParties)
    return bad("parties");
  for (const auto& entry : *parties->array()) {
    const auto party = entry.string() ? PartyId::parse(*entry.string()) : std::nullopt;
    if (!party) return bad("parties");
    if (!agreement.parties.empty() && *party <= agreement.parties.back()) return bad("parties");  // sorted, unique
    agreement.parties.push_back(*party);
  }
  agreement.nonce = value.text("nonce");
  if (!is_nonce(agreement.nonce)) return bad("nonce");
  const json::Value* terms = value.find("terms");
  if (!terms || !terms->object()) return bad("terms");
  agreement.terms = TRY(read_terms(*terms));
  // What we did not understand must not be signed or enforced as if we had.
  if (!(write_agreement(agreement) == value)) return bad("unknown field");
  return agreement;
}

Digest agreement_digest(const Agreement& agreement) {
  return crypto::sha256(json::canonical(write_agreement(agreement)));
}
Digest terms_digest(const Terms& terms) {
  return crypto::sha256(json::canonical(write_terms(terms)));
}

Bytes approval_message(const Digest& document) {
  Bytes message = base::to_bytes("tocsin-approval/1\n");
  base::append(message, document.view());
  return message;
}

Result<void> check_approvals(const Digest& document, const std::vector<Approval>& approvals, const Descriptor& party) {
  std::set<std::string> persons;
  const Bytes message = approval_message(document);
  for (const Approval& approval : approvals) {
    const Signatory* person = party.signatory(approval.key);
    if (!person || person->name != approval.person || !crypto::verify(approval.key, message, approval.signature))
      return fail(ErrorCode::Unauthenticated, "agreement.bad_approval", {approval.person});
    persons.insert(person->name);
  }
  if (persons.size() < party.approvals_needed())
    return fail(ErrorCode::Forbidden, "agreement.too_few_approvals",
                {std::to_string(persons.size()), std::to_string(party.approvals_needed())});
  return {};
}

json::Value write_approvals(const std::vector<Approval>& approvals) {
  json::Array out;
  for (const Approval& approval : approvals) {
    json::Object entry;
    entry.set("person", approval.person);
    entry.set("key", approval.key.base64url());
    entry.set("signature", approval.signature.base64url());
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<Approval>> read_approvals(const json::Value& value) {
  if (!value.array() || value.array()->size() > 16) return bad("approvals");
  std::vector<Approval> out;
  for (const auto& entry : *value.array()) {
    const auto key = crypto::PublicKey::from_base64url(entry.text("key"));
    const auto signature = crypto::Signature::from_base64url(entry.text("signature"));
    std::string person = entry.text("person");
    if (!key || !signature || person.empty() || person.size() > kMaxPersonName) return bad("approvals");
    out.push_back({std::move(person), *key, *signature});
  }
  return out;
}

Terms narrower(const Terms& a, const Terms& b) {
  Terms out = a;
  out.tlp = std::min(a.tlp, b.tlp);
  out.pap = std::min(a.pap, b.pap);
  out.onward = std::min(a.onward, b.onward);
  out.retention_days = std::min(a.retention_days, b.retention_days);
  if (a.categories.empty())
    out.categories = b.categories;
  else if (!b.categories.empty()) {
    out.categories = intersection(a.categories, b.categories);
    if (out.categories.empty()) out.categories = {"none"};  // an empty list would mean everything
  }
  out.automatic = intersection(a.automatic, b.automatic);
  for (const auto& property : b.redactions)
    if (std::find(out.redactions.begin(), out.redactions.end(), property) == out.redactions.end())
      out.redactions.push_back(property);
  for (std::size_t i = 0; i < out.acknowledge.size(); ++i)
    out.acknowledge[i] = std::min(a.acknowledge[i], b.acknowledge[i]);
  out.from = std::max(a.from, b.from);
  out.until = std::min(a.until, b.until);
  return out;
}

}  // namespace tocsin::trust
