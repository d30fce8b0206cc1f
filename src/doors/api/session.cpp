#include <algorithm>

#include "doors/api/identify.h"

namespace tocsin::api {
namespace {

// What the person may do stands here, too, so that an interface offers just that and knows no roles by itself.
json::Value user_json(const people::User& user, bool must_set_password) {
  json::Object out;
  out.set("name", user.name);
  out.set("display_name", user.display_name);
  json::Array roles;
  for (const people::Role role : user.roles) roles.push_back(people::name(role));
  out.set("roles", std::move(roles));
  people::Identity identity;
  identity.roles = user.roles;
  identity.must_set_password = must_set_password;
  json::Array permitted;
  for (const people::Action action : people::permitted(identity)) permitted.push_back(people::name(action));
  out.set("may", std::move(permitted));
  out.set("language", user.language);
  out.set("theme", user.theme);
  out.set("single_keys", user.single_keys);
  out.set("must_set_password", must_set_password);
  out.set("totp", user.has_totp);
  return out;
}

Result<json::Value> node_json(const Call& call, store::Transaction& tx) {
  const trust::Party own = TRY(trust::own_party(tx));
  json::Object out;
  out.set("party_id", own.id.text());
  out.set("name", names_of(own.descriptor.name));
  out.set("kind", trust::name(own.descriptor.kind));
  out.set("country", own.descriptor.country);
  out.set("version", call.shared.settings.version);
  out.set("realm", trust::kReal);
  return json::Value(std::move(out));
}

json::Array language_list() {
  json::Array out;
  for (const auto& language : text::languages()) {
    json::Object entry;
    entry.set("tag", language.tag);
    entry.set("own_name", language.own_name);
    out.push_back(std::move(entry));
  }
  return out;
}

Reply with_session(const Call& call, const people::Session& session) {
  net::Response response;
  response.headers.emplace_back("content-type", "application/json");
  response.headers.emplace_back("set-cookie", set_cookie(call.shared, session.token));
  json::Object out;
  out.set("user", user_json(session.user, session.must_set_password));
  out.set("csrf", session.csrf);
  response.body = json::write(json::Value(std::move(out)));
  return {json::Value{}, 200, std::move(response)};
}

Result<people::LoginMaterial> begin_login(const Call& call, const std::string& name) {
  return call.db().read_value(
      [&](store::Transaction& tx) { return people::begin_login(tx, name, call.request.remote_address, call.now()); });
}

Result<bool> is_password(PasswordLine& line, const people::LoginMaterial& material, const std::string& password) {
  const auto turn = TRY(line.enter());
  return crypto::verify_password(material.phc, password) && material.exists;
}

// Three steps, so that Argon2id never runs inside a transaction; the outcome is committed also where it is a failure,
// because failures are counted.
Result<Reply> log_in(Call& call) {
  const std::string name = call.text("name"), source = call.request.remote_address;
  const auto material = TRY(begin_login(call, name));
  const bool matches = TRY(is_password(call.shared.log_ins, material, call.text("password")));
  Result<people::Session> session = fail(ErrorCode::Internal, "people.wrong_login");
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    session = TRY(people::finish_login(tx, name, matches, call.text("totp"), source, call.now()));
    return people::audit(
        tx, {0, call.now(), name.substr(0, 64), "session", "login", source, session ? "ok" : session.error().id});
  }));
  if (!session) return tl::unexpected(session.error());
  return with_session(call, *session);
}

Result<Reply> open_link(Call& call) {
  const auto session = TRY(call.db().write_value([&](store::Transaction& tx) -> Result<people::Session> {
    auto opened = TRY(people::open_link(tx, call.text("token"), call.now()));
    TRY_VOID(people::audit(
        tx, {0, call.now(), opened.user.name, "session", "login_by_link", call.request.remote_address, "ok"}));
    return opened;
  }));
  return with_session(call, session);
}

// Also answers who is not logged in, with what the log-in page needs to know.
Result<Reply> show_session(Call& call) {
  const std::string token = session_token(call.shared, call.request);
  json::Object out;
  TRY_VOID(call.db().read([&](store::Transaction& tx) -> Result<void> {
    out = {};
    out.set("node", TRY(node_json(call, tx)));
    out.set("languages", language_list());
    out.set("now", base::to_rfc3339(call.now()));
    if (call.who.user.empty() || call.who.via == "key") return {};
    out.set("user", user_json(TRY(people::find_user(tx, call.who.user)), call.who.must_set_password));
    out.set("csrf", token.empty() ? "" : TRY(people::session_csrf(tx, token)));
    return {};
  }));
  if (out.find("user")) return reply(json::Value(std::move(out)));
  json::Object error;
  error.set("code", "unauthenticated");
  error.set("id", "people.no_session");
  error.set("message", call.say("people.no_session"));
  error.set("args", json::Array{});
  out.set("error", std::move(error));
  return reply(json::Value(std::move(out)), 401);
}

Result<Reply> log_out(Call& call) {
  const std::string token = session_token(call.shared, call.request);
  TRY_VOID(call.db().write([&](store::Transaction& tx) { return people::end_session(tx, token); }));
  net::Response response;
  response.status = 204;
  response.headers.emplace_back("set-cookie", clear_cookie(call.shared));
  return Reply{json::Value{}, 204, std::move(response)};
}

// A password asked again within a session is counted like one at log-in, so that a stolen session is no place to guess.
Result<void> check_password_again(const Call& call, const std::string& password) {
  const auto material = TRY(begin_login(call, call.who.user));
  if (TRY(is_password(call.shared.persons, material, password))) return {};
  TRY_VOID(call.db().write([&](store::Transaction& tx) {
    return people::count_wrong_password(tx, call.who.user, call.request.remote_address, call.now());
  }));
  return fail(ErrorCode::Unauthenticated, "people.wrong_login");
}

// Password and a fresh code, where there is an authenticator: what a session alone must not undo.
Result<void> prove_again(const Call& call, const std::string& password, const std::string& code) {
  const auto material = TRY(begin_login(call, call.who.user));
  const bool matches = TRY(is_password(call.shared.persons, material, password));
  // The inner Result: a counted failure is committed, too.
  return TRY(call.db().write_value([&](store::Transaction& tx) {
    return people::prove_person(tx, call.who.user, matches, code, call.request.remote_address, call.now());
  }));
}

Result<Reply> change_password(Call& call) {
  const std::string current = call.text("current"), next = call.text("password");
  TRY_VOID(people::check_new_password(call.who.user, next));
  struct Found {
    people::User user;
    std::optional<people::PersonKey> key;
  };
  if (!call.who.must_set_password) TRY_VOID(check_password_again(call, current));
  const Found found = TRY(call.db().read_value([&](store::Transaction& tx) -> Result<Found> {
    people::User user = TRY(people::find_user(tx, call.who.user));
    auto key = TRY(people::person_key(tx, call.who.user));
    return Found{std::move(user), std::move(key)};
  }));
  std::optional<people::PersonKey> key;
  auto turn = std::optional(TRY(call.shared.persons.enter()));
  if (people::has_role(found.user, people::Role::Signatory))
    key = people::key_under(found.key, current, next, call.now());
  const std::string phc = crypto::hash_password(next);
  turn.reset();
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(people::set_password(tx, call.who.user, phc, call.now(), session_token(call.shared, call.request)));
    if (key) TRY_VOID(people::set_person_key(tx, call.who.user, *key));
    return audit(tx, call, "password", call.who.user);
  }));
  return no_content();
}

// With the password: else whoever finds a session open could tie the account to an authenticator of his own.
Result<Reply> begin_totp(Call& call) {
  TRY_VOID(check_password_again(call, call.text("password")));
  const Bytes& column_key = call.context().self.keys->column_key;
  const Bytes secret = TRY(call.db().write_value(
      [&](store::Transaction& tx) { return people::begin_totp(tx, column_key, call.who.user, call.now()); }));
  std::string text = base::to_base32(secret);  // ids here are in small letters, authenticators read capitals
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  json::Object out;
  out.set("secret_base32", text);
  out.set("uri", fmt::format("otpauth://totp/tocsin-{}:{}?secret={}&issuer=tocsin-{}", call.shared.settings.node_id,
                             call.who.user, text, call.shared.settings.node_id));
  return reply(json::Value(std::move(out)));
}

Result<Reply> confirm_totp(Call& call) {
  const Bytes& column_key = call.context().self.keys->column_key;
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(people::confirm_totp(tx, column_key, call.who.user, call.text("code"), call.now()));
    return audit(tx, call, "totp_on", call.who.user);
  }));
  return no_content();
}

Result<Reply> remove_totp(Call& call) {
  TRY_VOID(prove_again(call, call.text("password"), call.text("code")));
  TRY_VOID(call.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(people::remove_totp(tx, call.who.user));
    return audit(tx, call, "totp_off", call.who.user);
  }));
  return no_content();
}

Result<Reply> set_preferences(Call& call) {
  people::Preferences wanted;
  if (call.body.find("language")) wanted.language = call.text("language");
  if (call.body.find("theme")) wanted.theme = call.text("theme");
  if (call.body.find("single_keys")) wanted.single_keys = call.body.boolean_or("single_keys", true);
  TRY_VOID(call.db().write([&](store::Transaction& tx) { return people::set_preferences(tx, call.who.user, wanted); }));
  return no_content();
}

}  // namespace

void add_session_endpoints(Endpoints& out) {
  out.push_back({"POST", "/api/session", {}, log_in, true});
  out.push_back({"POST", "/api/session/link", {}, open_link, true});
  out.push_back({"GET", "/api/session", {}, show_session, true});
  out.push_back({"DELETE", "/api/session", {}, log_out});
  out.push_back({"POST", "/api/me/password", {}, change_password});
  out.push_back({"POST", "/api/me/totp", {}, begin_totp});
  out.push_back({"POST", "/api/me/totp/confirm", {}, confirm_totp});
  out.push_back({"DELETE", "/api/me/totp", {}, remove_totp});
  out.push_back({"POST", "/api/me/preferences", {}, set_preferences});
}

}  // namespace tocsin::api
