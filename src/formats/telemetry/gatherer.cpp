#include "formats/telemetry/gatherer.h"

#include <algorithm>
#include <array>

namespace tocsin::telemetry {
namespace {

using observable::Kind;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Seconds with a fraction. Nine digits reach the year 2001, eleven the year 5138.
std::optional<Time> parse_epoch(std::string_view text) {
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (i == 11) return std::nullopt;
    whole = whole * 10 + (text[i] - '0');
  }
  if (i == 0) return std::nullopt;
  std::int64_t micros = 0;
  if (i < text.size()) {
    if (text[i++] != '.') return std::nullopt;
    std::int64_t unit = 100'000;
    for (; i < text.size() && is_digit(text[i]); ++i, unit /= 10) micros += unit * (text[i] - '0');
    if (i < text.size()) return std::nullopt;
  }
  return Time{whole * 1'000'000 + micros};
}

/// "+0200" or "+02:00" as a duration; minutes beyond 59 and hours beyond 23 are no offset.
std::optional<Duration> parse_offset(std::string_view text) {
  if (text.size() == 6 && text[3] == ':') {
    const std::array<char, 4> digits{text[1], text[2], text[4], text[5]};
    if (!all_digits({digits.data(), 4})) return std::nullopt;
  } else if (text.size() != 5 || !all_digits(text.substr(1))) {
    return std::nullopt;
  }
  const std::size_t m = text.size() - 2;
  const int hours = (text[1] - '0') * 10 + (text[2] - '0'), minutes = (text[m] - '0') * 10 + (text[m + 1] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const Duration out = base::minutes(hours * 60 + minutes);
  return text[0] == '-' ? Duration{-out.us} : out;
}

/// "host:8080" -> host, "8080"; brackets of IPv6 stay with the host.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !all_digits(text.substr(colon + 1))) return {text, {}};
  const bool bracketed = colon > 0 && text[colon - 1] == ']';
  if (!bracketed && text.find(':') != colon) return {text, {}};  // an IPv6 address without brackets
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-') return parse_epoch(text);
  const auto sign = text.find_last_of("+-Z");
  if (sign == std::string_view::npos || sign < 19) return base::from_rfc3339(text);
  if (text[sign] == 'Z') return base::from_rfc3339(text);
  const auto offset = parse_offset(text.substr(sign));
  std::array<char, 40> utc{};
  if (!offset || sign + 1 > utc.size()) return std::nullopt;
  std::copy_n(text.begin(), sign, utc.begin());
  utc[sign] = 'Z';
  const auto local = base::from_rfc3339({utc.data(), sign + 1});
  if (!local) return std::nullopt;
  return *local - *offset;
}

void Gatherer::begin() {
  arena_.reset();
  candidates.clear();
  context.time.reset();
  context.local_host = context.remote_host = {};
  host_ = host_port_ = target_ = target_field_ = remote_port_ = {};
}

void Gatherer::add(Kind kind, std::string_view text, std::string_view field) {
  if (observable::is_normal(kind, text)) {
    candidates.push_back({kind, text, field});
  } else if (const auto normal = observable::normalise(kind, text)) {
    candidates.push_back({kind, arena_.copy(*normal), field});
  }
}

void Gatherer::add_value(const observable::Value& value, std::string_view field) {
  candidates.push_back({value.kind, arena_.copy(value.text), field});
}

std::string_view Gatherer::add_address(std::string_view text, std::string_view field) {
  if (observable::is_normal(Kind::Ipv4, text)) {
    candidates.push_back({Kind::Ipv4, text, field});
  } else if (observable::is_normal(Kind::Ipv6, text)) {
    candidates.push_back({Kind::Ipv6, text, field});
  } else if (const auto value = observable::parse_ip_or_range(text);
             value && (value->kind == Kind::Ipv4 || value->kind == Kind::Ipv6)) {
    add_value(*value, field);
  } else {
    return {};
  }
  return candidates.back().text;
}

void Gatherer::add_name(std::string_view text, std::string_view field) {
  if (observable::is_normal(Kind::Domain, text)) {
    candidates.push_back({Kind::Domain, text, field});
  } else if (observable::is_normal(Kind::Ipv4, text)) {
    candidates.push_back({Kind::Ipv4, text, field});
  } else if (text.find(' ') == std::string_view::npos) {  // TXT answers are sentences
    if (const auto value = observable::parse_host(text)) add_value(*value, field);
  }
}

void Gatherer::add_email(std::string_view text, std::string_view field) {
  if (const auto open = text.rfind('<'); open != std::string_view::npos) {
    text.remove_prefix(open + 1);
    text = text.substr(0, text.find('>'));
  }
  const auto first = text.find_first_not_of(" \t\"'");
  if (first == std::string_view::npos) return;
  text = text.substr(first, text.find_last_not_of(" \t\"'") - first + 1);
  add(Kind::Email, text, field);
}

void Gatherer::add_fingerprint(std::string_view text, std::string_view field) {
  const auto colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
  if (text.size() - colons == 40) add(Kind::CertificateSha1, text, field);
  if (text.size() - colons == 64) add(Kind::CertificateSha256, text, field);
}

void Gatherer::take(Role role, std::string_view text, std::string_view field) {
  switch (role) {
    case Role::Skip:
      return;
    case Role::EventTime:
      context.time = parse_time(text);
      return;
    case Role::LogName:
      context.log = text;
      return;
    case Role::Address:
      add_address(text, field);
      return;
    case Role::LocalAddress: {
      const auto address = add_address(text, field);
      if (context.local_host.empty()) context.local_host = address;
      return;
    }
    case Role::RemoteAddress: {
      const auto address = add_address(text, field);
      if (context.remote_host.empty()) context.remote_host = address;
      return;
    }
    case Role::RemotePort:
      remote_port_ = text;
      return;
    case Role::Name:
      add_name(text, field);
      return;
    case Role::Host:
      std::tie(host_, host_port_) = split_port(text);
      add_name(host_, field);
      return;
    case Role::Target:
      target_ = text;
      target_field_ = field;
      return;
    case Role::Url:
      add(Kind::Url, text, field);
      return;
    case Role::Md5:
      add(Kind::Md5, text, field);
      return;
    case Role::Sha1:
      add(Kind::Sha1, text, field);
      return;
    case Role::Sha256:
      add(Kind::Sha256, text, field);
      return;
    case Role::Ja3:
      add(Kind::Ja3, text, field);
      return;
    case Role::Ja4:
      add(Kind::Ja4, text, field);
      return;
    case Role::UserAgent:
      add(Kind::UserAgent, text, field);
      return;
    case Role::FileName:
      add(Kind::FileName, text, field);
      return;
    case Role::Email:
      add_email(text, field);
      return;
    case Role::Fingerprint:
      add_fingerprint(text, field);
      return;
    case Role::Serial:
      add(Kind::CertificateSerial, text, field);
      return;
  }
}

void Gatherer::add_request_url(std::string_view port) {
  constexpr std::string_view kScheme = "http://";
  const bool bare_v6 = host_.find(':') != std::string_view::npos && !host_.starts_with('[');
  const std::array<std::string_view, 7> parts{
      kScheme, bare_v6 ? "[" : "", host_, bare_v6 ? "]" : "", port.empty() ? "" : ":", port, target_};
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  char* const begin = arena_.room(size);
  char* end = begin;
  for (const auto part : parts) end = std::copy(part.begin(), part.end(), end);
  add(Kind::Url, {begin, size}, target_field_);
}

void Gatherer::end() {
  if (target_.empty()) return;
  if (target_.find("://") != std::string_view::npos && target_[0] != '/') {  // a request to a proxy
    add(Kind::Url, target_, target_field_);
    return;
  }
  if (host_.empty() || target_[0] != '/') return;
  add_request_url(host_port_);
  // Zeek cuts the port off the Host header; the connection's own port may be a proxy's, so both are tried.
  if (host_port_.empty() && !remote_port_.empty() && remote_port_ != "80") add_request_url(remote_port_);
}

}  // namespace tocsin::telemetry
