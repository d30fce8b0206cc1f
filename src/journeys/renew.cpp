#include "journeys/renew.h"

#include <algorithm>

#include "core/exchange/delivery.h"
#include "core/exchange/disowned.h"
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

// What margin a planned change has left is not needed any more: our log has gone on under other keys since. Of closed
// epochs a restored node may not know the end.
Result<void> trim(store::Transaction& tx, trust::Descriptor& next) {
  const exchange::Epoch present = TRY(exchange::current_epoch(tx));
  for (trust::RetiredKey& key : next.retired)
    if (key.epoch == present.id && key.first <= key.last && present.size > 0)
      key.last = std::min(key.last, present.size - 1);
  return {};
}

// A key stays good for what it has signed, in all epochs of our log; one that was stolen, to the leaf that a person
// names.
Result<void> retire(store::Transaction& tx, Renewal& renewal, const KeyChange& change, const crypto::PublicKey& key) {
  const std::vector<exchange::Epoch> all = TRY(exchange::epochs(tx));
  LastGood good = change.last_good.value_or(LastGood{});
  if (good.epoch == 0) good.epoch = all.back().number;
  const auto named =
      std::find_if(all.begin(), all.end(), [&](const auto& epoch) { return epoch.number == good.epoch; });
  if (named == all.end()) return fail(ErrorCode::Malformed, "keys.no_such_epoch", {std::to_string(good.epoch)});
  if (change.last_good && good.leaf >= static_cast<std::int64_t>(named->size))
    return fail(ErrorCode::Malformed, "keys.last_good_beyond",
                {std::to_string(good.leaf), std::to_string(named->size)});
  auto& retired = renewal.next.retired;
  for (const exchange::Epoch& epoch : all) {
    trust::RetiredKey entry{std::string(trust::name(change.use)), key, epoch.id, 0, epoch.size + kLeavesUntilSigned};
    if (change.last_good && epoch.number >= good.epoch) {
      const bool none = epoch.number > good.epoch || good.leaf < 0;
      entry.first = none ? 1 : 0;
      entry.last = none ? 0 : static_cast<std::uint64_t>(good.leaf);
      renewal.given_up += TRY(exchange::count_signed(tx, key, {epoch.id, none ? 0 : entry.last + 1}));
    }
    const auto before = std::find_if(retired.begin(), retired.end(), [&](const trust::RetiredKey& one) {
      return one.key == key && one.epoch == epoch.id;
    });
    if (before == retired.end())
      retired.push_back(std::move(entry));
    else if (entry.first > entry.last || (before->first <= before->last && entry.last < before->last))
      *before = std::move(entry);  // never good for more than it was
  }
  if (retired.size() > trust::kMaxRetired)
    retired.erase(retired.begin(), retired.end() - static_cast<std::ptrdiff_t>(trust::kMaxRetired));
  return {};
}

bool is_retired(const trust::Descriptor& d, trust::KeyUse use, const crypto::PublicKey& key) {
  return std::any_of(d.retired.begin(), d.retired.end(),
                     [&](const trust::RetiredKey& entry) { return entry.key == key && entry.use == trust::name(use); });
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

}  // namespace

Result<Renewal> prepare_renewal(const Context& context, const std::vector<KeyChange>& changes) {
  std::vector<Bytes> keys;
  for (const KeyChange& change : changes) {
    if (context.ring == nullptr) return fail(ErrorCode::Unavailable, "keys.cannot_change");
    keys.push_back(change.retired ? Bytes{} : TRY(context.ring->next(change.use)));
  }
  return context.db->read_value([&](store::Transaction& tx) -> Result<Renewal> {
    Renewal out = TRY(renewal_of_signatories(tx, context.now()));
    TRY_VOID(trim(tx, out.next));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const KeyChange& change = changes[i];
      if (change.retired) {
        if (!change.last_good || !is_retired(out.next, change.use, *change.retired))
          return fail(ErrorCode::NotFound, "keys.no_such_key");
        TRY_VOID(retire(tx, out, change, *change.retired));
      } else if (change.use == trust::KeyUse::Tls) {
        out.next.tls_pins = {*Digest::from(keys[i])};
      } else {
        crypto::PublicKey& key = signing_key(out.next, change.use);
        TRY_VOID(retire(tx, out, change, key));
        key = *crypto::PublicKey::from(keys[i]);
      }
    }
    return out;
  });
}

Result<void> take_renewal(const Context& context, const trust::Signed& signed_descriptor, const Doer& by) {
  const auto given = TRY(trust::verify_descriptor(signed_descriptor));
  const trust::OwnKeys* before = nullptr;  // set where this call has put others in force
  const auto taken = context.db->write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(check(tx, context, given));
    const bool signs_anew = TRY(trust::own_party(tx)).descriptor.statement_key != given->statement_key;
    TRY_VOID(trust::store_own(tx, given, context.now()));
    if (signs_anew) TRY_VOID(exchange::seal_anew(tx));
    TRY_VOID(note_deed(tx, context, by, "descriptor_renew", std::to_string(given->version)));
    // Before the transaction ends: whatever is signed after it, and what tells the peers, is signed with what the
    // descriptor names.
    const trust::OwnKeys* const present = &*context.self.keys;
    if (context.ring) TRY_VOID(context.ring->adopt(*given));
    if (!before) before = present;
    return tell_peers(tx, context, given->version);
  });
  if (!taken) {
    if (context.ring && before) context.ring->put_back(*before);
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
