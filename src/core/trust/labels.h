// Labels: under whose word and under which rules an item is held. Interned: an item carries a small number. The one
// release decision sees labels, never objects.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/trust/agreement.h"
#include "core/trust/person.h"
#include "ground/store/store.h"

namespace tocsin::trust {

using LabelId = std::int64_t;

struct Label {
  PartyId voucher;        ///< who says it: ourselves, or the peer whose statement brought it
  AgreementId agreement;  ///< under which it came; empty for our own
  std::uint64_t agreement_version = 0;
  stix::Tlp tlp = stix::Tlp::Amber;
  stix::Pap pap = stix::Pap::Red;
  Onward onward = Onward::None;  ///< what the source permits; for our own: what receivers may do
  std::set<Person> readers;      ///< of TLP:RED: persons of ours, and of the peers for whom our own word is meant
  Realm realm{kReal};
  bool operator==(const Label&) const = default;
  /// As restricted as `other`, too, in what may be done with it. Who may read TLP:RED is the caller's to say.
  void restrict_by(const Label& other);
};

/// How many groups of readers another party may name under one version of an agreement: each makes labels of its own,
/// and every question of who may see what looks at all labels.
inline constexpr std::int64_t kMaxReaderGroups = 1000;

/// The label's number; the same label always gets the same. Error id: release.too_many_reader_groups {number}.
Result<LabelId> intern(store::Transaction& tx, const Label& label);
Result<Label> label(store::Transaction& tx, LabelId id);
struct NumberedLabel {
  LabelId id = 0;
  Label label;
};
Result<std::vector<NumberedLabel>> all_labels(store::Transaction& tx);

}  // namespace tocsin::trust
