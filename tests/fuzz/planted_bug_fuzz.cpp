// A bug on purpose: a reader of records that believes the length it is told. It stands in this program only. The test
// finds_planted_bug runs the fuzzer on it, so that a harness which finds nothing is known to look.
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace {

constexpr std::string_view kMagic = "rec1";

// magic | type (1 byte: 'S' or 'P') | length (2 bytes, big endian) | payload
std::uint32_t sum_of_payload(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kHead = 7;
  if (bytes.size() < kHead || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return 0;
  const std::size_t length = bytes[5] * std::size_t{256} + bytes[6];
  std::uint32_t sum = 0;
  if (bytes[4] == 'S' && bytes.size() == kHead + length)
    for (std::size_t i = 0; i < length; ++i) sum += bytes[kHead + i];
  if (bytes[4] == 'P')  // here nobody compares the length with what is there
    for (std::size_t i = 0; i < length; ++i) sum += bytes[kHead + i];
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  volatile std::uint32_t kept = sum_of_payload({data, size});
  static_cast<void>(kept);
  return 0;
}
