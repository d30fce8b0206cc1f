#include "doors/api/router.h"

#include <algorithm>

#include "doors/api/call.h"
#include "doors/api/identify.h"
#include "doors/api/static_files.h"
#include "ground/base/log.h"
#include "ground/net/status.h"

namespace tocsin::api {
namespace {

constexpr std::size_t kJsonBodyBytes = 1u << 20;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? "" : path.substr(slash);
  }
  return out;
}

struct Matched {
  const Endpoint* endpoint = nullptr;
  std::vector<std::string> path;
  bool path_known = false;  // another method would do
};

Matched match(const Endpoints& endpoints, const net::Request& request) {
  Matched out;
  const auto wanted = segments(request.path);
  for (const Endpoint& endpoint : endpoints) {
    const auto pattern = segments(endpoint.pattern);
    if (pattern.size() != wanted.size()) continue;
    std::vector<std::string> found;
    bool fits = true;
    for (std::size_t i = 0; i < pattern.size() && fits; ++i) {
      if (pattern[i].starts_with('{'))
        found.emplace_back(wanted[i]);
      else
        fits = pattern[i] == wanted[i];
    }
    if (!fits) continue;
    out.path_known = true;
    if (endpoint.method != request.method) continue;
    // "/api/alerts/{id}" and "/api/alerts/figures" may both fit: the one with fewer gaps is meant.
    if (!out.endpoint || found.size() < out.path.size()) {
      out.endpoint = &endpoint;
      out.path = std::move(found);
    }
  }
  return out;
}

Result<json::Value> read_body(std::string_view text) {
  if (text.empty()) return json::Value(json::Object{});
  json::Value out = TRY(json::parse(text, {.bytes = kJsonBodyBytes, .depth = 32}));
  if (!out.object()) return fail(ErrorCode::Malformed, "json.not_an_object");
  return out;
}

net::Response to_response(Reply reply) {
  if (reply.response) return std::move(*reply.response);
  net::Response out;
  out.status = reply.status;
  if (reply.status != 204) {
    out.headers.emplace_back("content-type", "application/json");
    out.body = json::write(reply.json);
  }
  return out;
}

bool is_for_api(const net::Request& request) {
  return request.path.starts_with("/api/") || request.path == "/metrics";
}

net::Response for_browsers(const net::Request& request, net::Response response) {
  if (is_for_api(request)) response.headers.emplace_back("cache-control", "no-store");
  add_security_headers(response);
  return response;
}

}  // namespace

net::Response error_response(std::string_view language, const Error& error) {
  if (error.code == ErrorCode::Internal || error.code == ErrorCode::Corrupt)
    base::log_error("{}", base::describe(error));
  json::Object inner;
  inner.set("code", base::name(error.code));
  inner.set("id", error.id);
  inner.set("message", text::say(language, error));
  inner.set("args", words(error.args));
  json::Object out;
  out.set("error", std::move(inner));
  return to_response(reply(json::Value(std::move(out)), net::http_status(error.code)));
}

struct Router::Impl {
  Shared shared;
  Endpoints endpoints;

  Impl(const journeys::Context& context, Settings settings)
      : shared{.context = context, .settings = std::move(settings), .sets = {}} {
    add_session_endpoints(endpoints);
    add_situation_endpoints(endpoints);
    add_intel_endpoints(endpoints);
    add_publish_endpoints(endpoints);
    add_reach_endpoints(endpoints);
    add_watch_endpoints(endpoints);
    add_party_endpoints(endpoints);
    add_agreement_endpoints(endpoints);
    add_descriptor_endpoints(endpoints);
    add_log_endpoints(endpoints);
    add_operation_endpoints(endpoints);
    add_user_endpoints(endpoints);
  }

  // What is known before the body: which endpoint is meant, and whether this asker may use it.
  Result<Matched> admit(const net::Request& head, const Asker& asker) {
    Matched matched = match(endpoints, head);
    if (!matched.endpoint)
      return fail(matched.path_known ? ErrorCode::Malformed : ErrorCode::NotFound,
                  matched.path_known ? "api.wrong_method" : "api.no_such_path", {head.path.substr(0, 100)});
    const Endpoint& endpoint = *matched.endpoint;
    if (endpoint.open) {
      if (endpoint.method != "GET") TRY_VOID(check_origin(shared, head, asker));
      return matched;
    }
    if (!asker.identity) return fail(ErrorCode::Unauthenticated, "people.no_session");
    if (asker.identity->must_set_password && endpoint.pattern != "/api/me/password" &&
        endpoint.pattern != "/api/session")
      return fail(ErrorCode::Forbidden, "people.must_set_password");
    if (endpoint.method != "GET") TRY_VOID(check_csrf(shared, head, asker));
    if (endpoint.action)
      TRY_VOID(people::permit(*asker.identity, *endpoint.action));
    else if (asker.identity->via == "key")  // for what its scope names; what any person may do needs a person
      return fail(ErrorCode::Forbidden, "people.key_scope");
    return matched;
  }

  net::Response answer(const net::Request& request, const Asker& asker) {
    const std::string language = language_of(request, asker);
    auto outcome = call(request, asker, language);
    return outcome ? to_response(std::move(*outcome)) : error_response(language, outcome.error());
  }

  Result<Reply> call(const net::Request& request, const Asker& asker, const std::string& language) {
    const Matched matched = TRY(admit(request, asker));
    Call made{shared, request, asker.identity.value_or(people::Identity{}), {}, matched.path, language};
    if (!matched.endpoint->raw_body) made.body = TRY(read_body(request.body));
    return matched.endpoint->handler(made);
  }

  static std::string language_of(const net::Request& request, const Asker& asker) {
    return asker.identity ? asker.identity->language : text::choose(request.header("accept-language"));
  }
};

Router::Router(const journeys::Context& context, Settings settings)
    : impl_(std::make_unique<Impl>(context, std::move(settings))) {}
Router::~Router() = default;

net::Response Router::people(const net::Request& request) const {
  const auto answer = [&]() -> net::Response {
    const std::string language = text::choose(request.header("accept-language"));
    if (!host_is_ours(impl_->shared, request))
      return error_response(language, Error{ErrorCode::Forbidden, "api.wrong_host", {}, {}});
    if (!is_for_api(request)) return static_file(impl_->shared.settings.web_folder, request);
    const auto asker = identify(impl_->shared, request);
    if (!asker) return error_response(language, asker.error());
    net::Response answered = impl_->answer(request, *asker);
    answered.known = asker->identity.has_value();
    return answered;
  };
  return for_browsers(request, answer());
}

std::optional<net::Response> Router::refuse_body(const net::Request& head) const {
  const auto refusal = [&]() -> std::optional<Error> {
    if (!host_is_ours(impl_->shared, head)) return Error{ErrorCode::Forbidden, "api.wrong_host", {}, {}};
    if (!is_for_api(head)) return Error{ErrorCode::Malformed, "api.wrong_method", {head.path.substr(0, 100)}, {}};
    const auto asker = identify(impl_->shared, head);
    if (!asker) return asker.error();
    const auto admitted = impl_->admit(head, *asker);
    return admitted ? std::nullopt : std::optional(admitted.error());
  };
  const auto error = refusal();
  if (!error) return std::nullopt;
  return for_browsers(head, error_response(text::choose(head.header("accept-language")), *error));
}

net::Response Router::console(const net::Request& request) const {
  const auto asker = identify_console(impl_->shared, request);
  if (!asker) return error_response("en", asker.error());
  return impl_->answer(request, *asker);
}

std::vector<Route> Router::routes() const {
  std::vector<Route> out;
  for (const Endpoint& endpoint : impl_->endpoints)
    out.push_back({endpoint.method, endpoint.pattern, endpoint.action, endpoint.open, endpoint.raw_body});
  return out;
}

}  // namespace tocsin::api
