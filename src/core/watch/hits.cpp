#include "core/watch/hits.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::watch {

const store::Migrations kMigrations{"watch", {R"(
CREATE TABLE hit_batches (sensor TEXT NOT NULL, batch TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (sensor, batch));
CREATE TABLE hits (
  hit INTEGER PRIMARY KEY AUTOINCREMENT, sensor TEXT NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL, seen TEXT NOT NULL,
  field TEXT NOT NULL, log TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, host TEXT NOT NULL, count INTEGER NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, critical INTEGER NOT NULL, alert INTEGER, label INTEGER NOT NULL,
  reported INTEGER NOT NULL, -- last; logs of last year may be read today
  UNIQUE (sensor, kind, value, host, log));
CREATE INDEX hits_alert ON hits (alert);
CREATE TABLE hit_items (hit INTEGER NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (hit, item));
CREATE INDEX hit_items_item ON hit_items (item);
-- A row of hits counts since its beginning: what came lately is counted apart.
CREATE TABLE hits_by_hour (hour INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE sensors (sensor TEXT PRIMARY KEY, set_id TEXT NOT NULL, last_seen INTEGER NOT NULL, lines INTEGER NOT NULL,
  bytes INTEGER NOT NULL, hits INTEGER NOT NULL);
)"}};

namespace {

constexpr Duration kBatchesKept = base::days(90);
constexpr std::int64_t kHourUs = std::int64_t{3600} * 1'000'000;
constexpr std::int64_t kHoursOfADay = 24;
constexpr std::int64_t kMostOfADay = (std::int64_t{1} << 53) - 1;  // what JSON can say

std::int64_t hour_of(Time time) {
  return time.us / kHourUs;
}

// A sum in an upsert. It stops at what JSON can say (2^53 - 1): a sensor that counts wrongly makes no number overflow.
std::string sum(std::string_view table, std::string_view column) {
  return fmt::format(
      "{1} = CASE WHEN {0}.{1} > 9007199254740991 - excluded.{1} THEN 9007199254740991 ELSE {0}.{1} + excluded.{1} END",
      table, column);
}

}  // namespace

Result<bool> begin_batch(store::Transaction& tx, std::string_view sensor, std::string_view batch, Time now) {
  return TRY(tx.run("INSERT INTO hit_batches (sensor, batch, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", sensor,
                    batch, now)) > 0;
}

Result<void> forget_old_batches(store::Transaction& tx, Time now) {
  TRY(tx.run("DELETE FROM hit_batches WHERE at < ?", now - kBatchesKept));
  return {};
}

Result<std::int64_t> add_hit(store::Transaction& tx, std::string_view sensor, const ReportedHit& h, bool critical,
                             trust::LabelId label, Time now) {
  TRY(tx.run(
      "INSERT INTO hits (sensor, kind, value, seen, field, log, file, line, host, count, first_seen, last_seen, "
      "critical, label, reported) VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sensor, kind, value, host, log) DO UPDATE SET " +
          sum("hits", "count") +
          ", first_seen = CASE WHEN excluded.first_seen < hits.first_seen THEN excluded.first_seen "
          "ELSE hits.first_seen END, "
          "last_seen = CASE WHEN excluded.last_seen > hits.last_seen THEN excluded.last_seen ELSE hits.last_seen "
          "END, critical = "
          "excluded.critical, reported = excluded.reported",
      sensor, static_cast<int>(h.kind), h.value, h.seen, h.field, h.log, h.file, h.line, h.host, h.count, h.first,
      h.last, critical, label, now));
  const auto id =
      TRY(tx.integer("SELECT hit FROM hits WHERE sensor = ? AND kind = ? AND value = ? AND host = ? AND log = ?",
                     sensor, static_cast<int>(h.kind), h.value, h.host, h.log));
  if (!id) return fail(ErrorCode::Internal, "store.failed");
  TRY(tx.run("INSERT INTO hits_by_hour (hour, count) VALUES (?, ?) ON CONFLICT (hour) DO UPDATE SET " +
                 sum("hits_by_hour", "count"),
             hour_of(now), h.count));
  for (const std::int64_t item : h.items)
    TRY(tx.run("INSERT INTO hit_items (hit, item) VALUES (?, ?) ON CONFLICT DO NOTHING", *id, item));
  return *id;
}

Result<void> link_alert(store::Transaction& tx, std::int64_t hit, std::int64_t alert) {
  TRY(tx.run("UPDATE hits SET alert = ?, critical = 1 WHERE hit = ?", alert, hit));
  return {};
}

Result<ErasedHits> erase_hits(store::Transaction& tx, std::int64_t item) {
  constexpr std::string_view kOnlyOnIt =
      "hit IN (SELECT i.hit FROM hit_items i WHERE i.item = ?) AND NOT EXISTS (SELECT 1 FROM hit_items o WHERE o.hit = "
      "hits.hit AND o.item <> ?)";
  ErasedHits out;
  TRY_VOID(tx.each(
      "SELECT DISTINCT value, alert FROM hits WHERE " + std::string(kOnlyOnIt),
      [&](const store::Row& row) {
        out.values.emplace_back(row.text(0));
        if (!row.is_null(1)) out.alerts.push_back(row.integer(1));
      },
      item, item));
  TRY(tx.run("DELETE FROM hits WHERE " + std::string(kOnlyOnIt), item, item));
  TRY(tx.run("DELETE FROM hit_items WHERE item = ?", item));
  return out;
}

Result<std::vector<SeenValue>> seen(store::Transaction& tx, std::int64_t alert) {
  std::vector<SeenValue> out;
  TRY_VOID(tx.each(
      "SELECT DISTINCT h.value, i.item FROM hits h JOIN hit_items i ON i.hit = h.hit WHERE h.alert = ?",
      [&](const store::Row& row) {
        out.push_back({std::string(row.text(0)), row.integer(1)});
      },
      alert));
  return out;
}

Result<bool> saw(store::Transaction& tx, std::int64_t alert, std::string_view value) {
  return TRY(tx.integer("SELECT 1 FROM hits WHERE alert = ? AND value = ? LIMIT 1", alert, value)).has_value();
}

Result<std::vector<StoredHit>> hits(store::Transaction& tx, const HitQuery& query, const trust::Scope& scope) {
  std::string sql =
      "SELECT hit, sensor, kind, value, seen, field, log, file, line, host, count, first_seen, last_seen, critical, "
      "alert, label FROM hits WHERE label " +
      scope.sql();
  std::vector<store::Cell> cells;
  const auto also = [&](std::string_view condition, store::Cell value) {
    sql += " AND " + std::string(condition);
    cells.push_back(std::move(value));
  };
  if (!query.host.empty()) also("host = ?", store::cell(query.host));
  if (query.id) also("hit = ?", store::cell(*query.id));
  if (query.item) also("hit IN (SELECT hit FROM hit_items WHERE item = ?)", store::cell(*query.item));
  if (query.alert) also("alert = ?", store::cell(*query.alert));
  if (query.without_alert_since) also("alert IS NULL AND reported >= ?", store::cell(*query.without_alert_since));
  if (query.before_id > 0) also("hit < ?", store::cell(query.before_id));
  sql += " ORDER BY hit DESC LIMIT ?";
  cells.push_back(store::cell(query.limit));
  std::vector<StoredHit> out;
  TRY_VOID(tx.query(sql, cells, [&](const store::Row& row) {
    StoredHit hit;
    hit.id = row.integer(0);
    hit.sensor = row.text(1);
    hit.hit.kind = static_cast<observable::Kind>(row.integer(2));
    hit.hit.value = row.text(3);
    hit.hit.seen = row.text(4);
    hit.hit.field = row.text(5);
    hit.hit.log = row.text(6);
    hit.hit.file = row.text(7);
    hit.hit.line = row.integer(8);
    hit.hit.host = row.text(9);
    hit.hit.count = row.integer(10);
    hit.hit.first = row.time(11);
    hit.hit.last = row.time(12);
    hit.critical = row.integer(13) != 0;
    if (!row.is_null(14)) hit.alert = row.integer(14);
    hit.label = row.integer(15);
    out.push_back(std::move(hit));
    return true;
  }));
  for (StoredHit& hit : out)
    TRY_VOID(tx.each(
        "SELECT item FROM hit_items WHERE hit = ? ORDER BY item",
        [&](const store::Row& row) { hit.hit.items.push_back(row.integer(0)); }, hit.id));
  return out;
}

Result<std::int64_t> count_hits(store::Transaction& tx) {
  return TRY(tx.integer("SELECT COUNT(*) FROM hits")).value_or(0);
}

Result<std::int64_t> hits_of_last_day(store::Transaction& tx, Time now) {
  std::int64_t out = 0;
  TRY_VOID(tx.each(
      "SELECT count FROM hits_by_hour WHERE hour > ? AND hour <= ?",
      [&](const store::Row& row) { out += std::min(row.integer(0), kMostOfADay - out); }, hour_of(now) - kHoursOfADay,
      hour_of(now)));
  return out;
}

Result<void> note_sensor(store::Transaction& tx, const Sensor& s) {
  TRY(
      tx.run("INSERT INTO sensors (sensor, set_id, last_seen, lines, bytes, hits) VALUES (?, ?, ?, ?, ?, ?) ON "
             "CONFLICT (sensor) DO UPDATE SET set_id = "
             "CASE WHEN excluded.set_id = '' THEN sensors.set_id ELSE excluded.set_id END, last_seen = "
             "excluded.last_seen, " +
                 sum("sensors", "lines") + ", " + sum("sensors", "bytes") + ", " + sum("sensors", "hits"),
             s.name, s.set_id, s.last_seen, s.lines, s.bytes, s.hits));
  return {};
}

Result<std::vector<Sensor>> sensors(store::Transaction& tx) {
  std::vector<Sensor> out;
  TRY_VOID(tx.each("SELECT sensor, set_id, last_seen, lines, bytes, hits FROM sensors ORDER BY sensor",
                   [&](const store::Row& row) {
                     out.push_back({std::string(row.text(0)), std::string(row.text(1)), row.time(2), row.integer(3),
                                    row.integer(4), row.integer(5)});
                   }));
  return out;
}

}  // namespace tocsin::watch
