#include "journeys/reopen.h"

#include <algorithm>

#include "core/exchange/log.h"
#include "core/exchange/recover.h"
#include "core/people/people.h"
#include "core/trust/parties.h"
#include "journeys/found.h"

namespace tocsin::journeys {

Result<Reopened> reopen(store::Transaction& tx, const trust::OwnKeys& keys, const crypto::SigningKey& root, Time now) {
  const trust::Party own = TRY(trust::own_party(tx));
  if (root.public_key() != own.descriptor.root) return fail(ErrorCode::Forbidden, "root.other_key");
  const exchange::Self self{own.id, &keys};
  trust::Descriptor next = own.descriptor;
  next.log.previous_checkpoint = TRY(exchange::checkpoint(tx, self, now));
  next.log.id = TRY(exchange::open_epoch(tx, now));
  TRY_VOID(exchange::ask_peers(tx, self, now));
  next.version = std::max(next.version, static_cast<std::uint64_t>(now.us / 1000)) + 1;
  next.issued = now;
  next.expires = now + kDescriptorLife;
  TRY_VOID(trust::store_own(tx, TRY(trust::verify_descriptor(trust::sign_descriptor(root, next))), now));
  TRY_VOID(people::audit(tx, {0, now, "console", "console", "restore", next.log.id, "ok"}));
  const std::size_t asked = TRY(exchange::recoveries(tx)).size();
  return Reopened{next.log.id, next.version, asked};
}

}  // namespace tocsin::journeys
