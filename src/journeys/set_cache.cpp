#include "journeys/set_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "core/relate/postings.h"
#include "core/watch/set.h"

namespace tocsin::journeys {
namespace {

// A set of a million values costs seconds: whoever gives each indicator a moment of its own must not keep us compiling.
constexpr Duration kBetweenChangesOfTime = base::minutes(1);

// The id says what is in it, so that an unchanged set keeps its id and is not fetched again.
std::string id_of(const std::vector<watch::Rule>& sorted) {
  crypto::Sha256Stream hash;
  for (const watch::Rule& rule : sorted)
    hash.add(base::as_bytes(fmt::format("{} {} {} {}\n", static_cast<int>(rule.value.kind), rule.value.text,
                                        rule.grounds, rule.subdomains ? "below" : "alone")));
  return hash.finish().hex().substr(0, 32);
}

// Below "co.uk" or "github.io" lie the names of others: an indicator for such a name means that name alone, or one line
// of a list would raise an alarm at every host.
bool has_subdomains_of_its_own(const observable::Value& value) {
  return value.kind != observable::Kind::Domain || observable::registrable_domain(value.text).has_value();
}

}  // namespace

bool SetCache::is_fresh(const Compiled& compiled, std::int64_t generation, Time now) {
  const bool time_has_changed_it = compiled.next_change && *compiled.next_change <= now;
  return compiled.generation >= generation && (!time_has_changed_it || now < compiled.at + kBetweenChangesOfTime);
}

Result<SetCache::Compiled> SetCache::compile(const Context& context, const SensorSet& before) {
  Compiled out;
  out.at = context.now();
  std::vector<watch::Rule> rules;
  TRY_VOID(context.db->read([&](store::Transaction& tx) -> Result<void> {
    out.generation = TRY(relate::generation(tx));
    const trust::Scope scope = TRY(trust::scope(tx, trust::SensorReader{}));
    relate::Watched watched = TRY(relate::to_match(tx, scope, out.at));
    out.next_change = watched.next_change;
    rules.clear();
    for (relate::ToMatch& entry : watched.values) {
      const bool subdomains = has_subdomains_of_its_own(entry.value);
      rules.push_back({std::move(entry.value), static_cast<std::uint64_t>(entry.item), subdomains});
    }
    return {};
  }));
  std::sort(rules.begin(), rules.end(), [](const watch::Rule& a, const watch::Rule& b) {
    return std::tie(a.value.kind, a.value.text, a.grounds) < std::tie(b.value.kind, b.value.text, b.grounds);
  });
  const std::string id = id_of(rules);
  out.set = before;
  if (id != before.id) out.set = {id, std::make_shared<const Bytes>(watch::Set::compile(std::move(rules), id))};
  return out;
}

Result<SensorSet> SetCache::current(const Context& context) {
  const std::int64_t generation =
      TRY(context.db->read_value([](store::Transaction& tx) { return relate::generation(tx); }));
  std::unique_lock lock(mutex_);
  for (;;) {
    if (is_fresh(compiled_, generation, context.now())) return compiled_.set;
    if (!compiling_) break;
    if (compiled_.set.bytes) return compiled_.set;
    done_.wait(lock);
  }
  compiling_ = true;
  const SensorSet before = compiled_.set;
  lock.unlock();
  auto compiled = compile(context, before);
  lock.lock();
  compiling_ = false;
  if (compiled) compiled_ = *compiled;
  done_.notify_all();
  if (!compiled) return tl::unexpected(compiled.error());
  return compiled_.set;
}

}  // namespace tocsin::journeys
