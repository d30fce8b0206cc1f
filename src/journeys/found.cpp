#include "journeys/found.h"

#include "core/exchange/evidence_file.h"
#include "core/exchange/record.h"
#include "core/trust/parties.h"
#include "core/trust/root_file.h"
#include "journeys/retract.h"

namespace tocsin::journeys {
namespace {

Result<void> add_signatory(store::Transaction& tx, const FoundingSignatory& person, const FoundingRequest& request,
                           const people::PersonKey& key, const std::string& phc, Time now) {
  people::User user;
  user.name = person.name;
  user.display_name = person.display_name.empty() ? person.name : person.display_name;
  user.roles = {people::Role::Signatory};
  user.language = request.language;
  user.founding = true;
  TRY(people::create_user(tx, user, now));
  TRY_VOID(people::set_password(tx, person.name, phc, now));
  return people::set_person_key(tx, person.name, key);
}

}  // namespace

Result<Founded> found_party(store::Database& db, const trust::OwnKeys& keys, const FoundingRequest& request, Time now) {
  const std::size_t needed = trust::signatories_needed(request.kind);
  if (request.signatories.size() < needed)
    return fail(ErrorCode::Malformed, "init.signatories", {std::to_string(needed)});

  const crypto::SigningKey root = crypto::SigningKey::generate();
  const crypto::SigningKey next_root = crypto::SigningKey::generate();
  trust::Descriptor d;
  d.party = trust::PartyId::of(root.public_key());
  d.version = 1;
  d.issued = now;
  d.expires = now + kDescriptorLife;
  d.name = request.name;
  d.kind = request.kind;
  d.country = request.country;
  d.sectors = request.sectors;
  d.endpoints = request.endpoints;
  d.single_signatory = request.signatories.size() == 1;
  d.root = root.public_key();
  d.next_root = crypto::sha256(next_root.public_key().view());
  d.statement_key = keys.statement.public_key();
  d.log_key = keys.log.public_key();
  d.exercise_key = keys.exercise.public_key();
  d.tls_pins = {TRY(crypto::spki_pin(keys.peer_tls.certificate_pem))};

  struct Enrolled {
    people::PersonKey key;
    std::string phc;
  };
  std::vector<Enrolled> enrolled;  // Argon2id: before the transaction
  for (const FoundingSignatory& person : request.signatories) {
    TRY_VOID(people::check_new_password(person.name, person.password));
    const crypto::SigningKey key = crypto::SigningKey::generate();
    enrolled.push_back({{key.public_key(), crypto::seal_with_passphrase(person.password, key.seed()), now, true},
                        crypto::hash_password(person.password)});
    d.signatories.push_back(
        {person.name, person.display_name.empty() ? person.name : person.display_name, key.public_key(), now});
  }

  Founded out;
  out.party = d.party;
  out.sealed_root = trust::seal_root(root, request.root_passphrase);
  out.sealed_next_root = trust::seal_next_root(next_root, root, request.root_passphrase);
  TRY_VOID(db.write([&](store::Transaction& tx) -> Result<void> {
    if (trust::own_party(tx)) return fail(ErrorCode::Conflict, "init.already");
    d.log.id = TRY(exchange::open_epoch(tx, now));
    TRY_VOID(trust::store_own(tx, TRY(trust::verify_descriptor(trust::sign_descriptor(root, d))), now));
    people::User admin;
    admin.name = request.administrator;
    admin.display_name = request.administrator;
    admin.roles = {people::Role::Administrator};
    admin.language = request.language;
    TRY(people::create_user(tx, admin, now));
    out.administrator_link = TRY(people::create_link(tx, admin.name, now));
    for (std::size_t i = 0; i < request.signatories.size(); ++i)
      TRY_VOID(add_signatory(tx, request.signatories[i], request, enrolled[i].key, enrolled[i].phc, now));
    return people::audit(tx, {0, now, "console", "console", "init", d.party.text(), "ok"});
  }));
  return out;
}

Result<std::string> invitation(store::Transaction& tx) {
  std::string records;
  exchange::append_record(records, exchange::RecordType::Descriptor, TRY(trust::own_party(tx)).descriptor_signed);
  return exchange::armour(records);
}

Result<trust::PartyId> accept_invitation(const Context& context, const AcceptRequest& request) {
  const auto descriptor = TRY(exchange::read_invitation(request.invitation));
  const trust::PartyId party = descriptor->party;
  // The inner Result: what is refused suspends the peer all the same.
  const auto accepted = TRY(context.db->write_value([&](store::Transaction& tx) -> Result<Result<void>> {
    const auto known = trust::party(tx, party);
    const auto outcome = TRY(trust::take_descriptor(tx, descriptor, context.now()));
    if (outcome == trust::DescriptorOutcome::Newer) TRY_VOID(disown(tx, context, {{known->descriptor, descriptor}}));
    const auto acceptable = trust::acceptable(outcome, *descriptor);
    if (acceptable && !request.allow_address.empty()) TRY_VOID(trust::allow_address(tx, party, request.allow_address));
    TRY_VOID(
        note_deed(tx, context, request.by, "peer_accept", party.text(), acceptable ? "ok" : acceptable.error().id));
    return acceptable;
  }));
  context.changed("peer");
  TRY_VOID(accepted);
  return party;
}

}  // namespace tocsin::journeys
