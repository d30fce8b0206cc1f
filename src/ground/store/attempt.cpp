#include "ground/store/attempt.h"

namespace tocsin::store {

Result<Result<void>> attempt(Transaction& tx, const std::function<Result<void>()>& function) {
  TRY(tx.run("SAVEPOINT attempted"));
  Result<void> outcome = function();
  if (!outcome) TRY(tx.run("ROLLBACK TO SAVEPOINT attempted"));
  TRY(tx.run("RELEASE SAVEPOINT attempted"));
  return outcome;
}

}  // namespace tocsin::store
