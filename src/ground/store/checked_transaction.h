// The rules that hold for a transaction on every engine, put before the engine's own: TEXT is UTF-8 without NUL, and
// nothing is kept of a transaction in which a statement failed. (PostgreSQL cannot go on after a failure; SQLite could,
// and a room tested on one would break on the other.) Private to this room.
#pragma once

#include <functional>
#include <optional>

#include "ground/store/store.h"

namespace tocsin::store {

class CheckedTransaction final : public Transaction {
 public:
  explicit CheckedTransaction(Transaction& engine) : engine_(engine) {}

  Result<std::int64_t> execute(std::string_view sql, std::span<const Cell> parameters) override;
  Result<void> query(std::string_view sql, std::span<const Cell> parameters,
                     const std::function<bool(const Row&)>& each) override;
  std::int64_t last_id() override { return engine_.last_id(); }

  /// The first failure of a statement.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<void> admit(std::string_view sql, std::span<const Cell> parameters);

  Transaction& engine_;
  std::optional<Error> failure_;
};

/// The function's result; the failure of a statement even where the function kept silent about it.
Result<void> run_checked(const std::function<Result<void>(Transaction&)>& function, Transaction& engine);

}  // namespace tocsin::store
