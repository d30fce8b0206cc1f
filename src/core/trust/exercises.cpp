#include "core/trust/exercises.h"

namespace tocsin::trust {

Result<bool> takes_part(store::Transaction& tx, const Realm& realm) {
  if (realm == kReal) return true;
  return TRY(tx.integer("SELECT 1 FROM exercises WHERE exercise = ?", realm)).has_value();
}

}  // namespace tocsin::trust
