// What proves that a party has told two stories, by its own signature: kept for good and shown to people. Keeping it
// changes nothing that was accepted; what follows for the party is decided where the evidence is found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/statement.h"

namespace tocsin::exchange {

/// Two checkpoints of one epoch and size with different roots: two histories of one log.
struct TwoHistories {
  std::string epoch;
  std::uint64_t size = 0;
  std::string first, second;  ///< signed notes
};

/// A second payload under one (author, id), besides the one in the archive.
struct TwoStatements {
  PartyId author;
  std::string id;
  Signed second;
};

/// One piece for each size and each id is proof enough, and all that a flood of them can fill. The peer whose log has
/// two histories is suspended until persons have compared the number again.
Result<void> keep(store::Transaction& tx, const PartyId& peer, const TwoHistories& evidence, Time now);
/// `shown_by`: who delivered it.
Result<void> keep(store::Transaction& tx, const PartyId& shown_by, const TwoStatements& evidence, Time now);

/// What is shown of two statements: which they are. The bytes of the second, up to a statement's full size, stay kept.
struct SecondStatement {
  std::string id;
  Digest digest;
};
struct Evidence {
  Time at;
  std::optional<TwoHistories> histories;
  std::optional<SecondStatement> statement;
};
/// Newest first, 100 of each kind at most.
Result<std::vector<Evidence>> evidence_against(store::Transaction& tx, const PartyId& party);

}  // namespace tocsin::exchange
