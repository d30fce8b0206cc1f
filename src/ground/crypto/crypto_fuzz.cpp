// Laws: the pin of a certificate does not depend on what follows it; nothing foreign opens under our keys; what we
// sealed opens to itself, and no longer once any bit of it is changed. Stored strings that would cost Argon2id are left
// out: their parser bounds the cost, the rest is libsodium's.
#include <cstdint>
#include <string>

#include "ground/crypto/crypto.h"

namespace {

using namespace tocsin;

void change_a_bit(Bytes& bytes, std::size_t seed) {
  const std::size_t bit = seed % (bytes.size() * 8);
  bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
}

void sealed_opens_only_unchanged(ByteView message) {
  static const Bytes key(32, 7);
  std::size_t seed = message.size();
  for (std::uint8_t byte : message.first(std::min<std::size_t>(4, message.size()))) seed = seed * 256 + byte;

  Bytes column = crypto::seal_column(key, message, "context");
  const Bytes original(message.begin(), message.end());
  CHECK(crypto::open_column(key, column, "context") == original);
  change_a_bit(column, seed);
  CHECK(!crypto::open_column(key, column, "context"));
  CHECK(!crypto::open_column(key, message, "context"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const std::string text(base::as_text(bytes));
  if (const auto pin = crypto::spki_pin(text)) CHECK(crypto::spki_pin(text + "\n" + text).value() == *pin);
  sealed_opens_only_unchanged(bytes);
  if (text.find("m=") == std::string::npos || text.find("m=4294967295") != std::string::npos) {
    CHECK(!crypto::verify_password(text, "password"));
    CHECK(!crypto::open_with_passphrase("passphrase", text));
  }
  return 0;
}
