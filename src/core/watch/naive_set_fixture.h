// The oracle of the compiled set: the same answers by a map of strings and plain loops.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/watch/set.h"
#include "formats/observable/address.h"

namespace tocsin::watch::testing {

class NaiveSet {
 public:
  explicit NaiveSet(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      values_[key(rule.value.kind, rule.value.text)].push_back({rule.grounds, rule.subdomains});
      const bool v6 = rule.value.kind == observable::Kind::Ipv6Range;
      if (!v6 && rule.value.kind != observable::Kind::Ipv4Range) continue;
      const auto network = observable::parse_network(rule.value.text);
      if (network && network->first.is_v6 == v6) ranges_.push_back({*network, rule.grounds});
    }
  }

  std::vector<std::uint64_t> probe(observable::Kind kind, std::string_view normal_text) const {
    std::vector<std::uint64_t> out;
    add(kind, normal_text, false, out);
    if (kind == observable::Kind::Domain)
      for (auto dot = normal_text.find('.'); dot != std::string_view::npos; dot = normal_text.find('.', dot + 1))
        add(kind, normal_text.substr(dot + 1), true, out);
    if (kind != observable::Kind::Ipv4 && kind != observable::Kind::Ipv6) return out;
    const auto address = observable::parse_address(normal_text);
    if (!address) return out;
    for (const Range& range : ranges_)
      if (observable::contains(range.network, *address)) out.push_back(range.grounds);
    return out;
  }

 private:
  struct Grounds {
    std::uint64_t grounds;
    bool subdomains;
  };
  struct Range {
    observable::Network network;
    std::uint64_t grounds;
  };

  static std::string key(observable::Kind kind, std::string_view text) {
    std::string out(1, static_cast<char>(kind));
    for (const char c : text)
      out += observable::case_means_nothing(kind) && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  void add(observable::Kind kind, std::string_view text, bool as_parent, std::vector<std::uint64_t>& out) const {
    const auto found = values_.find(key(kind, text));
    if (found == values_.end()) return;
    for (const Grounds& g : found->second)
      if (!as_parent || g.subdomains) out.push_back(g.grounds);
  }

  std::unordered_map<std::string, std::vector<Grounds>> values_;
  std::vector<Range> ranges_;
};

}  // namespace tocsin::watch::testing
