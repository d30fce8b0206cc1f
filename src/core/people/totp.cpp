#include "core/people/totp.h"

#include <algorithm>
#include <array>

#include "core/people/accounts.h"
#include "core/people/attempts.h"
#include "core/people/text_rules.h"

namespace tocsin::people {
namespace {

constexpr std::size_t kSecretBytes = 20;  // RFC 4226 section 4, R6
constexpr Duration kConfirmWithin = base::minutes(30);

// Three of a million codes are right at any moment: 20 guesses an hour find one within a day with probability 0.14 %.
constexpr std::int64_t kMaxWrongCodes = 20;
constexpr Duration kWrongCodesWindow = base::hours(1);

/// Written once before any thread runs (use_column_key), read only from then on.
std::optional<std::array<std::uint8_t, 32>> the_column_key;

/// Bound to the account: a row copied to another account by hand opens nothing.
std::string seal_context(std::string_view account) {
  return "people.totp " + std::string(account);
}

Bytes seal_secret(ByteView column_key, ByteView secret, std::string_view account) {
  return crypto::seal_column(column_key, secret, seal_context(account));
}

Result<Bytes> open_secret(ByteView column_key, ByteView sealed, std::string_view account) {
  auto secret = crypto::open_column(column_key, sealed, seal_context(account));
  if (!secret) return fail(ErrorCode::Corrupt, "people.totp_unreadable", {std::string(account)});
  return std::move(*secret);
}

struct Enrolled {
  Bytes sealed_secret;
  std::int64_t last_step = 0;
  std::int64_t wrong_codes = 0;
  Time wrong_since;

  /// A window that begins in the future (the clock was set back) is over.
  bool window_is_open(Time now) const { return wrong_since <= now && now < wrong_since + kWrongCodesWindow; }
};

Result<std::optional<Enrolled>> find_enrolled(store::Transaction& tx, std::string_view account) {
  std::optional<Enrolled> out;
  TRY_VOID(tx.each(
      "SELECT secret, last_step, wrong_codes, wrong_since FROM people_totp WHERE account = ?",
      [&](const store::Row& row) {
        const ByteView secret = row.blob(0);
        out = Enrolled{Bytes(secret.begin(), secret.end()), row.integer(1), row.integer(2), row.time(3)};
      },
      account));
  return out;
}

Result<std::optional<Bytes>> find_pending(store::Transaction& tx, std::string_view account, Time now) {
  std::optional<Bytes> out;
  TRY_VOID(tx.each(
      "SELECT secret FROM people_totp_pending WHERE account = ? AND begun > ?",
      [&](const store::Row& row) { out.emplace(row.blob(0).begin(), row.blob(0).end()); }, account,
      now - kConfirmWithin));
  return out;
}

std::int64_t unix_seconds(Time time) {
  return time.us / 1'000'000;
}

/// Six digits, as a person types them: phones show them in two groups.
std::string without_spaces(std::string_view code) {
  std::string out(code.substr(0, 16));
  out.erase(std::remove(out.begin(), out.end(), ' '), out.end());
  return out;
}

tl::unexpected<Error> wrong_code() {
  return fail(ErrorCode::Unauthenticated, "people.wrong_code");
}

Result<void> count_wrong_code(store::Transaction& tx, std::string_view account, const Enrolled& before, Time now) {
  const bool is_first = before.wrong_codes == 0 || !before.window_is_open(now);
  TRY_VOID(tx.run("UPDATE people_totp SET wrong_codes = ?, wrong_since = ? WHERE account = ?",
                  is_first ? std::int64_t{1} : before.wrong_codes + 1, is_first ? now : before.wrong_since, account));
  return {};
}

}  // namespace

void use_column_key(ByteView column_key) {
  CHECK(column_key.size() == 32);
  the_column_key.emplace();
  std::copy(column_key.begin(), column_key.end(), the_column_key->begin());
}

Result<Bytes> begin_totp(store::Transaction& tx, ByteView column_key, std::string_view name, Time now) {
  const User user = TRY(require_enabled(tx, name));
  // A stolen session must not exchange the second factor for one of its own.
  if (user.has_totp) return fail(ErrorCode::Conflict, "people.totp_enrolled");
  Bytes secret(kSecretBytes);
  base::random_bytes(secret.data(), secret.size());
  TRY_VOID(
      tx.run("INSERT INTO people_totp_pending (account, secret, begun) VALUES (?, ?, ?) "
             "ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, begun = excluded.begun",
             user.name, seal_secret(column_key, secret, user.name), now));
  return secret;
}

Result<void> confirm_totp(store::Transaction& tx, ByteView column_key, std::string_view name, std::string_view code,
                          Time now) {
  const User user = TRY(require_enabled(tx, name));
  if (user.has_totp) return fail(ErrorCode::Conflict, "people.totp_enrolled");
  const auto sealed = TRY(find_pending(tx, user.name, now));
  if (!sealed) return fail(ErrorCode::NotFound, "people.totp_not_begun");
  const Bytes secret = TRY(open_secret(column_key, *sealed, user.name));
  const auto step = crypto::check_totp(secret, without_spaces(code), unix_seconds(now));
  if (!step) return wrong_code();
  // The code that confirms is spent by it.
  TRY_VOID(
      tx.run("INSERT INTO people_totp (account, secret, last_step, wrong_codes, wrong_since) VALUES (?, ?, ?, 0, 0)",
             user.name, *sealed, *step));
  TRY_VOID(tx.run("DELETE FROM people_totp_pending WHERE account = ?", user.name));
  return {};
}

Result<void> remove_totp(store::Transaction& tx, std::string_view name) {
  const User user = TRY(find_user(tx, name));
  TRY_VOID(tx.run("DELETE FROM people_totp WHERE account = ?", user.name));
  TRY_VOID(tx.run("DELETE FROM people_totp_pending WHERE account = ?", user.name));
  return {};
}

Result<Result<void>> check_second_factor(store::Transaction& tx, std::string_view name, std::string_view code,
                                         Time now) {
  // "Nothing enrolled" must be said of an account, not of a name that has none.
  TRY(require_enabled(tx, name));
  const auto enrolled = TRY(find_enrolled(tx, name));
  if (!enrolled) return Result<void>();
  if (code.empty()) return Result<void>(fail(ErrorCode::Unauthenticated, "people.totp_needed"));
  if (enrolled->wrong_codes >= kMaxWrongCodes && enrolled->window_is_open(now))
    return Result<void>(tl::unexpected(too_many_attempts(enrolled->wrong_since + kWrongCodesWindow - now)));
  CHECK(the_column_key);
  const Bytes secret = TRY(open_secret(*the_column_key, enrolled->sealed_secret, name));
  const auto step = crypto::check_totp(secret, without_spaces(code), unix_seconds(now));
  // RFC 6238 section 5.2: a code is accepted once. Steps before the one used last are refused with it.
  if (!step || *step <= enrolled->last_step) {
    TRY_VOID(count_wrong_code(tx, name, *enrolled, now));
    return Result<void>(wrong_code());
  }
  TRY_VOID(tx.run("UPDATE people_totp SET last_step = ?, wrong_codes = 0 WHERE account = ?", *step, name));
  return Result<void>();
}

Result<void> forget_unconfirmed_totp(store::Transaction& tx, Time now) {
  TRY_VOID(tx.run("DELETE FROM people_totp_pending WHERE begun <= ?", now - kConfirmWithin));
  return {};
}

}  // namespace tocsin::people
