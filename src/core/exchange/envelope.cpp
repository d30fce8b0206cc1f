#include "core/exchange/envelope.h"

#include <algorithm>

#include "core/people/text_rules.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxStatements = 1000;

tl::unexpected<Error> bad_envelope(std::string_view field) {
  return fail(ErrorCode::Malformed, "envelope.malformed", {std::string(field)});
}
tl::unexpected<Error> bad_receipt(std::string_view field) {
  return fail(ErrorCode::Malformed, "receipt.malformed", {std::string(field)});
}

json::Value write_stream(const Stream& stream) {
  json::Object out;
  out.set("epoch", stream.epoch);
  out.set("agreement", stream.agreement);
  if (stream.recovery) out.set("recovery", stream.recovery->base64url());
  return out;
}

std::optional<Stream> read_stream(const json::Value& value) {
  const json::Value* stream = value.find("stream");
  if (!stream) return std::nullopt;
  Stream out{stream->text("epoch"), stream->text("agreement")};
  if (out.epoch.empty() || out.epoch.size() > 64) return std::nullopt;
  if (!out.agreement.empty() && !base::is_uuid(out.agreement)) return std::nullopt;
  if (!stream->find("recovery")) return out;
  out.recovery = Digest::from_base64url(stream->text("recovery"));
  return out.recovery ? std::optional(out) : std::nullopt;
}

json::Object start(std::string_view type) {
  json::Object out;
  out.set("spec", "tocsin/1");
  out.set("type", type);
  return out;
}

bool is(const json::Value& value, std::string_view type) {
  return value.text("spec") == "tocsin/1" && value.text("type") == type;
}

std::optional<Basis> basis_from_name(std::string_view text) {
  for (Basis basis : {Basis::Direct, Basis::Onward, Basis::Returned})
    if (name(basis) == text) return basis;
  return std::nullopt;
}

}  // namespace

std::string Stream::generation() const {
  return recovery ? epoch + "/" + recovery->hex() : epoch;
}

Stream Stream::of(std::string_view generation, AgreementId agreement) {
  const auto end = generation.find('/');
  Stream out{std::string(generation.substr(0, end)), std::move(agreement)};
  if (end != std::string_view::npos) out.recovery = Digest::from_hex(generation.substr(end + 1));
  return out;
}

std::string_view name(Basis basis) {
  switch (basis) {
    case Basis::Direct:
      return "direct";
    case Basis::Onward:
      return "onward";
    case Basis::Returned:
      return "returned";
  }
  return "";
}

Signed sign_envelope(const trust::OwnKeys& keys, const Envelope& e) {
  json::Object out = start("envelope");
  out.set("sender", e.sender.text());
  out.set("recipient", e.recipient.text());
  out.set("stream", write_stream(e.stream));
  out.set("first", static_cast<std::int64_t>(e.first));
  json::Array digests;
  for (const Digest& digest : e.statements) digests.push_back(digest.base64url());
  out.set("statements", std::move(digests));
  if (e.previous) out.set("previous", e.previous->base64url());
  out.set("basis", name(e.basis));
  out.set("readers", json::Array(e.readers.begin(), e.readers.end()));
  return trust::sign(trust::SignedType::Envelope, keys.statement, json::write(out));
}

Result<Envelope> read_envelope(const json::Value& value) {
  if (!is(value, "envelope")) return bad_envelope("type");
  Envelope e;
  const auto from = PartyId::parse(value.text("sender"));
  const auto to = PartyId::parse(value.text("recipient"));
  const auto stream = read_stream(value);
  const auto first = value.integer_or("first", -1);
  if (!from) return bad_envelope("sender");
  if (!to) return bad_envelope("recipient");
  if (!stream) return bad_envelope("stream");
  if (first < 0) return bad_envelope("first");
  e.sender = *from;
  e.recipient = *to;
  e.stream = *stream;
  e.first = static_cast<std::uint64_t>(first);
  const json::Value* digests = value.find("statements");
  if (!digests || !digests->array() || digests->array()->empty() || digests->array()->size() > kMaxStatements)
    return bad_envelope("statements");
  for (const auto& entry : *digests->array()) {
    const auto digest = entry.string() ? Digest::from_base64url(*entry.string()) : std::nullopt;
    if (!digest) return bad_envelope("statements");
    e.statements.push_back(*digest);
  }
  if (value.find("previous")) {
    e.previous = Digest::from_base64url(value.text("previous"));
    if (!e.previous) return bad_envelope("previous");
  }
  const auto basis = basis_from_name(value.text("basis"));
  if (!basis) return bad_envelope("basis");
  e.basis = *basis;
  const json::Value* readers = value.find("readers");
  if (!readers || !readers->array() || readers->array()->size() > kMaxReaders) return bad_envelope("readers");
  for (const auto& reader : *readers->array()) {
    if (!reader.string() || !people::is_account_name(*reader.string())) return bad_envelope("readers");
    if (std::find(e.readers.begin(), e.readers.end(), *reader.string()) != e.readers.end())
      return bad_envelope("readers");
    e.readers.push_back(*reader.string());
  }
  return e;
}

Result<Envelope> verify_envelope(const Signed& object, const trust::Descriptor& sender) {
  Envelope e = TRY(read_envelope(TRY(trust::verify(trust::SignedType::Envelope, sender.statement_key, object))));
  if (e.sender != sender.party) return fail(ErrorCode::Unauthenticated, "envelope.wrong_sender");
  return e;
}

Digest run_digest(const std::vector<Digest>& statements) {
  crypto::Sha256Stream hash;
  for (const Digest& digest : statements) hash.add(digest.view());
  return hash.finish();
}

Signed sign_receipt(const trust::OwnKeys& keys, const Receipt& r) {
  json::Object out = start("receipt");
  out.set("sender", r.sender.text());
  out.set("recipient", r.recipient.text());
  out.set("stream", write_stream(r.stream));
  out.set("from", static_cast<std::int64_t>(r.from));
  out.set("to", static_cast<std::int64_t>(r.to));
  out.set("statements", r.statements.base64url());
  out.set("envelope", r.envelope.base64url());
  if (r.checkpoint) out.set("checkpoint", r.checkpoint->base64url());
  return trust::sign(trust::SignedType::Receipt, keys.statement, json::write(out));
}

Result<Receipt> verify_receipt(const Signed& object, const trust::Descriptor& recipient) {
  const json::Value value = TRY(trust::verify(trust::SignedType::Receipt, recipient.statement_key, object));
  if (!is(value, "receipt")) return bad_receipt("type");
  Receipt r;
  const auto sender = PartyId::parse(value.text("sender"));
  const auto signer = PartyId::parse(value.text("recipient"));
  const auto stream = read_stream(value);
  const auto from = value.integer_or("from", -1), to = value.integer_or("to", -1);
  const auto statements = Digest::from_base64url(value.text("statements"));
  const auto envelope = Digest::from_base64url(value.text("envelope"));
  if (!sender || !signer) return bad_receipt("sender");
  if (!stream) return bad_receipt("stream");
  if (from < 0 || to < from) return bad_receipt("from");
  if (!statements || !envelope) return bad_receipt("statements");
  r = {*sender,     *signer,   *stream, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to),
       *statements, *envelope, {}};
  if (value.find("checkpoint")) {
    r.checkpoint = Digest::from_base64url(value.text("checkpoint"));
    if (!r.checkpoint) return bad_receipt("checkpoint");
  }
  if (r.recipient != recipient.party) return fail(ErrorCode::Unauthenticated, "receipt.wrong_signer");
  return r;
}

bool confirms(const Receipt& receipt, const Envelope& envelope) {
  return receipt.sender == envelope.sender && receipt.recipient == envelope.recipient &&
         receipt.stream == envelope.stream && receipt.from == envelope.first &&
         receipt.to + 1 == envelope.first + envelope.statements.size() &&
         receipt.statements == run_digest(envelope.statements);
}

}  // namespace tocsin::exchange
