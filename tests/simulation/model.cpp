#include "tests/simulation/model.h"

#include <algorithm>

namespace tocsin::simulation {

stix::Tlp Pact::widest_tlp() const {
  stix::Tlp out = versions.front().tlp;
  for (const trust::Terms& terms : versions) out = std::max(out, terms.tlp);
  return out;
}

stix::Tlp Pact::narrowest_tlp() const {
  stix::Tlp out = versions.front().tlp;
  for (const trust::Terms& terms : versions) out = std::min(out, terms.tlp);
  return out;
}

}  // namespace tocsin::simulation
