// Inside this room: what the standard says about an object beyond "it can be stored".
#pragma once

#include "formats/stix/stix.h"
#include "ground/json/json.h"

namespace tocsin::stix {

/// Appends to out.findings; out.type, out.id and out.spec_version are set already. At most kMaxFindings in all.
void check_object(const json::Value& object, Object& out);

inline constexpr std::size_t kMaxFindings = 64;  // a hostile object could otherwise yield one for each of its bytes

}  // namespace tocsin::stix
