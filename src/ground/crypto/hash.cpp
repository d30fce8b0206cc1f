#include <openssl/evp.h>
#include <sodium.h>

#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

// Fetched once: the lookup by name costs more than hashing a small message. OpenSSL rather than libsodium because only
// it uses the processor's SHA instructions. Never freed: it lives as long as the process.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(method != nullptr);
  return method;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context make_context() {
  Context context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  return context;
}

void start(EVP_MD_CTX* context) {
  CHECK(EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1);
}

Digest finish_into_digest(EVP_MD_CTX* context) {
  Digest out;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context, out.bytes.data(), &size) == 1 && size == Digest::kSize);
  return out;
}

}  // namespace

void initialise() {
  static const bool done = sodium_init() >= 0;
  CHECK(done);
}

Digest sha256(ByteView bytes) {
  thread_local const Context context = make_context();  // reused: no allocation per digest
  start(context.get());
  CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  return finish_into_digest(context.get());
}

struct Sha256Stream::State {
  Context context = make_context();
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  start(state_->context.get());
}
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(ByteView bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256Stream::finish() {
  Digest out = finish_into_digest(state_->context.get());
  start(state_->context.get());
  return out;
}

std::string uuid5(std::string_view namespace_uuid, std::string_view name) {
  CHECK(base::is_uuid(namespace_uuid));
  std::string hex(namespace_uuid);
  std::erase(hex, '-');
  Bytes input = *base::from_hex(hex);
  base::append(input, base::as_bytes(name));
  // RFC 9562 section 5.5 names SHA-1. It serves as a name here, never as proof of anything.
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_Digest(input.data(), input.size(), digest, &size, EVP_sha1(), nullptr) == 1 && size == 20);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
  const std::string out = base::to_hex({digest, 16});
  return out.substr(0, 8) + "-" + out.substr(8, 4) + "-" + out.substr(12, 4) + "-" + out.substr(16, 4) + "-" +
         out.substr(20);
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

Digest hmac_sha256(ByteView key, ByteView message) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, message.data(), message.size());
  Digest out;
  crypto_auth_hmacsha256_final(&state, out.bytes.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

}  // namespace tocsin::crypto
