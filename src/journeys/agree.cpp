#include "journeys/agree.h"

#include <algorithm>

#include "core/exchange/delivery.h"

namespace tocsin::journeys {
namespace {

exchange::Statement agreement_statement(const trust::Agreement& agreement,
                                        const std::vector<trust::Approval>& approvals) {
  exchange::Statement statement;
  statement.kind = "agreement";
  json::Object body;
  body.set("document", trust::write_agreement(agreement));
  body.set("approvals", trust::write_approvals(approvals));
  statement.body = std::move(body);
  return statement;
}

Result<Digest> send_to_all(store::Transaction& tx, const Context& context, const trust::Agreement& agreement,
                           const std::vector<trust::Approval>& approvals) {
  const auto statement =
      TRY(exchange::issue(tx, context.self, agreement_statement(agreement, approvals), {}, context.now()));
  for (const trust::PartyId& party : agreement.parties)
    if (party != context.self.party) TRY_VOID(exchange::enqueue(tx, statement, "", party, context.now()));
  return statement.digest();
}

}  // namespace

Result<trust::StoredAgreement> propose(const Context& context, trust::Agreement agreement, const Doer& by) {
  auto stored = context.db->write_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    trust::Agreement next = agreement;
    if (!next.has(context.self.party)) next.parties.push_back(context.self.party);
    std::sort(next.parties.begin(), next.parties.end());
    next.parties.erase(std::unique(next.parties.begin(), next.parties.end()), next.parties.end());
    for (const trust::PartyId& party : next.parties)
      if (!trust::party(tx, party)) return fail(ErrorCode::NotFound, "agreement.unknown_party", {party.text()});
    if (next.id.empty()) {
      next.id = base::uuid7(context.now());
      next.version = 1;
    } else {
      next.version = TRY(trust::latest_agreement(tx, next.id)).agreement.version + 1;
    }
    // Through the reader once, so that nobody is asked to sign what no peer would accept.
    next = TRY(trust::read_agreement(trust::write_agreement(next)));
    TRY_VOID(trust::keep_agreement(tx, next, context.self.party, context.now()));
    TRY(send_to_all(tx, context, next, {}));
    TRY_VOID(note_deed(tx, context, by, "agreement_propose", next.id));
    return trust::agreement(tx, next.id, next.version);
  });
  if (stored) context.changed("agreement", stored->agreement.id);
  return stored;
}

Result<trust::StoredAgreement> approve(const Context& context, const trust::AgreementId& id, const Doer& by,
                                       std::string_view password) {
  const std::string& person = by.account;
  struct Material {
    people::User user;
    people::PersonKey key;
    trust::StoredAgreement agreement;
    trust::Party own;
  };
  const Material material = TRY(context.db->read_value([&](store::Transaction& tx) -> Result<Material> {
    const people::User user = TRY(people::find_user(tx, person));
    const auto key = TRY(people::person_key(tx, person));
    if (!key) return fail(ErrorCode::Forbidden, "people.not_signatory", {person});
    TRY_VOID(people::may_approve(user, *key, context.now()));
    auto agreement = TRY(trust::latest_agreement(tx, id));
    auto own = TRY(trust::own_party(tx));
    return Material{user, *key, std::move(agreement), std::move(own)};
  }));
  const auto state = material.agreement.state(context.now());
  if (state == trust::AgreementState::Expired || state == trust::AgreementState::Withdrawn)
    return fail(ErrorCode::Conflict, "agreement.over", {id});
  if (!material.own.descriptor.signatory(material.key.key))
    return fail(ErrorCode::Forbidden, "agreement.not_announced", {person});
  const auto seed =
      crypto::open_with_passphrase(password, material.key.sealed_seed);  // Argon2id: outside of any transaction
  if (!seed) return fail(ErrorCode::Unauthenticated, "people.wrong_login");
  const crypto::SigningKey key = crypto::SigningKey::from_seed(*seed);
  const trust::Approval approval{person, key.public_key(),
                                 key.sign(trust::approval_message(material.agreement.digest))};

  auto stored = context.db->write_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    const auto version = material.agreement.agreement.version;
    TRY_VOID(trust::add_approval(tx, id, version, context.self.party, approval, context.now()));
    TRY_VOID(note_deed(tx, context, by, "agreement_sign", id));
    auto now_stored = TRY(trust::agreement(tx, id, version));
    if (now_stored.signed_by(context.self.party)) return now_stored;
    std::vector<trust::Approval> ours;
    for (const auto& entry : now_stored.approvals)
      if (entry.party == context.self.party) ours.push_back(entry.approval);
    if (!trust::check_approvals(now_stored.digest, ours, material.own.descriptor))
      return now_stored;  // waits for the second person
    const Digest statement = TRY(send_to_all(tx, context, now_stored.agreement, ours));
    TRY_VOID(trust::add_signature(tx, id, version, context.self.party, statement, context.now()));
    return trust::agreement(tx, id, version);
  });
  if (stored) context.changed("agreement", id);
  return stored;
}

Result<void> take_agreement(store::Transaction& tx, const exchange::VerifiedStatement& statement,
                            const trust::Party& sender, Time now) {
  const json::Value* document = statement->body.find("document");
  const json::Value* approvals = statement->body.find("approvals");
  if (!document || !approvals) return fail(ErrorCode::Malformed, "agreement.malformed", {"document"});
  const trust::Agreement agreement = TRY(trust::read_agreement(*document));
  if (!agreement.has(sender.id)) return fail(ErrorCode::Forbidden, "agreement.sender_not_a_party");
  const auto given = TRY(trust::read_approvals(*approvals));
  const Digest digest = trust::agreement_digest(agreement);
  if (!given.empty()) TRY_VOID(trust::check_approvals(digest, given, sender.descriptor));
  TRY_VOID(trust::keep_agreement(tx, agreement, sender.id, now));
  for (const auto& approval : given)
    TRY_VOID(trust::add_approval(tx, agreement.id, agreement.version, sender.id, approval, now));
  if (!given.empty())
    TRY_VOID(trust::add_signature(tx, agreement.id, agreement.version, sender.id, statement.digest(), now));
  return {};
}

}  // namespace tocsin::journeys
