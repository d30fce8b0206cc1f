#include <algorithm>
#include <bit>

#include "formats/merkle/merkle.h"
#include "formats/merkle/range.h"

namespace tocsin::merkle {
namespace {

// The largest power of two smaller than `n` (n > 1): where RFC 6962 splits a tree.
Size split(Size n) {
  return std::bit_floor(n - 1);
}

tl::unexpected<Error> out_of_range(Size first, Size second) {
  return fail(ErrorCode::NotFound, "log.out_of_range", {std::to_string(first), std::to_string(second)});
}

}  // namespace

// Both proofs walk from the root to their goal and note the siblings they pass; the wire order is bottom up.

Result<std::vector<Digest>> inclusion_proof(Size index, Size size, const HashReader& read) {
  if (index >= size) return out_of_range(index, size);
  std::vector<Digest> out;
  for (Size begin = 0, end = size; end - begin > 1;) {
    const Size middle = begin + split(end - begin);
    if (index < middle) {
      out.push_back(TRY(range_hash(middle, end, read)));
      end = middle;
    } else {
      out.push_back(TRY(range_hash(begin, middle, read)));
      begin = middle;
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<Digest>> consistency_proof(Size from, Size to, const HashReader& read) {
  if (from > to) return out_of_range(from, to);
  if (from == 0 || from == to) return std::vector<Digest>{};
  std::vector<Digest> out;
  Size begin = 0, end = to;
  while (end != from) {  // until [begin, end) is the last subtree of the old tree
    const Size middle = begin + split(end - begin);
    if (from <= middle) {
      out.push_back(TRY(range_hash(middle, end, read)));
      end = middle;
    } else {
      out.push_back(TRY(range_hash(begin, middle, read)));
      begin = middle;
    }
  }
  // Where that subtree is the whole old tree, the verifier has its hash already: it is the old root.
  if (begin != 0) out.push_back(TRY(range_hash(begin, end, read)));
  std::reverse(out.begin(), out.end());
  return out;
}

// RFC 9162 section 2.1.3.2, with its names: fn the node's index and sn the last index at the present level.
bool verify_inclusion(const Digest& leaf, Size index, Size size, const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return false;
  Size fn = index, sn = size - 1;
  Digest r = leaf;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      r = node_hash(p, r);
      // A node without right sibling moves up unchanged until it is one.
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

// RFC 9162 section 2.1.4.2. The RFC asks for 0 < from < to; the two edges are ours: the same size means the same root,
// and every tree extends the empty one.
bool verify_consistency(Size from, const Digest& from_root, Size to, const Digest& to_root,
                        const std::vector<Digest>& proof) {
  if (from > to) return false;
  if (from == 0 && from_root != empty_root()) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  if (from == 0) return proof.empty();

  auto next = proof.begin();
  Size fn = from - 1, sn = to - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  // Where `from` is a power of two, the old root itself is the first node, and the proof leaves it out.
  Digest fr = from_root;
  if (!std::has_single_bit(from)) {
    if (next == proof.end()) return false;
    fr = *next++;
  }
  Digest sr = fr;
  for (; next != proof.end(); ++next) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = node_hash(*next, fr);
      sr = node_hash(*next, sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = node_hash(sr, *next);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == from_root && sr == to_root;
}

}  // namespace tocsin::merkle
