#include "core/trust/signed.h"

namespace tocsin::trust {
namespace {

constexpr std::size_t kMaxJwsBytes = 512;
constexpr std::size_t kMaxPayloadBytes = 16u << 20;

// {"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"...","typ":"..."} with names in this order: the only header there
// is.
std::string header_for(SignedType type, std::string_view kid) {
  std::string header = R"({"alg":"EdDSA","b64":false,"crit":["b64"],"kid":")";
  header += kid;
  header += R"(","typ":")";
  header += typ(type);
  header += R"("})";
  return header;
}

// RFC 7797 section 3: ASCII(BASE64URL(header)) || '.' || payload
Bytes signing_input(std::string_view encoded_header, std::string_view payload) {
  Bytes input;
  input.reserve(encoded_header.size() + 1 + payload.size());
  base::append(input, base::as_bytes(encoded_header));
  input.push_back('.');
  base::append(input, base::as_bytes(payload));
  return input;
}

struct Parts {
  std::string_view header, signature;
};

Result<Parts> split(std::string_view jws) {
  if (jws.size() > kMaxJwsBytes) return fail(ErrorCode::Malformed, "trust.bad_jws");
  const auto dots = jws.find("..");
  if (dots == std::string_view::npos) return fail(ErrorCode::Malformed, "trust.bad_jws");
  return Parts{jws.substr(0, dots), jws.substr(dots + 2)};
}

}  // namespace

std::string_view typ(SignedType type) {
  switch (type) {
    case SignedType::Descriptor:
      return "tocsin-descriptor";
    case SignedType::Statement:
      return "tocsin-statement";
    case SignedType::Envelope:
      return "tocsin-envelope";
    case SignedType::Receipt:
      return "tocsin-receipt";
  }
  return "";
}

crypto::Signature Signed::signature() const {
  auto parts = split(jws);
  CHECK(parts);
  auto signature = crypto::Signature::from_base64url(parts->signature);
  CHECK(signature);
  return *signature;
}

Digest Signed::digest() const {
  crypto::Sha256Stream hash;
  hash.add(base::as_bytes(payload));
  hash.add(signature().view());
  return hash.finish();
}

std::string key_id(const crypto::PublicKey& key) {
  return crypto::thumbprint(key).base64url();
}

Signed sign(SignedType type, const crypto::SigningKey& key, std::string payload) {
  const std::string header = base::to_base64url(base::as_bytes(header_for(type, key_id(key.public_key()))));
  const crypto::Signature signature = key.sign(signing_input(header, payload));
  return {header + ".." + signature.base64url(), std::move(payload)};
}

Result<std::string> key_id(std::string_view jws) {
  const Parts parts = TRY(split(jws));
  auto header = base::from_base64url(parts.header);
  if (!header || !crypto::Signature::from_base64url(parts.signature))
    return fail(ErrorCode::Malformed, "trust.bad_jws");
  const auto value = json::parse(base::as_text(*header), {.bytes = kMaxJwsBytes, .depth = 4});
  if (!value) return fail(ErrorCode::Malformed, "trust.bad_jws");
  const std::string kid = value->text("kid");
  if (kid.size() != 43) return fail(ErrorCode::Malformed, "trust.bad_jws");
  return kid;
}

Result<json::Value> verify(SignedType type, const crypto::PublicKey& key, const Signed& object) {
  if (object.payload.size() > kMaxPayloadBytes)
    return fail(ErrorCode::TooLarge, "trust.payload_too_large", {std::to_string(kMaxPayloadBytes)});
  const Parts parts = TRY(split(object.jws));
  const std::string expected = base::to_base64url(base::as_bytes(header_for(type, key_id(key))));
  if (parts.header != expected) {
    const auto kid = key_id(object.jws);
    if (kid && *kid != key_id(key)) return fail(ErrorCode::Unauthenticated, "trust.wrong_key");
    return fail(ErrorCode::Malformed, "trust.bad_jws");
  }
  const auto signature = crypto::Signature::from_base64url(parts.signature);
  if (!signature) return fail(ErrorCode::Malformed, "trust.bad_jws");
  if (!crypto::verify(key, signing_input(parts.header, object.payload), *signature))
    return fail(ErrorCode::Unauthenticated, "trust.bad_signature");
  return json::parse(object.payload, {.bytes = kMaxPayloadBytes, .depth = 64});
}

}  // namespace tocsin::trust
