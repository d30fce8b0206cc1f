#include <algorithm>
#include <unordered_map>

#include "core/watch/set.h"
#include "formats/observable/address.h"

namespace tocsin::watch {

using observable::Kind;

struct NaiveSet::Impl {
  struct Grounds {
    std::uint64_t grounds;
    bool subdomains;
  };
  struct Range {
    observable::Network network;
    std::uint64_t grounds;
  };
  std::unordered_map<std::string, std::vector<Grounds>> values;
  std::vector<Range> ranges;

  static std::string key(Kind kind, std::string_view text) {
    std::string out(1, static_cast<char>(kind));
    for (const char c : text)
      out += observable::case_means_nothing(kind) && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }

  void add(Kind kind, std::string_view text, bool as_parent, std::vector<std::uint64_t>& out) const {
    const auto found = values.find(key(kind, text));
    if (found == values.end()) return;
    for (const Grounds& g : found->second)
      if (!as_parent || g.subdomains) out.push_back(g.grounds);
  }
};

NaiveSet::NaiveSet(std::vector<Rule> rules) : impl_(std::make_unique<Impl>()) {
  for (const Rule& rule : rules) {
    impl_->values[Impl::key(rule.value.kind, rule.value.text)].push_back({rule.grounds, rule.subdomains});
    const bool v6 = rule.value.kind == Kind::Ipv6Range;
    if (!v6 && rule.value.kind != Kind::Ipv4Range) continue;
    const auto network = observable::parse_network(rule.value.text);
    if (network && network->first.is_v6 == v6) impl_->ranges.push_back({*network, rule.grounds});
  }
}
NaiveSet::NaiveSet(NaiveSet&&) noexcept = default;
NaiveSet::~NaiveSet() = default;

void NaiveSet::probe(Kind kind, std::string_view normal_text, std::vector<std::uint64_t>& grounds) const {
  impl_->add(kind, normal_text, false, grounds);
  if (kind == Kind::Domain)
    for (const auto parent : observable::parent_domains(normal_text)) impl_->add(kind, parent, true, grounds);
  if (kind != Kind::Ipv4 && kind != Kind::Ipv6) return;
  const auto address = observable::parse_address(normal_text);
  if (!address) return;
  for (const auto& range : impl_->ranges)
    if (observable::contains(range.network, *address)) grounds.push_back(range.grounds);
}

}  // namespace tocsin::watch
