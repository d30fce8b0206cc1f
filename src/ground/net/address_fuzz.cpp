// Laws of addresses: what is parsed is written and parsed again to the same value; a source contains its address and is
// its own source; what reaches this machine or nobody is never public.
#include <cstdint>

#include "ground/base/result.h"
#include "ground/net/address.h"

namespace {

using namespace tocsin;

void check(const net::IpAddress& address) {
  const auto again = net::parse_ip(address.text());
  CHECK(again && *again == address);
  CHECK(address.source().source() == address.source());
  CHECK(!address.is_v4() || address.source() == address);
  if (address.is_loopback() || address.is_unspecified()) CHECK(!address.is_public());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto address = net::parse_ip({reinterpret_cast<const char*>(data), size})) check(*address);
  net::IpAddress raw;
  for (std::size_t i = 0; i < raw.bytes.size() && i < size; ++i) raw.bytes[i] = data[i];
  check(raw);
  return 0;
}
