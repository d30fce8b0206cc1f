#include <unistd.h>

#include "doors/api/call.h"

namespace tocsin::api {
namespace {

json::Value user_json(const people::User& user) {
  json::Object out;
  out.set("name", user.name);
  out.set("display_name", user.display_name);
  json::Array roles;
  for (const people::Role role : user.roles) roles.push_back(people::name(role));
  out.set("roles", std::move(roles));
  out.set("language", user.language);
  out.set("disabled", user.disabled);
  out.set("has_password", user.has_password);
  out.set("totp", user.has_totp);
  out.set("founding", user.founding);
  out.set("created", base::to_rfc3339(user.created));
  return out;
}

Result<std::vector<people::Role>> read_roles(const json::Value& body) {
  const json::Value* list = body.find("roles");
  if (!list || !list->array() || list->array()->empty()) return fail(ErrorCode::Malformed, "api.missing", {"roles"});
  std::vector<people::Role> out;
  for (const auto& entry : *list->array()) {
    const auto role = entry.string() ? people::role_from_name(*entry.string()) : std::nullopt;
    if (!role)
      return fail(ErrorCode::Malformed, "people.bad_role", {entry.string() ? entry.string()->substr(0, 32) : ""});
    out.push_back(*role);
  }
  return out;
}

std::string link_url(const Call& call, const std::string& token) {
  const auto& hosts = call.shared.settings.allowed_hosts;
  return "https://" + (hosts.empty() ? std::string("localhost") : hosts.front()) + "/#/link/" + token;
}

// Keys of programs that would end with the account.
Result<std::vector<std::string>> names_of_keys(store::Transaction& tx, const std::string& account, Time now) {
  std::vector<std::string> out;
  for (const people::ApiKey& key : TRY(people::keys_ending_with(tx, account, now))) out.push_back(key.name);
  return out;
}

Result<Reply> list_users(Call& call) {
  std::vector<std::pair<people::User, std::vector<std::string>>> users;
  TRY_VOID(call.db().read([&](store::Transaction& tx) -> Result<void> {
    users.clear();
    for (people::User& user : TRY(people::users(tx))) {
      auto keys = TRY(names_of_keys(tx, user.name, call.now()));
      users.emplace_back(std::move(user), std::move(keys));
    }
    return {};
  }));
  json::Array items;
  for (const auto& [user, keys] : users) {
    json::Value entry = user_json(user);
    entry.object()->set("keys", words(keys));
    items.push_back(std::move(entry));
  }
  return reply(page(std::move(items), {}, users.size()));
}

Result<Reply> add_user(Call& call) {
  people::User user;
  user.name = call.text("name");
  user.display_name = call.body.text("display_name", user.name);
  user.language = call.body.text("language", "en");
  user.roles = TRY(read_roles(call.body));
  std::string link;
  const auto made = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<people::User> {
    auto created = TRY(people::create_user(tx, user, call.now()));
    link = TRY(people::create_link(tx, user.name, call.now()));
    TRY_VOID(audit(tx, call, "user_add", user.name));
    return created;
  }));
  json::Value out = user_json(made);
  out.object()->set("link", link_url(call, link));
  return reply(std::move(out), 201);
}

Result<Reply> make_link(Call& call) {
  const std::string link = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<std::string> {
    TRY_VOID(audit(tx, call, "user_link", call.path[0]));
    return people::create_link(tx, call.path[0], call.now());
  }));
  json::Object out;
  out.set("link", link_url(call, link));
  return reply(json::Value(std::move(out)));
}

// Keys end with who made them. That a sensor falls silent must not be a surprise: whoever disables says that it may.
Result<Reply> disable(Call& call) {
  const bool may_end_keys = call.body.boolean_or("end_keys", false);
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    const auto ending = TRY(names_of_keys(tx, call.path[0], call.now()));
    if (!ending.empty() && !may_end_keys)
      return fail(ErrorCode::Conflict, "people.keys_would_end",
                  {call.path[0], fmt::format("{}", fmt::join(ending, ", "))});
    TRY_VOID(people::disable_user(tx, call.path[0], call.now()));
    return audit(tx, call, "user_disable", call.path[0]);
  }));
  return no_content();
}

Result<Reply> enable(Call& call) {
  const std::string link = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<std::string> {
    TRY_VOID(people::enable_user(tx, call.path[0]));
    TRY_VOID(audit(tx, call, "user_enable", call.path[0]));
    return people::create_link(tx, call.path[0], call.now());
  }));
  json::Object out;
  out.set("link", link_url(call, link));
  return reply(json::Value(std::move(out)));
}

Result<Reply> set_roles(Call& call) {
  const auto roles = TRY(read_roles(call.body));
  const auto user = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<people::User> {
    TRY_VOID(people::set_roles(tx, call.path[0], roles));
    TRY_VOID(audit(tx, call, "user_roles", call.path[0]));
    return people::find_user(tx, call.path[0]);
  }));
  return reply(user_json(user));
}

json::Value key_json(const people::ApiKey& key) {
  json::Object out;
  out.set("id", key.id);
  out.set("name", key.name);
  out.set("scope", key.scope);
  out.set("created_by", key.created_by);
  out.set("created", base::to_rfc3339(key.created));
  out.set("expires", base::to_rfc3339(key.expires));
  out.set("last_used", or_null(key.last_used));
  return out;
}

Result<Reply> list_keys(Call& call) {
  const auto keys = TRY(call.db().read_value([](store::Transaction& tx) { return people::api_keys(tx); }));
  json::Array items;
  for (const auto& key : keys) items.push_back(key_json(key));
  return reply(page(std::move(items), {}, keys.size()));
}

Result<Reply> add_key(Call& call) {
  const auto days = call.body.integer_or("days", 90);
  if (days < 1 || days > 3650) return fail(ErrorCode::Malformed, "people.bad_days");
  const auto made = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<people::NewApiKey> {
    auto key = TRY(people::create_api_key(tx, call.text("name"), call.text("scope"), call.who.user,
                                          static_cast<int>(days), call.now()));
    TRY_VOID(audit(tx, call, "key_add", key.key.id));
    return key;
  }));
  json::Value out = key_json(made.key);
  out.object()->set("key", made.text);
  return reply(std::move(out), 201);
}

Result<Reply> revoke_key(Call& call) {
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(people::revoke_api_key(tx, call.path[0]));
    return audit(tx, call, "key_revoke", call.path[0]);
  }));
  return no_content();
}

Result<Reply> backup(Call& call) {
  if (call.text("passphrase").size() < 12) return fail(ErrorCode::Malformed, "backup.short_passphrase");
  if (!call.shared.settings.make_backup) return fail(ErrorCode::Unavailable, "backup.unavailable");
  const std::string sealed = TRY(call.shared.settings.make_backup(call.text("passphrase")));
  const auto noted = call.db().write([&](store::Transaction& tx) { return audit(tx, call, "backup", ""); });
  if (!noted) {
    ::unlink(sealed.c_str());
    return tl::unexpected(noted.error());
  }
  net::Response response;
  response.file_path = sealed;
  response.file_is_temporary = true;
  response.headers.emplace_back("content-type", "application/octet-stream");
  response.headers.emplace_back("content-disposition", "attachment; filename=\"tocsin.backup\"");
  return Reply{json::Value{}, 200, std::move(response)};
}

}  // namespace

void add_user_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/users", Action::ManageUsers, list_users});
  out.push_back({"POST", "/api/users", Action::ManageUsers, add_user});
  out.push_back({"POST", "/api/users/{name}/link", Action::ManageUsers, make_link});
  out.push_back({"POST", "/api/users/{name}/disable", Action::ManageUsers, disable});
  out.push_back({"POST", "/api/users/{name}/enable", Action::ManageUsers, enable});
  out.push_back({"POST", "/api/users/{name}/roles", Action::ManageUsers, set_roles});
  out.push_back({"GET", "/api/keys", Action::ManageKeys, list_keys});
  out.push_back({"POST", "/api/keys", Action::ManageKeys, add_key});
  out.push_back({"DELETE", "/api/keys/{id}", Action::ManageKeys, revoke_key});
  out.push_back({"POST", "/api/backup", Action::Backup, backup});
}

}  // namespace tocsin::api
