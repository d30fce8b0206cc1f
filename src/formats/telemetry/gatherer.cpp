#include "formats/telemetry/gatherer.h"

#include <algorithm>
#include <array>

#include "formats/telemetry/digits.h"
#include "formats/telemetry/event_time.h"

namespace tocsin::telemetry {
namespace {

using observable::Kind;

/// "host:8080" -> host, "8080"; brackets of IPv6 stay with the host.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !all_digits(text.substr(colon + 1))) return {text, {}};
  const bool bracketed = colon > 0 && text[colon - 1] == ']';
  if (!bracketed && text.find(':') != colon) return {text, {}};  // an IPv6 address without brackets
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// Words between any of the separators.
template <typename Each>
void each_word(std::string_view text, std::string_view separators, const Each& each) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool is_service_port(std::string_view port) {
  return port.size() < 4 || (port.size() == 4 && port < "1024");
}

}  // namespace

void Gatherer::begin() {
  arena_.reset();
  candidates.clear();
  context.time.reset();
  context.local_host = context.remote_host = context.forwarded_for = {};
  remote_port_ = {};
  if (!has_parts_) return;
  parts_ = {};
  smb_names_.clear();
  has_parts_ = false;
}

void Gatherer::add(Kind kind, std::string_view text, std::string_view field) {
  if (observable::is_normal_but_for_case(kind, text)) {
    candidates.push_back({kind, text, field});
  } else if (const auto normal = observable::normalise(kind, text)) {
    candidates.push_back({kind, arena_.copy(*normal), field});
  }
}

void Gatherer::add_value(const observable::Value& value, std::string_view field) {
  candidates.push_back({value.kind, arena_.copy(value.text), field});
}

std::string_view Gatherer::normal_address(std::string_view text) {
  if (observable::is_normal(Kind::Ipv4, text) || observable::is_normal(Kind::Ipv6, text)) return text;
  const auto value = observable::parse_ip_or_range(text);
  if (!value || (value->kind != Kind::Ipv4 && value->kind != Kind::Ipv6)) return {};
  return arena_.copy(value->text);
}

std::string_view Gatherer::add_address(std::string_view text, std::string_view field) {
  const auto address = normal_address(text);
  if (address.empty()) return {};
  candidates.push_back({address.find(':') == std::string_view::npos ? Kind::Ipv4 : Kind::Ipv6, address, field});
  return address;
}

void Gatherer::add_name(std::string_view text, std::string_view field) {
  if (observable::is_normal(Kind::Domain, text)) {
    candidates.push_back({Kind::Domain, text, field});
  } else if (observable::is_normal(Kind::Ipv4, text)) {
    candidates.push_back({Kind::Ipv4, text, field});
  } else if (text.find(' ') == std::string_view::npos) {  // TXT answers are sentences
    if (text.starts_with("*.")) text.remove_prefix(2);    // a certificate for all names below
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);  // HELO
    if (const auto value = observable::parse_host(text)) add_value(*value, field);
  }
}

void Gatherer::add_emails(std::string_view text, std::string_view field) {
  each_word(text, " \t\r\n,;<>()\"", [&](std::string_view word) {
    while (word.starts_with('\'')) word.remove_prefix(1);
    while (word.ends_with('\'')) word.remove_suffix(1);
    const std::size_t before = candidates.size();
    if (word.find('@') != std::string_view::npos) add(Kind::Email, word, field);
    if (candidates.size() == before) return;
    const std::string_view address = candidates.back().text;
    candidates.push_back({Kind::Domain, address.substr(address.rfind('@') + 1), field});
  });
}

void Gatherer::add_url(std::string_view text, std::string_view field) {
  const std::size_t before = candidates.size();
  add(Kind::Url, text, field);
  if (candidates.size() == before) return;
  const std::string_view url = candidates.back().text;
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find('/'));
  if (host == parts_.host) return;  // most pages refer to their neighbours, and this name was taken with them
  if (observable::is_normal(Kind::Domain, host)) {
    candidates.push_back({Kind::Domain, host, field});
  } else if (const auto value = observable::url_host(url)) {
    add_value(*value, field);
  }
}

/// Suricata leaves the scheme out unless told otherwise (log-url-scheme).
void Gatherer::add_link(std::string_view text, std::string_view field) {
  if (text.find("://") != std::string_view::npos) return add_url(text, field);
  add_url(joined({"http://", text}), field);
  add(Kind::Url, joined({"https://", text}), field);
}

/// Returns the first private address among them.
std::string_view Gatherer::add_addresses(std::string_view text, std::string_view field) {
  std::string_view out;
  each_word(text, " \t,;=\"()[]<>", [&](std::string_view word) {
    if (word.find_first_of(".:") == std::string_view::npos) return;
    const auto address = add_address(split_port(word).first, field);
    if (out.empty() && observable::is_private_address(address)) out = address;
  });
  return out;
}

void Gatherer::add_subject(std::string_view text, std::string_view field) {
  each_word(text, ",/", [&](std::string_view part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view value = part.substr(equals + 1);
    if (part.starts_with("CN=") && value.find('.') != std::string_view::npos) add_name(value, field);
    if (part.starts_with("emailAddress=")) add_emails(value, field);
  });
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
    case Role::LocalPort:
      parts().local_port = text;
      return;
    case Role::RemotePort:
      remote_port_ = text;
      return;
    case Role::UrlPort:
      parts().url_port = text;
      return;
    case Role::Direction:
      parts().direction = text;
      return;
    case Role::FlowClient:
      parts().flow_client = normal_address(text);
      return;
    case Role::Method:
      parts().method = text;
      return;
    case Role::Name:
      add_name(text, field);
      return;
    case Role::Host:
      std::tie(parts().host, parts().host_port) = split_port(text);
      add_name(parts_.host, field);
      return;
    case Role::Target:
      parts().target = text;
      parts_.target_field = field;
      return;
    case Role::Url:
      add_url(text, field);
      return;
    case Role::Link:
      add_link(text, field);
      return;
    case Role::Addresses:
      add_addresses(text, field);
      return;
    case Role::ForwardedFor:
      if (const auto first = add_addresses(text, field); parts().forwarded_for.empty()) parts_.forwarded_for = first;
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
      add_emails(text, field);
      return;
    case Role::Subject:
      add_subject(text, field);
      return;
    case Role::SmbName:
      smb_names_.emplace_back(text, field);
      return;
    case Role::SmbAction:
      parts().smb_action = text;
      return;
    case Role::Fingerprint:
      add_fingerprint(text, field);
      return;
    case Role::Serial:
      add(Kind::CertificateSerial, text, field);
      return;
  }
}

std::string_view Gatherer::joined(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  char* const begin = arena_.room(size);
  char* end = begin;
  for (const auto part : parts) end = std::copy(part.begin(), part.end(), end);
  return {begin, size};
}

void Gatherer::add_request_url(std::string_view port) {
  const bool bare_v6 = parts_.host.find(':') != std::string_view::npos && !parts_.host.starts_with('[');
  add(Kind::Url,
      joined({"http://", bare_v6 ? "[" : "", parts_.host, bare_v6 ? "]" : "", port.empty() ? "" : ":", port,
              parts_.target}),
      parts_.target_field);
}

/// Zeek names who opened the connection. Suricata's src_ip is whoever sent the packet of an alert or the file of a
/// fileinfo, and its versions say in different ways, or not at all, whether that was the server.
bool Gatherer::server_sent_it() const {
  if (!parts_.flow_client.empty() && parts_.flow_client == context.local_host) return false;
  if (!parts_.flow_client.empty() && parts_.flow_client == context.remote_host) return true;
  if (!parts_.direction.empty()) return parts_.direction == "to_client";
  if (parts_.local_port.empty() || parts_.local_port == remote_port_) return false;
  if (context.log == "fileinfo" && (parts_.method == "GET" || parts_.method == "HEAD"))
    return true;  // these requests hold no file
  if (parts_.url_port == parts_.local_port) return true;
  // Services listen below 1024; from there only a few old clients (rsh, NFS) ask.
  return is_service_port(parts_.local_port) && !is_service_port(remote_port_);
}

void Gatherer::orient() {
  if (!server_sent_it()) return;
  std::swap(context.local_host, context.remote_host);
  std::swap(parts_.local_port, remote_port_);
}

void Gatherer::add_request() {
  if (parts_.target[0] != '/') {  // a request to a proxy
    if (parts_.target.find("://") != std::string_view::npos) return add_url(parts_.target, parts_.target_field);
    const auto [name, port] = split_port(parts_.target);  // of CONNECT
    if (!port.empty() && name != parts_.host) add_name(name, parts_.target_field);
    return;
  }
  if (parts_.host.empty())
    parts_.host = context.remote_host;  // no Host header: Zeek builds the URL from the address, too
  if (parts_.host.empty()) return;
  add_request_url(parts_.host_port);
  // Both cut the port off the Host header; the connection's own port may be a proxy's, so both are tried.
  const std::string_view port = parts_.url_port.empty() ? remote_port_ : parts_.url_port;
  if (parts_.host_port.empty() && !port.empty() && port != "80") add_request_url(port);
}

void Gatherer::end() {
  if (!has_parts_) return;
  orient();
  if (!parts_.target.empty()) add_request();
  if (parts_.smb_action.starts_with("SMB::"))
    for (const auto& [name, field] : smb_names_) add(Kind::FileName, name, field);
  // JSON does not say which "host" is an address of ours (known_hosts, software) and which a Host header.
  if (parts_.target.empty() && context.local_host.empty() && context.remote_host.empty())
    context.local_host = normal_address(parts_.host);
  if (!parts_.forwarded_for.empty() && observable::is_private_address(context.local_host))
    context.forwarded_for = parts_.forwarded_for;
}

}  // namespace tocsin::telemetry
