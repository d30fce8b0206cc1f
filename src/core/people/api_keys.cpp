#include "core/people/accounts.h"
#include "core/people/permissions.h"
#include "core/people/sessions.h"
#include "core/people/text_rules.h"
#include "core/people/tokens.h"

namespace tocsin::people {
namespace {

constexpr std::size_t kMaxKeyName = 64;  // code points
constexpr int kMaxDays = 3650;
constexpr Duration kUseStaysFresh = base::minutes(1);

// "tk_" 16 hex digits "_" 43 characters of base64url.
constexpr std::string_view kPrefix = "tk_";
constexpr std::size_t kIdSize = 16;
constexpr std::size_t kSecretSize = 43;

struct KeyText {
  std::string_view id, secret;
};

std::optional<KeyText> parse_key(std::string_view text) {
  if (text.size() != kPrefix.size() + kIdSize + 1 + kSecretSize || !text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const std::string_view id = text.substr(0, kIdSize);
  if (text[kIdSize] != '_' || id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return KeyText{id, text.substr(kIdSize + 1)};
}

constexpr std::string_view kSelectKeys =
    "SELECT id, name, scope, sensor, account, created, expires, last_used, secret FROM people_api_keys ";

ApiKey key_of(const store::Row& row) {
  ApiKey out;
  out.id = row.text(0);
  out.name = row.text(1);
  out.scope = row.text(2);
  out.sensor = row.text(3);
  out.created_by = row.text(4);
  out.created = row.time(5);
  out.expires = row.time(6);
  if (!row.is_null(7)) out.last_used = row.time(7);
  return out;
}

/// The key with this id, if its secret is the one shown.
Result<std::optional<ApiKey>> find_key(store::Transaction& tx, const KeyText& shown) {
  const Digest shown_digest = token_digest(shown.secret);
  std::optional<ApiKey> out;
  TRY_VOID(tx.each(
      std::string(kSelectKeys) + "WHERE id = ?",
      [&](const store::Row& row) {
        if (crypto::equal_in_constant_time(row.digest(8).view(), shown_digest.view())) out = key_of(row);
      },
      shown.id));
  return out;
}

}  // namespace

Result<NewApiKey> create_api_key(store::Transaction& tx, std::string_view name, std::string_view scope,
                                 std::string_view by, int days, Time now) {
  if (name.empty() || !is_plain_text(name, kMaxKeyName)) return fail(ErrorCode::Malformed, "people.bad_key_name");
  if (!actions_of_scope(scope)) return fail(ErrorCode::Malformed, "people.bad_key_scope");
  if (days < 1 || days > kMaxDays) return fail(ErrorCode::Malformed, "people.bad_key_days", {std::to_string(kMaxDays)});
  const User creator = TRY(require_enabled(tx, by));
  NewApiKey out;
  ApiKey& key = out.key;
  key.id = base::random_fixed<base::FixedBytes<kIdSize / 2, struct KeyIdTag>>().hex();
  key.name = name;
  key.scope = scope;
  key.sensor = scope == "sensor" ? key.name : "";
  key.created_by = creator.name;
  key.created = now;
  key.expires = now + base::days(days);
  const std::string secret = make_token();
  out.text = std::string(kPrefix) + key.id + "_" + secret;
  TRY_VOID(
      tx.run("INSERT INTO people_api_keys (id, secret, name, scope, sensor, account, created, expires, last_used) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
             key.id, token_digest(secret), key.name, key.scope, key.sensor, key.created_by, key.created, key.expires,
             key.last_used));
  return out;
}

Result<Identity> api_key_identity(store::Transaction& tx, std::string_view text, Time now) {
  const auto bad_key = [] { return fail(ErrorCode::Unauthenticated, "people.bad_key"); };
  const auto shown = parse_key(text);
  if (!shown) return bad_key();
  const auto key = TRY(find_key(tx, *shown));
  if (!key || now >= key->expires) return bad_key();
  // disable_user() ends the keys of an account; that its keys need a living account is said here once more.
  const auto creator = TRY(find_enabled(tx, key->created_by));
  const auto actions = actions_of_scope(key->scope);
  if (!creator || !actions) return bad_key();
  Identity out;
  out.user = "key:" + key->id;
  out.key_scope.assign(actions->begin(), actions->end());
  out.via = "key";
  out.language = creator->language;
  out.sensor = key->sensor;
  out.use_is_old = !key->last_used || now - *key->last_used >= kUseStaysFresh;
  return out;
}

Result<std::vector<ApiKey>> api_keys(store::Transaction& tx) {
  std::vector<ApiKey> out;
  TRY_VOID(tx.each(std::string(kSelectKeys) + "ORDER BY created, id",
                   [&](const store::Row& row) { out.push_back(key_of(row)); }));
  return out;
}

Result<std::vector<ApiKey>> keys_ending_with(store::Transaction& tx, std::string_view account, Time now) {
  std::vector<ApiKey> out = TRY(api_keys(tx));
  std::erase_if(out, [&](const ApiKey& key) { return key.created_by != account || now >= key.expires; });
  return out;
}

Result<void> revoke_api_key(store::Transaction& tx, std::string_view id) {
  if (TRY(tx.run("DELETE FROM people_api_keys WHERE id = ?", plain_excerpt(id, 64))) == 0)
    return fail(ErrorCode::NotFound, "people.no_key", {plain_excerpt(id, 64)});
  return {};
}

Result<void> note_use(store::Transaction& tx, std::string_view token_or_key, Time now) {
  const auto key = parse_key(token_or_key);  // by its length never a session's token
  if (!key) return note_session_use(tx, token_or_key, now);
  TRY_VOID(tx.run("UPDATE people_api_keys SET last_used = ? WHERE id = ? AND secret = ?", now, key->id,
                  token_digest(key->secret)));
  return {};
}

}  // namespace tocsin::people
