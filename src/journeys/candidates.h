// What a person has chosen to publish, before it is decided who may have it.
#pragma once

#include <string>
#include <vector>

#include "journeys/publish.h"

namespace tocsin::journeys {

/// One of the things chosen.
struct Candidate {
  intel::Item item;
  trust::Label label;
  std::int64_t size_bytes = 0;
  bool is_i_json = false;             ///< else it cannot stand inside a signed payload without being changed
  std::string bytes;                  ///< none in a preview: an import may be as large as memory
  std::vector<std::size_t> carriers;  ///< of what others vouch for: the statements it came in, oldest first
};

/// The label under which something would go. Of what others vouch for, whom it names is not ours to say: it goes on
/// whole or not at all. Our own word may be narrowed, and TLP:RED of ours goes to the persons named for it; whoever
/// publishes it may read it afterwards, as may those of ours whom it named before.
trust::Label as_published(trust::Label label, const PublishRequest& request, const trust::PartyId& self);

/// Whether there is what a person has named. Of a publication that goes on later, something may be gone by then.
/// intel.not_found {item}, intel.no_import {import}, agreement.unknown {agreement}.
Result<void> check_named(store::Transaction& tx, const PublishRequest& request, const trust::Scope& scope);
/// What is to be published, each once, everything within the person's scope.
Result<std::vector<intel::Item>> chosen(store::Transaction& tx, const PublishRequest& request,
                                        const trust::Scope& scope);
/// With labels, and the bytes where they are to go.
Result<std::vector<Candidate>> collect(store::Transaction& tx, const PublishRequest& request, const trust::Scope& scope,
                                       const trust::PartyId& self, bool with_bytes);

}  // namespace tocsin::journeys
