#include "journeys/raise.h"

#include <algorithm>
#include <string>

#include "journeys/alert.h"
#include "journeys/publish.h"

namespace tocsin::journeys {
namespace {

constexpr std::size_t kMostNamed = 50;  // of values, and of indicators, in one alert

void name_once(std::vector<std::string>& named, const std::string& word) {
  if (named.size() < kMostNamed && std::find(named.begin(), named.end(), word) == named.end()) named.push_back(word);
}

alerts::Facts facts_about(const infra::CriticalHost& host, const std::vector<GroundedHit>& hits) {
  alerts::Facts out;
  out.host_name = host.name;
  out.service = host.service;
  out.sector = host.sector;
  out.protected_code = host.protected_code;
  out.population_served = host.population_served;
  out.first = hits.front().hit.first;
  out.last = hits.front().hit.last;
  for (const GroundedHit& grounded : hits) {
    out.count += grounded.hit.count;
    out.first = std::min(out.first, grounded.hit.first);
    out.last = std::max(out.last, grounded.hit.last);
    name_once(out.values, grounded.hit.value);
    for (const intel::Item& item : grounded.items) name_once(out.indicators, item.stix_id);
  }
  return out;
}

// What we say of it is ours; it may not be less restricted than what it rests on, and our own trouble is never public
// by itself.
Result<trust::Label> label_of(store::Transaction& tx, const Context& context, const std::vector<GroundedHit>& hits) {
  trust::Label out;
  out.voucher = context.self.party;
  out.tlp = stix::Tlp::Green;
  out.pap = stix::Pap::Clear;
  out.onward = trust::Onward::Free;
  for (const GroundedHit& grounded : hits)
    for (const intel::Item& item : grounded.items) {
      const trust::Label given = TRY(trust::label(tx, item.label));
      out.tlp = std::max(out.tlp, given.tlp);
      out.pap = std::max(out.pap, given.pap);
    }
  return out;
}

}  // namespace

Result<alerts::AlertId> raise_alert(store::Transaction& tx, const Context& context, const infra::CriticalHost& host,
                                    const std::vector<GroundedHit>& hits) {
  CHECK(!hits.empty());
  const infra::Severity severity = infra::assess(host);
  alerts::Alert alert;
  alert.party = context.self.party;
  alert.sender = context.self.party;
  alert.severity = severity.level;
  alert.severity_row = severity.row;
  alert.host = host.host;
  alert.facts = facts_about(host, hits);
  alert.label = TRY(trust::intern(tx, TRY(label_of(tx, context, hits))));
  alert.received = context.now();
  alert.deadline = context.now() + alerts::kUsualDeadlines[static_cast<std::size_t>(alert.severity)];
  const alerts::Raised raised = TRY(alerts::raise(tx, alert, context.now()));
  for (const GroundedHit& grounded : hits) TRY_VOID(watch::link_alert(tx, grounded.row, raised.id));
  if (raised.is_new)
    TRY(share_alert_automatically(tx, context, raised.id));
  else
    TRY_VOID(tell_growth(tx, context, raised));
  return raised.id;
}

}  // namespace tocsin::journeys
