#include "journeys/mark.h"

#include <map>

#include "journeys/raise.h"

namespace tocsin::journeys {
namespace {

// Of when a sensor reported them: somebody may have searched the logs of last year today.
constexpr Duration kHitsOfBefore = base::days(30);
constexpr int kHitsAtOnce = 500;
constexpr std::size_t kMostHits = 5000;  // the newest; an alert names fewer

class Looking {
 public:
  Looking(store::Transaction& tx, const Context& context, const infra::CriticalHost& marked)
      : tx_(tx), context_(context), marked_(marked) {}

  // Hits on what was marked now that belong to no alert, newest first.
  Result<std::vector<GroundedHit>> find() {
    const trust::Scope scope = TRY(trust::scope(tx_, trust::SensorReader{}));
    watch::HitQuery query;
    query.without_alert_since = context_.now() - kHitsOfBefore;
    query.limit = kHitsAtOnce;
    std::vector<GroundedHit> out;
    for (;;) {
      const std::vector<watch::StoredHit> page = TRY(watch::hits(tx_, query, scope));
      for (const watch::StoredHit& stored : page) {
        if (!TRY(is_marked(stored.hit.host))) continue;
        auto items = TRY(intel::items(tx_, stored.hit.items, scope));
        std::erase_if(items, [](const intel::Item& item) { return !item.retracted.empty() || item.revoked; });
        if (!items.empty()) out.push_back({stored.id, stored.hit, std::move(items)});
        if (out.size() == kMostHits) return out;
      }
      if (page.size() < static_cast<std::size_t>(query.limit)) return out;
      query.before_id = page.back().id;
    }
  }

 private:
  // Not what lies in a narrower range that is marked, too.
  Result<bool> is_marked(const std::string& host) {
    const auto known = known_.find(host);
    if (known != known_.end()) return known->second;
    const auto found = TRY(infra::critical_host(tx_, host));
    return known_[host] = found && found->host == marked_.host;
  }

  store::Transaction& tx_;
  const Context& context_;
  const infra::CriticalHost& marked_;
  std::map<std::string, bool> known_;
};

}  // namespace

Result<Marked> mark_host(const Context& context, const infra::CriticalHost& host, const Doer& by) {
  auto marked = context.db->write_value([&](store::Transaction& tx) -> Result<Marked> {
    TRY_VOID(note_deed(tx, context, by, "host_mark", host.host.substr(0, 100)));
    Marked out{TRY(infra::mark(tx, host)), {}};
    const std::vector<GroundedHit> hits = TRY(Looking(tx, context, out.host).find());
    if (!hits.empty()) out.alerts.push_back(TRY(raise_alert(tx, context, out.host, hits)));
    return out;
  });
  if (!marked) return marked;
  context.changed("host");
  if (marked->alerts.empty()) return marked;
  for (const std::string_view part : {"hit", "alert", "send"}) context.changed(part);
  return marked;
}

}  // namespace tocsin::journeys
