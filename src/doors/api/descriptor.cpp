// Our own description: what the root key would sign now, and taking what it has signed. The root never comes here.
#include <algorithm>

#include "doors/api/call.h"
#include "journeys/renew.h"

namespace tocsin::api {
namespace {

Result<Reply> show_next(Call& call, const std::vector<journeys::KeyChange>& changes) {
  const journeys::Renewal renewal = TRY(journeys::prepare_renewal(call.context(), changes));
  json::Object out;
  out.set("payload", trust::write_descriptor(renewal.next));
  out.set("version", static_cast<std::int64_t>(renewal.next.version));
  out.set("expires", base::to_rfc3339(renewal.next.expires));
  out.set("added", words(renewal.added));
  out.set("removed", words(renewal.removed));
  out.set("given_up", static_cast<std::int64_t>(renewal.given_up));
  return reply(json::Value(std::move(out)));
}

Result<Reply> prepare(Call& call) {
  return show_next(call, {});
}

Result<Reply> prepare_keys(Call& call) {
  const json::Value* keys = call.body.find("keys");
  if (!keys || !keys->array() || keys->array()->empty()) return fail(ErrorCode::Malformed, "api.missing", {"keys"});
  std::vector<journeys::KeyChange> changes;
  for (const auto& entry : *keys->array()) {
    const auto use = trust::key_use_from_name(entry.text("use"));
    const bool again = use && std::any_of(changes.begin(), changes.end(),
                                          [&](const journeys::KeyChange& change) { return change.use == *use; });
    if (!use || again) return fail(ErrorCode::Malformed, "keys.bad_use", {entry.text("use").substr(0, 32)});
    journeys::KeyChange change{*use, {}, {}};
    if (const json::Value* leaf = entry.find("last_good")) {
      const std::int64_t epoch = entry.integer_or("epoch", 0);
      if (!leaf->integer() || *leaf->integer() < -1 || epoch < 0 || *use == trust::KeyUse::Tls)
        return fail(ErrorCode::Malformed, "keys.bad_leaf");
      change.last_good = journeys::LastGood{static_cast<std::uint64_t>(epoch), *leaf->integer()};
    }
    if (entry.find("key")) {
      change.retired = crypto::PublicKey::from_base64url(entry.text("key"));
      if (!change.retired) return fail(ErrorCode::NotFound, "keys.no_such_key");
    }
    changes.push_back(change);
  }
  TRY_VOID(call.db().write([&](store::Transaction& tx) {
    std::string which;
    for (const auto& change : changes) which += (which.empty() ? "" : " ") + std::string(trust::name(change.use));
    return audit(tx, call, "keys_prepare", which);
  }));
  return show_next(call, changes);
}

Result<Reply> take(Call& call) {
  const trust::Signed descriptor{call.body.text("jws"), call.body.text("payload")};
  TRY_VOID(journeys::take_renewal(call.context(), descriptor, call.doer()));
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const auto own = TRY(trust::own_party(tx)).descriptor;
    json::Object out;
    out.set("version", static_cast<std::int64_t>(own.version));
    out.set("expires", base::to_rfc3339(own.expires));
    return reply(json::Value(std::move(out)));
  });
}

}  // namespace

void add_descriptor_endpoints(Endpoints& out) {
  using people::Action;
  out.push_back({"GET", "/api/party/next", Action::ManagePeers, prepare});
  out.push_back({"POST", "/api/party/next", Action::ManagePeers, prepare_keys});
  out.push_back({"POST", "/api/party/descriptor", Action::ManagePeers, take});
}

}  // namespace tocsin::api
