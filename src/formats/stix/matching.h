// Inside this room: what of an indicator's pattern is matched, and why the rest is not.
#pragma once

#include "formats/stix/stix.h"
#include "ground/json/json.h"

namespace tocsin::stix {

/// Fills pattern, pattern_type, indicated and matched, and says in findings what is not matched.
void read_indicator(const json::Value& object, Object& out);

/// True for addresses that every machine meets whoever attacks it, and for networks so wide that most lines of a log
/// lie in them: docs/decisions/0015-what-is-not-matched.md.
bool is_everywhere(const observable::Value& value);

}  // namespace tocsin::stix
