#include <sodium.h>

#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"
#include "ground/crypto/secret_bytes.h"

namespace tocsin::crypto {

SigningKey SigningKey::generate() {
  SecretBytes seed(crypto_sign_SEEDBYTES);
  base::random_bytes(seed.data, seed.size);
  return from_seed({seed.data, seed.size});
}

SigningKey SigningKey::from_seed(ByteView seed32) {
  CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  SigningKey key;
  key.secret_ = std::make_unique<SecretBytes>(crypto_sign_SECRETKEYBYTES);
  CHECK(crypto_sign_seed_keypair(key.public_key_.bytes.data(), key.secret_->data, seed32.data()) == 0);
  return key;
}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Signature SigningKey::sign(ByteView message) const {
  CHECK(secret_ != nullptr);  // moved away
  Signature out;
  CHECK(crypto_sign_detached(out.bytes.data(), nullptr, message.data(), message.size(), secret_->data) == 0);
  return out;
}

Bytes SigningKey::seed() const {
  CHECK(secret_ != nullptr);
  Bytes out(crypto_sign_SEEDBYTES);
  CHECK(crypto_sign_ed25519_sk_to_seed(out.data(), secret_->data) == 0);
  return out;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

Digest thumbprint(const PublicKey& key) {
  // RFC 7638 section 3.2: the required members only, in this order, without spaces.
  return sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + key.base64url() + R"("})");
}

}  // namespace tocsin::crypto
