// Sessions as the other files of this room see them.
#pragma once

#include <optional>
#include <string_view>

#include "core/people/people.h"

namespace tocsin::people {

enum class OpenedBy { Password, Link };

Result<Session> start_session(store::Transaction& tx, const User& user, OpenedBy opened_by, Time now);

/// All of them, or all but the one with this digest.
Result<void> end_sessions_except(store::Transaction& tx, std::string_view account, std::optional<Digest> kept);

/// After a new password: the session of `token` goes on without must_set_password, where set_password() says so.
Result<void> keep_only_session(store::Transaction& tx, const User& user, std::string_view token, Time now);

Result<void> note_session_use(store::Transaction& tx, std::string_view token, Time now);
Result<void> forget_expired_sessions(store::Transaction& tx, Time now);

}  // namespace tocsin::people
