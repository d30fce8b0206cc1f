#include "core/exchange/disowned.h"

#include <algorithm>
#include <set>

#include "core/exchange/proof.h"

namespace tocsin::exchange {
namespace {

bool is_good(const trust::Descriptor& author, const std::string& kid, const LeafPosition& leaf) {
  if (kid == trust::key_id(author.statement_key) || kid == trust::key_id(author.exercise_key)) return true;
  return std::any_of(author.retired.begin(), author.retired.end(), [&](const trust::RetiredKey& key) {
    return kid == trust::key_id(key.key) && key.is_good_for(leaf.epoch, leaf.index);
  });
}

// Keys of which the newer descriptor says how far they are good, and says otherwise than before. A key that it does not
// name at all says nothing: who was restored may not know of it, and a list has an end. Only a later root answers for
// every key: what it does not name, a thief of the root before may have brought in.
std::set<std::string> taken_back(const trust::Descriptor& before, const trust::Descriptor& now) {
  std::set<std::string> out;
  for (const trust::RetiredKey& key : now.retired)
    if (std::find(before.retired.begin(), before.retired.end(), key) == before.retired.end())
      out.insert(trust::key_id(key.key));
  if (trust::has_later_root(now, before)) {
    for (const crypto::PublicKey& key : {before.statement_key, before.exercise_key}) out.insert(trust::key_id(key));
    for (const trust::RetiredKey& key : before.retired) out.insert(trust::key_id(key.key));
  }
  return out;
}

}  // namespace

Result<std::vector<Archived>> disowned(store::Transaction& tx, const trust::Descriptor& before,
                                       const trust::Descriptor& now) {
  const std::set<std::string> keys = taken_back(before, now);
  if (keys.empty()) return std::vector<Archived>{};
  std::vector<Digest> found;
  TRY_VOID(tx.each(
      "SELECT s.digest, s.jws, p.proof FROM statements s JOIN kept_proofs p ON p.statement = s.digest "
      "WHERE s.author = ? AND s.retracted_by IS NULL ORDER BY s.row",
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

Result<std::uint64_t> count_signed(store::Transaction& tx, const crypto::PublicKey& key, const LeafPosition& from) {
  const std::string wanted = trust::key_id(key);
  std::uint64_t out = 0;
  TRY_VOID(tx.each(
      "SELECT s.jws FROM log_leaves l JOIN statements s ON s.digest = l.statement WHERE l.epoch = ? AND l.idx >= ?",
      [&](const store::Row& row) {
        const auto kid = trust::key_id(row.text(0));
        if (kid && *kid == wanted) ++out;
      },
      from.epoch, from.index));
  return out;
}

}  // namespace tocsin::exchange
