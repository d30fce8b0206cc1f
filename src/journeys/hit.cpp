#include "journeys/hit.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/exchange/delivery.h"
#include "core/intel/repository.h"
#include "journeys/publish.h"
#include "journeys/raise.h"

namespace tocsin::journeys {
namespace {

// What goes back to one giver: counts per indicator, and nothing of the host.
struct Sightings {
  trust::Label label;
  std::map<std::string, watch::ReportedHit> by_indicator;
};

class HitTaker {
 public:
  HitTaker(store::Transaction& tx, const Context& context, const HitReport& report)
      : tx_(tx), context_(context), report_(report) {}

  Result<HitOutcome> take() {
    HitOutcome out;
    if (!TRY(watch::begin_batch(tx_, report_.sensor, report_.batch, context_.now()))) {
      out.repeated = true;
      return out;
    }
    const trust::Scope scope = TRY(trust::scope(tx_, trust::SensorReader{}));
    std::int64_t total = 0;
    std::map<std::string, std::vector<GroundedHit>> by_host;
    std::map<std::string, infra::CriticalHost> critical;
    for (const watch::ReportedHit& hit : report_.hits) {
      std::vector<intel::Item> items = TRY(intel::items(tx_, hit.items, scope));
      if (items.empty()) {
        ++out.unknown;
        continue;
      }
      std::erase_if(items, std::not_fn(intel::holds));
      if (items.empty()) {
        ++out.retracted;
        continue;
      }
      watch::ReportedHit known = hit;
      known.items.clear();
      for (const auto& item : items) known.items.push_back(item.item);
      const auto host = TRY(critical_side(known));
      const auto row =
          TRY(watch::add_hit(tx_, report_.sensor, known, host.has_value(), items.front().label, context_.now()));
      ++out.stored;
      total += hit.count;
      TRY_VOID(note_sightings(known, items));
      if (host) {
        critical.insert_or_assign(host->host, *host);
        by_host[host->host].push_back({row, std::move(known), std::move(items)});
      }
    }
    for (const auto& [host, hits] : by_host)
      out.alerts.push_back(TRY(raise_alert(tx_, context_, critical.at(host), hits)));
    TRY_VOID(
        watch::note_sensor(tx_, {report_.sensor, report_.set_id, context_.now(), report_.lines, report_.bytes, total}));
    TRY_VOID(send_sightings());
    return out;
  }

 private:
  /// Which side of a connection is ours the sensor can only guess; what is marked as critical is ours for certain, and
  /// becomes the host of the hit.
  Result<std::optional<infra::CriticalHost>> critical_side(watch::ReportedHit& hit) {
    auto found = TRY(infra::critical_host(tx_, hit.host));
    for (std::size_t i = 0; !found && i < hit.others.size(); ++i) {
      found = TRY(infra::critical_host(tx_, hit.others[i]));
      if (found) hit.host = hit.others[i];
    }
    return found;
  }

  Result<void> note_sightings(const watch::ReportedHit& hit, const std::vector<intel::Item>& items) {
    for (const auto& item : items) {
      TRY_VOID(intel::add_sighting(
          tx_, {item.stix_id, context_.self.party, hit.count, hit.first, hit.last, {}, item.label}, context_.now()));
      if (item.voucher == context_.self.party) continue;
      auto& pending = pending_[item.label];
      pending.label = TRY(trust::label(tx_, item.label));
      auto [entry, fresh] = pending.by_indicator.try_emplace(item.stix_id, hit);
      if (fresh) {
        givers_[item.label].insert_or_assign(item.stix_id, item.item);
        continue;
      }
      entry->second.count += hit.count;
      entry->second.first = std::min(entry->second.first, hit.first);
      entry->second.last = std::max(entry->second.last, hit.last);
    }
    return {};
  }

  // To whoever handed us the indicator, under the agreement it came under, if that says that sightings go by
  // themselves.
  Result<void> send_sightings() {
    for (const auto& [label_id, pending] : pending_) {
      const auto agreement = TRY(trust::in_force(tx_, pending.label.agreement, context_.now()));
      if (!agreement || !agreement->agreement.terms.sends_automatically("sighting")) continue;
      std::map<trust::PartyId, json::Array> by_giver;
      for (const auto& [indicator, hit] : pending.by_indicator)
        for (const auto& origin : TRY(intel::provenance(tx_, givers_[label_id].at(indicator)))) {
          if (!origin.statement) continue;
          json::Object entry;
          entry.set("indicator", indicator);
          entry.set("count", std::min(hit.count, kMaxSightingCount));
          entry.set("first", base::to_rfc3339(hit.first));
          entry.set("last", base::to_rfc3339(hit.last));
          by_giver[TRY(exchange::archived(tx_, *origin.statement)).from].push_back(std::move(entry));
          break;
        }
      for (auto& [giver, entries] : by_giver) {
        if (!agreement->takes_part(giver)) continue;
        for (std::size_t at = 0; at < entries.size(); at += kMaxSightings) {
          const std::size_t end = std::min(entries.size(), at + kMaxSightings);
          TRY_VOID(state_sightings(*agreement, pending.label, giver, {entries.begin() + at, entries.begin() + end}));
        }
      }
    }
    return {};
  }

  Result<void> state_sightings(const trust::StoredAgreement& agreement, const trust::Label& label,
                               const trust::PartyId& giver, json::Array entries) {
    exchange::Statement statement;
    statement.kind = "sighting";
    statement.agreement = agreement.agreement.id;
    statement.terms = agreement.terms;
    statement.handling = {label.tlp, label.pap, trust::Onward::None, agreement.agreement.terms.retention_days};
    json::Object body;
    body.set("sightings", std::move(entries));
    statement.body = std::move(body);
    const auto issued = TRY(exchange::issue(tx_, context_.self, std::move(statement), label.readers, context_.now()));
    return exchange::enqueue(tx_, issued, agreement.agreement.id, giver, context_.now());
  }

  store::Transaction& tx_;
  const Context& context_;
  const HitReport& report_;
  std::map<trust::LabelId, Sightings> pending_;
  std::map<trust::LabelId, std::map<std::string, intel::ItemId>> givers_;
};

}  // namespace

Result<HitOutcome> take_hits(const Context& context, const HitReport& report) {
  if (!base::is_uuid(report.batch)) return fail(ErrorCode::Malformed, "hits.bad_batch");
  auto out = context.db->write_value([&](store::Transaction& tx) { return HitTaker(tx, context, report).take(); });
  if (out && !out->repeated) {
    context.changed("hit");
    if (!out->alerts.empty()) context.changed("alert");
    context.changed("send");
  }
  return out;
}

}  // namespace tocsin::journeys
