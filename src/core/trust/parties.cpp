#include "core/trust/parties.h"

#include <algorithm>

#include "core/trust/arguments.h"
#include "formats/observable/observable.h"

namespace tocsin::trust {
namespace {

constexpr std::size_t kMaxReasonBytes = 1000;  // of a quarantine

bool has_pin(const Descriptor& descriptor, const Digest& pin) {
  return std::find(descriptor.tls_pins.begin(), descriptor.tls_pins.end(), pin) != descriptor.tls_pins.end();
}

// Who is at the door is told by the key of the line alone: no second party may claim the key of one whom persons have
// verified.
Result<void> check_keys_are_its_own(store::Transaction& tx, const Descriptor& descriptor) {
  for (const Party& other : TRY(peers(tx)))
    for (const Digest& pin : descriptor.tls_pins)
      if (other.id != descriptor.party && other.state == PeerState::Verified && has_pin(other.descriptor, pin))
        return fail(ErrorCode::Conflict, "descriptor.key_of_another");
  return {};
}

constexpr std::string_view kColumns =
    "party, own, state, descriptor_jws, descriptor_payload, invited_at, verified_by, verified_method, verified_at, "
    "quarantine_reason, quarantined_by, quarantined_at, allowed_address, last_contact, last_failure, failure_id, "
    "failures, "
    "checkpoint, checkpoint_size, checkpoint_time, checkpoint_state, failure_args, undelivered_id, undelivered_args";

std::optional<Time> time_or_none(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

std::optional<PeerState> state_from_name(std::string_view text) {
  for (PeerState state : {PeerState::Invited, PeerState::Verified, PeerState::Suspended, PeerState::Quarantined})
    if (name(state) == text) return state;
  return std::nullopt;
}

// What we stored we had verified; a descriptor that no longer verifies means a damaged database.
Result<std::vector<Party>> select(store::Transaction& tx, const std::string& where, const store::Cell& argument) {
  std::vector<Party> out;
  std::vector<Signed> descriptors;
  const store::Cell cells[] = {argument};
  const bool bound = where.find('?') != std::string::npos;
  TRY_VOID(tx.query("SELECT " + std::string(kColumns) + " FROM parties " + where,
                    std::span<const store::Cell>(cells, bound ? 1 : 0), [&](const store::Row& row) {
                      Party p;
                      p.id = PartyId::parse(row.text(0)).value_or(PartyId{});
                      p.own = row.integer(1) != 0;
                      p.state = state_from_name(row.text(2)).value_or(PeerState::Suspended);
                      p.descriptor_signed = {std::string(row.text(3)), std::string(base::as_text(row.blob(4)))};
                      p.invited_at = row.time(5);
                      p.verified_by = row.text(6);
                      p.verified_method = row.text(7);
                      p.verified_at = time_or_none(row, 8);
                      p.quarantine_reason = row.text(9);
                      p.quarantined_by = row.text(10);
                      p.quarantined_at = time_or_none(row, 11);
                      p.allowed_address = row.text(12);
                      p.last_contact = time_or_none(row, 13);
                      p.last_failure = time_or_none(row, 14);
                      p.failure_id = row.text(15);
                      p.failures = row.integer(16);
                      p.checkpoint = row.text(17);
                      p.checkpoint_size = static_cast<std::uint64_t>(row.integer(18));
                      p.checkpoint_time = time_or_none(row, 19);
                      p.checkpoint_state = row.text(20);
                      p.failure_args = read_arguments(row.text(21));
                      p.undelivered_id = row.text(22);
                      p.undelivered_args = read_arguments(row.text(23));
                      out.push_back(std::move(p));
                      return true;
                    }));
  for (Party& p : out) {
    auto verified = verify_descriptor(p.descriptor_signed);
    if (!verified) return fail(ErrorCode::Corrupt, "party.damaged", {p.id.text()}, base::describe(verified.error()));
    p.descriptor = **verified;
  }
  return out;
}

Result<void> must_change(Result<std::int64_t> changed, const PartyId& id) {
  if (TRY(std::move(changed)) == 0) return fail(ErrorCode::NotFound, "peers.unknown", {id.text()});
  return {};
}

Result<void> insert(store::Transaction& tx, const VerifiedDescriptor& d, bool own, PeerState state, Time now) {
  TRY(tx.run(
      "INSERT INTO parties (party, own, state, descriptor_version, descriptor_jws, descriptor_payload, invited_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      d->party.text(), own, name(state), d->version, d.signed_bytes().jws, base::as_bytes(d.signed_bytes().payload),
      now));
  return {};
}

Result<void> replace_descriptor(store::Transaction& tx, const VerifiedDescriptor& d) {
  return must_change(
      tx.run("UPDATE parties SET descriptor_version = ?, descriptor_jws = ?, descriptor_payload = ? WHERE party = ?",
             d->version, d.signed_bytes().jws, base::as_bytes(d.signed_bytes().payload), d->party.text()),
      d->party);
}

// Two of one version are proof enough, and versions below the known one are never asked for: what a peer can fill is
// two rows.
Result<void> note_seen(store::Transaction& tx, const VerifiedDescriptor& d, Time now) {
  const auto seen = TRY(
      tx.integer("SELECT COUNT(*) FROM descriptors_seen WHERE party = ? AND version = ?", d->party.text(), d->version));
  if (seen.value_or(0) < 2)
    TRY(tx.run("INSERT INTO descriptors_seen (party, version, digest, seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
               d->party.text(), d->version, d.signed_bytes().digest(), now));
  TRY(tx.run("DELETE FROM descriptors_seen WHERE party = ? AND version < ?", d->party.text(), d->version));
  return {};
}

// The number of "<number>-<32 hex digits>"; verify_descriptor has checked the form.
std::uint64_t epoch_number(std::string_view epoch) {
  std::uint64_t out = 0;
  for (char c : epoch.substr(0, epoch.find('-'))) out = out * 10 + static_cast<std::uint64_t>(c - '0');
  return out;
}

bool follows(const LogEpoch& next, const LogEpoch& known) {
  return next.id == known.id || epoch_number(next.id) > epoch_number(known.id);
}

// What the root before has said does not bind the one that follows: neither its versions nor its epochs, nor which keys
// it took back.
Result<DescriptorOutcome> succeed_root(store::Transaction& tx, const VerifiedDescriptor& descriptor, Time now) {
  TRY_VOID(check_keys_are_its_own(tx, *descriptor));
  TRY(tx.run("DELETE FROM descriptors_seen WHERE party = ?", descriptor->party.text()));
  TRY_VOID(note_seen(tx, descriptor, now));
  TRY_VOID(replace_descriptor(tx, descriptor));
  return DescriptorOutcome::Newer;
}

}  // namespace

// A node that was restored from a backup of before has its keys replaced again.
Result<void> keep_retired(const Descriptor& next, const Descriptor& known) {
  if (has_later_root(next, known)) return {};
  for (const RetiredKey& before : known.retired) {
    const auto returns = [&] {
      return fail(
          ErrorCode::Unauthenticated, "descriptor.retired_key",
          {before.key.base64url(), before.first > before.last ? "-" : std::to_string(before.last), before.epoch});
    };
    for (const crypto::PublicKey& key : {next.statement_key, next.log_key, next.exercise_key})
      if (key == before.key) return returns();
    for (const RetiredKey& now : next.retired)
      if (now.key == before.key && now.epoch == before.epoch && now.first <= now.last &&
          (before.first > before.last || now.last > before.last))
        return returns();
  }
  return {};
}

std::string_view name(VerificationMethod method) {
  return method == VerificationMethod::InPerson ? "in_person" : "call_back";
}
std::optional<VerificationMethod> method_from_name(std::string_view text) {
  if (text == "in_person") return VerificationMethod::InPerson;
  if (text == "call_back") return VerificationMethod::CallBack;
  return std::nullopt;
}

Result<Party> own_party(store::Transaction& tx) {
  auto found = TRY(select(tx, "WHERE own = 1", {}));
  if (found.empty()) return fail(ErrorCode::NotFound, "party.none");
  return found.front();
}

Result<Party> party(store::Transaction& tx, const PartyId& id) {
  auto found = TRY(select(tx, "WHERE party = ?", store::cell(id.text())));
  if (found.empty()) return fail(ErrorCode::NotFound, "peers.unknown", {id.text()});
  return found.front();
}

Result<std::vector<Party>> peers(store::Transaction& tx) {
  return select(tx, "WHERE own = 0 ORDER BY party", {});
}

// A node has tens of peers, hundreds at most: looking through them costs less than an index that has to follow
// versions. Anybody can write anybody's pin into a descriptor of his own: whom persons have verified is meant first,
// and among equals nobody.
Result<Party> peer_by_pin(store::Transaction& tx, const Digest& pin) {
  std::optional<Party> found;
  bool ambiguous = false;
  for (Party& p : TRY(peers(tx))) {
    if (!has_pin(p.descriptor, pin)) continue;
    const bool was_met = p.state != PeerState::Invited, found_was_met = found && found->state != PeerState::Invited;
    if (found && was_met == found_was_met) ambiguous = true;
    if (!found || (was_met && !found_was_met)) {
      ambiguous = false;
      found = std::move(p);
    }
  }
  if (!found || ambiguous) return fail(ErrorCode::Unauthenticated, "peers.unknown_key");
  return std::move(*found);
}

Result<void> store_own(store::Transaction& tx, const VerifiedDescriptor& descriptor, Time now) {
  const auto known = TRY(tx.integer("SELECT descriptor_version FROM parties WHERE own = 1"));
  if (!known) return insert(tx, descriptor, true, PeerState::Verified, now);
  if (static_cast<std::uint64_t>(*known) >= descriptor->version)
    return fail(ErrorCode::Conflict, "descriptor.version_goes_back",
                {std::to_string(descriptor->version), std::to_string(*known)});
  TRY_VOID(keep_retired(*descriptor, TRY(own_party(tx)).descriptor));
  return replace_descriptor(tx, descriptor);
}

Result<void> acceptable(DescriptorOutcome outcome, const Descriptor& descriptor) {
  if (outcome == DescriptorOutcome::TwoOfOneVersion)
    return fail(ErrorCode::Conflict, "descriptor.two_of_one_version", {std::to_string(descriptor.version)});
  if (outcome == DescriptorOutcome::TwoRestores)
    return fail(ErrorCode::Conflict, "descriptor.two_restores", {descriptor.log.id});
  return {};
}

bool suspends(const Error& error) {
  return error.id == "descriptor.two_of_one_version" || error.id == "descriptor.two_restores";
}

Result<DescriptorOutcome> take_descriptor(store::Transaction& tx, const VerifiedDescriptor& descriptor, Time now) {
  if (descriptor->expires <= now)
    return fail(ErrorCode::Forbidden, "descriptor.expired", {base::to_rfc3339(descriptor->expires)});
  auto found = TRY(select(tx, "WHERE party = ?", store::cell(descriptor->party.text())));
  if (!found.empty() && found.front().own) return fail(ErrorCode::Conflict, "peers.is_ourselves");
  if (!found.empty() && has_later_root(*descriptor, found.front().descriptor)) return succeed_root(tx, descriptor, now);
  if (!found.empty() && !continues_roots(*descriptor, found.front().descriptor)) {
    if (descriptor->version < found.front().descriptor.version) return DescriptorOutcome::Older;
    return fail(ErrorCode::Unauthenticated, "descriptor.other_roots");
  }
  if (!found.empty() && descriptor->version < found.front().descriptor.version) return DescriptorOutcome::Older;
  if (!found.empty() && descriptor->version > found.front().descriptor.version)
    TRY_VOID(keep_retired(*descriptor, found.front().descriptor));
  TRY_VOID(note_seen(tx, descriptor, now));
  if (found.empty() || descriptor->version > found.front().descriptor.version)
    TRY_VOID(check_keys_are_its_own(tx, *descriptor));
  if (found.empty()) {
    TRY_VOID(insert(tx, descriptor, false, PeerState::Invited, now));
    return DescriptorOutcome::New;
  }
  const Party& known = found.front();
  const auto same_version = TRY(tx.integer("SELECT COUNT(*) FROM descriptors_seen WHERE party = ? AND version = ?",
                                           descriptor->party.text(), descriptor->version));
  if (same_version.value_or(0) > 1) {
    TRY_VOID(suspend(tx, known.id));
    return DescriptorOutcome::TwoOfOneVersion;
  }
  if (descriptor->version == known.descriptor.version) return DescriptorOutcome::Same;
  TRY_VOID(replace_descriptor(tx, descriptor));
  if (follows(descriptor->log, known.descriptor.log)) return DescriptorOutcome::Newer;
  TRY_VOID(suspend(tx, known.id));
  return DescriptorOutcome::TwoRestores;
}

Result<void> verify_peer(store::Transaction& tx, const PartyId& id, std::string_view number, VerificationMethod method,
                         std::string_view by, Time now) {
  std::string digits;
  for (char c : number) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c != ' ' && c != '-' && c != '\n')
      return fail(ErrorCode::Malformed, "peers.bad_number");
  }
  if (digits.size() != 60) return fail(ErrorCode::Malformed, "peers.bad_number");
  const Party own = TRY(own_party(tx));
  const Party peer = TRY(party(tx, id));
  if (peer.own) return fail(ErrorCode::Conflict, "peers.is_ourselves");
  if (digits != verification_number(own.id, own.descriptor.first_root(), peer.id, peer.descriptor.first_root()))
    return fail(ErrorCode::Conflict, "peers.wrong_number");
  TRY_VOID(check_keys_are_its_own(tx, peer.descriptor));
  const PeerState next = peer.state == PeerState::Quarantined ? PeerState::Quarantined : PeerState::Verified;
  return must_change(
      tx.run("UPDATE parties SET state = ?, verified_by = ?, verified_method = ?, verified_at = ? WHERE party = ?",
             name(next), by, name(method), now, id.text()),
      id);
}

Result<void> set_quarantine(store::Transaction& tx, const PartyId& id, bool on, std::string_view reason,
                            std::string_view by, Time now) {
  const Party peer = TRY(party(tx, id));
  if (peer.own) return fail(ErrorCode::Conflict, "peers.is_ourselves");
  if (on && reason.empty()) return fail(ErrorCode::Malformed, "api.missing", {"reason"});
  if (on && reason.size() > kMaxReasonBytes)
    return fail(ErrorCode::TooLarge, "api.text_too_long", {"reason", std::to_string(kMaxReasonBytes)});
  if (on)
    return must_change(
        tx.run("UPDATE parties SET state = ?, quarantine_reason = ?, quarantined_by = ?, quarantined_at = ? "
               "WHERE party = ?",
               name(PeerState::Quarantined), reason, by, now, id.text()),
        id);
  if (peer.state != PeerState::Quarantined) return fail(ErrorCode::Conflict, "peers.not_quarantined");
  const PeerState back = peer.verified_at ? PeerState::Verified : PeerState::Invited;
  return must_change(tx.run("UPDATE parties SET state = ?, quarantine_reason = NULL, quarantined_by = NULL, "
                            "quarantined_at = NULL WHERE party = ?",
                            name(back), id.text()),
                     id);
}

Result<void> allow_address(store::Transaction& tx, const PartyId& id, std::string_view text) {
  std::string address;
  if (!text.empty()) {
    const auto value = observable::parse_ip_or_range(text);
    if (!value || (value->kind != observable::Kind::Ipv4 && value->kind != observable::Kind::Ipv6))
      return fail(ErrorCode::Malformed, "peers.bad_address", {std::string(text.substr(0, 64))});
    address = value->text;
  }
  return must_change(tx.run("UPDATE parties SET allowed_address = ? WHERE party = ? AND own = 0", address, id.text()),
                     id);
}

Result<void> note_contact(store::Transaction& tx, const PartyId& id, Time now) {
  return must_change(
      tx.run("UPDATE parties SET last_contact = ?, failures = 0, failure_id = NULL WHERE party = ?", now, id.text()),
      id);
}

Result<void> note_failure(store::Transaction& tx, const PartyId& id, const Error& reason, Time now) {
  return must_change(
      tx.run("UPDATE parties SET last_failure = ?, failures = failures + 1, failure_id = ?, failure_args = ? "
             "WHERE party = ?",
             now, reason.id, write_arguments(reason.args), id.text()),
      id);
}

Result<void> note_undelivered(store::Transaction& tx, const PartyId& id, const Error& reason) {
  return must_change(tx.run("UPDATE parties SET undelivered_id = ?, undelivered_args = ? WHERE party = ?", reason.id,
                            write_arguments(reason.args), id.text()),
                     id);
}

Result<void> note_delivered(store::Transaction& tx, const PartyId& id) {
  return must_change(
      tx.run("UPDATE parties SET undelivered_id = NULL, undelivered_args = NULL WHERE party = ?", id.text()), id);
}

Result<void> note_checkpoint(store::Transaction& tx, const PartyId& id, std::string_view note, std::uint64_t size,
                             Time now) {
  return must_change(tx.run("UPDATE parties SET checkpoint = ?, checkpoint_size = ?, checkpoint_state = 'consistent', "
                            "checkpoint_time = ? WHERE party = ?",
                            note, size, now, id.text()),
                     id);
}

Result<void> note_checkpoint_state(store::Transaction& tx, const PartyId& id, std::string_view state) {
  return must_change(tx.run("UPDATE parties SET checkpoint_state = ? WHERE party = ?", state, id.text()), id);
}

// The comparison counts no more, so that lifting a quarantine does not lift this too.
Result<void> suspend(store::Transaction& tx, const PartyId& id) {
  TRY(tx.run("UPDATE parties SET verified_at = NULL WHERE party = ?", id.text()));
  TRY(tx.run("UPDATE parties SET state = ? WHERE party = ? AND state = ?", name(PeerState::Suspended), id.text(),
             name(PeerState::Verified)));
  return {};
}

}  // namespace tocsin::trust
