#include "formats/observable/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tocsin::observable {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::size_t kMaxV6Text = 39;  // eight groups of four digits, seven colons

bool is_mapped(const Address& address) {
  return address.is_v6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

Address unmap(const Address& mapped) {
  Address out;
  std::copy(mapped.bytes.begin() + 12, mapped.bytes.end(), out.bytes.begin());
  return out;
}

std::optional<Address> parse_as_written(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  // inet_pton reads up to a NUL: one inside the text would hide what follows.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  Address out;
  out.is_v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(out.is_v6 ? AF_INET6 : AF_INET, terminated.data(), out.bytes.data()) != 1) return std::nullopt;
  return out;
}

void clear_host_bits(Address& address, unsigned prefix) {
  for (unsigned i = 0; i < address.bits() / 8; ++i) {
    const unsigned kept = std::clamp(static_cast<int>(prefix) - static_cast<int>(8 * i), 0, 8);
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00u >> kept));
  }
}

/// Writes at most 39 characters; returns their end.
char* write_v6(const Address& address, char* out) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = address.bytes[2 * i] * 256u + address.bytes[2 * i + 1];
  // RFC 5952 section 4.2: the longest run of zeros, at least two, the first of equals. glibc's inet_ntop is not used
  // because it writes ::/96 in dotted form.
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best = i;
      best_length = length;
    }
    i += length + 1;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out = std::copy_n("::", 2, out);
      i += best_length - 1;
      continue;
    }
    if (i > 0 && i != best + best_length) *out++ = ':';
    out = std::to_chars(out, out + 4, groups[i], 16).ptr;
  }
  return out;
}

std::string format_v6(const Address& address) {
  std::array<char, kMaxV6Text> text{};
  return {text.data(), write_v6(address, text.data())};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  auto out = parse_as_written(text);
  if (out && is_mapped(*out)) return unmap(*out);
  return out;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto address = parse_as_written(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  if (!address || length.empty() || length.size() > 3 || (length.size() > 1 && length[0] == '0')) return std::nullopt;
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), prefix);
  if (error != std::errc{} || end != length.data() + length.size() || prefix > address->bits()) return std::nullopt;
  if (is_mapped(*address) && prefix >= 96) {
    address = unmap(*address);
    prefix -= 96;
  }
  clear_host_bits(*address, prefix);
  return Network{*address, prefix};
}

std::string format(const Address& address) {
  if (address.is_v6) return format_v6(address);
  const auto& b = address.bytes;
  return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
}

std::string format(const Network& network) {
  return fmt::format("{}/{}", format(network.first), network.prefix);
}

bool contains(const Network& network, const Address& address) {
  if (network.first.is_v6 != address.is_v6) return false;
  Address first = address;
  clear_host_bits(first, network.prefix);
  return first == network.first;
}

bool is_normal_ipv6(std::string_view text) {
  if (text.size() > kMaxV6Text || text.find(':') == std::string_view::npos) return false;
  const auto address = parse_as_written(text);
  if (!address || is_mapped(*address)) return false;
  std::array<char, kMaxV6Text> normal{};
  const char* const end = write_v6(*address, normal.data());
  return text == std::string_view(normal.data(), static_cast<std::size_t>(end - normal.data()));
}

std::optional<std::uint32_t> parse_normal_ipv4(std::string_view text) {
  if (text.size() < 7 || text.size() > 15) return std::nullopt;
  std::uint32_t out = 0;
  std::size_t at = 0;
  for (unsigned part = 0; part < 4; ++part) {
    const std::size_t begin = at;
    unsigned number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 3)
      number = number * 10 + static_cast<unsigned>(text[at++] - '0');
    const std::size_t digits = at - begin;
    if (digits == 0 || number > 255 || (digits > 1 && text[begin] == '0')) return std::nullopt;
    out = (out << 8) | number;
    if (part < 3 && (at == text.size() || text[at++] != '.')) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return out;
}

}  // namespace tocsin::observable
