#include "core/exchange/evidence.h"

#include <algorithm>

namespace tocsin::exchange {

Result<void> keep(store::Transaction& tx, const PartyId& peer, const TwoHistories& evidence, Time now) {
  TRY(tx.run(
      "INSERT INTO two_histories (party, epoch, size, first, second, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO "
      "NOTHING",
      peer.text(), evidence.epoch, evidence.size, evidence.first, evidence.second, now));
  return trust::suspend(tx, peer);
}

Result<void> keep(store::Transaction& tx, const PartyId& shown_by, const TwoStatements& evidence, Time now) {
  if (TRY(tx.integer("SELECT 1 FROM equivocations WHERE author = ? AND id = ? LIMIT 1", evidence.author.text(),
                     evidence.id)))
    return {};
  TRY(
      tx.run("INSERT INTO equivocations (author, id, digest, jws, payload, sender, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON "
             "CONFLICT DO NOTHING",
             evidence.author.text(), evidence.id, evidence.second.digest(), evidence.second.jws,
             base::as_bytes(evidence.second.payload), shown_by.text(), now));
  return {};
}

Result<std::vector<Evidence>> evidence_against(store::Transaction& tx, const PartyId& party) {
  std::vector<Evidence> out;
  TRY_VOID(tx.each(
      "SELECT epoch, size, first, second, at FROM two_histories WHERE party = ? ORDER BY at DESC LIMIT 100",
      [&](const store::Row& row) {
        out.push_back({row.time(4),
                       TwoHistories{std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1)),
                                    std::string(row.text(2)), std::string(row.text(3))},
                       {}});
      },
      party.text()));
  TRY_VOID(tx.each(
      "SELECT id, digest, at FROM equivocations WHERE author = ? ORDER BY at DESC LIMIT 100",
      [&](const store::Row& row) {
        out.push_back({row.time(2), {}, SecondStatement{std::string(row.text(0)), row.digest(1)}});
      },
      party.text()));
  std::sort(out.begin(), out.end(), [](const Evidence& a, const Evidence& b) { return a.at > b.at; });
  return out;
}

}  // namespace tocsin::exchange
