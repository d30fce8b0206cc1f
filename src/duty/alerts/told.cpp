#include <algorithm>

#include "core/exchange/archive.h"
#include "duty/alerts/alerts.h"

namespace tocsin::alerts {
namespace {

constexpr std::int64_t kMaxBehindOne = 1000;  // parties whose words one recipient may bring back: it could make them up

// Conditions on r, a row of alert_recipients, for a statement given twice as a parameter. The statement itself, and
// what was said in its thread: until then, or at any time.
constexpr std::string_view kUntilThen =
    "(r.statement = ? OR r.statement IN (SELECT v.statement FROM alert_statements v JOIN alert_statements s ON "
    "s.thread = v.thread AND s.alert = v.alert AND v.said_at <= s.said_at WHERE s.statement = ?))";
constexpr std::string_view kInItsThread =
    "(r.statement = ? OR r.statement IN (SELECT v.statement FROM alert_statements v JOIN alert_statements s ON "
    "s.thread = v.thread AND s.alert = v.alert WHERE s.statement = ?))";

constexpr std::string_view kColumns = "SELECT s.statement, s.thread, s.said_at, s.severity FROM alert_statements s ";

// Condition on a row of alert_statements.
std::string known_to(const trust::Scope* scope, std::string_view row) {
  if (!scope) return "";
  return " AND EXISTS (SELECT 1 FROM statements known WHERE known.digest = " + std::string(row) + ".statement AND " +
         exchange::readable(*scope, "known") + ")";
}

Result<std::vector<Version>> select(store::Transaction& tx, const std::string& rest, AlertId id) {
  std::vector<Version> out;
  TRY_VOID(tx.each(
      std::string(kColumns) + rest + " ORDER BY s.said_at, s.row",
      [&](const store::Row& row) {
        out.push_back({row.digest(0), std::string(row.text(1)), row.time(2), static_cast<int>(row.integer(3))});
      },
      id));
  return out;
}

}  // namespace

std::optional<Time> SentTo::deadline(std::optional<Time> reached) const {
  if (!reached) return std::nullopt;
  return *reached + within;
}

bool SentTo::is_late(std::optional<Time> reached, Time now) const {
  const auto due = deadline(reached);
  return !acknowledged_at && due && now > *due;
}

Result<std::vector<Version>> statements_about(store::Transaction& tx, AlertId id, const trust::Scope* scope) {
  return select(tx, "WHERE s.alert = ?" + known_to(scope, "s"), id);
}

Result<std::vector<Version>> newest_statements(store::Transaction& tx, AlertId id, const trust::Scope* scope) {
  return select(
      tx,
      "WHERE s.alert = ?" + known_to(scope, "s") +
          " AND NOT EXISTS (SELECT 1 FROM alert_statements n WHERE n.alert = s.alert AND n.thread = s.thread AND "
          "(n.said_at > s.said_at OR (n.said_at = s.said_at AND n.row > s.row))" +
          known_to(scope, "n") + ")",
      id);
}

Result<void> add_statement(store::Transaction& tx, AlertId id, const Version& version) {
  TRY(
      tx.run("INSERT INTO alert_statements (statement, alert, thread, said_at, severity) VALUES (?, ?, ?, ?, ?) ON "
             "CONFLICT DO NOTHING",
             version.statement, id, version.thread, version.said_at, version.severity));
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
  const auto expected =
      TRY(tx.integer("SELECT 1 FROM alert_recipients r JOIN alert_statements v ON v.statement = r.statement WHERE "
                     "r.party = ? AND r.via = '' AND v.severity >= (SELECT n.severity FROM alert_statements n WHERE "
                     "n.statement = ?) AND " +
                         std::string(kUntilThen) + " LIMIT 1",
                     party.text(), statement, statement, statement));
  if (expected) return {};
  TRY(tx.run("INSERT INTO alert_recipients (statement, party, within) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
             statement, party.text(), within.us));
  return {};
}

Result<void> await_only_from(store::Transaction& tx, const Digest& statement, const std::set<trust::PartyId>& holders) {
  for (const SentTo& to : TRY(sent_to(tx, statement)))
    if (!to.via && !to.acknowledged_at && !holders.contains(to.party))
      TRY(tx.run("DELETE FROM alert_recipients WHERE statement = ? AND party = ?", statement, to.party.text()));
  return {};
}

Result<bool> was_told(store::Transaction& tx, AlertId id) {
  return TRY(tx.integer("SELECT 1 FROM alert_statements s JOIN alert_recipients r ON r.statement = s.statement WHERE "
                        "s.alert = ? AND r.via = '' LIMIT 1",
                        id))
      .has_value();
}

Result<bool> take_ack(store::Transaction& tx, const Digest& statement, const Acknowledgement& ack, Time now) {
  if (TRY(tx.run("UPDATE alert_recipients AS r SET acknowledged_at = ?, acknowledged_by = ? WHERE r.party = ? AND "
                 "r.acknowledged_at IS NULL AND " +
                     std::string(kUntilThen),
                 now, ack.by, ack.party.text(), statement, statement)) > 0)
    return true;
  if (ack.party == ack.handed_over) return false;
  const bool told = TRY(tx.integer("SELECT 1 FROM alert_recipients r WHERE r.party = ? AND r.via = '' AND " +
                                       std::string(kUntilThen) + " LIMIT 1",
                                   ack.handed_over.text(), statement, statement))
                        .has_value();
  const auto behind =
      TRY(tx.integer("SELECT COUNT(*) FROM alert_recipients r WHERE r.via = ? AND " + std::string(kInItsThread),
                     ack.handed_over.text(), statement, statement));
  const auto known =
      TRY(tx.integer("SELECT 1 FROM alert_recipients r JOIN alert_statements k ON k.statement = r.statement WHERE "
                     "r.party = ? AND r.via <> '' AND k.severity >= (SELECT n.severity FROM alert_statements n WHERE "
                     "n.statement = ?) AND " +
                         std::string(kUntilThen) + " LIMIT 1",
                     ack.party.text(), statement, statement, statement));
  if (!told || known || behind.value_or(0) >= kMaxBehindOne) return false;
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
