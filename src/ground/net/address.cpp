#include "ground/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace tocsin::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Range4 {
  std::uint8_t a, b, c, d;
  unsigned bits;
};

// IANA IPv4 Special-Purpose Address Registry, those not globally reachable, and multicast.
constexpr Range4 kNotPublic4[] = {
    {0, 0, 0, 0, 8},     {10, 0, 0, 0, 8},      {100, 64, 0, 0, 10},  {127, 0, 0, 0, 8},    {169, 254, 0, 0, 16},
    {172, 16, 0, 0, 12}, {192, 0, 0, 0, 24},    {192, 0, 2, 0, 24},   {192, 88, 99, 0, 24}, {192, 168, 0, 0, 16},
    {198, 18, 0, 0, 15}, {198, 51, 100, 0, 24}, {203, 0, 113, 0, 24}, {224, 0, 0, 0, 3},
};

constexpr std::uint32_t number(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d;
}

bool is_public_v4(const std::uint8_t* four) {
  const std::uint32_t address = number(four[0], four[1], four[2], four[3]);
  return std::none_of(std::begin(kNotPublic4), std::end(kNotPublic4), [&](const Range4& range) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - range.bits);
    return (address & mask) == number(range.a, range.b, range.c, range.d);
  });
}

bool starts_with(const IpAddress& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) && bytes[15] == 1;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes.begin() + (is_v4() ? 12 : 0), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool IpAddress::is_public() const {
  if (is_v4()) return is_public_v4(&bytes[12]);
  if (starts_with(*this, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(&bytes[12]);  // NAT64
  if (starts_with(*this, {0x20, 0x02})) return is_public_v4(&bytes[2]);                                       // 6to4
  if (starts_with(*this, {0x20, 0x01}) && bytes[2] < 2) return false;     // 2001::/23: Teredo, ORCHID, benchmarking
  if (starts_with(*this, {0x20, 0x01, 0x0d, 0xb8})) return false;         // documentation
  if (starts_with(*this, {0x3f, 0xff}) && bytes[2] < 0x10) return false;  // documentation (RFC 9637)
  return (bytes[0] & 0xe0) == 0x20;                                       // 2000::/3 is all that is allocated
}

std::string IpAddress::text() const {
  char out[INET6_ADDRSTRLEN] = {};
  if (is_v4())
    ::inet_ntop(AF_INET, &bytes[12], out, sizeof out);
  else
    ::inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
  return out;
}

IpAddress IpAddress::source() const {
  IpAddress out = *this;
  if (!is_v4()) std::fill(out.bytes.begin() + 8, out.bytes.end(), std::uint8_t{0});
  return out;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  const std::string terminated(text);
  IpAddress out;
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  if (::inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) return out;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), out.bytes.begin());
  if (::inet_pton(AF_INET, terminated.c_str(), &out.bytes[12]) == 1) return out;
  return std::nullopt;
}

std::optional<IpAddress> from_sockaddr(const sockaddr& address) {
  IpAddress out;
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &address, sizeof six);
    std::memcpy(out.bytes.data(), &six.sin6_addr, 16);
    return out;
  }
  if (address.sa_family != AF_INET) return std::nullopt;
  sockaddr_in four;
  std::memcpy(&four, &address, sizeof four);
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), out.bytes.begin());
  std::memcpy(&out.bytes[12], &four.sin_addr, 4);
  return out;
}

}  // namespace tocsin::net
