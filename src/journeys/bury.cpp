#include "journeys/bury.h"

#include <map>

#include "core/exchange/retractions.h"
#include "core/intel/repository.h"

namespace tocsin::journeys {
namespace {

constexpr int kRetractionsAtOnce = 50;
constexpr std::size_t kObjectsAtOnce = 500;

struct Object {
  trust::Realm realm;
  std::string stix_id;
  auto operator<=>(const Object&) const = default;
};
struct Ended {
  exchange::RetractReason reason;
  Time at;
};
using Endings = std::map<Object, Ended>;

// By the time that the retraction itself says: after a restore they came back in any order.
Result<void> note(store::Transaction& tx, const exchange::StoredRetraction& stored, Endings& out) {
  const exchange::Archived statement = TRY(exchange::archived(tx, stored.digest));
  const Ended ended{stored.retraction.reason, statement.time};
  for (const std::string& stix_id : stored.retraction.objects) {
    const auto [known, is_first] = out.try_emplace({statement.realm, stix_id}, ended);
    if (!is_first && known->second.at < ended.at) known->second = ended;
  }
  return {};
}

// Only the newest retraction of an object says what it is now: what was wrong once may have been said again since, and
// that may have given way.
Result<Endings> newest_endings(const Context& context) {
  Endings out;
  std::int64_t before = 0;
  for (;;) {
    std::vector<exchange::StoredRetraction> page;
    TRY_VOID(context.db->read([&](store::Transaction& tx) -> Result<void> {
      page = TRY(exchange::retractions(tx, before, kRetractionsAtOnce));
      for (const exchange::StoredRetraction& stored : page)
        if (stored.author == context.self.party) TRY_VOID(note(tx, stored, out));
      return {};
    }));
    if (page.size() < kRetractionsAtOnce) return out;
    before = page.back().row;
  }
}

}  // namespace

Result<void> bury_earlier_retractions(const Context& context) {
  if (TRY(context.db->read_value([](store::Transaction& tx) { return intel::is_caught_up(tx); }))) return {};
  const Endings endings = TRY(newest_endings(context));
  auto next = endings.begin();
  do {
    auto end = next;
    TRY_VOID(context.db->write([&](store::Transaction& tx) -> Result<void> {
      end = next;  // a transaction may run again
      for (std::size_t taken = 0; end != endings.end() && taken < kObjectsAtOnce; ++end, ++taken) {
        const auto& [object, ended] = *end;
        if (ended.reason == exchange::RetractReason::Superseded) continue;
        if (TRY(intel::is_said(tx, context.self.party, object.stix_id, object.realm))) continue;
        const intel::Withdrawn withdrawn{context.self.party, object.stix_id, {}, object.realm};
        TRY_VOID(intel::add_tombstone(tx, withdrawn, exchange::name(ended.reason), ended.at));
      }
      return end == endings.end() ? intel::note_caught_up(tx, context.now()) : Result<void>();
    }));
    next = end;
  } while (next != endings.end());
  return {};
}

}  // namespace tocsin::journeys
