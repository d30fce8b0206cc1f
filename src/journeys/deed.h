// Who does a deed, and the audit entry of it. A journey writes the entry in the deed's own transaction: whatever stops
// the node, there is never one without the other.
#pragma once

#include <string>
#include <string_view>

#include "journeys/context.h"

namespace tocsin::journeys {

struct Doer {
  std::string account;  ///< or "key:<id>" of a program
  std::string via;      ///< the door: "session", "console", "key"
};

Result<void> note_deed(store::Transaction& tx, const Context& context, const Doer& by, std::string_view action,
                       std::string_view target, std::string_view outcome = "ok");

}  // namespace tocsin::journeys
