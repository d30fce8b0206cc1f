// IP addresses and networks in binary. Internal to the room, and to whoever needs addresses as numbers at speed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::observable {

/// Network byte order. IPv4 lies in the first four bytes.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6 = false;

  unsigned bits() const { return is_v6 ? 128 : 32; }
  bool operator==(const Address&) const = default;
};

struct Network {
  Address first;  ///< host bits are zero
  unsigned prefix = 0;
};

/// Dotted quad without leading zeros, or RFC 4291 text without scope. An IPv4-mapped IPv6 address comes back as IPv4.
std::optional<Address> parse_address(std::string_view text);
/// "address/length"; host bits are cleared; a range of mapped addresses becomes the IPv4 range.
std::optional<Network> parse_network(std::string_view text);
/// RFC 5952 for IPv6.
std::string format(const Address& address);
std::string format(const Network& network);

bool contains(const Network& network, const Address& address);

/// A dotted quad in its normal form as a number in host order: the hot path of telemetry, without inet_pton.
std::optional<std::uint32_t> parse_normal_ipv4(std::string_view text);

/// True only for IPv6 addresses in their normal form. No allocation.
bool is_normal_ipv6(std::string_view text);

}  // namespace tocsin::observable
