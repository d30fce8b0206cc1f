#include "journeys/hit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/exchange/delivery.h"
#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "duty/alerts/alerts.h"
#include "journeys/alert.h"
#include "journeys/publish.h"

namespace tocsin::journeys {
namespace {

// Where no agreement sets a deadline: how soon our own duty officer should have seen it, by severity.
constexpr std::array<Duration, 6> kOwnDeadlines = {base::hours(72), base::hours(24),   base::hours(4),
                                                   base::hours(1),  base::minutes(30), base::minutes(15)};

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
    std::map<std::string, std::vector<std::pair<watch::ReportedHit, std::vector<intel::Item>>>> by_host;
    std::map<std::string, infra::CriticalHost> critical;
    std::map<std::string, std::vector<std::int64_t>> rows;
    for (const watch::ReportedHit& hit : report_.hits) {
      std::vector<intel::Item> items = TRY(intel::items(tx_, hit.items, scope));
      if (items.empty()) {
        ++out.unknown;
        continue;
      }
      std::erase_if(items, [](const intel::Item& item) { return !item.retracted.empty() || item.revoked; });
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
        by_host[host->host].emplace_back(known, items);
        rows[host->host].push_back(row);
      }
    }
    for (const auto& [host, hits] : by_host) {
      out.alerts.push_back(TRY(raise(critical.at(host), hits, rows[host])));
    }
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

  Result<std::int64_t> raise(const infra::CriticalHost& host,
                             const std::vector<std::pair<watch::ReportedHit, std::vector<intel::Item>>>& hits,
                             const std::vector<std::int64_t>& rows) {
    alerts::Alert alert;
    const infra::Severity severity = infra::assess(host);
    alert.party = context_.self.party;
    alert.sender = context_.self.party;
    alert.severity = severity.level;
    alert.severity_row = severity.row;
    alert.host = host.host;
    alert.facts.host_name = host.name;
    alert.facts.service = host.service;
    alert.facts.sector = host.sector;
    alert.facts.protected_code = host.protected_code;
    alert.facts.population_served = host.population_served;
    // What we say of it is ours; it may not be less restricted than what it rests on.
    trust::Label label;
    label.voucher = context_.self.party;
    label.tlp = stix::Tlp::Clear;
    label.pap = stix::Pap::Clear;
    label.onward = trust::Onward::Free;
    bool first = true;
    for (const auto& [hit, items] : hits) {
      alert.facts.count += hit.count;
      alert.facts.first = first ? hit.first : std::min(alert.facts.first, hit.first);
      alert.facts.last = first ? hit.last : std::max(alert.facts.last, hit.last);
      first = false;
      if (alert.facts.values.size() < 50 &&
          std::find(alert.facts.values.begin(), alert.facts.values.end(), hit.value) == alert.facts.values.end())
        alert.facts.values.push_back(hit.value);
      for (const auto& item : items) {
        const trust::Label given = TRY(trust::label(tx_, item.label));
        label.tlp = std::max(label.tlp, given.tlp);
        label.pap = std::max(label.pap, given.pap);
        if (alert.facts.indicators.size() < 50 &&
            std::find(alert.facts.indicators.begin(), alert.facts.indicators.end(), item.stix_id) ==
                alert.facts.indicators.end())
          alert.facts.indicators.push_back(item.stix_id);
      }
    }
    label.tlp = std::max(label.tlp, stix::Tlp::Green);  // our own trouble is never public by itself
    alert.label = TRY(trust::intern(tx_, label));
    alert.received = context_.now();
    alert.deadline = context_.now() + kOwnDeadlines[static_cast<std::size_t>(alert.severity)];
    const alerts::Raised raised = TRY(alerts::raise(tx_, alert, context_.now()));
    for (const std::int64_t row : rows) TRY_VOID(watch::link_alert(tx_, row, raised.id));
    if (raised.is_new)
      TRY(share_alert_automatically(tx_, context_, raised.id));
    else
      TRY_VOID(tell_growth(tx_, context_, raised));
    return raised.id;
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
