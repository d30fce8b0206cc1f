// A tree in memory for tests and fuzz targets, and the RFC's definitions taken literally as oracle.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "formats/merkle/merkle.h"

namespace tocsin::merkle {

/// Grown by append(), read through a HashReader: as a store would do it.
class MemoryTree {
 public:
  void add(ByteView data) {
    auto hashes = append(size_, leaf_hash(data), reader());
    CHECK(hashes.has_value());
    for (const StoredHash& stored : *hashes)
      CHECK(stored_.emplace(std::pair(stored.level, stored.index), stored.hash).second);  // nothing is written twice
    ++size_;
  }
  Size size() const { return size_; }
  HashReader reader() const {
    return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      const auto found = stored_.find({level, index});
      if (found == stored_.end()) return fail(ErrorCode::NotFound, "test.no_hash");
      return found->second;
    };
  }

 private:
  std::map<std::pair<unsigned, std::uint64_t>, Digest> stored_;
  Size size_ = 0;
};

/// RFC 6962 section 2.1, word for word: recursive, slow, independent of the stored subtrees.
class Oracle {
 public:
  explicit Oracle(std::vector<Bytes> leaves) : leaves_(std::move(leaves)) {}

  Digest root(Size n) const { return n == 0 ? crypto::sha256(ByteView()) : mth(0, n); }
  std::vector<Digest> path(Size m, Size n) const { return path(m, 0, n); }
  std::vector<Digest> proof(Size m, Size n) const {
    return m == 0 || m == n ? std::vector<Digest>{} : subproof(m, 0, n, true);
  }

 private:
  static Size k_of(Size n) {
    Size k = 1;
    while (k * 2 < n) k *= 2;
    return k;
  }
  static Digest hash(std::uint8_t prefix, ByteView a, ByteView b) {
    Bytes all{prefix};
    base::append(all, a);
    base::append(all, b);
    return crypto::sha256(all);
  }
  Digest mth(Size begin, Size end) const {
    if (end - begin == 1) return hash(0x00, leaves_[begin], {});
    const Size k = k_of(end - begin);
    return hash(0x01, mth(begin, begin + k).view(), mth(begin + k, end).view());
  }
  std::vector<Digest> path(Size m, Size begin, Size end) const {
    const Size n = end - begin;
    if (n == 1) return {};
    const Size k = k_of(n);
    auto out = m < k ? path(m, begin, begin + k) : path(m - k, begin + k, end);
    out.push_back(m < k ? mth(begin + k, end) : mth(begin, begin + k));
    return out;
  }
  std::vector<Digest> subproof(Size m, Size begin, Size end, bool b) const {
    const Size n = end - begin;
    if (m == n) return b ? std::vector<Digest>{} : std::vector<Digest>{mth(begin, end)};
    const Size k = k_of(n);
    auto out = m <= k ? subproof(m, begin, begin + k, b) : subproof(m - k, begin + k, end, false);
    out.push_back(m <= k ? mth(begin + k, end) : mth(begin, begin + k));
    return out;
  }

  std::vector<Bytes> leaves_;
};

inline Bytes numbered_leaf(Size index) {
  return base::to_bytes("leaf " + std::to_string(index));
}

inline MemoryTree numbered_tree(Size size) {
  MemoryTree tree;
  for (Size i = 0; i < size; ++i) tree.add(numbered_leaf(i));
  return tree;
}

}  // namespace tocsin::merkle
