// Our own description: what the root key would sign now, and taking what it has signed. The root never comes here.
#include "doors/api/call.h"
#include "journeys/renew.h"

namespace tocsin::api {
namespace {

Result<Reply> prepare(Call& call) {
  return call.db().read_value([&](store::Transaction& tx) -> Result<Reply> {
    const journeys::Renewal renewal = TRY(journeys::prepare_renewal(tx, call.now()));
    json::Object out;
    out.set("payload", trust::write_descriptor(renewal.next));
    out.set("version", static_cast<std::int64_t>(renewal.next.version));
    out.set("expires", base::to_rfc3339(renewal.next.expires));
    out.set("added", words(renewal.added));
    out.set("removed", words(renewal.removed));
    return reply(json::Value(std::move(out)));
  });
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
  out.push_back({"POST", "/api/party/descriptor", Action::ManagePeers, take});
}

}  // namespace tocsin::api
