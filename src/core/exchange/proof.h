// Proofs as they travel with a delivery (record type P).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/log.h"

namespace tocsin::exchange {

struct InclusionProof {
  Digest statement;
  std::string epoch;
  std::uint64_t index = 0, size = 0;
  std::vector<Digest> hashes;
  std::string checkpoint;  ///< the author's, where the statement is passed onward; empty: the delivery's own
};
struct ConsistencyProof {
  std::string epoch;
  std::uint64_t from = 0, to = 0;
  std::vector<Digest> hashes;
};
struct Proof {
  std::optional<InclusionProof> inclusion;
  std::optional<ConsistencyProof> consistency;
};

std::string write_proof(const InclusionProof& proof);
std::string write_proof(const ConsistencyProof& proof);
/// proof.malformed
Result<Proof> read_proof(std::string_view text);

}  // namespace tocsin::exchange
