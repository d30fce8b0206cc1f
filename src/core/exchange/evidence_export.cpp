#include "core/exchange/evidence_export.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kShortestBeginning = 8;  // hex digits: a person copies them from a list
constexpr std::size_t kDigits = 2 * Digest::kSize;

std::size_t size_of(const Signed& object) {
  return object.jws.size() + object.payload.size();
}

Result<InclusionProof> own_proof(store::Transaction& tx, const Self& self, const Digest& digest, Time now) {
  const auto leaf = TRY(leaf_of(tx, digest));
  if (!leaf) return fail(ErrorCode::Corrupt, "log.no_leaf", {digest.hex()});
  std::string note = TRY(checkpoint(tx, self, leaf->epoch, now));
  const auto head = TRY(merkle::open_checkpoint(note, origin(self.party, leaf->epoch), self.keys->log.public_key()));
  auto hashes = TRY(inclusion(tx, *leaf, head.size));
  return InclusionProof{digest, leaf->epoch, leaf->index, head.size, std::move(hashes), std::move(note)};
}

// As it came here. Whoever handed it over directly proved it against its own checkpoint, which was kept beside.
Result<InclusionProof> kept_inclusion(store::Transaction& tx, const Digest& digest) {
  const auto kept = TRY(kept_proof(tx, digest));
  if (!kept) return fail(ErrorCode::Corrupt, "evidence.no_proof", {digest.hex()});
  Proof proof = TRY(read_proof(kept->json));
  if (!proof.inclusion) return fail(ErrorCode::Corrupt, "evidence.no_proof", {digest.hex()});
  return std::move(*proof.inclusion);
}

Result<void> add_receipts(store::Transaction& tx, const Self& self, const trust::Descriptor& own, EvidenceFile& file,
                          const Digest& digest) {
  std::size_t bytes = size_of(file.descriptor) + size_of(file.statement);
  return tx.query(
      "SELECT e.jws, e.payload, e.receipt_jws, e.receipt_payload FROM ledger l JOIN envelopes e ON e.digest = "
      "l.envelope WHERE l.statement = ? AND l.direction = 'out' AND e.receipt_jws IS NOT NULL ORDER BY l.row",
      std::vector<store::Cell>{store::cell(digest)}, [&](const store::Row& row) {
        HandedOver one{{std::string(row.text(0)), std::string(base::as_text(row.blob(1)))},
                       {std::string(row.text(2)), std::string(base::as_text(row.blob(3)))}};
        bytes += size_of(one.envelope) + size_of(one.receipt);
        // Under a statement key that has been followed they only say that nobody can tell: left out.
        const auto envelope = verify_envelope(one.envelope, own);
        if (envelope && envelope->sender == self.party) file.handed_over.push_back(std::move(one));
        return file.handed_over.size() < kMaxHandedOver && bytes < kMaxEvidenceRecordBytes;
      });
}

}  // namespace

Result<Archived> find_archived(store::Transaction& tx, std::string_view hex, const trust::Scope& scope) {
  const auto padded = [&](char digit) { return std::string(hex) + std::string(kDigits - hex.size(), digit); };
  const auto bad = [] {
    return fail(ErrorCode::Malformed, "statement.bad_digest", {std::to_string(kShortestBeginning)});
  };
  if (hex.size() < kShortestBeginning || hex.size() > kDigits) return bad();
  const auto first = Digest::from_hex(padded('0')), last = Digest::from_hex(padded('f'));
  if (!first || !last) return bad();
  std::vector<Digest> found;
  TRY_VOID(tx.each(
      "SELECT digest FROM statements s WHERE digest >= ? AND digest <= ? AND " + readable(scope, "s") + " LIMIT 2",
      [&](const store::Row& row) { found.push_back(row.digest(0)); }, *first, *last));
  if (found.empty()) return fail(ErrorCode::NotFound, "statement.unknown", {std::string(hex)});
  if (found.size() > 1) return fail(ErrorCode::Conflict, "statement.several", {std::string(hex)});
  return archived(tx, found.front());
}

Result<EvidenceFile> evidence_of(store::Transaction& tx, const Self& self, const Archived& statement,
                                 bool with_receipts, Time now) {
  if (!statement.erased_reason.empty())
    return fail(ErrorCode::NotFound, "evidence.erased", {statement.digest.hex(), statement.erased_reason});
  const bool ours = statement.author == self.party;
  EvidenceFile out;
  out.descriptor = TRY(author_descriptor(tx, statement.author));
  out.statement = TRY(signed_bytes(tx, statement.digest));
  out.proof = ours ? TRY(own_proof(tx, self, statement.digest, now)) : TRY(kept_inclusion(tx, statement.digest));
  if (ours && with_receipts) {
    const auto own = TRY(trust::verify_descriptor(out.descriptor));
    TRY_VOID(add_receipts(tx, self, *own, out, statement.digest));
  }
  // Nobody is handed what would not convince.
  const EvidenceVerdict verdict = verify_evidence(out, {});
  for (const EvidenceCheck& check : verdict.checks)
    if (check.finding == Finding::Fails)
      return fail(ErrorCode::Conflict, "evidence.does_not_hold", {statement.digest.hex()});
  return out;
}

}  // namespace tocsin::exchange
