// Laws of node.toml: whatever stands in it, it is read or refused with a sentence; what was read, written and read
// again is the same; an address that is accepted has a port and is written back as it was understood.
#include <fstream>

#include "doors/node/config.h"
#include "tests/support/folder.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

const std::string& folder() {
  static const test_support::TemporaryFolder made;
  static const std::string path = made.path().string();
  return path;
}

Result<node::Config> read(std::string_view text) {
  std::ofstream(folder() + "/node.toml", std::ios::binary | std::ios::trunc) << text;
  return node::read_config(folder());
}

// TOML is UTF-8, and has no NUL.
std::string take_text(test_support::FuzzInput& input) {
  std::string out(input.text());
  std::erase(out, '\0');
  const auto read = json::parse(json::write(json::Value(out)));
  return read ? *read->string() : "?";
}

void check_endpoint(std::string_view text) {
  const auto endpoint = node::parse_endpoint(text);
  if (!endpoint) return test_support::check_refusal(endpoint.error());
  const auto again = node::parse_endpoint("[" + endpoint->address + "]:" + std::to_string(endpoint->port));
  CHECK(again && again->address == endpoint->address && again->port == endpoint->port);
}

void check_same(const node::Config& a, const node::Config& b) {
  CHECK(a.people_listen == b.people_listen && a.peers_listen == b.peers_listen && a.names == b.names);
  CHECK(a.web_folder == b.web_folder && a.proxy == b.proxy && a.pull_seconds == b.pull_seconds);
  CHECK(a.trusted_proxies == b.trusted_proxies);
}

}  // namespace

/// The first byte: 0 takes the rest as the file, 1 as changes of a good one, otherwise as the texts of a configuration.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  node::Config config;
  config.proxy = "http://proxy.example:3128";
  config.web_folder = "/usr/share/tocsin/web";
  if (mode > 1) {
    config.people_listen = take_text(input);
    config.names = {take_text(input), take_text(input)};
    config.trusted_proxies = {take_text(input)};
    config.proxy = take_text(input);
  }
  std::string text = node::write_config(config);
  if (mode == 0) text = input.rest();
  if (mode == 1) test_support::edit_bytes(text, input);
  check_endpoint(text);
  check_endpoint(config.people_listen);
  const auto first = read(text);
  if (!first) {
    test_support::check_refusal(first.error());
    return 0;
  }
  CHECK(!first->names.empty() && first->pull_seconds >= 1 && first->pull_seconds <= 86400);
  if (mode > 1) check_same(*first, config);
  const auto second = read(node::write_config(*first));
  CHECK(second);
  check_same(*first, *second);
  return 0;
}
