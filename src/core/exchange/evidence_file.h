// A statement as evidence for somebody who has no node: who said it, and that it stands in its author's log, in one
// file that is checked from itself. docs/protocol.md section 14. Pure functions; what a node puts in is
// evidence_export.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/exchange/envelope.h"
#include "core/exchange/proof.h"

namespace tocsin::exchange {

/// That a recipient has taken it: the envelope in which its author handed it over, and the receipt for that envelope.
struct HandedOver {
  Signed envelope, receipt;
};

struct EvidenceFile {
  Signed descriptor;  ///< of the author
  Signed statement;
  InclusionProof proof;  ///< holds the author's checkpoint
  std::vector<HandedOver> handed_over;
};

inline constexpr std::size_t kMaxEvidenceBytes = 64u << 20;        ///< of the text
inline constexpr std::size_t kMaxEvidenceRecordBytes = 40u << 20;  ///< of the records in it
inline constexpr std::size_t kMaxHandedOver = 1000;

std::string write_evidence(const EvidenceFile& file);
/// Error ids: evidence.not_one, evidence.too_large {bytes}, evidence.malformed {place}, record.*, proof.malformed,
/// trust.bad_jws, json.*.
Result<EvidenceFile> read_evidence(std::string_view text);
/// The descriptor in an invitation. peers.not_an_invitation; as trust::verify_descriptor.
Result<trust::VerifiedDescriptor> read_invitation(std::string_view text);

enum class EvidencePart { Descriptor, Party, Checkpoint, Inclusion, Statement, Receipt };
std::string_view name(EvidencePart part);  ///< "descriptor", "party" ...

/// What was found about one part. Unknown: it could not be checked, and says nothing either way.
enum class Finding { Holds, Fails, Unknown };
std::string_view name(Finding finding);

struct EvidenceCheck {
  EvidencePart part;
  Finding finding = Finding::Holds;
  PartyId party = {};          ///< the author, or who gave the receipt
  std::optional<Error> error;  ///< why it does not hold, or could not be checked
};

struct EvidenceVerdict {
  std::optional<trust::VerifiedDescriptor> author;  ///< the newest that is known, which may be newer than the file's
  bool vouches_for_itself = false;                  ///< nothing but the file says who the author is
  std::optional<VerifiedStatement> statement;       ///< only where its signature and its place hold
  std::optional<LeafPosition> leaf;                 ///< proved
  std::optional<merkle::Checkpoint> head;           ///< signed
  std::vector<EvidenceCheck> checks;
  /// Everything that could be checked holds, the statement among it.
  bool holds() const;
};

/// By the same rules as what a peer delivers. `file` as read_evidence() returns it; `known`: descriptors that the
/// reader has from elsewhere. Where there are any, the author has to be one of them, on one chain of roots with what
/// the file shows; without, the file speaks for itself alone. Error ids of checks: evidence.*, descriptor.*,
/// statement.*, receipt.*, envelope.*, log.*, trust.*.
EvidenceVerdict verify_evidence(const EvidenceFile& file, const std::vector<trust::VerifiedDescriptor>& known);

}  // namespace tocsin::exchange
