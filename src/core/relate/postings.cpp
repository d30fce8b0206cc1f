#include "core/relate/postings.h"

#include <algorithm>

namespace tocsin::relate {
namespace {

// An index of PostgreSQL holds little more in a row: one longer value failed a whole import.
constexpr std::size_t kMaxValueBytes = 2500;
constexpr std::int64_t kTooCommon = 1000;  // others that share a value: beyond it the value says nothing

Result<void> bump(store::Transaction& tx) {
  TRY(tx.run("UPDATE match_generation SET generation = generation + 1"));
  return {};
}

}  // namespace

// The value stands in the posting itself: most values belong to one or two items, so numbering them would cost more
// (two more trees and two more statements a value) than repeating them.
const store::Migrations kMigrations{"relate", {R"(
CREATE TABLE postings (
  text TEXT NOT NULL, kind INTEGER NOT NULL, item INTEGER NOT NULL, role INTEGER NOT NULL, label INTEGER NOT NULL,
  active INTEGER NOT NULL, since INTEGER, until INTEGER, PRIMARY KEY (text, kind, item, role)) WITHOUT ROWID;
CREATE INDEX postings_item ON postings (item);
CREATE TABLE match_generation (generation INTEGER NOT NULL);
INSERT INTO match_generation (generation) VALUES (1);
)"}};

Result<void> post(store::Transaction& tx, std::int64_t item, trust::LabelId label, const std::vector<Posting>& postings,
                  const Validity& validity) {
  bool indicates = false;
  for (const Posting& posting : postings) {
    if (posting.value.text.size() > kMaxValueBytes) continue;
    TRY(tx.run(
        "INSERT INTO postings (text, kind, item, role, label, active, since, until) VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON "
        "CONFLICT DO NOTHING",
        posting.value.text, static_cast<int>(posting.value.kind), item, static_cast<int>(posting.role), label,
        validity.from, validity.until));
    indicates = indicates || posting.role == Role::Indicates;
  }
  if (indicates) TRY_VOID(bump(tx));
  return {};
}

Result<void> relabel(store::Transaction& tx, std::int64_t item, trust::LabelId label) {
  TRY(tx.run("UPDATE postings SET label = ? WHERE item = ?", label, item));
  return bump(tx);  // sensors are no readers of every label
}

Result<void> stop(store::Transaction& tx, std::int64_t item, bool forget) {
  if (forget)
    TRY(tx.run("DELETE FROM postings WHERE item = ?", item));
  else
    TRY(tx.run("UPDATE postings SET active = 0 WHERE item = ?", item));
  return bump(tx);
}

Result<std::vector<Related>> related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope, int limit) {
  std::vector<observable::Value> mine;
  TRY_VOID(tx.each(
      "SELECT DISTINCT kind, text FROM postings WHERE item = ? AND label " + scope.sql() +
          " ORDER BY kind, text LIMIT 200",
      [&](const store::Row& row) {
        mine.push_back({static_cast<observable::Kind>(row.integer(0)), std::string(row.text(1))});
      },
      item));
  std::vector<Related> out;
  for (const observable::Value& value : mine) {
    const int kind = static_cast<int>(value.kind);
    Related entry{value, {}, 0, false};
    entry.total = TRY(tx.integer("SELECT COUNT(*) FROM (SELECT DISTINCT item FROM postings WHERE text = ? AND kind = ? "
                                 "AND item <> ? AND active = 1 AND label " +
                                     scope.sql() + " LIMIT ?) AS shared",
                                 value.text, kind, item, kTooCommon + 1))
                      .value_or(0);
    if (entry.total == 0) continue;
    entry.too_common = entry.total > kTooCommon;
    if (!entry.too_common)
      TRY_VOID(tx.each(
          "SELECT DISTINCT item FROM postings WHERE text = ? AND kind = ? AND item <> ? AND active = 1 AND label " +
              scope.sql() + " ORDER BY item DESC LIMIT ?",
          [&](const store::Row& row) { entry.items.push_back(row.integer(0)); }, value.text, kind, item, limit));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::int64_t> count_related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope) {
  return TRY(tx.integer("SELECT COUNT(*) FROM (SELECT DISTINCT o.item FROM postings p JOIN postings o ON o.text = "
                        "p.text AND o.kind = p.kind WHERE p.item = ? AND o.item <> ? AND o.active = 1 AND p.label " +
                            scope.sql() + " AND o.label " + scope.sql() + " LIMIT ?) AS shared",
                        item, item, kTooCommon))
      .value_or(0);
}

Result<Watched> to_match(store::Transaction& tx, const trust::Scope& scope, Time now) {
  Watched out;
  const auto changes_at = [&](Time at) { out.next_change = std::min(out.next_change.value_or(at), at); };
  TRY_VOID(tx.each(
      "SELECT kind, text, item, since, until FROM postings WHERE role = 1 AND active = 1 AND (until IS NULL OR until > "
      "?) AND label " +
          scope.sql(),
      [&](const store::Row& row) {
        if (!row.is_null(3) && now < row.time(3)) return changes_at(row.time(3));
        if (!row.is_null(4)) changes_at(row.time(4));
        out.values.push_back(
            {{static_cast<observable::Kind>(row.integer(0)), std::string(row.text(1))}, row.integer(2)});
      },
      now));
  return out;
}

Result<bool> is_matching(store::Transaction& tx, std::int64_t item, const trust::Scope& scope, Time now) {
  return TRY(tx.integer("SELECT 1 FROM postings WHERE item = ? AND role = 1 AND active = 1 AND (since IS NULL OR since "
                        "<= ?) AND (until IS NULL OR until > ?) AND label " +
                            scope.sql() + " LIMIT 1",
                        item, now, now))
      .has_value();
}

Result<std::int64_t> generation(store::Transaction& tx) {
  return TRY(tx.integer("SELECT generation FROM match_generation")).value_or(0);
}

}  // namespace tocsin::relate
