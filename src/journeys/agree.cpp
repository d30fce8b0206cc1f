#include "journeys/agree.h"

#include <algorithm>
#include <functional>

#include "core/exchange/delivery.h"
#include "duty/alerts/alerts.h"

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

Result<Digest> send_to_all(store::Transaction& tx, const Context& context, const trust::StoredAgreement& stored,
                           exchange::Statement said) {
  const auto statement = TRY(exchange::issue(tx, context.self, std::move(said), {}, context.now()));
  for (const trust::PartyId& party : stored.agreement.parties)
    if (party != context.self.party && stored.takes_part(party))
      TRY_VOID(exchange::enqueue(tx, statement, "", party, context.now()));
  return statement.digest();
}

// Nobody is bound by what no node does.
Result<void> refuse_redactions(const trust::Terms& terms) {
  if (!terms.redactions.empty()) return fail(ErrorCode::Conflict, "agreement.redactions_not_applied");
  return {};
}

// What nobody here can hand to a party would wait for its signature for ever.
Result<void> must_be_peers(store::Transaction& tx, const trust::StoredAgreement& stored) {
  for (const trust::PartyId& party : TRY(trust::unpeered(tx, stored))) {
    const auto known = trust::party(tx, party);
    if (!known) return fail(ErrorCode::NotFound, "agreement.unknown_party", {party.text()});
    return fail(ErrorCode::Conflict, "agreement.unverified_party", {known->descriptor.name.in("en")});
  }
  return {};
}

// What only a signatory does, proved by a key that only the password opens.
struct SignatoryDeed {
  std::string_view action;  // as the audit trail names it
  trust::AgreementId agreement;
  std::function<Result<void>(store::Transaction&)> may;  // asked before the password, and again before the deed
  std::function<Result<trust::StoredAgreement>(store::Transaction&, const crypto::SigningKey&)> act;
};

Result<people::PersonKey> signatory_key(store::Transaction& tx, const std::string& person, Time now) {
  const people::User user = TRY(people::find_user(tx, person));
  auto key = TRY(people::person_key(tx, person));
  if (!key) return fail(ErrorCode::Forbidden, "people.not_signatory", {person});
  TRY_VOID(people::may_approve(user, *key, now));
  if (!TRY(trust::own_party(tx)).descriptor.signatory(key->key))
    return fail(ErrorCode::Forbidden, "agreement.not_announced", {person});
  return std::move(*key);
}

Result<trust::StoredAgreement> try_to_do(const Context& context, const SignatoryProof& proof,
                                         const SignatoryDeed& deed) {
  const auto sealed = TRY(context.db->read_value([&](store::Transaction& tx) -> Result<people::PersonKey> {
    auto key = TRY(signatory_key(tx, proof.by.account, context.now()));
    TRY_VOID(deed.may(tx));
    return key;
  }));
  // Argon2id: outside of any transaction
  const auto seed = crypto::open_with_passphrase(proof.password, sealed.sealed_seed);
  // The inner Result: a counted failure is committed, too.
  return TRY(context.db->write_value([&](store::Transaction& tx) -> Result<Result<trust::StoredAgreement>> {
    const auto proved =
        TRY(people::prove_person(tx, proof.by.account, seed.has_value(), proof.code, proof.source, context.now()));
    if (!proved) return Result<trust::StoredAgreement>(tl::unexpected(proved.error()));
    TRY(signatory_key(tx, proof.by.account, context.now()));
    TRY_VOID(deed.may(tx));  // something may have come while the key was opened
    auto done = TRY(deed.act(tx, crypto::SigningKey::from_seed(*seed)));
    TRY_VOID(note_deed(tx, context, proof.by, deed.action, deed.agreement));
    return Result<trust::StoredAgreement>(std::move(done));
  }));
}

Result<trust::StoredAgreement> do_as_signatory(const Context& context, const SignatoryProof& proof,
                                               const SignatoryDeed& deed) {
  TRY(context.db->read_value(
      [&](store::Transaction& tx) { return people::begin_login(tx, proof.by.account, proof.source, context.now()); }));
  auto done = try_to_do(context, proof, deed);
  if (done)
    context.changed("agreement");
  else
    TRY_VOID(context.db->write([&](store::Transaction& tx) {
      return note_deed(tx, context, proof.by, deed.action, deed.agreement, done.error().id);
    }));
  return done;
}

Result<void> may_be_signed(store::Transaction& tx, const ApproveRequest& request, Time now) {
  const auto latest = TRY(trust::latest_agreement(tx, request.agreement));
  if (latest.digest != request.document)
    return fail(ErrorCode::Conflict, "agreement.other_version_shown",
                {request.agreement, std::to_string(latest.agreement.version)});
  if (latest.is_over(now)) return fail(ErrorCode::Conflict, "agreement.over", {request.agreement});
  return refuse_redactions(latest.agreement.terms);
}

Result<trust::StoredAgreement> add_own_approval(store::Transaction& tx, const Context& context,
                                                const trust::AgreementId& id, const trust::Approval& approval) {
  const trust::PartyId& self = context.self.party;
  const auto version = TRY(trust::latest_agreement(tx, id)).agreement.version;
  TRY_VOID(trust::add_approval(tx, id, version, self, approval, context.now()));
  auto stored = TRY(trust::agreement(tx, id, version));
  if (stored.signed_by(self)) return stored;
  std::vector<trust::Approval> ours;
  for (const auto& entry : stored.approvals)
    if (entry.party == self) ours.push_back(entry.approval);
  if (!trust::check_approvals(stored.digest, ours, TRY(trust::own_party(tx)).descriptor))
    return stored;  // waits for the second person
  const Digest statement = TRY(send_to_all(tx, context, stored, agreement_statement(stored.agreement, ours)));
  TRY_VOID(trust::add_signature(tx, id, version, self, statement, context.now()));
  return trust::agreement(tx, id, version);
}

Result<void> may_be_left(store::Transaction& tx, const trust::AgreementId& id) {
  if (!TRY(trust::latest_agreement(tx, id)).withdrawn) return {};
  return fail(ErrorCode::Conflict, "agreement.already_withdrawn", {id});
}

Result<trust::StoredAgreement> leave(store::Transaction& tx, const Context& context, const trust::AgreementId& id) {
  const auto latest = TRY(trust::latest_agreement(tx, id));
  exchange::Statement statement;
  statement.kind = "withdraw";
  statement.body = json::Object{{"agreement", id}};
  const Digest said = TRY(send_to_all(tx, context, latest, std::move(statement)));
  TRY_VOID(trust::withdraw(tx, id, context.self.party, said, context.now()));
  return trust::latest_agreement(tx, id);
}

// Who still speaks to us of what we have left is told, and so is every peer that it names: a restored node hears that
// it has left before it hears what, and among whom. What has gone to a party already, or waits for it, does not go
// again.
Result<void> repeat_departure(store::Transaction& tx, const trust::Agreement& agreement, const trust::PartyId& own,
                              const Digest& departure, Time now) {
  const auto said = TRY(exchange::archived(tx, departure));
  for (const trust::PartyId& party : agreement.parties) {
    if (party == own || !trust::party(tx, party)) continue;
    if (!TRY(exchange::is_on_its_way(tx, departure, party))) TRY_VOID(exchange::enqueue(tx, said, "", party, now));
  }
  return {};
}

}  // namespace

trust::Terms usual_terms(std::size_t others, Time now) {
  trust::Terms out;
  out.level = others > 1 ? trust::AgreementLevel::Multilateral : trust::AgreementLevel::Bilateral;
  out.categories = {"intel", "alert", "sighting"};
  out.tlp = stix::Tlp::Amber;
  out.pap = stix::Pap::Amber;
  out.onward = trust::Onward::None;
  out.retention_days = 365;
  out.acknowledge = alerts::kUsualDeadlines;
  out.from = now - base::minutes(1);  // a clock there may be behind ours
  out.until = now + base::days(365);
  return out;
}

Result<void> begin_next_version(const Context& context, trust::Agreement& next) {
  const auto present = TRY(context.db->read_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    if (auto stored = TRY(trust::in_force(tx, next.id, context.now()))) return std::move(*stored);
    for (auto& stored : TRY(trust::agreements(tx)))  // the newest first
      if (stored.agreement.id == next.id &&
          (stored.proposed_by == context.self.party || stored.signed_by(context.self.party)))
        return std::move(stored);
    return fail(ErrorCode::NotFound, "agreement.unknown", {next.id});
  }));
  if (next.parties.empty()) next.parties = present.agreement.parties;
  const trust::Terms usual = usual_terms(1, context.now());
  next.terms = present.agreement.terms;
  next.terms.from = usual.from;
  next.terms.until = usual.until;
  return {};
}

Result<trust::StoredAgreement> propose(const Context& context, trust::Agreement agreement, const Doer& by) {
  auto stored = context.db->write_value([&](store::Transaction& tx) -> Result<trust::StoredAgreement> {
    trust::Agreement next = agreement;
    if (!next.has(context.self.party)) next.parties.push_back(context.self.party);
    std::sort(next.parties.begin(), next.parties.end());
    next.parties.erase(std::unique(next.parties.begin(), next.parties.end()), next.parties.end());
    if (next.id.empty()) {
      trust::bind_id(next);
      next.version = 1;
    } else {
      const auto latest = TRY(trust::latest_agreement(tx, next.id));
      next.nonce = latest.agreement.nonce;
      next.version = latest.agreement.version + 1;
    }
    // Through the reader once, so that nobody is asked to sign what no peer would accept.
    next = TRY(trust::read_agreement(trust::write_agreement(next)));
    TRY_VOID(refuse_redactions(next.terms));
    TRY_VOID(trust::keep_agreement(tx, next, context.self.party, context.now()));
    auto kept = TRY(trust::agreement(tx, next.id, next.version));
    TRY_VOID(must_be_peers(tx, kept));
    TRY(send_to_all(tx, context, kept, agreement_statement(next, {})));
    TRY_VOID(note_deed(tx, context, by, "agreement_propose", next.id));
    return kept;
  });
  if (stored) context.changed("agreement");
  return stored;
}

Result<trust::StoredAgreement> approve(const Context& context, const ApproveRequest& request) {
  return do_as_signatory(context, request.proof,
                         {"agreement_sign", request.agreement,
                          [&](store::Transaction& tx) { return may_be_signed(tx, request, context.now()); },
                          [&](store::Transaction& tx, const crypto::SigningKey& key) {
                            return add_own_approval(tx, context, request.agreement,
                                                    {request.proof.by.account, key.public_key(),
                                                     key.sign(trust::approval_message(request.document))});
                          }});
}

Result<trust::StoredAgreement> withdraw(const Context& context, const WithdrawRequest& request) {
  return do_as_signatory(
      context, request.proof,
      {"agreement_withdraw", request.agreement,
       [&](store::Transaction& tx) { return may_be_left(tx, request.agreement); },
       [&](store::Transaction& tx, const crypto::SigningKey&) { return leave(tx, context, request.agreement); }});
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
  const trust::PartyId own = TRY(trust::own_party(tx)).id;
  const auto left = TRY(trust::departure(tx, agreement.id, own));
  if (left && agreement.has(own) && agreement.has_bound_id())
    return repeat_departure(tx, agreement, own, left->statement, now);
  TRY_VOID(trust::keep_agreement(tx, agreement, sender.id, now));
  for (const auto& approval : given)
    TRY_VOID(trust::add_approval(tx, agreement.id, agreement.version, sender.id, approval, now));
  if (!given.empty())
    TRY_VOID(trust::add_signature(tx, agreement.id, agreement.version, sender.id, statement.digest(), now));
  return {};
}

}  // namespace tocsin::journeys
