#include "tests/support/seeded_system.h"

#include <sodium.h>
#include <sys/types.h>

#include <cstring>
#include <random>

namespace {

std::mt19937_64 system_chance;

constexpr char kPrefix[] = "$argon2id$v=19$m=65536,t=3,p=1$";

void cheap_hash(unsigned char* out, std::size_t size, const char* text, unsigned long long text_size,
                const unsigned char* salt) {
  for (std::size_t block = 0; block * crypto_generichash_BYTES < size; ++block) {
    unsigned char part[crypto_generichash_BYTES];
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, sizeof part);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&block), sizeof block);
    if (salt) crypto_generichash_update(&state, salt, crypto_pwhash_SALTBYTES);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text), text_size);
    crypto_generichash_final(&state, part, sizeof part);
    const std::size_t at = block * sizeof part;
    std::memcpy(out + at, part, size - at < sizeof part ? size - at : sizeof part);
  }
}

}  // namespace

namespace tocsin::test_support {

void seed_system(std::uint64_t seed) {
  system_chance.seed(seed);
}

}  // namespace tocsin::test_support

extern "C" {

ssize_t __wrap_getrandom(void* out, std::size_t size, unsigned flags);
ssize_t __wrap_getrandom(void* out, std::size_t size, unsigned) {
  auto* bytes = static_cast<unsigned char*>(out);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(system_chance());
  return static_cast<ssize_t>(size);
}

int __wrap_crypto_pwhash(unsigned char* out, unsigned long long size, const char* text, unsigned long long text_size,
                         const unsigned char* salt, unsigned long long passes, std::size_t memory, int algorithm);
int __wrap_crypto_pwhash(unsigned char* out, unsigned long long size, const char* text, unsigned long long text_size,
                         const unsigned char* salt, unsigned long long, std::size_t, int) {
  cheap_hash(out, size, text, text_size, salt);
  return 0;
}

int __wrap_crypto_pwhash_str_alg(char* out, const char* text, unsigned long long text_size, unsigned long long passes,
                                 std::size_t memory, int algorithm);
int __wrap_crypto_pwhash_str_alg(char* out, const char* text, unsigned long long text_size, unsigned long long,
                                 std::size_t, int) {
  unsigned char hash[32];
  cheap_hash(hash, sizeof hash, text, text_size, nullptr);
  std::memset(out, 0, crypto_pwhash_STRBYTES);
  std::memcpy(out, kPrefix, sizeof kPrefix - 1);
  sodium_bin2hex(out + sizeof kPrefix - 1, 2 * sizeof hash + 1, hash, sizeof hash);
  return 0;
}

int __wrap_crypto_pwhash_str_verify(const char* known, const char* text, unsigned long long text_size);
int __wrap_crypto_pwhash_str_verify(const char* known, const char* text, unsigned long long text_size) {
  char again[crypto_pwhash_STRBYTES];
  __wrap_crypto_pwhash_str_alg(again, text, text_size, 0, 0, 0);
  return std::strcmp(known, again) == 0 ? 0 : -1;
}

}  // extern "C"
