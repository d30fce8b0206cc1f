// A publication of many objects, said in pieces: each is a transaction of its own, so that alerts and deliveries do not
// wait for seconds. The first piece and the rest, as work still to be done, are written together; what a crash or a
// full disk interrupts goes on where it was.
#pragma once

#include <atomic>

#include "journeys/publish.h"

namespace tocsin::journeys {

/// 2,000 objects take some 60 ms to label, sign, log and queue.
inline constexpr std::size_t kItemsPerPiece = 2000;

/// `items`: all that the request names. publish.goes_on {left}: what has been said is on its way, and the rest follows
/// by itself; asking again would say it twice.
Result<PublishPlan> publish_in_pieces(const Context& context, const PublishRequest& request,
                                      const std::vector<intel::ItemId>& items);
/// Goes on with what was interrupted, until `stop`; to be called when the node starts, and now and then.
Result<void> finish_publications(const Context& context, const std::atomic<bool>& stop);

}  // namespace tocsin::journeys
