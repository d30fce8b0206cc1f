#include "core/relate/postings.h"

namespace tocsin::relate {
namespace {

constexpr std::int64_t kTooCommon = 1000;  // others that share a value: beyond it the value says nothing

Result<std::int64_t> value_id(store::Transaction& tx, const observable::Value& value) {
  const auto find = [&] {
    return tx.integer("SELECT value FROM observed_values WHERE text = ? AND kind = ?", value.text,
                      static_cast<int>(value.kind));
  };
  if (const auto known = TRY(find())) return *known;
  TRY(tx.run("INSERT INTO observed_values (kind, text) VALUES (?, ?)", static_cast<int>(value.kind), value.text));
  return tx.last_id();
}

Result<void> bump(store::Transaction& tx) {
  TRY(tx.run("UPDATE match_generation SET generation = generation + 1"));
  return {};
}

}  // namespace

const store::Migrations kMigrations{"relate", {R"(
CREATE TABLE observed_values (value INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (text, kind));
CREATE TABLE postings (
  value INTEGER NOT NULL, item INTEGER NOT NULL, role INTEGER NOT NULL, label INTEGER NOT NULL, active INTEGER NOT NULL,
  until INTEGER, PRIMARY KEY (value, item, role));
CREATE INDEX postings_item ON postings (item);
CREATE TABLE match_generation (generation INTEGER NOT NULL);
INSERT INTO match_generation (generation) VALUES (1);
)"}};

Result<void> post(store::Transaction& tx, std::int64_t item, trust::LabelId label, const std::vector<Posting>& postings,
                  std::optional<Time> until) {
  bool indicates = false;
  for (const Posting& posting : postings) {
    TRY(
        tx.run("INSERT INTO postings (value, item, role, label, active, until) VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT "
               "DO NOTHING",
               TRY(value_id(tx, posting.value)), item, static_cast<int>(posting.role), label, until));
    indicates = indicates || posting.role == Role::Indicates;
  }
  if (indicates) TRY_VOID(bump(tx));
  return {};
}

Result<void> stop(store::Transaction& tx, std::int64_t item, bool forget) {
  if (forget) {
    TRY(
        tx.run("DELETE FROM observed_values WHERE value IN (SELECT value FROM postings WHERE item = ?) AND NOT EXISTS "
               "(SELECT 1 FROM postings p WHERE p.value = observed_values.value AND p.item <> ?)",
               item, item));
    TRY(tx.run("DELETE FROM postings WHERE item = ?", item));
  } else
    TRY(tx.run("UPDATE postings SET active = 0 WHERE item = ?", item));
  return bump(tx);
}

Result<std::vector<Related>> related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope, int limit) {
  struct Shared {
    std::int64_t id;
    observable::Value value;
  };
  std::vector<Shared> mine;
  TRY_VOID(tx.each(
      "SELECT DISTINCT v.value, v.kind, v.text FROM postings p JOIN observed_values v ON v.value = p.value WHERE "
      "p.item = ? "
      "AND p.label " +
          scope.sql() + " ORDER BY v.value LIMIT 200",
      [&](const store::Row& row) {
        mine.push_back({row.integer(0), {static_cast<observable::Kind>(row.integer(1)), std::string(row.text(2))}});
      },
      item));
  std::vector<Related> out;
  for (const Shared& shared : mine) {
    Related entry{shared.value, {}, 0, false};
    entry.total = TRY(tx.integer("SELECT COUNT(*) FROM (SELECT DISTINCT item FROM postings WHERE value = ? AND item <> "
                                 "? AND active = 1 AND label " +
                                     scope.sql() + " LIMIT ?) AS shared",
                                 shared.id, item, kTooCommon + 1))
                      .value_or(0);
    if (entry.total == 0) continue;
    entry.too_common = entry.total > kTooCommon;
    if (!entry.too_common)
      TRY_VOID(tx.each(
          "SELECT DISTINCT item FROM postings WHERE value = ? AND item <> ? AND active = 1 AND label " + scope.sql() +
              " ORDER BY item DESC LIMIT ?",
          [&](const store::Row& row) { entry.items.push_back(row.integer(0)); }, shared.id, item, limit));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::int64_t> count_related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope) {
  return TRY(tx.integer("SELECT COUNT(*) FROM (SELECT DISTINCT o.item FROM postings p JOIN postings o ON o.value = "
                        "p.value WHERE p.item = ? "
                        "AND o.item <> ? AND o.active = 1 AND p.label " +
                            scope.sql() + " AND o.label " + scope.sql() + " LIMIT ?) AS shared",
                        item, item, kTooCommon))
      .value_or(0);
}

Result<std::vector<std::int64_t>> with_value(store::Transaction& tx, const observable::Value& value,
                                             const trust::Scope& scope, int limit) {
  std::vector<std::int64_t> out;
  TRY_VOID(tx.each(
      "SELECT DISTINCT p.item FROM observed_values v JOIN postings p ON p.value = v.value WHERE v.text = ? AND v.kind "
      "= ? AND "
      "p.active = 1 AND p.label " +
          scope.sql() + " ORDER BY p.item DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(row.integer(0)); }, value.text, static_cast<int>(value.kind), limit));
  return out;
}

Result<std::vector<ToMatch>> to_match(store::Transaction& tx, const trust::Scope& scope, Time now) {
  std::vector<ToMatch> out;
  TRY_VOID(tx.each(
      "SELECT v.kind, v.text, p.item FROM postings p JOIN observed_values v ON v.value = p.value WHERE p.role = 1 AND "
      "p.active = 1 AND (p.until IS NULL OR p.until > ?) AND p.label " +
          scope.sql(),
      [&](const store::Row& row) {
        out.push_back({{static_cast<observable::Kind>(row.integer(0)), std::string(row.text(1))}, row.integer(2)});
      },
      now));
  return out;
}

Result<bool> is_matching(store::Transaction& tx, std::int64_t item, Time now) {
  return TRY(tx.integer("SELECT 1 FROM postings WHERE item = ? AND role = 1 AND active = 1 AND (until IS NULL OR until "
                        "> ?) LIMIT 1",
                        item, now))
      .has_value();
}

Result<std::int64_t> generation(store::Transaction& tx) {
  return TRY(tx.integer("SELECT generation FROM match_generation")).value_or(0);
}

}  // namespace tocsin::relate
