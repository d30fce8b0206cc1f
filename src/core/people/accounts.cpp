#include "core/people/accounts.h"

#include <algorithm>
#include <functional>
#include <map>

#include "core/people/sessions.h"
#include "core/people/text_rules.h"
#include "ground/base/utf8.h"
#include "ground/text/text.h"

namespace tocsin::people {
namespace {

constexpr std::size_t kMaxDisplayName = 120;  // code points

constexpr std::string_view kSelectUsers =
    "SELECT a.name, a.display_name, a.language, a.theme, a.phc, a.disabled_at, a.founding, a.created, t.account, "
    "a.single_keys "
    "FROM people_accounts a LEFT JOIN people_totp t ON t.account = a.name ";

User user_of(const store::Row& row) {
  User out;
  out.name = row.text(0);
  out.display_name = row.text(1);
  out.language = row.text(2);
  out.theme = row.text(3);
  out.has_password = !row.text(4).empty();
  out.disabled = !row.is_null(5);
  out.founding = row.integer(6) != 0;
  out.created = row.time(7);
  out.has_totp = !row.is_null(8);
  out.single_keys = row.integer(9) != 0;
  return out;
}

bool is_theme(std::string_view text) {
  return text == "auto" || text == "light" || text == "dark";
}

// One that has a catalogue.
Result<void> check_language(std::string_view tag) {
  std::string known;
  for (const text::Language& language : text::languages()) {
    if (language.tag == tag) return {};
    known += (known.empty() ? "" : ", ") + language.tag;
  }
  return fail(ErrorCode::Malformed, "people.bad_language", {base::first_bytes(tag, 32), known});
}

Result<void> check_theme(std::string_view theme) {
  return is_theme(theme) ? Result<void>() : fail(ErrorCode::Malformed, "people.bad_theme");
}

Result<std::vector<Role>> roles_of(store::Transaction& tx, std::string_view name) {
  std::vector<Role> out;
  TRY_VOID(tx.each(
      "SELECT role FROM people_roles WHERE account = ?",
      [&](const store::Row& row) {
        // A word this version does not know grants nothing.
        if (const auto role = role_from_name(row.text(0))) out.push_back(*role);
      },
      name));
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> replace_roles(store::Transaction& tx, std::string_view account, const std::vector<Role>& roles) {
  TRY_VOID(tx.run("DELETE FROM people_roles WHERE account = ?", account));
  for (const Role role : roles)
    TRY_VOID(
        tx.run("INSERT INTO people_roles (account, role) VALUES (?, ?) ON CONFLICT DO NOTHING", account, name(role)));
  return {};
}

Result<std::optional<User>> find(store::Transaction& tx, std::string_view name) {
  std::optional<User> out;
  if (!is_account_name(name)) return out;
  TRY_VOID(tx.each(
      std::string(kSelectUsers) + "WHERE a.name = ?", [&](const store::Row& row) { out = user_of(row); }, name));
  if (out) out->roles = TRY(roles_of(tx, name));
  return out;
}

/// A node without an administrator can be helped only from its console; nobody gets there by a slip in the interface.
Result<void> refuse_last_administrator(store::Transaction& tx, const User& leaving) {
  if (!has_role(leaving, Role::Administrator)) return {};
  const auto others =
      TRY(tx.integer("SELECT COUNT(*) FROM people_accounts a JOIN people_roles r ON r.account = a.name "
                     "WHERE r.role = ? AND a.disabled_at IS NULL AND a.name <> ?",
                     name(Role::Administrator), leaving.name));
  if (others.value_or(0) > 0) return {};
  return fail(ErrorCode::Conflict, "people.last_administrator", {leaving.name});
}

/// Who comes back to the role starts again: with a new key that waits its day.
Result<void> end_signatory(store::Transaction& tx, std::string_view name) {
  TRY_VOID(tx.run("DELETE FROM people_person_keys WHERE account = ?", name));
  TRY_VOID(tx.run("UPDATE people_accounts SET founding = 0 WHERE name = ?", name));
  return {};
}

}  // namespace

bool has_role(const User& user, Role role) {
  return std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
}

Result<std::optional<User>> find_enabled(store::Transaction& tx, std::string_view name) {
  auto user = TRY(find(tx, name));
  if (user && user->disabled) user.reset();
  return user;
}

Result<User> require_enabled(store::Transaction& tx, std::string_view name) {
  auto user = TRY(find_user(tx, name));
  if (user.disabled) return fail(ErrorCode::Conflict, "people.account_disabled", {user.name});
  return user;
}

Result<User> create_user(store::Transaction& tx, const User& user, Time now) {
  if (!is_account_name(user.name)) return fail(ErrorCode::Malformed, "people.bad_name", {plain_excerpt(user.name, 64)});
  if (!is_plain_text(user.display_name, kMaxDisplayName)) return fail(ErrorCode::Malformed, "people.bad_display_name");
  TRY_VOID(check_language(user.language));
  TRY_VOID(check_theme(user.theme));
  // The name of a disabled account stays taken: what the audit trail says of it must not become another person's.
  if (TRY(find(tx, user.name))) return fail(ErrorCode::Conflict, "people.name_taken", {user.name});
  TRY_VOID(
      tx.run("INSERT INTO people_accounts (name, display_name, language, theme, phc, founding, created) "
             "VALUES (?, ?, ?, ?, '', ?, ?)",
             user.name, user.display_name.empty() ? user.name : user.display_name, user.language, user.theme,
             user.founding, now));
  TRY_VOID(replace_roles(tx, user.name, user.roles));
  return find_user(tx, user.name);
}

Result<User> find_user(store::Transaction& tx, std::string_view name) {
  auto user = TRY(find(tx, name));
  if (!user) return fail(ErrorCode::NotFound, "people.no_user", {plain_excerpt(name, 64)});
  return std::move(*user);
}

Result<std::vector<User>> users(store::Transaction& tx) {
  std::map<std::string, User, std::less<>> by_name;  // sorted here: engines order '.', '_' and '-' differently
  TRY_VOID(tx.each(kSelectUsers, [&](const store::Row& row) { by_name.emplace(row.text(0), user_of(row)); }));
  TRY_VOID(tx.each("SELECT account, role FROM people_roles", [&](const store::Row& row) {
    const auto user = by_name.find(row.text(0));
    const auto role = role_from_name(row.text(1));
    if (user != by_name.end() && role) user->second.roles.push_back(*role);
  }));
  std::vector<User> out;
  for (auto& [user_name, user] : by_name) {
    std::sort(user.roles.begin(), user.roles.end());
    out.push_back(std::move(user));
  }
  return out;
}

Result<void> set_roles(store::Transaction& tx, std::string_view name, const std::vector<Role>& roles) {
  const User before = TRY(require_enabled(tx, name));
  const auto keeps = [&](Role role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); };
  if (!keeps(Role::Administrator)) TRY_VOID(refuse_last_administrator(tx, before));
  if (has_role(before, Role::Signatory) && !keeps(Role::Signatory)) TRY_VOID(end_signatory(tx, name));
  return replace_roles(tx, name, roles);
}

Result<void> disable_user(store::Transaction& tx, std::string_view name, Time now) {
  const User leaving = TRY(find_user(tx, name));
  if (leaving.disabled) return {};
  TRY_VOID(refuse_last_administrator(tx, leaving));
  TRY_VOID(tx.run("UPDATE people_accounts SET disabled_at = ?, phc = '' WHERE name = ?", now, name));
  TRY_VOID(end_sessions_except(tx, name, std::nullopt));
  for (const std::string_view table : {"people_links", "people_totp", "people_totp_pending", "people_api_keys"})
    TRY_VOID(tx.run("DELETE FROM " + std::string(table) + " WHERE account = ?", name));
  return end_signatory(tx, name);
}

Result<void> enable_user(store::Transaction& tx, std::string_view name) {
  const User back = TRY(find_user(tx, name));
  if (!back.disabled) return fail(ErrorCode::Conflict, "people.not_disabled", {back.name});
  TRY_VOID(tx.run("UPDATE people_accounts SET disabled_at = NULL WHERE name = ?", name));
  return {};
}

Result<void> set_preferences(store::Transaction& tx, std::string_view name, const Preferences& wanted) {
  const User user = TRY(require_enabled(tx, name));
  if (wanted.language) TRY_VOID(check_language(*wanted.language));
  if (wanted.theme) TRY_VOID(check_theme(*wanted.theme));
  TRY_VOID(tx.run("UPDATE people_accounts SET language = ?, theme = ?, single_keys = ? WHERE name = ?",
                  wanted.language.value_or(user.language), wanted.theme.value_or(user.theme),
                  wanted.single_keys.value_or(user.single_keys), name));
  return {};
}

Result<void> set_password(store::Transaction& tx, std::string_view name, std::string_view phc, Time now,
                          std::string_view keep_session) {
  CHECK(!phc.empty());
  const User user = TRY(require_enabled(tx, name));
  TRY_VOID(tx.run("UPDATE people_accounts SET phc = ? WHERE name = ?", phc, name));
  TRY_VOID(tx.run("DELETE FROM people_links WHERE account = ?", name));
  return keep_only_session(tx, user, keep_session, now);
}

}  // namespace tocsin::people
