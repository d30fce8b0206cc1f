#include "core/trust/descriptor.h"

#include <algorithm>
#include <set>

#include "core/trust/own_keys.h"

namespace tocsin::trust {
namespace {

constexpr std::string_view kSpec = "tocsin/1";
constexpr std::string_view kRootLinkDomain = "tocsin-root-link/1\n";
constexpr std::size_t kMaxList = 64;
constexpr std::size_t kMaxDescriptorBytes = 128 * 1024;  // it travels with everything
constexpr std::size_t kMaxNote = 64 * 1024;              // a checkpoint with the cosignatures of many witnesses

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "descriptor.malformed", {std::string(field)});
}

json::Object write_names(const Names& names) {
  json::Object out;
  if (!names.en.empty()) out.set("en", names.en);
  if (!names.fr.empty()) out.set("fr", names.fr);
  if (!names.vi.empty()) out.set("vi", names.vi);
  return out;
}

// Reads fields of one object; the first failure is kept, so that reading code stays a flat list.
class Fields {
 public:
  Fields(const json::Value& value, std::string prefix) : value_(value), prefix_(std::move(prefix)) {}

  std::string text(std::string_view name, std::size_t max = 2048) {
    const json::Value* member = value_.find(name);
    if (!member || !member->string() || member->string()->empty() || member->string()->size() > max) {
      note(name);
      return {};
    }
    return *member->string();
  }
  std::uint64_t number(std::string_view name) {
    const json::Value* member = value_.find(name);
    if (!member || !member->integer() || *member->integer() < 0) {
      note(name);
      return 0;
    }
    return static_cast<std::uint64_t>(*member->integer());
  }
  bool boolean(std::string_view name) {
    const json::Value* member = value_.find(name);
    if (!member || !member->boolean()) {
      note(name);
      return false;
    }
    return *member->boolean();
  }
  Time time(std::string_view name) {
    const auto parsed = base::from_rfc3339(text(name));
    if (!parsed) note(name);
    return parsed.value_or(Time{});
  }
  template <typename Fixed>
  Fixed fixed(std::string_view name) {
    const auto parsed = Fixed::from_base64url(text(name));
    if (!parsed) note(name);
    return parsed.value_or(Fixed{});
  }
  const json::Array& array(std::string_view name) {
    static const json::Array kNone;
    const json::Value* member = value_.find(name);
    if (!member || !member->array() || member->array()->size() > kMaxList) {
      note(name);
      return kNone;
    }
    return *member->array();
  }
  const json::Value& object(std::string_view name) {
    static const json::Value kNone{json::Object{}};
    const json::Value* member = value_.find(name);
    if (!member || !member->object()) {
      note(name);
      return kNone;
    }
    return *member;
  }
  void note(std::string_view name) {
    if (problem_.empty()) problem_ = prefix_ + "/" + std::string(name);
  }
  const std::string& problem() const { return problem_; }

 private:
  const json::Value& value_;
  std::string prefix_, problem_;
};

Names read_names(const json::Value& value) {
  Names names{value.text("en"), value.text("fr"), value.text("vi")};
  for (std::string* text : {&names.en, &names.fr, &names.vi})
    if (text->size() > 300) text->clear();
  return names;
}

Bytes link_message(const crypto::PublicKey& next) {
  Bytes out = base::to_bytes(kRootLinkDomain);
  base::append(out, next.view());
  return out;
}

// The chain proves that the present root descends from the first: each root signed the key that followed it, and that
// key is the one whose digest it had announced beforehand.
bool root_chain_holds(const Descriptor& d) {
  for (std::size_t i = 0; i < d.root_chain.size(); ++i) {
    const crypto::PublicKey& next = i + 1 < d.root_chain.size() ? d.root_chain[i + 1].key : d.root;
    const RootLink& link = d.root_chain[i];
    if (crypto::sha256(next.view()) != link.next_root) return false;
    if (!crypto::verify(link.key, link_message(next), link.signature)) return false;
  }
  return true;
}

// "<number>-<32 hex digits>"
bool is_epoch(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash > 15 || text.size() != dash + 33) return false;
  return text.substr(0, dash).find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(dash + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Descriptor> read_descriptor(const json::Value& value) {
  if (value.text("spec") != kSpec || value.text("type") != "descriptor") return bad("spec");
  Fields f(value, "");
  Descriptor d;
  const auto party = PartyId::parse(f.text("party"));
  if (!party) return bad("party");
  d.party = *party;
  d.version = f.number("version");
  d.issued = f.time("issued");
  d.expires = f.time("expires");
  d.name = read_names(f.object("name"));
  if (d.name.in("en").empty()) return bad("name");
  const auto kind = party_kind_from_name(f.text("kind"));
  if (!kind) return bad("kind");
  d.kind = *kind;
  d.country = f.text("country", 2);
  for (const auto& sector : f.array("sectors")) {
    if (!sector.string() || sector.string()->size() > 64) return bad("sectors");
    d.sectors.push_back(*sector.string());
  }
  for (const auto& endpoint : f.array("endpoints")) {
    if (!endpoint.string() || !endpoint.string()->starts_with("https://") || endpoint.string()->size() > 512)
      return bad("endpoints");
    d.endpoints.push_back(*endpoint.string());
  }
  Fields limits(f.object("limits"), "limits");
  d.limits.statement_bytes = limits.number("statement_bytes");
  d.limits.delivery_bytes = limits.number("delivery_bytes");
  d.limits.statements_per_minute =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(limits.number("statements_per_minute"), 1u << 30));
  // Who takes less could not be told that something is retracted.
  constexpr std::uint64_t kLeastBytes = 1u << 20;
  if (d.limits.statement_bytes < kLeastBytes || d.limits.delivery_bytes / 2 < d.limits.statement_bytes)
    return bad("limits");
  d.offers_witnessing = f.boolean("witness");
  d.single_signatory = f.boolean("single_signatory");
  if (d.single_signatory && signatories_needed(d.kind) > 1) return bad("single_signatory");

  Fields log(f.object("log"), "log");
  d.log.id = log.text("epoch", 64);
  if (!is_epoch(d.log.id)) return bad("log");
  d.log.previous_checkpoint = f.object("log").text("previous_checkpoint");
  if (d.log.previous_checkpoint.size() > kMaxNote) return bad("log");

  d.root = f.fixed<crypto::PublicKey>("root");
  d.next_root = f.fixed<Digest>("next_root");
  for (const auto& entry : f.array("root_chain")) {
    Fields link(entry, "root_chain");
    d.root_chain.push_back({link.fixed<crypto::PublicKey>("key"), link.fixed<Digest>("next_root"),
                            link.fixed<crypto::Signature>("signature")});
    if (!link.problem().empty()) return bad(link.problem());
  }
  Fields keys(f.object("keys"), "keys");
  d.statement_key = keys.fixed<crypto::PublicKey>("statement");
  d.log_key = keys.fixed<crypto::PublicKey>("log");
  d.exercise_key = keys.fixed<crypto::PublicKey>("exercise");
  for (const auto& pin : keys.array("tls")) {
    const auto digest = pin.string() ? Digest::from_base64url(*pin.string()) : std::nullopt;
    if (!digest) return bad("keys/tls");
    d.tls_pins.push_back(*digest);
  }
  for (const auto& entry : f.array("retired")) {
    Fields retired(entry, "retired");
    d.retired.push_back({retired.text("use", 16), retired.fixed<crypto::PublicKey>("key"), retired.text("epoch", 64),
                         retired.number("first"), retired.number("last")});
    if (!retired.problem().empty()) return bad(retired.problem());
    const auto use = key_use_from_name(d.retired.back().use);
    if (!use || *use == KeyUse::Tls || !is_epoch(d.retired.back().epoch)) return bad("retired");
  }
  // A key has one purpose, and one that was retired does not come back.
  std::set<crypto::PublicKey> earlier;
  for (const RetiredKey& key : d.retired) earlier.insert(key.key);
  for (const crypto::PublicKey& key : {d.root, d.statement_key, d.log_key, d.exercise_key})
    if (!earlier.insert(key).second) return bad("keys");
  for (const auto& entry : f.array("signatories")) {
    Fields person(entry, "signatories");
    d.signatories.push_back({person.text("name", 64), person.text("display_name", 200),
                             person.fixed<crypto::PublicKey>("key"), person.time("since")});
    if (!person.problem().empty()) return bad(person.problem());
  }
  for (const Fields* fields : {&f, &limits, &log, &keys})
    if (!fields->problem().empty()) return bad(fields->problem());
  if (d.version == 0 || d.expires <= d.issued) return bad("version");
  return d;
}

}  // namespace

const std::string& Names::in(std::string_view language) const {
  const std::string& wanted = language == "vi" ? vi : language == "fr" ? fr : en;
  if (!wanted.empty()) return wanted;
  return !en.empty() ? en : !fr.empty() ? fr : vi;
}

std::string_view name(PartyKind kind) {
  switch (kind) {
    case PartyKind::StateAuthority:
      return "state_authority";
    case PartyKind::Cert:
      return "cert";
    case PartyKind::Ministry:
      return "ministry";
    case PartyKind::Operator:
      return "operator";
    case PartyKind::Humanitarian:
      return "humanitarian";
    case PartyKind::International:
      return "international";
    case PartyKind::Regional:
      return "regional";
  }
  return "";
}

std::optional<PartyKind> party_kind_from_name(std::string_view text) {
  for (PartyKind kind : {PartyKind::StateAuthority, PartyKind::Cert, PartyKind::Ministry, PartyKind::Operator,
                         PartyKind::Humanitarian, PartyKind::International, PartyKind::Regional})
    if (name(kind) == text) return kind;
  return std::nullopt;
}

std::size_t signatories_needed(PartyKind kind) {
  return kind == PartyKind::Operator ? 1 : 2;
}

const Signatory* Descriptor::signatory(const crypto::PublicKey& key) const {
  for (const Signatory& person : signatories)
    if (person.key == key) return &person;
  return nullptr;
}

crypto::Signature link_root(const crypto::SigningKey& root, const crypto::PublicKey& next) {
  return root.sign(link_message(next));
}

bool continues_roots(const Descriptor& next, const Descriptor& known) {
  const auto root_at = [](const Descriptor& d, std::size_t i) {
    return i < d.root_chain.size() ? d.root_chain[i].key : d.root;
  };
  if (next.root_chain.size() < known.root_chain.size()) return false;
  for (std::size_t i = 0; i <= known.root_chain.size(); ++i)
    if (root_at(next, i) != root_at(known, i)) return false;
  const bool same_root = next.root_chain.size() == known.root_chain.size();
  return (same_root ? next.next_root : next.root_chain[known.root_chain.size()].next_root) == known.next_root;
}

bool has_later_root(const Descriptor& next, const Descriptor& known) {
  return next.root_chain.size() > known.root_chain.size() && continues_roots(next, known);
}

bool supersedes(const Descriptor& next, const Descriptor& known) {
  return next.version > known.version ? continues_roots(next, known) : has_later_root(next, known);
}

std::string write_descriptor(const Descriptor& d) {
  json::Object out;
  out.set("spec", kSpec);
  out.set("type", "descriptor");
  out.set("party", d.party.text());
  out.set("version", static_cast<std::int64_t>(d.version));
  out.set("issued", base::to_rfc3339(d.issued));
  out.set("expires", base::to_rfc3339(d.expires));
  out.set("name", write_names(d.name));
  out.set("kind", name(d.kind));
  out.set("country", d.country);
  out.set("sectors", json::Array(d.sectors.begin(), d.sectors.end()));
  out.set("endpoints", json::Array(d.endpoints.begin(), d.endpoints.end()));
  json::Object limits;
  limits.set("statement_bytes", static_cast<std::int64_t>(d.limits.statement_bytes));
  limits.set("delivery_bytes", static_cast<std::int64_t>(d.limits.delivery_bytes));
  limits.set("statements_per_minute", static_cast<std::int64_t>(d.limits.statements_per_minute));
  out.set("limits", std::move(limits));
  out.set("witness", d.offers_witnessing);
  out.set("single_signatory", d.single_signatory);
  json::Object log;
  log.set("epoch", d.log.id);
  if (!d.log.previous_checkpoint.empty()) log.set("previous_checkpoint", d.log.previous_checkpoint);
  out.set("log", std::move(log));
  out.set("root", d.root.base64url());
  out.set("next_root", d.next_root.base64url());
  json::Array chain;
  for (const RootLink& link : d.root_chain) {
    json::Object entry;
    entry.set("key", link.key.base64url());
    entry.set("next_root", link.next_root.base64url());
    entry.set("signature", link.signature.base64url());
    chain.push_back(std::move(entry));
  }
  out.set("root_chain", std::move(chain));
  json::Object keys;
  keys.set("statement", d.statement_key.base64url());
  keys.set("log", d.log_key.base64url());
  keys.set("exercise", d.exercise_key.base64url());
  json::Array pins;
  for (const Digest& pin : d.tls_pins) pins.push_back(pin.base64url());
  keys.set("tls", std::move(pins));
  out.set("keys", std::move(keys));
  json::Array retired;
  for (const RetiredKey& key : d.retired) {
    json::Object entry;
    entry.set("use", key.use);
    entry.set("key", key.key.base64url());
    entry.set("epoch", key.epoch);
    entry.set("first", static_cast<std::int64_t>(key.first));
    entry.set("last", static_cast<std::int64_t>(key.last));
    retired.push_back(std::move(entry));
  }
  out.set("retired", std::move(retired));
  json::Array signatories;
  for (const Signatory& person : d.signatories) {
    json::Object entry;
    entry.set("name", person.name);
    entry.set("display_name", person.display_name);
    entry.set("key", person.key.base64url());
    entry.set("since", base::to_rfc3339(person.since));
    signatories.push_back(std::move(entry));
  }
  out.set("signatories", std::move(signatories));
  return json::canonical(out);
}

Signed sign_descriptor(const crypto::SigningKey& root, const Descriptor& descriptor) {
  return sign(SignedType::Descriptor, root, write_descriptor(descriptor));
}

// The key stands inside the payload, so it has to be read before it can be checked; what is returned is the parse that
// the verifier made, after the signature held.
Result<VerifiedDescriptor> verify_descriptor(const Signed& object) {
  const auto claimed = json::parse(object.payload, {.bytes = kMaxDescriptorBytes, .depth = 16});
  if (!claimed) return tl::unexpected(claimed.error());
  const auto root = crypto::PublicKey::from_base64url(claimed->text("root"));
  if (!root) return bad("root");
  const json::Value value = TRY(verify(SignedType::Descriptor, *root, object));
  VerifiedDescriptor out;
  out.descriptor_ = TRY(read_descriptor(value));
  if (PartyId::of(out.descriptor_.first_root()) != out.descriptor_.party)
    return fail(ErrorCode::Unauthenticated, "descriptor.wrong_party");
  if (!root_chain_holds(out.descriptor_)) return fail(ErrorCode::Unauthenticated, "descriptor.broken_root_chain");
  out.signed_ = object;
  return out;
}

std::string verification_number(const PartyId& a, const crypto::PublicKey& root_a, const PartyId& b,
                                const crypto::PublicKey& root_b) {
  const bool a_first = a <= b;
  Bytes input = base::to_bytes("tocsin-verification/1\n");
  for (const bool first : {true, false}) {
    const bool use_a = first == a_first;
    base::append(input, base::as_bytes((use_a ? a : b).text()));
    base::append(input, (use_a ? root_a : root_b).view());
  }
  // The digest as a big-endian integer modulo 10^60, digit by digit: divide by ten sixty times.
  auto number = crypto::sha256(input).bytes;
  std::string digits(60, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    unsigned remainder = 0;
    for (std::uint8_t& byte : number) {
      const unsigned part = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(part / 10);
      remainder = part % 10;
    }
    *digit = static_cast<char>('0' + remainder);
  }
  return digits;
}

std::string in_groups(std::string_view sixty_digits) {
  std::string out;
  for (std::size_t i = 0; i < sixty_digits.size(); ++i) {
    if (i > 0 && i % 5 == 0) out += ' ';
    out += sixty_digits[i];
  }
  return out;
}

}  // namespace tocsin::trust
