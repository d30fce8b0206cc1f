// One call of the API as its handler sees it: who asks, with what, and helpers to answer. Internal to this room.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>

#include "core/exchange/delivery_state.h"
#include "core/people/people.h"
#include "core/trust/parties.h"
#include "doors/api/password_line.h"
#include "doors/api/router.h"
#include "ground/json/json.h"
#include "ground/net/server.h"
#include "ground/text/text.h"
#include "journeys/hit.h"
#include "journeys/set_cache.h"

namespace tocsin::api {

/// What all handlers share. Lives as long as the router.
struct Shared {
  const journeys::Context& context;
  Settings settings;
  mutable journeys::SetCache sets;
  // Apart, so that strangers at the door delay nobody's signature.
  static constexpr unsigned kPersonsAtOnce = 2;
  mutable PasswordLine log_ins{kMostWaitForPasswords - kPersonsAtOnce}, persons{kPersonsAtOnce};
};

struct Call {
  const Shared& shared;
  const net::Request& request;
  people::Identity who;
  json::Value body;               ///< parsed where the request is JSON, else null
  std::vector<std::string> path;  ///< what stood for {..} in the pattern
  std::string language;

  const journeys::Context& context() const { return shared.context; }
  store::Database& db() const { return *shared.context.db; }
  Time now() const { return shared.context.now(); }
  journeys::Doer doer() const { return {who.user, who.via}; }
  trust::PersonReader reader() const { return {{context().self.party, who.user}}; }
  std::string say(std::string_view id, const std::vector<std::string>& args = {}) const {
    return text::say(language, id, args);
  }
  json::Value reason(std::string_view id, const std::vector<std::string>& args = {}) const;

  std::string text(std::string_view name) const { return body.text(name); }
  /// limit 1..500, default 50. api.bad_limit.
  Result<int> limit() const;
  /// A cursor that is a row number. api.bad_cursor.
  Result<std::int64_t> cursor() const;
};

/// What a handler returns: JSON, or a whole response.
struct Reply {
  json::Value json;
  int status = 200;
  std::optional<net::Response> response;
};
inline Reply reply(json::Value value, int status = 200) {
  return {std::move(value), status, {}};
}
inline Reply no_content() {
  return {json::Value{}, 204, {}};
}

using HandlerFunction = std::function<Result<Reply>(Call&)>;

/// A route and who answers it. All but GET change something: they need CSRF proof when a cookie asks.
struct Endpoint {
  std::string method, pattern;
  std::optional<people::Action> action;
  HandlerFunction handler;
  bool open = false;
  bool raw_body = false;
};

using Endpoints = std::vector<Endpoint>;
void add_session_endpoints(Endpoints& out);
void add_situation_endpoints(Endpoints& out);
void add_intel_endpoints(Endpoints& out);
void add_publish_endpoints(Endpoints& out);
void add_reach_endpoints(Endpoints& out);
void add_watch_endpoints(Endpoints& out);
void add_party_endpoints(Endpoints& out);
void add_agreement_endpoints(Endpoints& out);
void add_log_endpoints(Endpoints& out);
void add_operation_endpoints(Endpoints& out);
void add_descriptor_endpoints(Endpoints& out);
void add_user_endpoints(Endpoints& out);

/// {"items":[...],"next":...,"total":...}
json::Value page(json::Array items, std::optional<std::string> next, std::optional<std::int64_t> total);
json::Value names_of(const trust::Names& names);
json::Array words(const std::vector<std::string>& list);
json::Value or_null(const std::optional<Time>& time);
/// Names of parties for people, looked up once per call.
class PartyNames {
 public:
  static Result<PartyNames> load(store::Transaction& tx, std::string_view language);
  std::string name(const trust::PartyId& id) const;
  json::Value brief(const trust::PartyId& id) const;  ///< {party_id, name}

 private:
  std::map<trust::PartyId, std::string> names_;
};
/// How far something got, as those who read about it are told: its receipt means that it was received.
std::string_view arrival(exchange::DeliveryState state);
Result<trust::PartyId> party_from(std::string_view text);  ///< peers.bad_id
Result<Digest> digest_from(std::string_view hex);
Result<std::int64_t> number_from(std::string_view text);

/// Audit entry of a change that no journey makes, in its transaction.
Result<void> audit(store::Transaction& tx, const Call& call, std::string_view action, std::string_view target);

}  // namespace tocsin::api
