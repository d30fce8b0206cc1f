#include "journeys/renew.h"

#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/people/people.h"
#include "core/trust/parties.h"
#include "ground/base/log.h"
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
    TRY_VOID(trust::note_telling(tx, peer.id, issued.digest()));
  }
  return {};
}

crypto::PublicKey& signing_key(trust::Descriptor& d, trust::KeyUse use) {
  CHECK(use != trust::KeyUse::Tls);
  return use == trust::KeyUse::Statement ? d.statement_key : use == trust::KeyUse::Log ? d.log_key : d.exercise_key;
}

// As the accounts are now.
Result<Renewal> renewal_of_signatories(store::Transaction& tx, Time now) {
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

// The key that is followed stays good for what it has signed, in all epochs of our log: which of their leaves are its
// own nobody else can have said, since they stand there.
Result<void> retire(store::Transaction& tx, Renewal& renewal, const KeyChange& change) {
  trust::Descriptor& next = renewal.next;
  const crypto::PublicKey followed = signing_key(next, change.use);
  const exchange::Epoch present = TRY(exchange::current_epoch(tx));
  if (change.last_good && *change.last_good >= static_cast<std::int64_t>(present.size))
    return fail(ErrorCode::Malformed, "keys.last_good_beyond",
                {std::to_string(*change.last_good), std::to_string(present.size)});
  for (const exchange::Epoch& epoch : TRY(exchange::epochs(tx))) {
    std::uint64_t last = epoch.size + kLeavesUntilSigned;
    if (change.last_good && epoch.id == present.id) {
      if (*change.last_good < 0) continue;
      last = static_cast<std::uint64_t>(*change.last_good);
    }
    next.retired.push_back({std::string(trust::name(change.use)), followed, epoch.id, 0, last});
  }
  if (next.retired.size() > trust::kMaxRetired)
    next.retired.erase(next.retired.begin(), next.retired.end() - trust::kMaxRetired);
  if (change.last_good && change.use == trust::KeyUse::Statement)
    renewal.given_up = present.size - static_cast<std::uint64_t>(*change.last_good + 1);
  return {};
}

// Only keys that were made here and wait, and as retired only those that they follow.
Result<void> take_keys(const Context& context, const trust::Descriptor& given, trust::Descriptor& expected) {
  const auto other = [] { return fail(ErrorCode::Conflict, "descriptor.other_content"); };
  std::vector<crypto::PublicKey> may_be_retired;
  for (const trust::RetiredKey& key : expected.retired) may_be_retired.push_back(key.key);
  trust::Descriptor shown = given;
  for (const trust::KeyUse use : {trust::KeyUse::Statement, trust::KeyUse::Log, trust::KeyUse::Exercise}) {
    const crypto::PublicKey next = signing_key(shown, use);
    if (next == signing_key(expected, use)) continue;
    if (context.ring == nullptr || !context.ring->is_waiting(use, next.view())) return other();
    may_be_retired.push_back(signing_key(expected, use));
    signing_key(expected, use) = next;
  }
  if (given.tls_pins != expected.tls_pins) {
    if (given.tls_pins.size() != 1 || context.ring == nullptr ||
        !context.ring->is_waiting(trust::KeyUse::Tls, given.tls_pins.front().view()))
      return other();
    expected.tls_pins = given.tls_pins;
  }
  for (const trust::RetiredKey& key : given.retired)
    if (std::find(may_be_retired.begin(), may_be_retired.end(), key.key) == may_be_retired.end()) return other();
  expected.retired = given.retired;
  return {};
}

Result<void> check(store::Transaction& tx, const Context& context, const trust::VerifiedDescriptor& given) {
  trust::Descriptor next = TRY(renewal_of_signatories(tx, context.now())).next;
  if (!trust::continues_roots(*given, next)) return fail(ErrorCode::Unauthenticated, "descriptor.other_roots");
  next.root = given->root;
  next.next_root = given->next_root;
  next.root_chain = given->root_chain;
  next.version = given->version;
  next.issued = given->issued;
  next.expires = given->expires;
  for (trust::Signatory& person : next.signatories)
    if (const trust::Signatory* shown = given->signatory(person.key)) person.since = shown->since;
  TRY_VOID(take_keys(context, *given, next));
  if (trust::write_descriptor(next) != given.signed_bytes().payload || next.expires > context.now() + kDescriptorLife)
    return fail(ErrorCode::Conflict, "descriptor.other_content");
  return {};
}

bool has(const std::vector<trust::KeyUse>& uses, trust::KeyUse use) {
  return std::find(uses.begin(), uses.end(), use) != uses.end();
}

}  // namespace

Result<Renewal> prepare_renewal(const Context& context, const std::vector<KeyChange>& changes) {
  std::vector<Bytes> keys;
  for (const KeyChange& change : changes) {
    if (context.ring == nullptr) return fail(ErrorCode::Unavailable, "keys.cannot_change");
    keys.push_back(TRY(context.ring->next(change.use)));
  }
  return context.db->read_value([&](store::Transaction& tx) -> Result<Renewal> {
    Renewal out = TRY(renewal_of_signatories(tx, context.now()));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].use == trust::KeyUse::Tls) {
        out.next.tls_pins = {Digest::from(keys[i]).value_or(Digest{})};
        continue;
      }
      TRY_VOID(retire(tx, out, changes[i]));
      signing_key(out.next, changes[i].use) = crypto::PublicKey::from(keys[i]).value_or(crypto::PublicKey{});
    }
    return out;
  });
}

Result<void> take_renewal(const Context& context, const trust::Signed& signed_descriptor, const Doer& by) {
  const auto given = TRY(trust::verify_descriptor(signed_descriptor));
  const trust::OwnKeys& before = *context.self.keys;
  const auto taken = context.db->write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(check(tx, context, given));
    TRY_VOID(trust::store_own(tx, given, context.now()));
    // Before the transaction ends: whatever is signed after it is signed with what the descriptor names.
    const auto changed = context.ring ? TRY(context.ring->adopt(*given)) : std::vector<trust::KeyUse>{};
    if (has(changed, trust::KeyUse::Statement)) TRY_VOID(exchange::seal_anew(tx));
    TRY_VOID(note_deed(tx, context, by, "descriptor_renew", std::to_string(given->version)));
    return tell_peers(tx, context, given->version);
  });
  if (!taken) {
    if (context.ring) context.ring->put_back(before);
    return taken;
  }
  if (context.ring) {
    // They are in force, and are found again at start.
    if (const auto settled = context.ring->settle(); !settled)
      base::log_error("new keys stay where they waited: {}", base::describe(settled.error()));
  }
  context.changed("keys");
  context.changed("peer");
  context.changed("send");
  return {};
}

}  // namespace tocsin::journeys
