#include "core/people/links.h"

#include "core/people/accounts.h"
#include "core/people/sessions.h"
#include "core/people/tokens.h"

namespace tocsin::people {
namespace {

constexpr Duration kLinkLife = base::hours(24);

tl::unexpected<Error> bad_link() {
  return fail(ErrorCode::Unauthenticated, "people.bad_link");
}

}  // namespace

Result<std::string> create_link(store::Transaction& tx, std::string_view name, Time now) {
  const User user = TRY(require_enabled(tx, name));
  const std::string token = make_token();
  TRY_VOID(tx.run("DELETE FROM people_links WHERE account = ?", user.name));
  TRY_VOID(tx.run("INSERT INTO people_links (token, account, created) VALUES (?, ?, ?)", token_digest(token), user.name,
                  now));
  return token;
}

Result<Session> open_link(store::Transaction& tx, std::string_view token, Time now) {
  const auto account = TRY(tx.text("SELECT account FROM people_links WHERE token = ? AND created > ?",
                                   token_digest(token), now - kLinkLife));
  if (!account) return bad_link();
  // The count decides who was first, whatever the database lets run side by side.
  if (TRY(tx.run("DELETE FROM people_links WHERE token = ?", token_digest(token))) != 1) return bad_link();
  const auto user = TRY(find_enabled(tx, *account));
  if (!user) return bad_link();
  TRY_VOID(tx.run("DELETE FROM people_sessions WHERE account = ? AND must_set_password = 1", user->name));
  return start_session(tx, *user, OpenedBy::Link, now);
}

Result<void> forget_expired_links(store::Transaction& tx, Time now) {
  TRY_VOID(tx.run("DELETE FROM people_links WHERE created <= ?", now - kLinkLife));
  return {};
}

}  // namespace tocsin::people
