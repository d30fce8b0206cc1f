#include "doors/api/identify.h"

#include <algorithm>

namespace tocsin::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// Proving only reads; that a session or key is in use is written down now and then, so that it does not end under its
// user.
template <typename Prove>
Result<people::Identity> proved(const Shared& shared, const std::string& token_or_key, const Prove& prove) {
  auto identity = TRY(shared.context.db->read_value(prove));
  if (identity.use_is_old)
    TRY_VOID(shared.context.db->write(
        [&](store::Transaction& tx) { return people::note_use(tx, token_or_key, shared.context.now()); }));
  return identity;
}

bool over_network(const net::Request& request) {
  return request.remote_address != "unix";
}

}  // namespace

std::string cookie_name(const Shared& shared) {
  return "tocsin_" + shared.settings.node_id;
}

std::string set_cookie(const Shared& shared, std::string_view token) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(shared), token,
                     shared.settings.secure_cookies ? "; Secure" : "");
}
std::string clear_cookie(const Shared& shared) {
  return fmt::format("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{}", cookie_name(shared),
                     shared.settings.secure_cookies ? "; Secure" : "");
}

std::string session_token(const Shared& shared, const net::Request& request) {
  const std::string wanted = cookie_name(shared) + "=";
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    while (cookies.starts_with(' ')) cookies.remove_prefix(1);
    const auto end = cookies.find(';');
    const std::string_view one = cookies.substr(0, end);
    if (one.starts_with(wanted)) return std::string(one.substr(wanted.size()));
    cookies = end == std::string_view::npos ? "" : cookies.substr(end + 1);
  }
  return "";
}

Result<Asker> identify(const Shared& shared, const net::Request& request) {
  const std::string_view authorization = request.header("authorization");
  if (!authorization.empty()) {
    if (!authorization.starts_with(kBearer)) return fail(ErrorCode::Unauthenticated, "people.bad_key");
    const std::string key(authorization.substr(kBearer.size()));
    return Asker{
        TRY(proved(shared, key,
                   [&](store::Transaction& tx) { return people::api_key_identity(tx, key, shared.context.now()); })),
        ""};
  }
  const std::string token = session_token(shared, request);
  if (token.empty()) return Asker{};
  auto identity = proved(
      shared, token, [&](store::Transaction& tx) { return people::session_identity(tx, token, shared.context.now()); });
  if (!identity && identity.error().code == ErrorCode::Unauthenticated)
    return Asker{};  // an old cookie is as good as none
  if (!identity) return tl::unexpected(identity.error());
  return Asker{*identity, token};
}

Result<Asker> identify_console(const Shared& shared, const net::Request& request) {
  const std::string name(request.header("x-tocsin-as"));
  return shared.context.db->read_value([&](store::Transaction& tx) -> Result<Asker> {
    auto user = people::find_user(tx, name);
    if (!user || user->disabled) return fail(ErrorCode::Unauthenticated, "console.no_such_user", {name.substr(0, 64)});
    people::Identity identity;
    identity.user = user->name;
    identity.roles = user->roles;
    identity.via = "console";
    identity.language = "en";  // the command line speaks English
    return Asker{std::move(identity), ""};
  });
}

bool host_is_ours(const Shared& shared, const net::Request& request) {
  const auto& hosts = shared.settings.allowed_hosts;
  std::string host(request.header("host"));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return hosts.empty() || std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

Result<void> check_origin(const Shared& shared, const net::Request& request, const Asker& asker) {
  if (!over_network(request) || (asker.identity && asker.identity->via == "key")) return {};
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return {};  // no browser, or one that does not send it for its own pages
  for (const std::string& host : shared.settings.allowed_hosts)
    if (origin == "https://" + host) return {};
  if (shared.settings.allowed_hosts.empty()) return {};
  return fail(ErrorCode::Forbidden, "api.wrong_origin");
}

Result<void> check_csrf(const Shared& shared, const net::Request& request, const Asker& asker) {
  if (asker.session_token.empty()) return {};  // console and keys are not sent by a browser on its own
  TRY_VOID(check_origin(shared, request, asker));
  const std::string expected = TRY(shared.context.db->read_value(
      [&](store::Transaction& tx) { return people::session_csrf(tx, asker.session_token); }));
  const std::string_view given = request.header("x-csrf-token");
  if (!crypto::equal_in_constant_time(base::as_bytes(given), base::as_bytes(expected)))
    return fail(ErrorCode::Forbidden, "api.csrf");
  return {};
}

}  // namespace tocsin::api
