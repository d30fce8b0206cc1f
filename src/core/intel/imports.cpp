#include "core/intel/repository.h"

namespace tocsin::intel {

Result<std::int64_t> begin_import(store::Transaction& tx, const Import& import) {
  TRY(
      tx.run("INSERT INTO imports (name, format, by_user, at, stored, updated, unchanged, refused, state) VALUES "
             "(?, ?, ?, ?, 0, 0, 0, 0, ?)",
             import.name, import.format, import.by, import.time, import.state));
  return tx.last_id();
}

Result<void> note_import(store::Transaction& tx, const Import& import) {
  TRY(tx.run("UPDATE imports SET stored = ?, updated = ?, unchanged = ?, refused = ?, state = ? WHERE import_id = ?",
             import.stored, import.updated, import.unchanged, import.refused, import.state, import.import_id));
  return {};
}

Result<void> end_cut_off_imports(store::Transaction& tx) {
  TRY(tx.run("UPDATE imports SET state = 'interrupted' WHERE state = 'running'"));
  TRY(tx.run("DELETE FROM foreseen"));
  return {};
}

Result<std::vector<Import>> imports(store::Transaction& tx, std::int64_t before, int limit) {
  std::vector<Import> out;
  TRY_VOID(tx.each(
      "SELECT import_id, name, format, by_user, at, stored, updated, unchanged, refused, state, repeated_by FROM "
      "imports WHERE ? = 0 OR import_id < ? ORDER BY import_id DESC LIMIT ?",
      [&](const store::Row& row) {
        out.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)),
                       row.time(4), row.integer(5), row.integer(6), row.integer(7), row.integer(8),
                       std::string(row.text(9)), row.integer(10)});
      },
      before, before, limit));
  for (Import& import : out)
    if (import.repeated_by > 0) import.repeated_by = TRY(newest_repetition(tx, import.repeated_by));
  return out;
}

Result<void> check_import(store::Transaction& tx, std::int64_t import_id) {
  if (TRY(tx.integer("SELECT 1 FROM imports WHERE import_id = ?", import_id))) return {};
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
