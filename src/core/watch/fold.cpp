#include <algorithm>

#include "core/watch/scan.h"

namespace tocsin::watch {
namespace {

/// Lengths before the parts: no choice of names by an attacker makes two keys one.
std::string fold_key(const Hit& hit) {
  std::string out(1, static_cast<char>(hit.kind));
  const auto append = [&](const std::string& part) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
  };
  for (const std::string* part : {&hit.value, &hit.host, &hit.log}) append(*part);
  for (const std::string& other : hit.others) append(other);
  return out;
}

}  // namespace

void Folder::add(const Hit& hit) {
  const auto [at, is_new] = folded_.try_emplace(fold_key(hit));
  FoldedHit& row = at->second;
  if (is_new) row.first = hit;
  ++row.count;
  if (!hit.time) return;
  if (!row.first_time || *hit.time < *row.first_time) row.first_time = hit.time;
  if (!row.last_time || *row.last_time < *hit.time) row.last_time = hit.time;
}

std::vector<FoldedHit> Folder::take() {
  std::vector<FoldedHit> out;
  out.reserve(folded_.size());
  for (auto& [key, row] : folded_) out.push_back(std::move(row));
  folded_.clear();
  std::stable_sort(out.begin(), out.end(), [](const FoldedHit& a, const FoldedHit& b) { return a.count > b.count; });
  return out;
}

}  // namespace tocsin::watch
