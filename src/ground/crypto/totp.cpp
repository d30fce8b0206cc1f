#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

constexpr std::int64_t kStepSeconds = 30;

// RFC 4226 section 5.3 with the time step as counter.
std::string code_of_step(ByteView secret, std::int64_t step) {
  Bytes counter;
  base::append_u64(counter, static_cast<std::uint64_t>(step));
  std::uint8_t mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac, &size) !=
            nullptr &&
        size == 20);
  const unsigned offset = mac[19] & 0x0fu;
  const std::uint32_t truncated = (mac[offset] & 0x7fu) << 24 | std::uint32_t{mac[offset + 1]} << 16 |
                                  std::uint32_t{mac[offset + 2]} << 8 | mac[offset + 3];
  return fmt::format("{:06}", truncated % 1'000'000);
}

}  // namespace

std::string totp_code(ByteView secret, std::int64_t unix_seconds) {
  CHECK(!secret.empty() && secret.size() <= 1024 && unix_seconds >= 0);
  return code_of_step(secret, unix_seconds / kStepSeconds);
}

std::optional<std::int64_t> check_totp(ByteView secret, std::string_view code, std::int64_t unix_seconds) {
  // Nobody enrolled without a secret: nothing matches. HMAC itself would take an empty key.
  if (secret.empty() || secret.size() > 1024 || unix_seconds < kStepSeconds) return std::nullopt;
  const std::int64_t now = unix_seconds / kStepSeconds;
  for (std::int64_t step : {now, now - 1, now + 1})
    if (equal_in_constant_time(base::as_bytes(code_of_step(secret, step)), base::as_bytes(code))) return step;
  return std::nullopt;
}

}  // namespace tocsin::crypto
