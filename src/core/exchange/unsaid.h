// What somebody asked to be published and what has not been said yet. A large publication is said in parts, so that
// other writers need not wait; the parts that are still to come are rows, so that it goes on after a crash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/clock.h"
#include "ground/store/store.h"

namespace tocsin::exchange {

struct UnsaidPart {
  std::int64_t row = 0;
  std::string request;  ///< as whoever keeps it writes it
};
/// `publication` names all parts of one.
Result<void> keep_unsaid(store::Transaction& tx, std::string_view publication, std::string_view request, Time now);
/// The oldest part, of any publication where none is named.
Result<std::optional<UnsaidPart>> next_unsaid(store::Transaction& tx, std::string_view publication);
/// It is said, or given up.
Result<void> forget_unsaid(store::Transaction& tx, std::int64_t row);
Result<std::int64_t> count_unsaid(store::Transaction& tx, std::string_view publication);

}  // namespace tocsin::exchange
