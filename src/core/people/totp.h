// What the other files of this room need of TOTP.
#pragma once

#include "core/people/people.h"

namespace tocsin::people {

Result<void> forget_unconfirmed_totp(store::Transaction& tx, Time now);

}  // namespace tocsin::people
