#include "core/watch/scan.h"

#include <algorithm>

#include "core/watch/any_case.h"

namespace tocsin::watch {
namespace {

using observable::Kind;

/// The machine to look at. Names, URLs and hashes may come from either side: a visitor's malicious request concerns our
/// server, and a log may have taken the server for the client. A private address is ours, a public one hardly.
std::string_view host_concerned(const telemetry::LineContext& context, const telemetry::Candidate& candidate) {
  const std::string_view local = context.local_host, remote = context.remote_host;
  const bool is_address = candidate.kind == Kind::Ipv4 || candidate.kind == Kind::Ipv6;
  if (is_address && candidate.text == local) return remote;
  if (remote.empty() || (is_address && candidate.text == remote)) return local;
  if (local.empty()) return remote;
  return observable::is_private_address(remote) && !observable::is_private_address(local) ? remote : local;
}

void add_others(const telemetry::LineContext& context, const telemetry::Candidate& candidate, Hit& hit) {
  for (const std::string_view other : {context.local_host, context.remote_host, context.forwarded_for})
    if (!other.empty() && other != candidate.text && other != hit.host) hit.others.emplace_back(other);
}

}  // namespace

void Scanner::tell(const std::string& file, const telemetry::LineContext& context,
                   const telemetry::Candidate& candidate, const std::function<void(const Hit&)>& on_hit) {
  for (std::size_t i = 0; i < found_.size();) {
    // Entries of one value stand together: one hit names all their grounds.
    std::size_t end = i + 1;
    while (end < found_.size() && found_[end].kind == found_[i].kind &&
           same_value(found_[i].kind, found_[end].text, found_[i].text))
      ++end;
    const std::uint32_t value = found_[i].index;
    if (std::find(told_.begin(), told_.end(), value) == told_.end()) {
      told_.push_back(value);
      Hit hit;
      for (std::size_t k = i; k < end; ++k) hit.grounds.push_back(found_[k].grounds);
      hit.kind = found_[i].kind;
      hit.value = found_[i].text;
      hit.seen = candidate.text;
      hit.field = candidate.field;
      hit.log = context.log;
      hit.file = file;
      hit.line = context.line;
      hit.time = context.time;
      hit.host = host_concerned(context, candidate);
      add_others(context, candidate, hit);
      on_hit(hit);
    }
    i = end;
  }
}

void Scanner::line(const std::string& file, const telemetry::LineContext& context,
                   const std::vector<telemetry::Candidate>& candidates, const std::function<void(const Hit&)>& on_hit) {
  told_.clear();
  probes_.clear();
  for (std::uint32_t i = 0; i < candidates.size(); ++i)
    set_->prepare(candidates[i].kind, candidates[i].text, i, probes_);
  auto probe = probes_.begin();
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    found_.clear();
    for (; probe != probes_.end() && probe->candidate == i; ++probe) set_->answer(*probe, found_);
    set_->probe_ranges(candidates[i].kind, candidates[i].text, found_);
    if (!found_.empty()) tell(file, context, candidates[i], on_hit);
  }
}

}  // namespace tocsin::watch
