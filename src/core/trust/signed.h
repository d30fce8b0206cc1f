// Signed bytes: a payload and a detached JWS over it (RFC 7515, RFC 7797 with b64=false). One profile: EdDSA, a fixed
// `typ` per kind of object, the key named by its thumbprint, nothing else in the header. The verifier rebuilds the
// header it expects and compares bytes, so that no header is ever interpreted.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/crypto/crypto.h"
#include "ground/json/json.h"

namespace tocsin::trust {

/// What a signature may be about. A signature of one type never passes as another.
enum class SignedType { Descriptor, Statement, Envelope, Receipt };
std::string_view typ(SignedType type);  ///< "tocsin-statement"

struct Signed {
  std::string jws;      ///< "<header>..<signature>", both base64url
  std::string payload;  ///< exact bytes

  /// SHA-256(payload || signature): how statements, envelopes and descriptors are named.
  Digest digest() const;
  crypto::Signature signature() const;  ///< the JWS must have been checked
};

Signed sign(SignedType type, const crypto::SigningKey& key, std::string payload);

/// Thumbprint (base64url) of the key that the JWS names, so that the caller can look the key up. Nothing is trusted
/// yet.
Result<std::string> key_id(std::string_view jws);
std::string key_id(const crypto::PublicKey& key);

/// Checks form and signature, then parses the payload once, strictly: the value returned is the one that was verified.
/// Error ids: trust.bad_jws, trust.wrong_key, trust.bad_signature, json.*.
Result<json::Value> verify(SignedType type, const crypto::PublicKey& key, const Signed& object);

}  // namespace tocsin::trust
