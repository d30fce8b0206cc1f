// Who asks: the one authentication path of people and programs. Internal to this room.
#pragma once

#include <optional>
#include <string>

#include "doors/api/call.h"

namespace tocsin::api {

struct Asker {
  std::optional<people::Identity> identity;  ///< absent: nobody has logged in
  std::string session_token;                 ///< of the cookie, where that is how
};

/// Cookie or API key. A wrong key is an error; no credentials at all are not.
Result<Asker> identify(const Shared& shared, const net::Request& request);
/// The console: header x-tocsin-as names the account. console.no_such_user.
Result<Asker> identify_console(const Shared& shared, const net::Request& request);

bool host_is_ours(const Shared& shared, const net::Request& request);
/// A change by cookie needs the session's CSRF token and an Origin of ours. api.csrf, api.wrong_origin.
Result<void> check_csrf(const Shared& shared, const net::Request& request, const Asker& asker);
Result<void> check_origin(const Shared& shared, const net::Request& request, const Asker& asker);

std::string cookie_name(const Shared& shared);
std::string set_cookie(const Shared& shared, std::string_view token);
std::string clear_cookie(const Shared& shared);
std::string session_token(const Shared& shared, const net::Request& request);

net::Response error_response(std::string_view language, const Error& error);

}  // namespace tocsin::api
