#include "core/trust/agreements.h"

#include <algorithm>
#include <set>
#include <string>

namespace tocsin::trust {
namespace {

constexpr std::size_t kMaxOpenProposals = 20;      // of one peer
constexpr std::int64_t kMaxEarlyDepartures = 100;  // of one peer

Departure read_departure(const store::Row& row) {
  return {PartyId::parse(row.text(0)).value_or(PartyId{}), row.time(1), row.digest(2)};
}

Result<std::vector<StoredAgreement>> select(store::Transaction& tx, const std::string& where,
                                            std::span<const store::Cell> arguments) {
  std::vector<StoredAgreement> out;
  std::vector<std::string> documents;
  std::optional<PartyId> own;
  TRY_VOID(tx.each("SELECT party FROM parties WHERE own = 1",
                   [&](const store::Row& row) { own = PartyId::parse(row.text(0)); }));
  TRY_VOID(tx.query("SELECT document, digest, terms, proposed_by, proposed_at FROM agreements " + where, arguments,
                    [&](const store::Row& row) {
                      StoredAgreement stored;
                      documents.emplace_back(base::as_text(row.blob(0)));
                      stored.digest = row.digest(1);
                      stored.terms = row.digest(2);
                      stored.proposed_by = PartyId::parse(row.text(3)).value_or(PartyId{});
                      stored.proposed_at = row.time(4);
                      out.push_back(std::move(stored));
                      return true;
                    }));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].agreement = TRY(read_agreement(TRY(json::parse(documents[i]))));
    const auto& id = out[i].agreement.id;
    const auto version = out[i].agreement.version;
    TRY_VOID(tx.each(
        "SELECT party, person, person_key, signature, at FROM agreement_approvals WHERE agreement = ? AND version = ? "
        "ORDER BY at, person",
        [&](const store::Row& row) {
          StoredApproval approval;
          approval.party = PartyId::parse(row.text(0)).value_or(PartyId{});
          approval.approval.person = row.text(1);
          approval.approval.key = crypto::PublicKey::from(row.blob(2)).value_or(crypto::PublicKey{});
          approval.approval.signature = crypto::Signature::from(row.blob(3)).value_or(crypto::Signature{});
          approval.at = row.time(4);
          out[i].approvals.push_back(std::move(approval));
        },
        id, version));
    TRY_VOID(tx.each(
        "SELECT party, statement, at FROM agreement_signatures WHERE agreement = ? AND version = ? ORDER BY at",
        [&](const store::Row& row) {
          out[i].signatures.push_back({PartyId::parse(row.text(0)).value_or(PartyId{}), row.digest(1), row.time(2)});
        },
        id, version));
    TRY_VOID(tx.each(
        "SELECT party, at, statement FROM agreement_departures WHERE agreement = ? ORDER BY at, party",
        [&](const store::Row& row) {
          Departure departure = read_departure(row);
          if (out[i].agreement.has(departure.party)) out[i].departures.push_back(std::move(departure));
        },
        id));
    const bool two_remain = out[i].agreement.parties.size() - out[i].departures.size() >= 2;
    out[i].withdrawn = !two_remain || (own && !out[i].takes_part(*own));
  }
  return out;
}

// That we have left stays: the same proposal may come again.
Result<void> forget(store::Transaction& tx, const Agreement& agreement) {
  for (const char* table : {"agreement_approvals", "agreement_signatures", "agreements"})
    TRY(tx.run("DELETE FROM " + std::string(table) + " WHERE agreement = ? AND version = ?", agreement.id,
               agreement.version));
  TRY(
      tx.run("DELETE FROM agreement_departures WHERE agreement = ? AND NOT EXISTS (SELECT 1 FROM agreements a WHERE "
             "a.agreement = agreement_departures.agreement) AND party NOT IN (SELECT party FROM parties WHERE own = 1)",
             agreement.id));
  return {};
}

// A proposal costs a peer nothing. Each stays until it is signed, withdrawn or expired.
Result<void> make_room_for_proposal(store::Transaction& tx, const PartyId& proposed_by, const PartyId& own, Time now) {
  const store::Cell cells[] = {store::cell(proposed_by.text()), store::cell(own.text())};
  std::size_t open = 0;
  for (const auto& stored :
       TRY(select(tx,
                  "WHERE proposed_by = ? AND NOT EXISTS (SELECT 1 FROM agreement_signatures s WHERE s.agreement = "
                  "agreements.agreement AND s.version = agreements.version AND s.party = ?)",
                  cells))) {
    if (stored.is_over(now))
      TRY_VOID(forget(tx, stored.agreement));
    else
      ++open;
  }
  if (open < kMaxOpenProposals) return {};
  return fail(ErrorCode::Forbidden, "agreement.too_many_open", {std::to_string(kMaxOpenProposals)});
}

// Whoever has learnt an id, or makes one up, may say that it leaves what nobody here has heard of. Of our own words
// none is ever too many.
Result<void> make_room_for_departure(store::Transaction& tx, const PartyId& by) {
  const auto early =
      TRY(tx.integer("SELECT COUNT(*) FROM agreement_departures d WHERE d.party = ? AND NOT EXISTS (SELECT 1 FROM "
                     "agreements a WHERE a.agreement = d.agreement) AND NOT EXISTS (SELECT 1 FROM parties p WHERE "
                     "p.party = d.party AND p.own = 1)",
                     by.text()));
  if (early.value_or(0) < kMaxEarlyDepartures) return {};
  return fail(ErrorCode::Forbidden, "agreement.too_many_departures", {std::to_string(kMaxEarlyDepartures)});
}

}  // namespace

std::string_view name(AgreementState state) {
  switch (state) {
    case AgreementState::Proposed:
      return "proposed";
    case AgreementState::Waiting:
      return "waiting";
    case AgreementState::InForce:
      return "in_force";
    case AgreementState::Expired:
      return "expired";
    case AgreementState::Withdrawn:
      return "withdrawn";
    case AgreementState::NotYet:
      return "not_yet";
  }
  return "";
}

bool StoredAgreement::takes_part(const PartyId& party) const {
  return agreement.has(party) && std::none_of(departures.begin(), departures.end(),
                                              [&](const Departure& departure) { return departure.party == party; });
}

bool StoredAgreement::signed_by(const PartyId& party) const {
  for (const auto& signature : signatures)
    if (signature.party == party) return true;
  return false;
}

AgreementState StoredAgreement::state(Time now) const {
  if (withdrawn) return AgreementState::Withdrawn;
  if (now >= agreement.terms.until) return AgreementState::Expired;
  if (signatures.empty()) return AgreementState::Proposed;
  for (const PartyId& party : agreement.parties)
    if (takes_part(party) && !signed_by(party)) return AgreementState::Waiting;
  return now < agreement.terms.from ? AgreementState::NotYet : AgreementState::InForce;
}

bool StoredAgreement::is_over(Time now) const {
  const AgreementState here = state(now);
  return here == AgreementState::Expired || here == AgreementState::Withdrawn;
}

Result<void> keep_agreement(store::Transaction& tx, const Agreement& agreement, const PartyId& proposed_by, Time now) {
  const Party own = TRY(own_party(tx));
  if (!agreement.has(own.id)) return fail(ErrorCode::Forbidden, "agreement.not_a_party");
  if (!agreement.has(proposed_by)) return fail(ErrorCode::Forbidden, "agreement.sender_not_a_party");
  const store::Cell cells[] = {store::cell(agreement.id)};
  const auto versions = TRY(select(tx, "WHERE agreement = ? ORDER BY version", cells));
  for (const auto& earlier : versions)
    if (earlier.agreement.parties != agreement.parties)
      return fail(ErrorCode::Forbidden, "agreement.other_parties", {agreement.id});
  if (!agreement.has_bound_id()) return fail(ErrorCode::Forbidden, "agreement.unbound_id", {agreement.id});
  if (TRY(departure(tx, agreement.id, own.id)) || (!versions.empty() && versions.back().withdrawn))
    return fail(ErrorCode::Conflict, "agreement.over", {agreement.id});
  if (TRY(departure(tx, agreement.id, proposed_by)))
    return fail(ErrorCode::Forbidden, "agreement.sender_has_left", {agreement.id});
  const Digest digest = agreement_digest(agreement);
  std::optional<Digest> known;
  TRY_VOID(tx.each(
      "SELECT digest FROM agreements WHERE agreement = ? AND version = ?",
      [&](const store::Row& row) { known = row.digest(0); }, agreement.id, agreement.version));
  if (known) {
    if (*known != digest)
      return fail(ErrorCode::Conflict, "agreement.other_document", {agreement.id, std::to_string(agreement.version)});
    return {};
  }
  if (proposed_by != own.id) TRY_VOID(make_room_for_proposal(tx, proposed_by, own.id, now));
  TRY(
      tx.run("INSERT INTO agreements (agreement, version, document, digest, terms, proposed_by, proposed_at) "
             "VALUES (?, ?, ?, ?, ?, ?, ?)",
             agreement.id, agreement.version, base::as_bytes(json::canonical(write_agreement(agreement))), digest,
             terms_digest(agreement.terms), proposed_by.text(), now));
  return {};
}

Result<StoredAgreement> agreement(store::Transaction& tx, const AgreementId& id, std::uint64_t version) {
  const store::Cell cells[] = {store::cell(id), store::cell(version)};
  auto found = TRY(select(tx, "WHERE agreement = ? AND version = ?", cells));
  if (found.empty()) return fail(ErrorCode::NotFound, "agreement.unknown", {id});
  return found.front();
}

Result<StoredAgreement> latest_agreement(store::Transaction& tx, const AgreementId& id) {
  const store::Cell cells[] = {store::cell(id)};
  auto found = TRY(select(tx, "WHERE agreement = ? ORDER BY version DESC LIMIT 1", cells));
  if (found.empty()) return fail(ErrorCode::NotFound, "agreement.unknown", {id});
  return found.front();
}

Result<std::vector<StoredAgreement>> agreements(store::Transaction& tx) {
  return select(tx, "ORDER BY proposed_at DESC, agreement, version DESC", {});
}

Result<std::vector<PartyId>> unpeered(store::Transaction& tx, const StoredAgreement& stored) {
  std::set<std::string> known;
  TRY_VOID(tx.each("SELECT party FROM parties WHERE own = 1 OR verified_at IS NOT NULL",
                   [&](const store::Row& row) { known.emplace(row.text(0)); }));
  std::vector<PartyId> out;
  for (const PartyId& party : stored.agreement.parties)
    if (stored.takes_part(party) && !known.contains(party.text())) out.push_back(party);
  return out;
}

Result<void> add_approval(store::Transaction& tx, const AgreementId& id, std::uint64_t version, const PartyId& party,
                          const Approval& approval, Time now) {
  TRY(
      tx.run("INSERT INTO agreement_approvals (agreement, version, party, person, person_key, signature, at) "
             "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
             id, version, party.text(), approval.person, approval.key.view(), approval.signature.view(), now));
  return {};
}

Result<void> add_signature(store::Transaction& tx, const AgreementId& id, std::uint64_t version, const PartyId& party,
                           const Digest& statement, Time now) {
  TRY(
      tx.run("INSERT INTO agreement_signatures (agreement, version, party, statement, at) VALUES (?, ?, ?, ?, ?) "
             "ON CONFLICT DO NOTHING",
             id, version, party.text(), statement, now));
  return {};
}

Result<void> withdraw(store::Transaction& tx, const AgreementId& id, const PartyId& by, const Digest& statement,
                      Time now) {
  if (TRY(departure(tx, id, by))) return {};
  const store::Cell cells[] = {store::cell(id)};
  const auto versions = TRY(select(tx, "WHERE agreement = ?", cells));
  if (versions.empty())
    TRY_VOID(make_room_for_departure(tx, by));
  else if (!versions.front().agreement.has(by))
    return fail(ErrorCode::Forbidden, "agreement.sender_not_a_party");
  TRY(tx.run("INSERT INTO agreement_departures (agreement, party, at, statement) VALUES (?, ?, ?, ?)", id, by.text(),
             now, statement));
  return {};
}

Result<std::optional<Departure>> departure(store::Transaction& tx, const AgreementId& id, const PartyId& party) {
  std::optional<Departure> out;
  TRY_VOID(tx.each(
      "SELECT party, at, statement FROM agreement_departures WHERE agreement = ? AND party = ?",
      [&](const store::Row& row) { out = read_departure(row); }, id, party.text()));
  return out;
}

Result<std::vector<StoredAgreement>> all_in_force(store::Transaction& tx, Time now) {
  std::map<AgreementId, StoredAgreement> highest;
  for (auto& stored : TRY(agreements(tx))) {
    if (stored.state(now) != AgreementState::InForce) continue;
    const auto known = highest.find(stored.agreement.id);
    if (known == highest.end() || known->second.agreement.version < stored.agreement.version)
      highest.insert_or_assign(stored.agreement.id, std::move(stored));
  }
  std::vector<StoredAgreement> out;
  for (auto& [id, stored] : highest) out.push_back(std::move(stored));
  return out;
}

Result<std::vector<StoredAgreement>> in_force_between(store::Transaction& tx, const PartyId& a, const PartyId& b,
                                                      Time now) {
  auto out = TRY(all_in_force(tx, now));
  std::erase_if(out, [&](const StoredAgreement& stored) { return !stored.takes_part(a) || !stored.takes_part(b); });
  return out;
}

Result<std::optional<StoredAgreement>> in_force(store::Transaction& tx, const AgreementId& id, Time now) {
  const store::Cell cells[] = {store::cell(id)};
  for (auto& stored : TRY(select(tx, "WHERE agreement = ? ORDER BY version DESC", cells)))
    if (stored.state(now) == AgreementState::InForce) return std::optional(std::move(stored));
  return std::optional<StoredAgreement>{};
}

}  // namespace tocsin::trust
