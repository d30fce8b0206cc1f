#include <sodium.h>

#include <atomic>
#include <charconv>
#include <optional>
#include <semaphore>

#include "ground/crypto/argon2.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

constexpr unsigned kTurns = 2;
std::counting_semaphore<kTurns> turns{kTurns};
std::atomic<unsigned> held{0};
std::atomic<unsigned> most_held{0};

// Takes `prefix` and a decimal number off the front.
std::optional<std::uint32_t> take_number(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Reads only as far as needed to bound the cost; libsodium checks the rest.
bool has_acceptable_cost(std::string_view phc) {
  const auto memory = take_number(phc, "$argon2id$v=19$m=");
  if (!memory) return false;
  const auto passes = take_number(phc, ",t=");
  if (!passes) return false;
  const auto lanes = take_number(phc, ",p=");
  return lanes && *lanes == 1 && is_acceptable({*memory, *passes});
}

}  // namespace

Argon2Turn::Argon2Turn() {
  turns.acquire();
  const unsigned now = ++held;
  unsigned most = most_held.load();
  while (now > most && !most_held.compare_exchange_weak(most, now)) {
  }
}

Argon2Turn::~Argon2Turn() {
  --held;
  turns.release();
}

unsigned most_argon2_turns_at_once() {
  return most_held;
}

bool derive_key(SecretBytes& out, std::string_view passphrase, ByteView salt16, Argon2Cost cost) {
  CHECK(salt16.size() == crypto_pwhash_SALTBYTES && is_acceptable(cost));
  const Argon2Turn turn;
  return crypto_pwhash(out.data, out.size, passphrase.data(), passphrase.size(), salt16.data(), cost.passes,
                       std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

std::string hash_password(std::string_view password) {
  initialise();
  constexpr Argon2Cost cost;
  char phc[crypto_pwhash_STRBYTES];
  const Argon2Turn turn;
  CHECK(crypto_pwhash_str_alg(phc, password.data(), password.size(), cost.passes, std::size_t{cost.memory_kib} * 1024,
                              crypto_pwhash_ALG_ARGON2ID13) == 0);
  return phc;
}

bool verify_password(std::string_view phc, std::string_view password) {
  initialise();
  if (phc.size() >= crypto_pwhash_STRBYTES || phc.find('\0') != std::string_view::npos || !has_acceptable_cost(phc))
    return false;
  char terminated[crypto_pwhash_STRBYTES] = {};
  phc.copy(terminated, sizeof terminated - 1);
  const Argon2Turn turn;
  return crypto_pwhash_str_verify(terminated, password.data(), password.size()) == 0;
}

}  // namespace tocsin::crypto
