#include "core/trust/release.h"

#include <algorithm>

#include "core/trust/agreements.h"

namespace tocsin::trust {
namespace {

Decision yes() {
  return {true, "release.permitted", {}};
}
Decision no(std::string_view reason, std::vector<std::string> args = {}) {
  return {false, std::string(reason), std::move(args)};
}

bool names_somebody_of(const PartyId& party, const Label& label) {
  return std::any_of(label.readers.begin(), label.readers.end(),
                     [&](const Person& reader) { return reader.party == party; });
}

// Whether the source permits us to pass its item on to a further party under this agreement.
Decision decide_onward(const Label& label, const Agreement& agreement) {
  switch (label.onward) {
    case Onward::Free:
      return yes();
    case Onward::WithinAgreement:
      return label.agreement == agreement.id ? yes() : no("release.onward_other_agreement");
    case Onward::WithConsent:
      return no("release.onward_needs_consent");
    case Onward::OwnConstituency:
      return no("release.onward_own_constituency");
    case Onward::None:
      return no("release.onward_none");
  }
  return no("release.onward_none");
}

template <typename Decide>
Result<std::vector<LabelId>> permitted(store::Transaction& tx, const Decide& decide_one) {
  std::vector<LabelId> out;
  for (const NumberedLabel& entry : TRY(all_labels(tx)))
    if (decide_one(entry.label).permitted) out.push_back(entry.id);
  return out;
}

}  // namespace

std::string_view name(PeerState state) {
  switch (state) {
    case PeerState::Invited:
      return "invited";
    case PeerState::Verified:
      return "verified";
    case PeerState::Suspended:
      return "suspended";
    case PeerState::Quarantined:
      return "quarantined";
  }
  return "";
}

Decision decide(const PersonReader& reader, const Label& label) {
  if (label.realm != reader.realm) return no("release.other_realm");
  if (label.tlp == stix::Tlp::Red && !label.readers.contains(reader.person)) return no("release.red_not_named");
  return yes();
}

Decision decide(const SensorReader& reader, const Label& label) {
  if (label.realm != reader.realm) return no("release.other_realm");
  if (label.tlp == stix::Tlp::Red) return no("release.red_not_to_sensors");
  return yes();
}

// The order is the order in which a person would want to hear the reasons: who first, then what.
Decision decide(const PeerReader& reader, const Label& label, const PartyId& self) {
  if (reader.state == PeerState::Quarantined) return no("release.quarantined");
  if (reader.state != PeerState::Verified) return no("release.not_verified");
  if (!reader.agreement || !reader.agreement->agreement.has(reader.party) || !reader.agreement->takes_part(self))
    return no("release.no_agreement");
  if (!reader.agreement->takes_part(reader.party)) return no("release.has_left");
  if (label.realm != reader.realm) return no("release.other_realm");
  const Terms& terms = reader.agreement->agreement.terms;
  if (!terms.redactions.empty()) return no("release.redactions_not_applied");
  if (!terms.permits_kind(reader.kind)) return no("release.kind_not_agreed", {reader.kind});
  if (label.voucher == reader.party) return no("release.is_the_source");
  if (label.tlp > terms.tlp)
    return no("release.above_tlp_ceiling", {std::string(stix::name(label.tlp)), std::string(stix::name(terms.tlp))});
  if (label.pap > terms.pap)
    return no("release.above_pap_ceiling", {std::string(stix::name(label.pap)), std::string(stix::name(terms.pap))});
  if (label.tlp == stix::Tlp::Red && !names_somebody_of(reader.party, label))
    return no("release.red_names_nobody_there");
  if (label.voucher == self) return yes();
  return decide_onward(label, reader.agreement->agreement);
}

Scope::Scope(std::vector<LabelId> labels) : labels_(std::move(labels)) {
  std::sort(labels_.begin(), labels_.end());
  sql_ = "IN (";
  for (const LabelId id : labels_) sql_ += (sql_.size() > 4 ? "," : "") + std::to_string(id);
  sql_ += labels_.empty() ? "NULL)" : ")";
}

bool Scope::contains(LabelId id) const {
  return std::binary_search(labels_.begin(), labels_.end(), id);
}

Result<Scope> scope(store::Transaction& tx, const PersonReader& reader) {
  return Scope(TRY(permitted(tx, [&](const Label& label) { return decide(reader, label); })));
}
Result<Scope> scope(store::Transaction& tx, const SensorReader& reader) {
  return Scope(TRY(permitted(tx, [&](const Label& label) { return decide(reader, label); })));
}

}  // namespace tocsin::trust
