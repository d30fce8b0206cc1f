#include "journeys/agree.h"

#include <algorithm>
#include <optional>

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
                           exchange::Statement said) {
  const auto statement = TRY(exchange::issue(tx, context.self, std::move(said), {}, context.now()));
  for (const trust::PartyId& party : agreement.parties)
    if (party != context.self.party) TRY_VOID(exchange::enqueue(tx, statement, "", party, context.now()));
  return statement.digest();
}

// Nobody is bound by what no node does.
Result<void> refuse_redactions(const trust::Terms& terms) {
  if (!terms.redactions.empty()) return fail(ErrorCode::Conflict, "agreement.redactions_not_applied");
  return {};
}

// What nobody here can hand to a party would wait for its signature for ever.
Result<void> must_be_peers(store::Transaction& tx, const trust::Agreement& agreement) {
  for (const trust::PartyId& party : TRY(trust::unpeered(tx, agreement))) {
    const auto known = trust::party(tx, party);
    if (!known) return fail(ErrorCode::NotFound, "agreement.unknown_party", {party.text()});
    return fail(ErrorCode::Conflict, "agreement.unverified_party", {known->descriptor.name.in("en")});
  }
  return {};
}

struct Material {
  people::PersonKey key;
  std::uint64_t version = 0;  // of the document that was shown
  trust::Party own;
};

Result<Material> material_for(store::Transaction& tx, const ApproveRequest& request, Time now) {
  const std::string& person = request.by.account;
  const people::User user = TRY(people::find_user(tx, person));
  const auto key = TRY(people::person_key(tx, person));
  if (!key) return fail(ErrorCode::Forbidden, "people.not_signatory", {person});
  TRY_VOID(people::may_approve(user, *key, now));
  const auto latest = TRY(trust::latest_agreement(tx, request.agreement));
  const std::uint64_t version = latest.agreement.version;
  if (latest.digest != request.document)
    return fail(ErrorCode::Conflict, "agreement.other_version_shown", {request.agreement, std::to_string(version)});
  if (latest.is_over(now)) return fail(ErrorCode::Conflict, "agreement.over", {request.agreement});
  TRY_VOID(refuse_redactions(latest.agreement.terms));
  auto own = TRY(trust::own_party(tx));
  if (!own.descriptor.signatory(key->key)) return fail(ErrorCode::Forbidden, "agreement.not_announced", {person});
  return Material{*key, version, std::move(own)};
}

Result<trust::StoredAgreement> add_own_approval(store::Transaction& tx, const Context& context,
                                                const ApproveRequest& request, const Material& material,
                                                const trust::Approval& approval) {
  const auto version = material.version;
  TRY_VOID(trust::add_approval(tx, request.agreement, version, context.self.party, approval, context.now()));
  TRY_VOID(note_deed(tx, context, request.by, "agreement_sign", request.agreement));
  auto stored = TRY(trust::agreement(tx, request.agreement, version));
  if (stored.signed_by(context.self.party)) return stored;
  std::vector<trust::Approval> ours;
  for (const auto& entry : stored.approvals)
    if (entry.party == context.self.party) ours.push_back(entry.approval);
  if (!trust::check_approvals(stored.digest, ours, material.own.descriptor))
    return stored;  // waits for the second person
  const Digest statement = TRY(send_to_all(tx, context, stored.agreement, agreement_statement(stored.agreement, ours)));
  TRY_VOID(trust::add_signature(tx, request.agreement, version, context.self.party, statement, context.now()));
  return trust::agreement(tx, request.agreement, version);
}

Result<trust::StoredAgreement> try_to_approve(const Context& context, const ApproveRequest& request) {
  const Material material =
      TRY(context.db->read_value([&](store::Transaction& tx) { return material_for(tx, request, context.now()); }));
  std::optional<trust::Approval> approval;  // Argon2id: outside of any transaction
  if (const auto seed = crypto::open_with_passphrase(request.password, material.key.sealed_seed)) {
    const crypto::SigningKey key = crypto::SigningKey::from_seed(*seed);
    approval =
        trust::Approval{request.by.account, key.public_key(), key.sign(trust::approval_message(request.document))};
  }
  // The inner Result: a counted failure is committed, too.
  return TRY(context.db->write_value([&](store::Transaction& tx) -> Result<Result<trust::StoredAgreement>> {
    const auto proved = TRY(people::prove_person(tx, request.by.account, approval.has_value(), request.code,
                                                 request.source, context.now()));
    if (!proved) return Result<trust::StoredAgreement>(tl::unexpected(proved.error()));
    TRY(material_for(tx, request, context.now()));  // a version that came while the key was opened
    return Result<trust::StoredAgreement>(TRY(add_own_approval(tx, context, request, material, *approval)));
  }));
}

}  // namespace

Result<trust::StoredAgreement> propose(const Context& context, trust::Agreement agreement, const Doer& by) {
  auto stored = context.db->write_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    trust::Agreement next = agreement;
    if (!next.has(context.self.party)) next.parties.push_back(context.self.party);
    std::sort(next.parties.begin(), next.parties.end());
    next.parties.erase(std::unique(next.parties.begin(), next.parties.end()), next.parties.end());
    TRY_VOID(must_be_peers(tx, next));
    if (next.id.empty()) {
      next.id = base::uuid7(context.now());
      next.version = 1;
    } else {
      next.version = TRY(trust::latest_agreement(tx, next.id)).agreement.version + 1;
    }
    // Through the reader once, so that nobody is asked to sign what no peer would accept.
    next = TRY(trust::read_agreement(trust::write_agreement(next)));
    TRY_VOID(refuse_redactions(next.terms));
    TRY_VOID(trust::keep_agreement(tx, next, context.self.party, context.now()));
    TRY(send_to_all(tx, context, next, agreement_statement(next, {})));
    TRY_VOID(note_deed(tx, context, by, "agreement_propose", next.id));
    return trust::agreement(tx, next.id, next.version);
  });
  if (stored) context.changed("agreement");
  return stored;
}

Result<trust::StoredAgreement> approve(const Context& context, const ApproveRequest& request) {
  TRY(context.db->read_value([&](store::Transaction& tx) {
    return people::begin_login(tx, request.by.account, request.source, context.now());
  }));
  auto stored = try_to_approve(context, request);
  if (stored)
    context.changed("agreement");
  else
    TRY_VOID(context.db->write([&](store::Transaction& tx) {
      return note_deed(tx, context, request.by, "agreement_sign", request.agreement, stored.error().id);
    }));
  return stored;
}

Result<trust::StoredAgreement> withdraw(const Context& context, const trust::AgreementId& id, const Doer& by) {
  auto stored = context.db->write_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    const auto latest = TRY(trust::latest_agreement(tx, id));
    if (latest.withdrawn) return fail(ErrorCode::Conflict, "agreement.already_withdrawn", {id});
    TRY_VOID(trust::withdraw(tx, id, context.self.party, context.now()));
    exchange::Statement statement;
    statement.kind = "withdraw";
    statement.body = json::Object{{"agreement", id}};
    TRY(send_to_all(tx, context, latest.agreement, std::move(statement)));
    TRY_VOID(note_deed(tx, context, by, "agreement_withdraw", id));
    return trust::latest_agreement(tx, id);
  });
  if (stored) context.changed("agreement");
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
