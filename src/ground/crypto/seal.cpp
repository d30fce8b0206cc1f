#include <sodium.h>

#include <charconv>

#include "ground/base/clock.h"
#include "ground/crypto/argon2.h"
#include "ground/crypto/crypto.h"
#include "ground/crypto/secret_bytes.h"

namespace tocsin::crypto {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

// nonce || ciphertext || tag
Bytes encrypt(const std::uint8_t* key, ByteView message, ByteView bound) {
  Bytes out(kNonceBytes + message.size() + kTagBytes);
  base::random_bytes(out.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + kNonceBytes, nullptr, message.data(), message.size(),
                                             bound.data(), bound.size(), nullptr, out.data(), key);
  return out;
}

std::optional<Bytes> decrypt(const std::uint8_t* key, ByteView sealed, ByteView bound) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  Bytes out(sealed.size() - kNonceBytes - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data() + kNonceBytes,
                                                 sealed.size() - kNonceBytes, bound.data(), bound.size(), sealed.data(),
                                                 key) != 0)
    return std::nullopt;
  return out;
}

constexpr std::uint8_t kColumnVersion = 1;

// One line: "tocsin-sealed-1 argon2id m=65536 t=3 SALT BODY\n", base64url. The line up to BODY is authenticated too.
// Keys are sealed so, whole; what is larger than memory is a sealed_stream.h.
constexpr std::string_view kSealedMagic = "tocsin-sealed-1 argon2id";

struct SealedFile {
  std::string_view header;  ///< authenticated, up to and with the space before the body
  Argon2Cost cost;
  Bytes salt, body;
};

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool read_cost(std::string_view word, std::string_view prefix, std::uint32_t& out) {
  if (!word.starts_with(prefix)) return false;
  word.remove_prefix(prefix.size());
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc{} && end == word.data() + word.size();
}

std::optional<SealedFile> parse_sealed(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);  // editors and mail add them
  const std::string_view whole = text;
  if (!text.starts_with(kSealedMagic) || text.size() <= kSealedMagic.size() || text[kSealedMagic.size()] != ' ')
    return std::nullopt;
  text.remove_prefix(kSealedMagic.size() + 1);
  SealedFile out;
  if (!read_cost(take_word(text), "m=", out.cost.memory_kib) || !read_cost(take_word(text), "t=", out.cost.passes) ||
      !is_acceptable(out.cost))
    return std::nullopt;
  auto salt = base::from_base64url(take_word(text));
  auto body = base::from_base64url(text);
  if (!salt || salt->size() != crypto_pwhash_SALTBYTES || !body || body->size() < kNonceBytes + kTagBytes)
    return std::nullopt;
  out.header = whole.substr(0, whole.size() - text.size());
  out.salt = std::move(*salt);
  out.body = std::move(*body);
  return out;
}

}  // namespace

std::string seal_with_passphrase(std::string_view passphrase, ByteView secret) {
  constexpr Argon2Cost cost;
  std::uint8_t salt[crypto_pwhash_SALTBYTES];
  base::random_bytes(salt, sizeof salt);
  SecretBytes key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  CHECK(derive_key(key, passphrase, salt, cost));
  std::string out(kSealedMagic);
  out += " m=" + std::to_string(cost.memory_kib) + " t=" + std::to_string(cost.passes) + " " +
         base::to_base64url(salt) + " ";
  out += base::to_base64url(encrypt(key.data, secret, base::as_bytes(out))) + "\n";
  return out;
}

Result<Bytes> open_with_passphrase(std::string_view passphrase, std::string_view sealed) {
  const auto file = parse_sealed(sealed);
  if (!file) return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  SecretBytes key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  if (!derive_key(key, passphrase, file->salt, file->cost))
    return fail(ErrorCode::Unavailable, "crypto.no_memory", {std::to_string(file->cost.memory_kib / 1024)});
  auto secret = decrypt(key.data, file->body, base::as_bytes(file->header));
  if (!secret) return fail(ErrorCode::Unauthenticated, "crypto.wrong_passphrase");
  return std::move(*secret);
}

Bytes seal_column(ByteView key32, ByteView message, std::string_view context) {
  CHECK(key32.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  Bytes out{kColumnVersion};
  base::append(out, encrypt(key32.data(), message, base::as_bytes(context)));
  return out;
}

std::optional<Bytes> open_column(ByteView key32, ByteView sealed, std::string_view context) {
  CHECK(key32.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  if (sealed.empty() || sealed[0] != kColumnVersion) return std::nullopt;
  return decrypt(key32.data(), sealed.subspan(1), base::as_bytes(context));
}

}  // namespace tocsin::crypto
