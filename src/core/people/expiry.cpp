#include "core/people/attempts.h"
#include "core/people/links.h"
#include "core/people/sessions.h"
#include "core/people/totp.h"

namespace tocsin::people {

// Only to keep the tables small: every lookup judges the time itself, so that nothing expired works until this runs.
// API keys that have expired stay listed, so that an administrator sees why a sensor fell silent.
Result<void> forget_expired(store::Transaction& tx, Time now) {
  TRY_VOID(forget_expired_sessions(tx, now));
  TRY_VOID(forget_expired_links(tx, now));
  TRY_VOID(forget_old_failures(tx, now));
  return forget_unconfirmed_totp(tx, now);
}

}  // namespace tocsin::people
