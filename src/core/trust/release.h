// THE release decision: may this go to that reader, and why. Lists, search, counts, sets for sensors, statements to
// peers: everything that leaves a transaction towards a reader asks here, by label. No endpoint filters by itself.
#pragma once

#include <string>
#include <vector>

#include "core/trust/labels.h"

namespace tocsin::trust {

/// A person of ours, logged in.
struct PersonReader {
  Person person;
  Realm realm{kReal};
};

/// One of our sensors: it gets values to match, nothing else.
struct SensorReader {
  Realm realm{kReal};
};

struct StoredAgreement;  // core/trust/agreements.h

enum class PeerState { Invited, Verified, Suspended, Quarantined };
std::string_view name(PeerState state);

/// A peer, under one agreement (or none: nothing but control statements goes).
struct PeerReader {
  PartyId party;
  PeerState state = PeerState::Invited;
  const StoredAgreement* agreement = nullptr;  ///< in force, or null; whoever has left it gets nothing
  std::string kind = "intel";                  ///< what would be sent: the agreement's categories are asked
  Realm realm{kReal};
};

/// Yes, or no with a message id of the catalogues ("release.above_tlp_ceiling") and its arguments.
struct Decision {
  bool permitted = false;
  std::string reason;
  std::vector<std::string> args;
};

Decision decide(const PersonReader& reader, const Label& label);
Decision decide(const SensorReader& reader, const Label& label);
/// `self` is our own party: what we vouch for is ours to give; what others vouch for goes on only by their onward rule.
Decision decide(const PeerReader& reader, const Label& label, const PartyId& self);

/// The labels that a reader may see: exactly those for which decide() says yes. Queries filter by it.
class Scope {
 public:
  /// "IN (1,2,5)" or "IN (NULL)" for SQL: numbers of ours only, never text from outside.
  const std::string& sql() const { return sql_; }
  bool contains(LabelId id) const;

 private:
  friend Result<Scope> scope(store::Transaction&, const PersonReader&);
  friend Result<Scope> scope(store::Transaction&, const SensorReader&);
  explicit Scope(std::vector<LabelId> labels);
  std::vector<LabelId> labels_;
  std::string sql_;
};
Result<Scope> scope(store::Transaction& tx, const PersonReader& reader);
Result<Scope> scope(store::Transaction& tx, const SensorReader& reader);

}  // namespace tocsin::trust
