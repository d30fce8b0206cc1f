#include "journeys/admit.h"

#include <algorithm>

#include "core/exchange/envelope.h"
#include "core/find/search.h"
#include "core/relate/postings.h"

namespace tocsin::journeys {
namespace {

tl::unexpected<Error> retracted(const stix::Object& object, const intel::Tombstone& grave,
                                const intel::Provenance& provenance) {
  if (provenance.statement) return fail(ErrorCode::Conflict, "intel.retracted_before", {object.id, grave.reason});
  return fail(ErrorCode::Conflict, "intel.retracted_here", {object.id, base::to_rfc3339(grave.at), grave.reason});
}

bool may_return(const stix::Object& object, const intel::Tombstone& grave, AfterRetraction rule) {
  return rule == AfterRetraction::LaterVersionReturns && object.modified_time && *object.modified_time > grave.at;
}

bool counts(intel::Outcome outcome) {
  return outcome == intel::Outcome::Stored || outcome == intel::Outcome::Updated;
}

// The same bytes once more, of the same voucher, in another statement: to somebody else, or under a wider label. Who
// may read either statement may read the item.
Result<void> widen(store::Transaction& tx, intel::ItemId item, const trust::Label& again) {
  trust::Label label = TRY(trust::label(tx, TRY(intel::label_of(tx, item))));
  if (again.tlp < label.tlp)
    label = again;
  else if (again.tlp == stix::Tlp::Red &&
           !std::includes(label.readers.begin(), label.readers.end(), again.readers.begin(), again.readers.end()))
    label.readers.insert(again.readers.begin(), again.readers.end());
  else
    return {};
  const trust::LabelId id = TRY(trust::intern(tx, label));
  TRY_VOID(intel::relabel(tx, item, id));
  TRY_VOID(relate::relabel(tx, item, id));
  return find::relabel(tx, item, id, stix::name(label.tlp));
}

}  // namespace

bool narrow(trust::Label& label, const stix::Object& object) {
  const trust::Label before = label;
  label.tlp = std::max(label.tlp, object.tlp.value_or(label.tlp));
  label.pap = std::max(label.pap, object.pap.value_or(label.pap));
  if (object.unknown_marking) label.tlp = std::max(label.tlp, stix::Tlp::Amber);
  return !(label == before);
}

Result<intel::Put> admit(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                         const trust::NumberedLabel& label, const intel::Provenance& provenance, Time now,
                         AfterRetraction rule) {
  const trust::PartyId& author = provenance.author.empty() ? label.label.voucher : provenance.author;
  const intel::Withdrawn what{author, object.id, provenance.statement, label.label.realm};
  const auto grave = TRY(intel::tombstone(tx, what));
  if (grave && !may_return(object, *grave, rule)) return retracted(object, *grave, provenance);
  intel::Put out = TRY(intel::put(tx, object, bytes, label.id, provenance, now));
  if (grave && !counts(out.outcome)) return retracted(object, *grave, provenance);  // what stands is what was retracted
  if (grave) TRY_VOID(intel::remove_tombstone(tx, what));
  for (const intel::ItemId old : out.superseded) {
    TRY_VOID(relate::stop(tx, old, false));
    TRY_VOID(find::remove(tx, old));
  }
  if (out.outcome == intel::Outcome::Unchanged && provenance.statement) TRY_VOID(widen(tx, out.item, label.label));
  // Lists show what is current; the versions before it stand on its page.
  if (!counts(out.outcome)) return out;

  if (!object.revoked) {
    std::vector<relate::Posting> postings;
    for (const stix::Indicated& indicated : object.indicated)
      postings.push_back({indicated.value, indicated.matched ? relate::Role::Indicates : relate::Role::Shows});
    for (const observable::Value& value : object.values) postings.push_back({value, relate::Role::Shows});
    TRY_VOID(relate::post(tx, out.item, label.id, postings, {object.valid_from, object.valid_until}));
  }
  find::Document document{out.item,
                          label.id,
                          object.type,
                          label.label.voucher.text(),
                          std::string(stix::name(label.label.tlp)),
                          {object.name, object.id}};
  for (const auto& indicated : object.indicated) document.texts.push_back(indicated.value.text);
  for (const auto& value : object.values) document.texts.push_back(value.text);
  for (const auto& word : object.labels) document.texts.push_back(word);
  TRY_VOID(find::index(tx, document));
  return out;
}

Result<intel::Put> admit_object(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                                const trust::NumberedLabel& label, const intel::Provenance& provenance, Time now) {
  // Our own words come back after a restore as they were said, a later version behind a retraction, too.
  const bool own = provenance.basis == exchange::name(exchange::Basis::Returned);
  return admit(tx, object, bytes, label, provenance, now,
               own ? AfterRetraction::LaterVersionReturns : AfterRetraction::StaysAway);
}

Result<intel::Put> foresee(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                           const trust::Label& label, std::string_view run, const Digest& said, AfterRetraction rule) {
  const auto grave = TRY(intel::tombstone(tx, {label.voucher, object.id, {}, label.realm}));
  if (grave && !may_return(object, *grave, rule)) return retracted(object, *grave, {});
  const intel::Outcome outcome = TRY(intel::foresee(tx, object, bytes, label, run, said));
  if (grave && !counts(outcome)) return retracted(object, *grave, {});
  return intel::Put{outcome, 0, {}};
}

}  // namespace tocsin::journeys
