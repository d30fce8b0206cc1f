#include "core/exchange/disowned.h"

#include <algorithm>
#include <set>

#include "core/exchange/proof.h"

namespace tocsin::exchange {
namespace {

bool is_good(const trust::Descriptor& author, const std::string& kid, const LeafPosition& leaf) {
  if (kid == trust::key_id(author.statement_key) || kid == trust::key_id(author.exercise_key)) return true;
  return std::any_of(author.retired.begin(), author.retired.end(), [&](const trust::RetiredKey& key) {
    return kid == trust::key_id(key.key) && key.epoch == leaf.epoch && leaf.index >= key.first &&
           leaf.index <= key.last;
  });
}

// Keys that were good for something before, and may be good for less now.
std::set<std::string> taken_back(const trust::Descriptor& before, const trust::Descriptor& now) {
  std::set<std::string> out;
  for (const crypto::PublicKey& key : {before.statement_key, before.exercise_key}) out.insert(trust::key_id(key));
  for (const trust::RetiredKey& key : before.retired)
    if (std::find(now.retired.begin(), now.retired.end(), key) == now.retired.end()) out.insert(trust::key_id(key.key));
  for (const crypto::PublicKey& key : {now.statement_key, now.exercise_key}) out.erase(trust::key_id(key));
  return out;
}

}  // namespace

Result<std::vector<Archived>> disowned(store::Transaction& tx, const trust::Descriptor& before,
                                       const trust::Descriptor& now) {
  const std::set<std::string> keys = taken_back(before, now);
  if (keys.empty()) return std::vector<Archived>{};
  std::vector<Digest> found;
  TRY_VOID(tx.each(
      "SELECT s.digest, s.jws, p.proof FROM statements s JOIN kept_proofs p ON p.statement = s.digest WHERE s.author = "
      "? "
      "AND s.retracted_by IS NULL ORDER BY s.row",
      [&](const store::Row& row) {
        const auto kid = trust::key_id(row.text(1));
        if (!kid || !keys.contains(*kid)) return;
        const auto proof = read_proof(row.text(2));
        if (!proof || !proof->inclusion) return;
        if (!is_good(now, *kid, {proof->inclusion->epoch, proof->inclusion->index})) found.push_back(row.digest(0));
      },
      now.party.text()));
  std::vector<Archived> out;
  for (const Digest& digest : found) out.push_back(TRY(archived(tx, digest)));
  return out;
}

}  // namespace tocsin::exchange
