// What was meant: the simulation's own account of agreements and of what was said under them, kept apart from what any
// node believes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/exchange/retractions.h"

namespace tocsin::simulation {

/// An agreement between members of the cast.
struct Pact {
  trust::AgreementId id;
  std::set<std::size_t> parties;
  std::set<std::size_t> left;
  std::vector<trust::Terms> versions;  ///< proposed by now, signed or not
  bool binds(std::size_t a, std::size_t b) const {
    return parties.contains(a) && parties.contains(b) && !left.contains(a) && !left.contains(b);
  }
  /// What it permitted in any version.
  stix::Tlp widest_tlp() const;
  stix::Tlp narrowest_tlp() const;
};

/// A piece of intelligence that was published, as one statement under one agreement.
struct Said {
  std::string value;
  std::size_t author = 0, pact = 0;
  stix::Tlp tlp = stix::Tlp::Green;
  struct Promise {
    std::size_t from = 0, pact = 0;  ///< its author, or who passes it on; under which agreement
  };
  std::map<std::size_t, Promise> promised;  ///< who is to get it
};

/// A value and what became of it. Each value is published by one party only.
struct Item {
  std::size_t author = 0;
  stix::Tlp tlp = stix::Tlp::Green;
  bool retracted = false, must_erase = false;
};

struct Model {
  std::vector<Pact> pacts;
  std::map<Digest, Said> said;
  std::map<std::string, Item> items;
};

}  // namespace tocsin::simulation
