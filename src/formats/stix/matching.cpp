#include "formats/stix/matching.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "formats/observable/address.h"
#include "formats/stix/pattern.h"

namespace tocsin::stix {
namespace {

std::vector<observable::Network> networks(std::initializer_list<std::string_view> texts) {
  std::vector<observable::Network> out;
  for (const auto text : texts) out.push_back(*observable::parse_network(text));
  return out;
}

const std::vector<observable::Network>& nobody() {
  // Nothing within these is another party's machine: this host, this link, everybody.
  static const auto kNetworks = networks({"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
                                          "255.255.255.255/32", "::/128", "::1/128", "fe80::/10", "ff00::/8"});
  return kNetworks;
}
const std::vector<observable::Network>& private_networks() {
  // A machine within one of these may be one that the people of a network watch for; the whole of one is every machine
  // of every network. Those of IPv6 are wider than kWidestV6.
  static const auto kNetworks = networks({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"});
  return kNetworks;
}

// The widest networks that registries give to one holder.
constexpr unsigned kWidestV4 = 8, kWidestV6 = 19;

bool holds(const observable::Network& outer, const observable::Network& inner) {
  return outer.prefix <= inner.prefix && observable::contains(outer, inner.first);
}

bool is_stix(std::string_view type) {
  constexpr std::string_view kStix = "stix";
  return std::equal(type.begin(), type.end(), kStix.begin(), kStix.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

void note(Object& out, Finding::Level level, std::string_view pointer, std::string_view rule,
          std::vector<std::string> args = {}) {
  out.findings.push_back({level, std::string(pointer), std::string(rule), std::move(args)});
}

}  // namespace

bool is_everywhere(const observable::Value& value) {
  using observable::Kind;
  std::optional<observable::Network> network;
  if (value.kind == Kind::Ipv4Range || value.kind == Kind::Ipv6Range) {
    network = observable::parse_network(value.text);
  } else if (value.kind == Kind::Ipv4 || value.kind == Kind::Ipv6) {
    if (const auto address = observable::parse_address(value.text)) network = {*address, address->bits()};
  }
  if (!network) return false;
  if (network->prefix < (network->first.is_v6 ? kWidestV6 : kWidestV4)) return true;
  const auto within = [&](const observable::Network& other) { return holds(other, *network); };
  const auto around = [&](const observable::Network& other) { return holds(*network, other); };
  return std::any_of(nobody().begin(), nobody().end(), within) ||
         std::any_of(nobody().begin(), nobody().end(), around) ||
         std::any_of(private_networks().begin(), private_networks().end(), around);
}

void read_indicator(const json::Value& object, Object& out) {
  using Level = Finding::Level;
  out.pattern = object.text("pattern");
  out.pattern_type = object.text("pattern_type", out.spec_version == "2.0" ? "stix" : "");
  // Without a type (which 2.1 requires, and 2.0 does not know) the grammar decides.
  if (!out.pattern_type.empty() && out.pattern_type != "stix") {
    if (!is_stix(out.pattern_type))
      return note(out, Level::Matching, "/pattern_type", "stix.pattern_type_not_matched", {out.pattern_type});
    note(out, Level::Should, "/pattern_type", "stix.pattern_type_form");
  }
  PatternReading reading = read_pattern(out.pattern);
  if (reading.error_offset)
    return note(out, Level::Must, "/pattern", "stix.pattern_syntax", {std::to_string(*reading.error_offset)});
  out.indicated = std::move(reading.indicated);
  const auto is_matched = [](const Indicated& one) { return one.matched; };
  const bool any_suffices = std::any_of(out.indicated.begin(), out.indicated.end(), is_matched);
  const Indicated* everywhere = nullptr;
  for (Indicated& one : out.indicated) {
    if (!one.matched || !is_everywhere(one.value)) continue;
    one.matched = false;
    if (everywhere == nullptr) everywhere = &one;
  }
  if (everywhere != nullptr) note(out, Level::Matching, "/pattern", "stix.value_everywhere", {everywhere->value.text});
  if (!any_suffices)
    note(out, Level::Matching, "/pattern", "stix.pattern_not_matched");
  else if (!reading.simple)
    note(out, Level::Matching, "/pattern", "stix.pattern_partly_matched");
  if (std::any_of(out.indicated.begin(), out.indicated.end(), is_matched))
    out.matched = reading.simple && everywhere == nullptr ? Matched::Whole : Matched::Partly;
}

}  // namespace tocsin::stix
