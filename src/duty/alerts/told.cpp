#include <algorithm>

#include "duty/alerts/alerts.h"

namespace tocsin::alerts {
namespace {

constexpr std::int64_t kMaxBehindOne = 1000;  // parties whose words one recipient may bring back: it could make them up

// A statement and those that it supersedes, as a table "versions" for the query that follows.
constexpr std::string_view kWithVersions =
    "WITH RECURSIVE versions (statement, supersedes, severity) AS (SELECT s.statement, s.supersedes, s.severity FROM "
    "alert_statements s WHERE s.statement = ? UNION SELECT s.statement, s.supersedes, s.severity FROM alert_statements "
    "s JOIN versions v ON s.statement = v.supersedes) ";

}  // namespace

Result<std::vector<Version>> statements_about(store::Transaction& tx, AlertId id) {
  std::vector<Version> out;
  TRY_VOID(tx.each(
      "SELECT statement, supersedes FROM alert_statements WHERE alert = ? ORDER BY row",
      [&](const store::Row& row) {
        out.push_back({row.digest(0), row.is_null(1) ? std::nullopt : std::optional(row.digest(1))});
      },
      id));
  return out;
}

Result<std::vector<Digest>> newest_statements(store::Transaction& tx, AlertId id) {
  std::vector<Digest> out;
  TRY_VOID(tx.each(
      "SELECT s.statement FROM alert_statements s WHERE s.alert = ? AND NOT EXISTS (SELECT 1 FROM alert_statements n "
      "WHERE n.supersedes = s.statement AND n.alert = s.alert) ORDER BY s.row",
      [&](const store::Row& row) { out.push_back(row.digest(0)); }, id));
  return out;
}

Result<void> add_statement(store::Transaction& tx, AlertId id, const Version& version) {
  TRY(
      tx.run("INSERT INTO alert_statements (statement, alert, supersedes, severity) SELECT ?, a.alert, ?, a.severity "
             "FROM alerts a WHERE a.alert = ? ON CONFLICT DO NOTHING",
             version.statement, version.supersedes, id));
  return {};
}

Result<void> set_update_due(store::Transaction& tx, AlertId id, std::optional<Time> due) {
  if (due)
    TRY(tx.run("UPDATE alerts SET update_due = ? WHERE alert = ? AND (update_due IS NULL OR update_due > ?)", *due, id,
               *due));
  else
    TRY(tx.run("UPDATE alerts SET update_due = NULL WHERE alert = ?", id));
  return {};
}

Result<std::vector<AlertId>> updates_due(store::Transaction& tx, Time now) {
  std::vector<AlertId> out;
  TRY_VOID(tx.each(
      "SELECT alert FROM alerts WHERE update_due <= ? ORDER BY update_due, alert",
      [&](const store::Row& row) { out.push_back(row.integer(0)); }, now));
  return out;
}

Result<void> expect_ack(store::Transaction& tx, const Digest& statement, const trust::PartyId& party, Duration within) {
  const auto expected = TRY(
      tx.integer(std::string(kWithVersions) +
                     "SELECT 1 FROM alert_recipients r JOIN versions v ON v.statement = r.statement WHERE r.party = ? "
                     "AND r.via = '' AND v.severity >= (SELECT s.severity FROM alert_statements s WHERE s.statement = "
                     "?) LIMIT 1",
                 statement, party.text(), statement));
  if (expected) return {};
  TRY(tx.run("INSERT INTO alert_recipients (statement, party, within) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
             statement, party.text(), within.us));
  return {};
}

Result<bool> take_ack(store::Transaction& tx, const Digest& statement, const Acknowledgement& ack, Time now) {
  std::vector<Digest> versions;
  TRY_VOID(tx.each(
      std::string(kWithVersions) + "SELECT statement FROM versions",
      [&](const store::Row& row) { versions.push_back(row.digest(0)); }, statement));
  if (versions.empty()) versions.push_back(statement);
  bool is_new = false, told = false;
  std::int64_t behind = 0;
  for (const Digest& version : versions) {
    is_new = TRY(tx.run("UPDATE alert_recipients SET acknowledged_at = ?, acknowledged_by = ? WHERE statement = ? AND "
                        "party = ? AND acknowledged_at IS NULL",
                        now, ack.by, version, ack.party.text())) > 0 ||
             is_new;
    told = told || TRY(tx.integer("SELECT 1 FROM alert_recipients WHERE statement = ? AND party = ? AND via = ''",
                                  version, ack.handed_over.text()))
                       .has_value();
    behind += TRY(tx.integer("SELECT COUNT(*) FROM alert_recipients WHERE statement = ? AND via = ?", version,
                             ack.handed_over.text()))
                  .value_or(0);
  }
  if (is_new || !told || ack.party == ack.handed_over || behind >= kMaxBehindOne) return is_new;
  return TRY(tx.run("INSERT INTO alert_recipients (statement, party, via, within, acknowledged_at, acknowledged_by) "
                    "VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING",
                    statement, ack.party.text(), ack.handed_over.text(), now, ack.by)) > 0;
}

Result<std::vector<SentTo>> sent_to(store::Transaction& tx, const Digest& statement) {
  std::vector<SentTo> out;
  TRY_VOID(tx.each(
      "SELECT party, within, acknowledged_at, acknowledged_by, via FROM alert_recipients WHERE statement = ? ORDER BY "
      "party",
      [&](const store::Row& row) {
        out.push_back({trust::PartyId::parse(row.text(0)).value_or(trust::PartyId{}),
                       trust::PartyId::parse(row.text(4)), Duration{row.integer(1)},
                       row.is_null(2) ? std::nullopt : std::optional(row.time(2)), std::string(row.text(3))});
      },
      statement));
  return out;
}

}  // namespace tocsin::alerts
