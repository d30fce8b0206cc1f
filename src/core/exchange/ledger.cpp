#include "core/exchange/ledger.h"

#include "core/trust/arguments.h"

namespace tocsin::exchange {
namespace {

constexpr std::string_view kColumns =
    "row, party, direction, statement, kind, agreement, position, state, reason, reason_args, at, receipted, size, "
    "onward";

LedgerRow from_row(const store::Row& row) {
  LedgerRow out;
  out.row = row.integer(0);
  out.party = PartyId::parse(row.text(1)).value_or(PartyId{});
  out.direction = row.text(2);
  out.statement = row.digest(3);
  out.kind = row.text(4);
  out.agreement = row.text(5);
  if (!row.is_null(6)) out.position = row.integer(6);
  // A word of a later version: no claim about it is made.
  out.state = delivery_state_from_name(row.text(7)).value_or(DeliveryState::Unsure);
  out.reason = row.text(8);
  out.reason_args = trust::read_arguments(row.text(9));
  out.at = row.time(10);
  if (!row.is_null(11)) out.receipted = row.time(11);
  out.size_bytes = row.integer(12);
  out.onward = row.integer(13) != 0;
  return out;
}

// Condition on l, a row of the ledger.
std::string known_to(const trust::Scope* scope) {
  if (!scope) return "";
  return " AND EXISTS (SELECT 1 FROM statements s WHERE s.digest = l.statement AND " + readable(*scope, "s") + ")";
}

}  // namespace

Result<void> enter(store::Transaction& tx, const LedgerEntry& e, Time now) {
  TRY(
      tx.run("INSERT INTO ledger (party, direction, statement, kind, agreement, generation, position, envelope, state, "
             "reason, reason_args, "
             "at, size, onward) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             e.party.text(), e.direction, e.statement, e.kind, e.stream.agreement, e.stream.generation(), e.position,
             e.envelope, name(e.state), e.reason, trust::write_arguments(e.reason_args), now, e.size_bytes, e.onward));
  return {};
}

Result<void> forget_sent(store::Transaction& tx, const Digest& envelope) {
  TRY(tx.run("DELETE FROM ledger WHERE envelope = ? AND direction = 'out' AND state = ?", envelope,
             name(DeliveryState::Sent)));
  return {};
}

Result<void> note_unsure(store::Transaction& tx, const Digest& envelope) {
  TRY(tx.run("UPDATE ledger SET state = ?, envelope = NULL WHERE envelope = ? AND direction = 'out' AND state = ?",
             name(DeliveryState::Unsure), envelope, name(DeliveryState::Sent)));
  return {};
}

Result<void> enter_sent(store::Transaction& tx, const Envelope& envelope, const Digest& digest,
                        const Archived& statement, std::uint64_t position, Time now) {
  LedgerEntry entry;
  entry.party = envelope.recipient;
  entry.direction = "out";
  entry.state = DeliveryState::Sent;
  entry.statement = statement.digest;
  entry.kind = statement.kind;
  entry.stream = envelope.stream;
  entry.position = static_cast<std::int64_t>(position);
  entry.envelope = digest;
  entry.size_bytes = statement.size_bytes;
  entry.onward = envelope.basis == Basis::Onward;
  return enter(tx, entry, now);
}

Result<std::vector<LedgerRow>> ledger(store::Transaction& tx, const PartyId& party, std::int64_t before_row, int limit,
                                      const trust::Scope* scope) {
  std::vector<LedgerRow> out;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM ledger l WHERE party = ? AND (? = 0 OR row < ?)" + known_to(scope) +
          " ORDER BY row DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(from_row(row)); }, party.text(), before_row, before_row, limit));
  return out;
}

Result<std::vector<LedgerRow>> may_be_with(store::Transaction& tx, const PartyId& party, int limit,
                                           const trust::Scope* scope) {
  std::vector<LedgerRow> out;
  const std::string there = " AND l.direction = 'out' AND l.state" + in_states(may_be_there);
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM ledger l WHERE l.party = ?" + there + known_to(scope) +
          " AND NOT EXISTS (SELECT 1 FROM ledger n WHERE n.statement = l.statement AND n.party = l.party AND n.row > "
          "l.row AND n.direction = 'out' AND n.state" +
          in_states(may_be_there) + ") ORDER BY l.row DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(from_row(row)); }, party.text(), limit));
  return out;
}

Result<std::int64_t> count_may_be_with(store::Transaction& tx, const PartyId& party, const trust::Scope* scope) {
  return TRY(tx.integer(
                 "SELECT COUNT(DISTINCT statement) FROM ledger l WHERE party = ? AND direction = 'out' AND state" +
                     in_states(may_be_there) + known_to(scope),
                 party.text()))
      .value_or(0);
}

Result<std::vector<LedgerRow>> recipients_of(store::Transaction& tx, const Digest& statement) {
  std::vector<LedgerRow> out;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM ledger WHERE statement = ? AND direction = 'out' ORDER BY row",
      [&](const store::Row& row) { out.push_back(from_row(row)); }, statement));
  return out;
}

Result<std::vector<LedgerRow>> sent_to(store::Transaction& tx, const Digest& statement, const PartyId& party) {
  std::vector<LedgerRow> out;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) +
          " FROM ledger WHERE statement = ? AND party = ? AND direction = 'out' ORDER BY row",
      [&](const store::Row& row) { out.push_back(from_row(row)); }, statement, party.text()));
  return out;
}

Result<std::vector<PartyId>> givers_of(store::Transaction& tx, const Digest& statement) {
  std::vector<PartyId> out;
  TRY_VOID(tx.each(
      "SELECT party FROM ledger WHERE statement = ? AND direction = 'in' GROUP BY party ORDER BY MIN(row)",
      [&](const store::Row& row) {
        if (const auto party = PartyId::parse(row.text(0))) out.push_back(*party);
      },
      statement));
  return out;
}

Result<std::vector<AgreementId>> streams_of(store::Transaction& tx, const Digest& statement) {
  std::vector<AgreementId> out;
  TRY_VOID(tx.each(
      "SELECT agreement FROM queue WHERE statement = ? AND agreement <> '' UNION SELECT agreement FROM ledger WHERE "
      "statement = ? AND direction = 'out' AND agreement <> '' ORDER BY 1",
      [&](const store::Row& row) { out.emplace_back(row.text(0)); }, statement, statement));
  return out;
}

}  // namespace tocsin::exchange
