#include "formats/observable/observable.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "formats/observable/address.h"
#include "formats/observable/characters.h"
#include "formats/observable/domain.h"
#include "formats/observable/url.h"

namespace tocsin::observable {
namespace {

constexpr std::size_t kMaxEmail = 320;  // 64 + 1 + 255
constexpr std::string_view kNotInLocalPart = " @<>,;:";
constexpr std::size_t kMaxFileName = 1024;    // NTFS and ext4 allow 255 characters
constexpr std::size_t kMaxText = 4096;        // user agents, mutexes, registry keys
constexpr std::size_t kMaxSerialDigits = 64;  // RFC 5280 allows 20 octets; some issuers do not care

std::optional<std::string> hex_of(std::string_view text, std::size_t digits) {
  if (text.size() != digits || !std::all_of(text.begin(), text.end(), is_hex)) return std::nullopt;
  return lower(text);
}

/// "2D:D1:9f" -> "2DD19f"; nothing where colons stand elsewhere than between pairs.
std::optional<std::string> without_colons(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return std::string(text);
  if (text.size() % 3 != 2) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((i % 3 == 2) != (text[i] == ':')) return std::nullopt;
    if (text[i] != ':') out += text[i];
  }
  return out;
}

std::optional<std::string> normalise_fingerprint(std::string_view text, std::size_t digits) {
  const auto plain = text.size() <= 3 * digits ? without_colons(text) : std::nullopt;
  return plain ? hex_of(*plain, digits) : std::nullopt;
}

std::optional<std::string> normalise_serial(std::string_view text) {
  auto digits = text.size() <= 3 * kMaxSerialDigits ? without_colons(text) : std::nullopt;
  if (!digits || digits->empty() || digits->size() > kMaxSerialDigits) return std::nullopt;
  if (!std::all_of(digits->begin(), digits->end(), is_hex)) return std::nullopt;
  digits->erase(0, std::min(digits->find_first_not_of('0'), digits->size() - 1));
  std::transform(digits->begin(), digits->end(), digits->begin(), to_upper);
  return digits;
}

/// FoxIO's JA4 "t13d1516h2_8daaf6152771_02713d6af862"; the first part is text and keeps its case.
std::optional<std::string> normalise_ja4(std::string_view text) {
  if (text.size() != 36 || text[10] != '_' || text[23] != '_') return std::nullopt;
  const std::string_view head = text.substr(0, 10);
  if (!std::all_of(head.begin(), head.end(), [](char c) { return is_letter(c) || is_digit(c); })) return std::nullopt;
  const auto ciphers = hex_of(text.substr(11, 12), 12);
  const auto extensions = hex_of(text.substr(24, 12), 12);
  if (!ciphers || !extensions) return std::nullopt;
  return std::string(head) + '_' + *ciphers + '_' + *extensions;
}

std::optional<std::string> normalise_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || !is_plain_text(text, kMaxEmail)) return std::nullopt;
  const std::string_view local = text.substr(0, at);
  if (local.empty() || local.find_first_of(kNotInLocalPart) != std::string_view::npos) return std::nullopt;
  auto domain = normalise_domain(text.substr(at + 1));
  if (!domain || local.size() + 1 + domain->size() > kMaxEmail) return std::nullopt;
  return lower(local) + '@' + *domain;
}

bool is_normal_email_but_for_case(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || !is_plain_text(text, kMaxEmail)) return false;
  return text.substr(0, at).find_first_of(kNotInLocalPart) == std::string_view::npos &&
         is_normal_domain(text.substr(at + 1));
}

std::string_view last_component(std::string_view path) {
  const auto separator = path.find_last_of("/\\");
  return separator == std::string_view::npos ? path : path.substr(separator + 1);
}

bool is_file_name(std::string_view text) {
  return is_plain_text(text, kMaxFileName) && text != "." && text != "..";
}

std::optional<std::string> normalise_address(std::string_view text, bool want_v6) {
  const auto address = parse_address(text);
  if (!address || address->is_v6 != want_v6) return std::nullopt;
  // A mapped address came back as IPv4: as text of kind Ipv4 it is not accepted, parse_ip_or_range() is the way in.
  if (!want_v6 && text.find(':') != std::string_view::npos) return std::nullopt;
  return format(*address);
}

std::optional<std::string> normalise_range(std::string_view text, bool want_v6) {
  const auto network = parse_network(text);
  if (!network || network->first.is_v6 != want_v6) return std::nullopt;
  if (!want_v6 && text.find(':') != std::string_view::npos) return std::nullopt;
  return format(*network);
}

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const char* text : texts)
    if (const auto network = parse_network(text)) out.push_back(*network);
  return out;
}

bool lies_in(const std::vector<Network>& networks, std::string_view normal_ip) {
  const auto address = parse_address(normal_ip);
  return address && std::any_of(networks.begin(), networks.end(),
                                [&](const Network& network) { return contains(network, *address); });
}

/// "SHA256" as lists and tools write it before a hash.
std::optional<Kind> hash_named(std::string_view algorithm) {
  constexpr std::array<std::pair<std::string_view, Kind>, 7> kNames{{{"md5", Kind::Md5},
                                                                     {"sha1", Kind::Sha1},
                                                                     {"sha-1", Kind::Sha1},
                                                                     {"sha256", Kind::Sha256},
                                                                     {"sha-256", Kind::Sha256},
                                                                     {"sha512", Kind::Sha512},
                                                                     {"sha-512", Kind::Sha512}}};
  const std::string asked = lower(trim(algorithm));
  for (const auto& [name, kind] : kNames)
    if (name == asked) return kind;
  return std::nullopt;
}

bool is_lower_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<std::string> normalise(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::Ipv4:
      return normalise_address(text, false);
    case Kind::Ipv6:
      return normalise_address(text, true);
    case Kind::Ipv4Range:
      return normalise_range(text, false);
    case Kind::Ipv6Range:
      return normalise_range(text, true);
    case Kind::Domain:
      return normalise_domain(text);
    case Kind::Url:
      return normalise_url(text);
    case Kind::Md5:
    case Kind::Ja3:
      return hex_of(text, 32);
    case Kind::Sha1:
      return hex_of(text, 40);
    case Kind::Sha256:
      return hex_of(text, 64);
    case Kind::Sha512:
      return hex_of(text, 128);
    case Kind::Email:
      return normalise_email(text);
    case Kind::FileName: {
      const std::string_view last = last_component(text);
      if (!is_file_name(last)) return std::nullopt;
      return lower(last);
    }
    case Kind::Ja4:
      return normalise_ja4(text);
    case Kind::CertificateSha1:
      return normalise_fingerprint(text, 40);
    case Kind::CertificateSha256:
      return normalise_fingerprint(text, 64);
    case Kind::CertificateSerial:
      return normalise_serial(text);
    case Kind::UserAgent:
      if (!is_plain_text(text, kMaxText)) return std::nullopt;
      return lower(text);
    case Kind::Mutex:
    case Kind::RegistryKey:
      if (!is_plain_text(text, kMaxText)) return std::nullopt;
      return std::string(text);
  }
  return std::nullopt;
}

bool is_normal(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::Ipv4:
      return parse_normal_ipv4(text).has_value();
    case Kind::Domain:
      return is_normal_domain(text);
    case Kind::Url:
      return is_normal_url(text);
    case Kind::Md5:
    case Kind::Ja3:
      return is_lower_hex(text, 32);
    case Kind::Sha1:
    case Kind::CertificateSha1:
      return is_lower_hex(text, 40);
    case Kind::Sha256:
    case Kind::CertificateSha256:
      return is_lower_hex(text, 64);
    case Kind::Sha512:
      return is_lower_hex(text, 128);
    case Kind::FileName:
    case Kind::UserAgent:
      return is_normal_but_for_case(kind, text) && std::none_of(text.begin(), text.end(), is_upper);
    case Kind::Mutex:
    case Kind::RegistryKey:
      return is_plain_text(text, kMaxText);
    case Kind::Ipv6:
      return is_normal_ipv6(text);
    case Kind::Ipv4Range:
    case Kind::Ipv6Range:
    case Kind::Email:
    case Kind::Ja4:
    case Kind::CertificateSerial:
      return false;
  }
  return false;
}

bool is_normal_but_for_case(Kind kind, std::string_view text) {
  if (kind == Kind::UserAgent) return is_plain_text(text, kMaxText);
  if (kind == Kind::FileName) return is_file_name(text) && text.find_first_of("/\\") == std::string_view::npos;
  if (kind == Kind::Email) return is_normal_email_but_for_case(text);
  return is_normal(kind, text);
}

bool case_means_nothing(Kind kind) {
  return kind == Kind::Email || kind == Kind::FileName || kind == Kind::UserAgent || kind == Kind::Url;
}

std::optional<Value> parse_ip_or_range(std::string_view text) {
  if (const auto address = parse_address(text))
    return Value{address->is_v6 ? Kind::Ipv6 : Kind::Ipv4, format(*address)};
  const auto network = parse_network(text);
  if (!network) return std::nullopt;
  const bool v6 = network->first.is_v6;
  if (network->prefix == network->first.bits()) return Value{v6 ? Kind::Ipv6 : Kind::Ipv4, format(network->first)};
  return Value{v6 ? Kind::Ipv6Range : Kind::Ipv4Range, format(*network)};
}

std::optional<Value> recognise(std::string_view text) {
  const std::string plain = refang(trim(text));
  if (auto ip = parse_ip_or_range(plain)) return ip;
  const auto as = [&](Kind kind) -> std::optional<Value> {
    auto normal = normalise(kind, plain);
    if (!normal) return std::nullopt;
    return Value{kind, std::move(*normal)};
  };
  if (plain.find("://") != std::string::npos) return as(Kind::Url);
  if (plain.find('@') != std::string::npos) return as(Kind::Email);
  if (const auto colon = plain.find(':'); colon != std::string::npos) {
    if (const auto kind = hash_named(std::string_view(plain).substr(0, colon))) {
      auto hash = normalise(*kind, trim(std::string_view(plain).substr(colon + 1)));
      return hash ? std::optional(Value{*kind, std::move(*hash)}) : std::nullopt;
    }
    auto host = host_before_port(plain);
    const bool is_a_word = host && host->kind == Kind::Domain && host->text.find('.') == std::string::npos;
    return is_a_word ? std::nullopt : std::move(host);
  }
  if (plain.find('.') != std::string::npos) return as(Kind::Domain);
  switch (plain.size()) {
    case 32:
      return as(Kind::Md5);
    case 40:
      return as(Kind::Sha1);
    case 64:
      return as(Kind::Sha256);
    case 128:
      return as(Kind::Sha512);
    default:
      return std::nullopt;
  }
}

bool is_private_address(std::string_view normal_ip) {
  static const std::vector<Network> kPrivate =
      networks({"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                "::1/128", "fc00::/7", "fe80::/10", "fec0::/10"});
  return lies_in(kPrivate, normal_ip);
}

}  // namespace tocsin::observable
