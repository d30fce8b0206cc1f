// The one function that maps our error codes to HTTP status, for people and for peers.
#pragma once

#include "ground/base/result.h"

namespace tocsin::net {

int http_status(ErrorCode code);

}  // namespace tocsin::net
