// Counts failed log-ins and makes the guesser wait. A wait holds for one account from one source, or for one source:
// never for an account from everywhere, else any stranger could lock a duty officer out in the night of an attack.
#pragma once

#include <optional>
#include <string_view>

#include "core/people/people.h"

namespace tocsin::people {

/// people.too_many_attempts {minutes}, or nothing where a further attempt is welcome. Names of no account are counted
/// like others: the answer does not tell which names exist.
Result<std::optional<Error>> refusal_after_failures(store::Transaction& tx, std::string_view account,
                                                    std::string_view source, Time now);
Result<void> count_failure(store::Transaction& tx, std::string_view account, std::string_view source, Time now);
/// After a success. The source keeps its own count: an account of one's own must not pay for guessing at others.
Result<void> forget_failures(store::Transaction& tx, std::string_view account, std::string_view source);

Result<void> forget_old_failures(store::Transaction& tx, Time now);

/// What counts as one source: an IPv4 address, or the /64 of an IPv6 address (one subscriber has 2^64 of those).
std::string source_of(std::string_view address);

/// people.too_many_attempts, in minutes rounded up.
Error too_many_attempts(Duration wait);

}  // namespace tocsin::people
