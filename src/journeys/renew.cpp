#include "journeys/renew.h"

#include "core/exchange/delivery.h"
#include "core/people/people.h"
#include "core/trust/parties.h"
#include "journeys/found.h"

namespace tocsin::journeys {
namespace {

// Peers learn of a descriptor because every delivery carries it; a descriptor statement makes sure that there is one.
Result<void> tell_peers(store::Transaction& tx, const Context& context, std::uint64_t version) {
  for (const trust::Party& peer : TRY(trust::peers(tx))) {
    if (!peer.verified_at) continue;
    exchange::Statement statement;
    statement.kind = "descriptor";
    statement.body = json::Object{{"version", static_cast<std::int64_t>(version)}};
    const auto issued = TRY(exchange::issue(tx, context.self, std::move(statement), {}, context.now()));
    TRY_VOID(exchange::enqueue(tx, issued, "", peer.id, context.now()));
  }
  return {};
}

}  // namespace

Result<Renewal> prepare_renewal(store::Transaction& tx, Time now) {
  Renewal out;
  const trust::Descriptor present = TRY(trust::own_party(tx)).descriptor;
  out.next = present;
  ++out.next.version;
  out.next.issued = now;
  out.next.expires = now + kDescriptorLife;
  out.next.signatories.clear();
  for (const people::User& user : TRY(people::users(tx))) {
    const auto key = TRY(people::person_key(tx, user.name));
    if (!key || !people::is_signatory(user)) continue;
    const trust::Signatory* known = present.signatory(key->key);
    out.next.signatories.push_back(known ? *known : trust::Signatory{user.name, user.display_name, key->key, now});
    if (!known) out.added.push_back(user.name);
  }
  for (const trust::Signatory& before : present.signatories)
    if (!out.next.signatory(before.key)) out.removed.push_back(before.name);
  return out;
}

Result<void> take_renewal(const Context& context, const trust::Signed& signed_descriptor, const Doer& by) {
  const auto given = TRY(trust::verify_descriptor(signed_descriptor));
  TRY_VOID(context.db->write([&](store::Transaction& tx) -> Result<void> {
    Renewal expected = TRY(prepare_renewal(tx, context.now()));
    trust::Descriptor& next = expected.next;
    next.version = given->version;
    next.issued = given->issued;
    next.expires = given->expires;
    for (trust::Signatory& person : next.signatories)
      if (const trust::Signatory* shown = given->signatory(person.key)) person.since = shown->since;
    if (trust::write_descriptor(next) != signed_descriptor.payload || next.expires > context.now() + kDescriptorLife)
      return fail(ErrorCode::Conflict, "descriptor.other_content");
    TRY_VOID(trust::store_own(tx, given, context.now()));
    TRY_VOID(note_deed(tx, context, by, "descriptor_renew", std::to_string(given->version)));
    return tell_peers(tx, context, given->version);
  }));
  context.changed("peer");
  context.changed("send");
  return {};
}

}  // namespace tocsin::journeys
