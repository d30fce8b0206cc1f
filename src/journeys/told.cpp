#include "journeys/told.h"

#include <algorithm>
#include <map>

namespace tocsin::journeys {
namespace {

struct Recipient {
  Told told;
  bool is_expected = false;  // to acknowledge this statement
};
using Recipients = std::map<trust::PartyId, Recipient>;

Told told_by_us(const exchange::LedgerRow& row) {
  Told out;
  out.party = row.party;
  out.statement = row.statement;
  out.delivery = row.state;
  out.at = row.receipted.value_or(row.at);
  out.reason = row.reason;
  out.reason_args = row.reason_args;
  return out;
}

Result<Recipients> recipients_of(store::Transaction& tx, const Digest& statement, Time now) {
  Recipients out;
  std::map<trust::PartyId, exchange::LedgerRow> latest;  // a party that lost it has got it again since
  for (auto& row : TRY(exchange::recipients_of(tx, statement))) latest.insert_or_assign(row.party, row);
  for (const auto& [party, row] : latest) out[party].told = told_by_us(row);
  for (const alerts::SentTo& expected : TRY(alerts::sent_to(tx, statement))) {
    const auto row = latest.find(expected.party);
    if (row == latest.end() && !expected.via) continue;
    Recipient& to = out[expected.party];
    to.is_expected = true;
    if (row == latest.end()) {
      to.told.party = expected.party;
      to.told.via = expected.via;
      to.told.statement = statement;
    } else {
      to.told.deadline = expected.deadline(row->second.receipted);
      to.told.is_late = expected.is_late(row->second.receipted, now);
    }
    if (!expected.acknowledged_at) continue;
    to.told.acknowledged_at = expected.acknowledged_at;
    to.told.acknowledged_by = expected.acknowledged_by;
    to.told.at = *expected.acknowledged_at;
  }
  return out;
}

Result<Recipients> recipients_of_thread(store::Transaction& tx, const std::vector<alerts::Version>& versions,
                                        const alerts::Version& newest, Time now) {
  Recipients out;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->thread != newest.thread) continue;
    for (auto& [party, older] : TRY(recipients_of(tx, version->statement, now))) {
      const auto [place, is_new] = out.try_emplace(party, older);
      if (!is_new && !place->second.is_expected && older.is_expected) place->second = std::move(older);
    }
  }
  return out;
}

}  // namespace

Result<std::vector<Told>> told_of(store::Transaction& tx, const alerts::Alert& alert, Time now,
                                  const trust::Scope* scope) {
  std::vector<Told> out;
  const auto versions = TRY(alerts::statements_about(tx, alert.id, scope));
  for (const alerts::Version& newest : TRY(alerts::newest_statements(tx, alert.id, scope))) {
    for (auto& [party, to] : TRY(recipients_of_thread(tx, versions, newest, now))) {
      const bool gave_it = alert.origin == alerts::Origin::Peer && (party == alert.party || party == alert.sender);
      if (!gave_it) out.push_back(std::move(to.told));
    }
  }
  return out;
}

}  // namespace tocsin::journeys
