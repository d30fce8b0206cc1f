// Hits as the node keeps them: one row per (sensor, value, host, log), counted up; batches of a sensor count once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/release.h"
#include "formats/observable/observable.h"
#include "ground/store/store.h"

namespace tocsin::watch {

extern const store::Migrations kMigrations;

/// What a sensor reports: a folded hit with the items that the set named.
struct ReportedHit {
  std::vector<std::int64_t> items;
  observable::Kind kind = observable::Kind::Ipv4;
  std::string value, seen, field, log, file, host;
  std::vector<std::string> others;  ///< who else took part; not stored
  std::int64_t line = 0;
  std::int64_t count = 1;
  Time first, last;
};

struct StoredHit {
  std::int64_t id = 0;
  std::string sensor;
  ReportedHit hit;
  bool critical = false;
  std::optional<std::int64_t> alert;
  trust::LabelId label = 0;  ///< of the first item: a hit is seen by who may see what it hit
};

/// False where this batch of this sensor has been counted before: then nothing must be stored.
Result<bool> begin_batch(store::Transaction& tx, std::string_view sensor, std::string_view batch, Time now);
/// Batches of more than 90 days ago. A sensor sends a batch again until it is answered, seconds to hours later; one
/// that was away for longer than this with an answer lost at that moment would have that one batch counted twice.
Result<void> forget_old_batches(store::Transaction& tx, Time now);
/// Adds up; returns the row.
Result<std::int64_t> add_hit(store::Transaction& tx, std::string_view sensor, const ReportedHit& hit, bool critical,
                             trust::LabelId label, Time now);
/// It is on something critical, and belongs to this alert.
Result<void> link_alert(store::Transaction& tx, std::int64_t hit, std::int64_t alert);
/// The item must not be had any more: hits that rest on it alone go, with what was seen. What was seen in those, and
/// the alerts they belonged to.
struct ErasedHits {
  std::vector<std::string> values;
  std::vector<std::int64_t> alerts;
};
Result<ErasedHits> erase_hits(store::Transaction& tx, std::int64_t item);
/// What the hits that belong to the alert saw, and the items it was an indicator of.
struct SeenValue {
  std::string value;
  std::int64_t item = 0;
};
Result<std::vector<SeenValue>> seen(store::Transaction& tx, std::int64_t alert);
/// Whether a hit that belongs to the alert saw this value.
Result<bool> saw(store::Transaction& tx, std::int64_t alert, std::string_view value);
struct HitQuery {
  std::string host;
  std::optional<std::int64_t> id, item, alert;
  std::optional<Time> without_alert_since;  ///< belong to no alert, and were reported then or later
  std::int64_t before_id = 0;
  int limit = 50;
};
/// Those within scope, newest first.
Result<std::vector<StoredHit>> hits(store::Transaction& tx, const HitQuery& query, const trust::Scope& scope);
/// All rows, whoever may see them.
Result<std::int64_t> count_hits(store::Transaction& tx);
/// Hits that sensors have reported in this hour and the 23 before it, whenever they were seen.
Result<std::int64_t> hits_of_last_day(store::Transaction& tx, Time now);

struct Sensor {
  std::string name, set_id;
  Time last_seen;
  std::int64_t lines = 0, bytes = 0, hits = 0;
};
Result<void> note_sensor(store::Transaction& tx, const Sensor& sensor);
Result<std::vector<Sensor>> sensors(store::Transaction& tx);

}  // namespace tocsin::watch
