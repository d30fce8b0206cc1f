#include "core/people/attempts.h"

#include <arpa/inet.h>

#include <algorithm>

#include "core/people/text_rules.h"

namespace tocsin::people {
namespace {

struct Limit {
  Duration window;
  int failures_per_account;  ///< of one source
  int failures_per_source;
};
// The second line is the back-off: whoever uses up the first again and again ends at 40 guesses a day, a person who has
// forgotten the password does not. Twelve characters that are on no list stand that for longer than anybody waits.
constexpr Limit kLimits[] = {{base::minutes(15), 10, 50}, {base::hours(24), 40, 400}};
constexpr Duration kLongestWindow = base::hours(24);

/// How long the n-th newest failure still counts. Failures in the future (the clock was set back) do not count, else a
/// wrong clock at boot would lock everybody out until that time comes.
Result<Duration> wait_for(store::Transaction& tx, std::string_view source, std::optional<std::string_view> account,
                          int failures, Duration window, Time now) {
  const auto oldest =
      account ? TRY(tx.integer("SELECT failed FROM people_failures WHERE source = ? AND account = ? AND failed > ? "
                               "AND failed <= ? ORDER BY failed DESC LIMIT 1 OFFSET ?",
                               source, *account, now - window, now, failures - 1))
              : TRY(tx.integer("SELECT failed FROM people_failures WHERE source = ? AND failed > ? "
                               "AND failed <= ? ORDER BY failed DESC LIMIT 1 OFFSET ?",
                               source, now - window, now, failures - 1));
  return oldest ? Time{*oldest} + window - now : Duration{};
}

/// What is no possible name is one name here: a hostile text is not kept.
std::string_view counted_name(std::string_view account) {
  return is_account_name(account) ? account : "?";
}

}  // namespace

std::string source_of(std::string_view address) {
  const std::string text(address.substr(0, 64));
  char out[INET6_ADDRSTRLEN] = {};
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return plain_excerpt(text, 64);
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    inet_ntop(AF_INET, &six.s6_addr[12], out, sizeof out);
    return out;
  }
  std::fill(six.s6_addr + 8, six.s6_addr + 16, std::uint8_t{0});
  inet_ntop(AF_INET6, &six, out, sizeof out);
  return std::string(out) + "/64";
}

Error too_many_attempts(Duration wait) {
  const std::int64_t minute = base::minutes(1).us;
  return fail(ErrorCode::TooFast, "people.too_many_attempts", {std::to_string((wait.us + minute - 1) / minute)})
      .value();
}

Result<std::optional<Error>> refusal_after_failures(store::Transaction& tx, std::string_view account,
                                                    std::string_view source, Time now) {
  const std::string counted_source = source_of(source);
  Duration wait;
  for (const Limit& limit : kLimits) {
    wait = std::max(
        wait, TRY(wait_for(tx, counted_source, counted_name(account), limit.failures_per_account, limit.window, now)));
    wait =
        std::max(wait, TRY(wait_for(tx, counted_source, std::nullopt, limit.failures_per_source, limit.window, now)));
  }
  std::optional<Error> out;
  if (wait > Duration{}) out = too_many_attempts(wait);
  return out;
}

Result<void> count_failure(store::Transaction& tx, std::string_view account, std::string_view source, Time now) {
  TRY_VOID(tx.run("INSERT INTO people_failures (source, account, failed) VALUES (?, ?, ?)", source_of(source),
                  counted_name(account), now));
  return {};
}

Result<void> forget_failures(store::Transaction& tx, std::string_view account, std::string_view source) {
  // The rows stay for the source's count, under a name that no account can have.
  TRY_VOID(tx.run("UPDATE people_failures SET account = '' WHERE source = ? AND account = ?", source_of(source),
                  counted_name(account)));
  return {};
}

Result<void> forget_old_failures(store::Transaction& tx, Time now) {
  TRY_VOID(tx.run("DELETE FROM people_failures WHERE failed <= ? OR failed > ?", now - kLongestWindow, now));
  return {};
}

}  // namespace tocsin::people
