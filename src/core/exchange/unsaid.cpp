#include "core/exchange/unsaid.h"

namespace tocsin::exchange {

Result<void> keep_unsaid(store::Transaction& tx, std::string_view publication, std::string_view request, Time now) {
  TRY(tx.run("INSERT INTO unsaid (publication, request, at) VALUES (?, ?, ?)", publication, request, now));
  return {};
}

Result<std::optional<UnsaidPart>> next_unsaid(store::Transaction& tx, std::string_view publication) {
  std::optional<UnsaidPart> out;
  TRY_VOID(tx.each(
      "SELECT row, request FROM unsaid WHERE (? = '' OR publication = ?) ORDER BY row LIMIT 1",
      [&](const store::Row& row) {
        out = UnsaidPart{row.integer(0), std::string(row.text(1))};
      },
      publication, publication));
  return out;
}

Result<void> forget_unsaid(store::Transaction& tx, std::int64_t row) {
  TRY(tx.run("DELETE FROM unsaid WHERE row = ?", row));
  return {};
}

Result<std::int64_t> count_unsaid(store::Transaction& tx, std::string_view publication) {
  return TRY(tx.integer("SELECT COUNT(*) FROM unsaid WHERE publication = ?", publication)).value_or(0);
}

}  // namespace tocsin::exchange
