// IP addresses as values, and which of them belong to the public internet. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace tocsin::net {

/// Always 16 bytes: an IPv4 address stands in its mapped form ::ffff:a.b.c.d, so that both writings are one value.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool is_loopback() const;
  bool is_unspecified() const;
  /// True only for addresses that are routed on the public internet: not private, shared, loopback, link-local,
  /// unspecified, multicast, documentation or reserved ones (IANA special-purpose registries, RFC 6890), also not where
  /// such an IPv4 address hides in a mapped, NAT64 (RFC 6052) or 6to4 form.
  bool is_public() const;
  std::string text() const;  ///< "192.0.2.1", "2001:db8::1"
  /// Who one counts as a single source: the IPv4 address, or the /64 of an IPv6 address.
  IpAddress source() const;

  auto operator<=>(const IpAddress&) const = default;
};

/// Numeric forms of inet_pton only; no zone, no port, no names.
std::optional<IpAddress> parse_ip(std::string_view text);
/// AF_INET and AF_INET6 only.
std::optional<IpAddress> from_sockaddr(const sockaddr& address);

}  // namespace tocsin::net
