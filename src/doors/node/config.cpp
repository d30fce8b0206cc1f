#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "doors/node/config.h"
#include "ground/base/file.h"
#include "ground/json/json.h"

namespace tocsin::node {
namespace {

// A basic string of TOML: as JSON has it, but that DEL is escaped, too. The library writes text with line ends in
// several lines, and reads back one line end fewer.
std::string quoted(const std::string& text) {
  std::string out = json::write(json::Value(text));
  for (std::size_t at = out.find('\x7f'); at != std::string::npos; at = out.find('\x7f', at))
    out.replace(at, 1, "\\u007F");
  return out;
}

}  // namespace

Result<Config> read_config(const std::string& folder) {
  const std::string path = folder + "/node.toml";
  const std::string text = TRY(base::read_file(path, 1u << 16));
  Config out;
  try {
    const toml::table table = toml::parse(text);
    for (const auto& [key, value] : table) {
      const std::string_view name = key.str();
      const auto line = std::to_string(value.source().begin.line);
      const auto wrong = [&] {
        return fail(ErrorCode::Malformed, "config.bad_value", {path, line, std::string(name)});
      };
      const auto take = [&](std::string& into) {
        const auto text_value = value.value<std::string>();
        if (text_value) into = *text_value;
        return text_value.has_value();
      };
      const auto take_list = [&](std::vector<std::string>& into) {
        const toml::array* list = value.as_array();
        into.clear();
        for (std::size_t i = 0; list && i < list->size(); ++i) {
          const auto entry = list->get(i)->value<std::string>();
          if (!entry) return false;
          into.push_back(*entry);
        }
        return list != nullptr;
      };
      if (name == "people_listen") {
        if (!take(out.people_listen)) return wrong();
      } else if (name == "peers_listen") {
        if (!take(out.peers_listen)) return wrong();
      } else if (name == "web_folder") {
        if (!take(out.web_folder)) return wrong();
      } else if (name == "proxy") {
        if (!take(out.proxy)) return wrong();
      } else if (name == "pull_seconds") {
        const auto seconds = value.value<std::int64_t>();
        if (!seconds || *seconds < 1 || *seconds > 86400) return wrong();
        out.pull_seconds = static_cast<unsigned>(*seconds);
      } else if (name == "names") {
        if (!take_list(out.names) || out.names.empty()) return wrong();
      } else if (name == "trusted_proxies") {
        if (!take_list(out.trusted_proxies)) return wrong();
      } else {
        return fail(ErrorCode::Malformed, "config.unknown_key", {path, line, std::string(name)});
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::Malformed, "config.syntax", {path, std::to_string(error.source().begin.line)},
                std::string(error.description()));
  }
  return out;
}

std::string write_config(const Config& config) {
  const auto listed = [](const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
    return "[" + out + "]";
  };
  std::ostringstream out;
  out << "# tocsin node. Read at start; see README, \"Operating it\".\n\n"
      << "# Where people, and programs that use the API, reach this node (https).\npeople_listen = "
      << quoted(config.people_listen)
      << "\n\n# Where peers reach this node (mutual TLS 1.3, pinned keys).\npeers_listen = "
      << quoted(config.peers_listen)
      << "\n\n# Host names and addresses that people type; they stand in the certificate and are the only ones "
         "answered.\n# With a port where something in front of the node listens on another one: "
         "\"soc.example.org:443\".\nnames = "
      << listed(config.names)
      << "\n\n# How often a peer that cannot reach us is asked for what waits there, in seconds.\npull_seconds = "
      << config.pull_seconds << "\n";
  if (!config.trusted_proxies.empty())
    out << "\n# Reverse proxies in front of people_listen: who asks is whom they name last in X-Forwarded-For.\n"
        << "trusted_proxies = " << listed(config.trusted_proxies) << "\n";
  if (!config.proxy.empty())
    out << "\n# HTTP CONNECT proxy on the way to peers.\nproxy = " << quoted(config.proxy) << "\n";
  if (!config.web_folder.empty())
    out << "\n# Files of the web interface.\nweb_folder = " << quoted(config.web_folder) << "\n";
  return out.str();
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  std::uint32_t port = 0;
  bool digits = colon != std::string_view::npos && colon + 1 < text.size();
  for (char c : text.substr(colon == std::string_view::npos ? text.size() : colon + 1)) {
    digits = digits && c >= '0' && c <= '9' && port < 65536;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  const bool whole = !address.empty() && address.find_first_of(bracketed ? "[]" : "[]:") == std::string_view::npos;
  if (!digits || port > 65535 || !whole) return fail(ErrorCode::Malformed, "config.bad_listen", {std::string(text)});
  return Endpoint{std::string(address), static_cast<std::uint16_t>(port)};
}

std::vector<std::string> certificate_names(const Config& config) {
  std::vector<std::string> out;
  for (const std::string& name : config.names) {
    const auto with_port = parse_endpoint(name);
    const std::string& host = with_port ? with_port->address : name;
    if (std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  }
  return out;
}

Result<std::vector<std::string>> authorities(const Config& config) {
  const std::uint16_t own_port = TRY(parse_endpoint(config.people_listen)).port;
  std::vector<std::string> out;
  for (const std::string& name : config.names) {
    const Endpoint served = parse_endpoint(name).value_or(Endpoint{name, own_port});
    std::string host = served.address;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    out.push_back(served.port == 443 ? host : host + ":" + std::to_string(served.port));
  }
  return out;
}

}  // namespace tocsin::node
