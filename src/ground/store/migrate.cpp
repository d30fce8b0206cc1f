#include "ground/store/migrate.h"

#include <string>

namespace tocsin::store {
namespace {

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS tocsin_migrations (room TEXT PRIMARY KEY, applied INTEGER NOT NULL)";

Result<std::size_t> applied_steps(Transaction& tx, std::string_view room) {
  const auto applied = TRY(tx.integer("SELECT applied FROM tocsin_migrations WHERE room = ?", room));
  return static_cast<std::size_t>(applied.value_or(0));
}

Result<void> refuse_newer(Transaction& tx, std::span<const Migrations> rooms) {
  for (const Migrations& room : rooms) {
    const std::size_t applied = TRY(applied_steps(tx, room.room));
    if (applied > room.steps.size())
      return fail(ErrorCode::Conflict, "store.newer_schema",
                  {std::string(room.room), std::to_string(applied), std::to_string(room.steps.size())});
  }
  return {};
}

/// The count and the change commit together: after a crash the step has happened with its count, or not at all.
Result<void> apply_step(Transaction& tx, const Migrations& room, std::size_t step, const RunScript& run_script) {
  if (TRY(applied_steps(tx, room.room)) != step) return {};  // another process of this node was faster
  TRY_VOID(run_script(tx, room.steps[step]));
  TRY_VOID(
      tx.run("INSERT INTO tocsin_migrations (room, applied) VALUES (?, ?) "
             "ON CONFLICT (room) DO UPDATE SET applied = excluded.applied",
             room.room, static_cast<std::int64_t>(step + 1)));
  return {};
}

}  // namespace

Result<void> apply_migrations(Database& database, std::span<const Migrations> rooms, const RunScript& run_script) {
  auto accepted = database.write([&](Transaction& tx) -> Result<void> {
    TRY_VOID(run_script(tx, kCreateTable));
    return refuse_newer(tx, rooms);
  });
  TRY_VOID(accepted);
  for (const Migrations& room : rooms) {
    const std::size_t applied = TRY(database.read_value([&](Transaction& tx) { return applied_steps(tx, room.room); }));
    for (std::size_t step = applied; step < room.steps.size(); ++step)
      TRY_VOID(database.write([&](Transaction& tx) { return apply_step(tx, room, step, run_script); }));
  }
  return {};
}

}  // namespace tocsin::store
