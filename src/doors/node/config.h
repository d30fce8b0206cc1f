// node.toml and the addresses in it.
#pragma once

#include "doors/node/node.h"

namespace tocsin::node {

std::string write_config(const Config& config);

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};
/// "127.0.0.1:8443", "[::1]:8443". config.bad_listen.
Result<Endpoint> parse_endpoint(std::string_view text);

/// Config::names without their ports: what the certificate names.
std::vector<std::string> certificate_names(const Config& config);
/// Config::names as they stand in URLs and in Host headers, in their order: "soc.example.org:8443", "[2001:db8::7]".
/// Where a name bears no port of its own it is the one we listen on; 443 is left out, as browsers do.
/// config.bad_listen.
Result<std::vector<std::string>> authorities(const Config& config);

}  // namespace tocsin::node
