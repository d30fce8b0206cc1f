#include "ground/store/checked_transaction.h"

#include "ground/store/text_rule.h"

namespace tocsin::store {

Result<std::int64_t> CheckedTransaction::execute(std::string_view sql, std::span<const Cell> parameters) {
  TRY_VOID(admit(sql, parameters));
  auto result = engine_.execute(sql, parameters);
  if (!result && !failure_) failure_ = result.error();
  return result;
}

Result<void> CheckedTransaction::query(std::string_view sql, std::span<const Cell> parameters,
                                       const std::function<bool(const Row&)>& each) {
  TRY_VOID(admit(sql, parameters));
  auto result = engine_.query(sql, parameters, each);
  if (!result && !failure_) failure_ = result.error();
  return result;
}

Result<void> CheckedTransaction::admit(std::string_view sql, std::span<const Cell> parameters) {
  if (failure_)
    return fail(ErrorCode::Internal, "store.failed", {},
                "an earlier statement of this transaction failed (" + describe(*failure_) +
                    "), so this cannot run: " + std::string(sql));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto* text = std::get_if<std::string>(&parameters[i]);
    if (!text || is_storable_text(*text)) continue;
    failure_ =
        Error{ErrorCode::Malformed, "store.text", {}, "parameter " + std::to_string(i + 1) + " of " + std::string(sql)};
    return tl::unexpected(*failure_);
  }
  return {};
}

Result<void> run_checked(const std::function<Result<void>(Transaction&)>& function, Transaction& engine) {
  CheckedTransaction checked(engine);
  auto result = function(checked);
  if (result && checked.failure()) return tl::unexpected(*checked.failure());
  return result;
}

}  // namespace tocsin::store
