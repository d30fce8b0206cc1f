// What a certificate says.
#pragma once

#include <string_view>

#include "ground/base/clock.h"
#include "ground/base/result.h"

namespace tocsin::crypto {

/// When the first certificate of the PEM ends. crypto.bad_certificate.
Result<Time> certificate_expiry(std::string_view certificate_pem);

}  // namespace tocsin::crypto
