// Whom a reverse proxy asks for. Pure.
#pragma once

#include <optional>

#include "ground/net/address.h"
#include "ground/net/server.h"

namespace tocsin::net {

/// The last hop of X-Forwarded-For: what the proxy beside us has written. Everything before it came with the request,
/// and may be invented. None where that hop is no address in numbers.
std::optional<IpAddress> last_forwarded_for(const Headers& headers);

}  // namespace tocsin::net
