// Posting lists: which items show or indicate a value. Correlation is looking a value up; it is never stored as pairs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/release.h"
#include "formats/observable/observable.h"
#include "ground/store/store.h"

namespace tocsin::relate {

extern const store::Migrations kMigrations;

enum class Role { Shows = 0, Indicates = 1 };  ///< stored

struct Posting {
  observable::Value value;
  Role role = Role::Shows;
};

/// When an indicator is to be matched, by our clock at the time of matching and not by the time of a line of telemetry:
/// sensors hold what counts now, so a line that is read late meets what counts when it is read.
struct Validity {
  std::optional<Time> from = {};   ///< matches from this moment on; absent: from the beginning
  std::optional<Time> until = {};  ///< matches before this moment; absent: without end
};

/// Posts an item's values; those of more than 2,500 bytes are left out: no index of every engine holds them.
Result<void> post(store::Transaction& tx, std::int64_t item, trust::LabelId label, const std::vector<Posting>& postings,
                  const Validity& validity);
Result<void> relabel(store::Transaction& tx, std::int64_t item, trust::LabelId label);
/// The item no longer counts: superseded, revoked, retracted, erased. `forget` also removes its values.
Result<void> stop(store::Transaction& tx, std::int64_t item, bool forget);

struct Related {
  observable::Value value;
  std::vector<std::int64_t> items;  ///< others within scope, newest first, at most `limit`
  std::int64_t total = 0;           ///< others within scope
  bool too_common = false;          ///< shown as such and not listed
};
/// Of the item's first 200 values those that other items within scope share. What is too common is counted no further
/// than that.
Result<std::vector<Related>> related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope, int limit);
/// Others within scope that share anything with the item, up to a thousand.
Result<std::int64_t> count_related(store::Transaction& tx, std::int64_t item, const trust::Scope& scope);
struct ToMatch {
  observable::Value value;
  std::int64_t item;
};
struct Watched {
  std::vector<ToMatch> values;
  std::optional<Time> next_change;  ///< when time alone makes it another answer
};
/// What sensors should watch for now: active indicating postings within scope that are valid now.
Result<Watched> to_match(store::Transaction& tx, const trust::Scope& scope, Time now);
/// Whether this item's indicating postings are active now.
Result<bool> is_matching(store::Transaction& tx, std::int64_t item, const trust::Scope& scope, Time now);
/// Grows with every change of what is to be matched but that of time: compiled sets are cached under it.
Result<std::int64_t> generation(store::Transaction& tx);

}  // namespace tocsin::relate
