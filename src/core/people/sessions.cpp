#include "core/people/sessions.h"

#include "core/people/accounts.h"
#include "core/people/tokens.h"

namespace tocsin::people {
namespace {

constexpr Duration kLife = base::hours(12);
constexpr Duration kIdle = base::minutes(60);
/// Of a session's idle hour at most this much is lost by not noting every request.
constexpr Duration kUseStaysFresh = base::minutes(1);
/// Of one account; the one that was idle longest makes room. A script that logs in for every call fills no table.
constexpr int kMaxSessions = 16;

struct StoredSession {
  std::string account;
  bool must_set_password = false;
  Time opened, seen;

  bool is_alive(Time now) const { return now - opened < kLife && now - seen < kIdle; }
};

Result<std::optional<StoredSession>> find_session(store::Transaction& tx, std::string_view token) {
  std::optional<StoredSession> out;
  TRY_VOID(tx.each(
      "SELECT account, must_set_password, opened, seen FROM people_sessions WHERE token = ?",
      [&](const store::Row& row) {
        out = StoredSession{std::string(row.text(0)), row.integer(1) != 0, row.time(2), row.time(3)};
      },
      token_digest(token)));
  return out;
}

/// Made from the token, so that it needs no column of its own and nobody who reads the database can make it.
std::string csrf_of(std::string_view token) {
  return crypto::hmac_sha256(base::as_bytes(token), base::as_bytes("tocsin csrf 1")).base64url();
}

tl::unexpected<Error> no_session() {
  return fail(ErrorCode::Unauthenticated, "people.no_session");
}

Result<void> end_oldest_sessions(store::Transaction& tx, std::string_view account) {
  TRY_VOID(
      tx.run("DELETE FROM people_sessions WHERE account = ? AND token NOT IN "
             "(SELECT token FROM people_sessions WHERE account = ? ORDER BY seen DESC, opened DESC LIMIT ?)",
             account, account, kMaxSessions));
  return {};
}

}  // namespace

Result<Session> start_session(store::Transaction& tx, const User& user, OpenedBy opened_by, Time now) {
  Session out;
  out.token = make_token();
  out.csrf = csrf_of(out.token);
  out.user = user;
  out.must_set_password = opened_by == OpenedBy::Link;
  TRY_VOID(
      tx.run("INSERT INTO people_sessions (token, account, must_set_password, opened, seen) VALUES (?, ?, ?, ?, ?)",
             token_digest(out.token), user.name, out.must_set_password, now, now));
  TRY_VOID(end_oldest_sessions(tx, user.name));
  return out;
}

Result<Identity> session_identity(store::Transaction& tx, std::string_view token, Time now) {
  const auto session = TRY(find_session(tx, token));
  if (!session || !session->is_alive(now)) return no_session();
  // Roles are read anew with every request: what is taken away is gone at once.
  auto user = TRY(find_enabled(tx, session->account));
  if (!user) return no_session();
  Identity out;
  out.user = user->name;
  out.roles = std::move(user->roles);
  out.via = "session";
  out.language = user->language;
  out.must_set_password = session->must_set_password;
  out.use_is_old = now - session->seen >= kUseStaysFresh;
  return out;
}

Result<std::string> session_csrf(store::Transaction& tx, std::string_view token) {
  if (!TRY(find_session(tx, token))) return no_session();
  return csrf_of(token);
}

Result<void> end_session(store::Transaction& tx, std::string_view token) {
  TRY_VOID(tx.run("DELETE FROM people_sessions WHERE token = ?", token_digest(token)));
  return {};
}

Result<void> end_sessions_except(store::Transaction& tx, std::string_view account, std::optional<Digest> kept) {
  if (kept)
    TRY_VOID(tx.run("DELETE FROM people_sessions WHERE account = ? AND token <> ?", account, *kept));
  else
    TRY_VOID(tx.run("DELETE FROM people_sessions WHERE account = ?", account));
  return {};
}

Result<void> keep_only_session(store::Transaction& tx, const User& user, std::string_view token, Time now) {
  const auto session = TRY(find_session(tx, token));
  const bool is_theirs = session && session->account == user.name && session->is_alive(now);
  const bool skipped_totp = session && session->must_set_password && user.has_totp;
  if (!is_theirs || skipped_totp) return end_sessions_except(tx, user.name, std::nullopt);
  TRY_VOID(end_sessions_except(tx, user.name, token_digest(token)));
  TRY_VOID(tx.run("UPDATE people_sessions SET must_set_password = 0 WHERE token = ?", token_digest(token)));
  return {};
}

Result<void> note_session_use(store::Transaction& tx, std::string_view token, Time now) {
  // Only of a session that still lives: a late note must not wake one that has expired.
  TRY_VOID(tx.run("UPDATE people_sessions SET seen = ? WHERE token = ? AND seen < ? AND seen > ?", now,
                  token_digest(token), now, now - kIdle));
  return {};
}

Result<void> forget_expired_sessions(store::Transaction& tx, Time now) {
  TRY_VOID(tx.run("DELETE FROM people_sessions WHERE opened <= ? OR seen <= ?", now - kLife, now - kIdle));
  return {};
}

}  // namespace tocsin::people
