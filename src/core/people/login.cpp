#include "core/people/accounts.h"
#include "core/people/attempts.h"
#include "core/people/sessions.h"
#include "core/people/text_rules.h"

namespace tocsin::people {
namespace {

/// Checked where there is no account, so that the answer takes as long: the cost parameters are those of
/// crypto::hash_password (a test compares them); salt and hash are arbitrary, and finish_login refuses in any case.
constexpr std::string_view kDummyPhc =
    "$argon2id$v=19$m=65536,t=3,p=1$dG9jc2luLW5vYWNjb3VudA$bm8tcGFzc3dvcmQtaGFzLXRoaXMtYXJnb24yLWhhc2g";

Result<std::string> phc_of(store::Transaction& tx, std::string_view name) {
  if (!is_account_name(name)) return std::string();
  return TRY(tx.text("SELECT phc FROM people_accounts WHERE name = ? AND disabled_at IS NULL", name)).value_or("");
}

}  // namespace

Result<LoginMaterial> begin_login(store::Transaction& tx, std::string_view name, std::string_view source, Time now) {
  if (auto refusal = TRY(refusal_after_failures(tx, name, source, now))) return tl::unexpected(std::move(*refusal));
  LoginMaterial out;
  out.phc = TRY(phc_of(tx, name));
  out.exists = !out.phc.empty();
  if (!out.exists) out.phc = kDummyPhc;
  return out;
}

Result<Result<void>> prove_person(store::Transaction& tx, std::string_view name, bool password_matches,
                                  std::string_view totp_code, std::string_view source, Time now) {
  // Log-ins side by side have all passed begin_login before one of them failed. Here they come one by one, so that no
  // burst tries more passwords than the limit, however fast it is.
  if (auto refusal = TRY(refusal_after_failures(tx, name, source, now)))
    return Result<void>(tl::unexpected(std::move(*refusal)));
  const auto user = TRY(find_enabled(tx, name));
  if (!user || !user->has_password || !password_matches) {
    TRY_VOID(count_failure(tx, name, source, now));
    return Result<void>(fail(ErrorCode::Unauthenticated, "people.wrong_login"));
  }
  const auto second_factor = TRY(check_second_factor(tx, name, totp_code, now));
  if (!second_factor) {
    // To come without a code is how one learns that a code is due: no failure.
    if (second_factor.error().id == "people.wrong_code") TRY_VOID(count_failure(tx, name, source, now));
    return second_factor;
  }
  TRY_VOID(forget_failures(tx, name, source));
  return Result<void>();
}

Result<Result<Session>> finish_login(store::Transaction& tx, std::string_view name, bool password_matches,
                                     std::string_view totp_code, std::string_view source, Time now) {
  const auto proved = TRY(prove_person(tx, name, password_matches, totp_code, source, now));
  if (!proved) return Result<Session>(tl::unexpected(proved.error()));
  const User user = TRY(require_enabled(tx, name));
  return Result<Session>(TRY(start_session(tx, user, OpenedBy::Password, now)));
}

Result<void> count_wrong_password(store::Transaction& tx, std::string_view name, std::string_view source, Time now) {
  return count_failure(tx, name, source, now);
}

}  // namespace tocsin::people
