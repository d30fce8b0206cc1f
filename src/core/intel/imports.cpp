#include <fmt/format.h>

#include "core/intel/repository.h"

namespace tocsin::intel {
namespace {

// Condition on i, a row of imports; its parameter is the account.
std::string known_to(const ImportReader& reader) {
  return "(i.by_user = ? OR EXISTS (SELECT 1 FROM import_counts c WHERE c.import_id = i.import_id AND c.label " +
         reader.scope.sql() + "))";
}

Result<bool> is_known(store::Transaction& tx, std::int64_t import_id, const ImportReader& reader) {
  return TRY(tx.integer("SELECT 1 FROM imports i WHERE i.import_id = ? AND " + known_to(reader), import_id,
                        reader.account))
      .has_value();
}

}  // namespace

Result<std::int64_t> begin_import(store::Transaction& tx, const Import& import) {
  TRY(tx.run("INSERT INTO imports (name, format, by_user, at, state) VALUES (?, ?, ?, ?, ?)", import.name,
             import.format, import.by, import.time, import.state));
  return tx.last_id();
}

Result<void> note_state(store::Transaction& tx, std::int64_t import_id, std::string_view state) {
  TRY(tx.run("UPDATE imports SET state = ? WHERE import_id = ?", state, import_id));
  return {};
}

Result<void> end_cut_off_imports(store::Transaction& tx) {
  TRY(tx.run("UPDATE imports SET state = 'interrupted' WHERE state = 'running'"));
  TRY(tx.run("DELETE FROM foreseen"));
  return {};
}

Result<void> add_counts(store::Transaction& tx, std::int64_t import_id, trust::LabelId label,
                        const ImportCounts& more) {
  TRY(
      tx.run("INSERT INTO import_counts (import_id, label, stored, updated, unchanged, refused) VALUES (?, ?, ?, ?, ?, "
             "?) ON CONFLICT (import_id, label) DO UPDATE SET stored = import_counts.stored + excluded.stored, updated "
             "= import_counts.updated + excluded.updated, unchanged = import_counts.unchanged + excluded.unchanged, "
             "refused = import_counts.refused + excluded.refused",
             import_id, label, more.stored, more.updated, more.unchanged, more.refused));
  return {};
}

Result<std::vector<Import>> imports(store::Transaction& tx, std::int64_t before, int limit,
                                    const ImportReader& reader) {
  const auto sum = [&](std::string_view column) {
    return fmt::format(
        "COALESCE((SELECT SUM(c.{}) FROM import_counts c WHERE c.import_id = i.import_id AND c.label {}), 0)", column,
        reader.scope.sql());
  };
  std::vector<Import> out;
  TRY_VOID(tx.each(
      fmt::format("SELECT i.import_id, i.name, i.format, i.by_user, i.at, {}, {}, {}, {}, i.state, i.repeated_by FROM "
                  "imports i WHERE (? = 0 OR i.import_id < ?) AND {} ORDER BY i.import_id DESC LIMIT ?",
                  sum("stored"), sum("updated"), sum("unchanged"), sum("refused"), known_to(reader)),
      [&](const store::Row& row) {
        out.push_back({row.integer(0),
                       std::string(row.text(1)),
                       std::string(row.text(2)),
                       std::string(row.text(3)),
                       row.time(4),
                       {row.integer(5), row.integer(6), row.integer(7), row.integer(8)},
                       std::string(row.text(9)),
                       row.integer(10)});
      },
      before, before, reader.account, limit));
  for (Import& import : out)
    if (import.repeated_by > 0) {
      import.repeated_by = TRY(newest_repetition(tx, import.repeated_by));
      if (!TRY(is_known(tx, import.repeated_by, reader))) import.repeated_by = 0;
    }
  return out;
}

Result<void> check_import(store::Transaction& tx, std::int64_t import_id, const ImportReader& reader) {
  if (TRY(is_known(tx, import_id, reader))) return {};
  return fail(ErrorCode::NotFound, "intel.no_import", {std::to_string(import_id)});
}

Result<std::int64_t> newest_repetition(store::Transaction& tx, std::int64_t import_id) {
  for (;;) {  // ends: each is newer than the one it repeats
    const auto next =
        TRY(tx.integer("SELECT repeated_by FROM imports WHERE import_id = ? AND repeated_by > import_id", import_id));
    if (!next) return import_id;
    import_id = *next;
  }
}

}  // namespace tocsin::intel
