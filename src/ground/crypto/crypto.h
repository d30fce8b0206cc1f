// Keys, signatures, hashes, passwords, sealing. The only user of libsodium's and OpenSSL's primitives. No algorithm is
// ours; every function names its standard. Thread safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace tocsin::crypto {

/// Must run once before anything else (libsodium); idempotent.
void initialise();

Digest sha256(ByteView bytes);
inline Digest sha256(std::string_view text) {
  return sha256(base::as_bytes(text));
}
/// RFC 9562 version 5 over a namespace UUID text and a name.
std::string uuid5(std::string_view namespace_uuid, std::string_view name);
bool equal_in_constant_time(ByteView a, ByteView b);

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void add(ByteView bytes);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// --- Ed25519 (RFC 8032), one verifier for everything: libsodium's, which refuses non-canonical and small-order keys.
using PublicKey = base::FixedBytes<32, struct PublicKeyTag>;
using Signature = base::FixedBytes<64, struct SignatureTag>;

/// Wipes its memory when destroyed; moves, never copies.
class SigningKey {
 public:
  static SigningKey generate();
  static SigningKey from_seed(ByteView seed32);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();
  const PublicKey& public_key() const { return public_key_; }
  Signature sign(ByteView message) const;
  Bytes seed() const;  ///< 32 bytes, for sealing into a file

 private:
  SigningKey() = default;
  PublicKey public_key_;
  std::unique_ptr<struct SecretBytes> secret_;
};

bool verify(const PublicKey& key, ByteView message, const Signature& signature);

/// RFC 7638 thumbprint of the key as an OKP JWK: {"crv":"Ed25519","kty":"OKP","x":"..."}.
Digest thumbprint(const PublicKey& key);

// --- Passwords and passphrases: Argon2id (RFC 9106). Costly on purpose (64 MiB): at most two run at a time here,
// others wait.
std::string hash_password(std::string_view password);  ///< PHC string
bool verify_password(std::string_view phc, std::string_view password);
/// Seals with a key derived from the passphrase (Argon2id, then XChaCha20-Poly1305). Self-describing format.
std::string seal_with_passphrase(std::string_view passphrase, ByteView secret);
/// Error ids: crypto.wrong_passphrase (or altered file), crypto.bad_sealed_file.
Result<Bytes> open_with_passphrase(std::string_view passphrase, std::string_view sealed);
/// The same with a 32-byte key kept in the data folder, for columns: XChaCha20-Poly1305, random nonce, bound to
/// `context`.
Bytes seal_column(ByteView key32, ByteView message, std::string_view context);
std::optional<Bytes> open_column(ByteView key32, ByteView sealed, std::string_view context);

// --- TOTP (RFC 6238, SHA-1, 6 digits, 30 s)
/// The time step whose code matches (now, one before, one after), so that the caller can refuse a second use.
std::optional<std::int64_t> check_totp(ByteView secret, std::string_view code, std::int64_t unix_seconds);
std::string totp_code(ByteView secret, std::int64_t unix_seconds);

// --- TLS identities: ECDSA P-256, PEM
struct TlsIdentity {
  std::string certificate_pem;  ///< leaf first, then the CA where there is one
  std::string key_pem;
};
/// Self-signed for peers: they check the pin, nobody reads the name.
TlsIdentity make_self_signed(std::string_view common_name, int days);
/// An own small certificate authority and a server certificate under it for browsers (SAN: names and addresses).
TlsIdentity make_authority(std::string_view common_name, int days);
Result<TlsIdentity> issue_server_certificate(const TlsIdentity& authority, const std::vector<std::string>& names,
                                             int days);
/// The same server's next certificate, for the key that it has.
Result<std::string> renew_server_certificate(const TlsIdentity& authority, std::string_view key_pem,
                                             const std::vector<std::string>& names, int days);
/// SHA-256 of the SubjectPublicKeyInfo: what peers pin.
Result<Digest> spki_pin(std::string_view certificate_pem);

/// HMAC-SHA256, for API keys and CSRF tokens.
Digest hmac_sha256(ByteView key, ByteView message);

}  // namespace tocsin::crypto
