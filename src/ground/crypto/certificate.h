// What a certificate says.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/clock.h"
#include "ground/base/result.h"

namespace tocsin::crypto {

/// When the first certificate of the PEM ends. crypto.bad_certificate.
Result<Time> certificate_expiry(std::string_view certificate_pem);
/// Whether the authority's key has signed it; false for what is no certificate.
bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem);
/// Whether a browser that was told this host name or address accepts it (RFC 6125).
bool names_server(std::string_view certificate_pem, const std::string& name);

}  // namespace tocsin::crypto
