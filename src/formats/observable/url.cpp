#include "formats/observable/url.h"

#include <algorithm>
#include <charconv>

#include "formats/observable/address.h"
#include "formats/observable/characters.h"
#include "formats/observable/domain.h"

namespace tocsin::observable {
namespace {

constexpr std::size_t kMaxUrl = 16 * 1024;
constexpr std::size_t kMaxScheme = 32;

bool is_scheme(std::string_view text) {
  if (text.empty() || text.size() > kMaxScheme || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

unsigned default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return 0;
}

struct Authority {
  std::string_view host;  ///< IPv6 with its brackets
  std::string_view port;  ///< without colon
};

Authority split_authority(std::string_view text) {
  // User names are dropped: a client never sends them on, so no log shows them ("http://bank.example@evil.example/").
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  if (text.empty()) return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) return std::nullopt;
  return port;
}

bool must_be_encoded(char c) {
  return !is_ascii(c) || c == ' ' || c == '"' || c == '<' || c == '>';
}

/// RFC 3986 section 6.2.2.1: escapes in upper case; bytes that may not stand in a URL are escaped. Nothing is decoded
/// and no dot segment removed, because servers and attackers distinguish them.
void append_path(std::string& out, std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (must_be_encoded(c)) {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    } else if (c == '%' && i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2])) {
      out += {'%', to_upper(path[i + 1]), to_upper(path[i + 2])};
      i += 2;
    } else {
      out += c;
    }
  }
}

/// Normal paths are printable ASCII; a lower-case escape sends the caller to the slow way.
bool is_normal_path(std::string_view path) {
  if (path.empty() || path[0] != '/') return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (is_control(c) || must_be_encoded(c) || c == '#') return false;
    if (c == '%' && i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2]) &&
        (is_lower(path[i + 1]) || is_lower(path[i + 2])))
      return false;
  }
  return true;
}

}  // namespace

std::optional<Value> parse_host(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  }
  if (const auto address = parse_address(text))
    return Value{address->is_v6 ? Kind::Ipv6 : Kind::Ipv4, format(*address)};
  if (auto domain = normalise_domain(text)) {
    // Full-width digits become ASCII ones only in IDNA: the last label was seen to be no number, so this is a name.
    return Value{Kind::Domain, std::move(*domain)};
  }
  return std::nullopt;
}

std::optional<Value> host_before_port(std::string_view text) {
  if (text.find('@') != std::string_view::npos) return std::nullopt;  // of a URL it would end a user's name
  const Authority authority = split_authority(text);
  if (authority.port.empty() && !text.ends_with(']')) return std::nullopt;
  return parse_port(authority.port) ? parse_host(authority.host) : std::nullopt;
}

std::optional<std::string> normalise_url(std::string_view text) {
  if (text.size() > kMaxUrl || std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || !is_scheme(text.substr(0, mark))) return std::nullopt;
  const std::string scheme = lower(text.substr(0, mark));
  std::string_view rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto path_at = std::min(rest.find_first_of("/?"), rest.size());

  const Authority authority = split_authority(rest.substr(0, path_at));
  const auto host = parse_host(authority.host);
  const auto port = parse_port(authority.port);
  if (!host || !port) return std::nullopt;
  // Unbracketed IPv6 cannot be told from a port; split_authority cut it at a colon.
  std::string out = scheme + "://";
  out += host->kind == Kind::Ipv6 ? '[' + host->text + ']' : host->text;
  if (*port != 0 && *port != default_port(scheme)) out += ':' + std::to_string(*port);
  const std::string_view path = rest.substr(path_at);
  if (path.empty() || path[0] != '/') out += '/';
  append_path(out, path);
  if (out.size() > kMaxUrl) return std::nullopt;
  return out;
}

bool is_normal_url(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    return false;
  }
  const auto path_at = rest.find('/');
  if (text.size() > kMaxUrl || path_at == std::string_view::npos) return false;
  const std::string_view host = rest.substr(0, path_at);
  return (is_normal_domain(host) || parse_normal_ipv4(host)) && is_normal_path(rest.substr(path_at));
}

std::optional<Value> url_host(std::string_view normal_url) {
  const auto mark = normal_url.find("://");
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view rest = normal_url.substr(mark + 3);
  return parse_host(split_authority(rest.substr(0, rest.find_first_of("/?#"))).host);
}

}  // namespace tocsin::observable
