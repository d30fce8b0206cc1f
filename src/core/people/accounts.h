// Accounts as the other files of this room see them.
#pragma once

#include <optional>
#include <string_view>

#include "core/people/people.h"

namespace tocsin::people {

/// Of an enabled account; none where there is no such account or it is disabled.
Result<std::optional<User>> find_enabled(store::Transaction& tx, std::string_view name);

/// The same as an error: people.no_user, people.account_disabled.
Result<User> require_enabled(store::Transaction& tx, std::string_view name);

}  // namespace tocsin::people
