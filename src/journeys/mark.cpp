#include "journeys/mark.h"

#include <algorithm>
#include <functional>
#include <map>
#include <span>

#include "journeys/raise.h"

namespace tocsin::journeys {
namespace {

// Of when a sensor reported them: somebody may have searched the logs of last year today.
constexpr Duration kHitsOfBefore = base::days(30);
constexpr int kReadAtOnce = 500;
constexpr std::size_t kRaisedAtOnce = 500;  // in one transaction, so that nobody waits for seconds

// Hits on what was marked now that belong to no alert; not those on what a narrower range covers that is marked, too.
Result<std::vector<std::int64_t>> earlier_hits(store::Transaction& tx, const std::string& marked, Time since) {
  const trust::Scope scope = TRY(trust::scope(tx, trust::SensorReader{}));
  watch::HitQuery query;
  query.without_alert_since = since;
  query.limit = kReadAtOnce;
  std::map<std::string, bool> is_marked;
  std::vector<std::int64_t> out;
  for (;;) {
    const std::vector<watch::StoredHit> page = TRY(watch::hits(tx, query, scope));
    for (const watch::StoredHit& stored : page) {
      const auto [known, is_new] = is_marked.try_emplace(stored.hit.host, false);
      if (is_new) {
        const auto covered = TRY(infra::critical_host(tx, stored.hit.host));
        known->second = covered && covered->host == marked;
      }
      if (known->second) out.push_back(stored.id);
    }
    if (page.size() < static_cast<std::size_t>(query.limit)) return out;
    query.before_id = page.back().id;
  }
}

// Those that still belong to no alert, and rest on something that holds.
Result<std::vector<GroundedHit>> grounded(store::Transaction& tx, std::span<const std::int64_t> ids, Time since) {
  const trust::Scope scope = TRY(trust::scope(tx, trust::SensorReader{}));
  std::vector<GroundedHit> out;
  for (const std::int64_t id : ids) {
    watch::HitQuery query;
    query.id = id;
    query.without_alert_since = since;
    for (watch::StoredHit& stored : TRY(watch::hits(tx, query, scope))) {
      auto items = TRY(intel::items(tx, stored.hit.items, scope));
      std::erase_if(items, std::not_fn(intel::holds));
      if (!items.empty()) out.push_back({id, std::move(stored.hit), std::move(items)});
    }
  }
  return out;
}

// What a crash leaves out, the next mark of the host takes up.
Result<void> raise_for_earlier_hits(const Context& context, Marked& marked) {
  const Time since = context.now() - kHitsOfBefore;
  const auto ids =
      TRY(context.db->read_value([&](store::Transaction& tx) { return earlier_hits(tx, marked.host.host, since); }));
  for (std::size_t at = 0; at < ids.size(); at += kRaisedAtOnce) {
    const auto some = std::span(ids).subspan(at, std::min(kRaisedAtOnce, ids.size() - at));
    const auto alert =
        TRY(context.db->write_value([&](store::Transaction& tx) -> Result<std::optional<alerts::AlertId>> {
          const std::vector<GroundedHit> hits = TRY(grounded(tx, some, since));
          if (hits.empty()) return std::optional<alerts::AlertId>{};
          return std::optional(TRY(raise_alert(tx, context, marked.host, hits)));
        }));
    if (alert && std::find(marked.alerts.begin(), marked.alerts.end(), *alert) == marked.alerts.end())
      marked.alerts.push_back(*alert);
  }
  return {};
}

}  // namespace

Result<Marked> mark_host(const Context& context, const infra::CriticalHost& host, const Doer& by) {
  Marked out;
  out.host = TRY(context.db->write_value([&](store::Transaction& tx) -> Result<infra::CriticalHost> {
    TRY_VOID(note_deed(tx, context, by, "host_mark", host.host.substr(0, 100)));
    return infra::mark(tx, host);
  }));
  context.changed("host");
  TRY_VOID(raise_for_earlier_hits(context, out));
  if (!out.alerts.empty())
    for (const std::string_view part : {"hit", "alert", "send"}) context.changed(part);
  return out;
}

}  // namespace tocsin::journeys
