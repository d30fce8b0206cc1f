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

}  // namespace tocsin::node
