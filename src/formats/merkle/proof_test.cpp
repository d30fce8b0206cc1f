#include <gtest/gtest.h>

#include "formats/merkle/merkle.h"
#include "formats/merkle/test_tree.h"

namespace tocsin::merkle {
namespace {

using Proof = std::vector<Digest>;

struct Change {
  std::string what;
  Proof proof;
};

// Every way in which a proof may be damaged in transit or by a liar: bits, order, missing, doubled, extra nodes.
std::vector<Change> damaged(const Proof& good) {
  std::vector<Change> out;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (unsigned bit = 0; bit < 256; ++bit) {
      Proof bad = good;
      bad[i].bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      out.push_back({"bit " + std::to_string(bit) + " of node " + std::to_string(i), bad});
    }
    Proof missing = good, doubled = good;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
    out.push_back({"without node " + std::to_string(i), missing});
    out.push_back({"node " + std::to_string(i) + " twice", doubled});
    if (i > 0) {
      Proof swapped = good;
      std::swap(swapped[i], swapped[i - 1]);
      out.push_back({"nodes swapped at " + std::to_string(i), swapped});
    }
  }
  for (const Digest& more : {Digest{}, empty_root()}) {
    Proof longer = good;
    longer.push_back(more);
    out.push_back({"longer", longer});
    Proof before = good;
    before.insert(before.begin(), more);
    out.push_back({"longer in front", before});
  }
  return out;
}

TEST(InclusionProof, NeverVerifiesOnceDamaged) {
  const MemoryTree tree = numbered_tree(21);
  for (Size size : {1u, 2u, 5u, 8u, 21u})
    for (Size index = 0; index < size; ++index) {
      const Digest head = root(size, tree.reader()).value(), leaf = leaf_hash(numbered_leaf(index));
      for (const Change& change : damaged(inclusion_proof(index, size, tree.reader()).value()))
        EXPECT_FALSE(verify_inclusion(leaf, index, size, change.proof, head))
            << change.what << ", leaf " << index << " of " << size;
    }
}

TEST(ConsistencyProof, NeverVerifiesOnceDamaged) {
  const MemoryTree tree = numbered_tree(21);
  for (Size to : {2u, 5u, 8u, 21u})
    for (Size from = 1; from < to; ++from) {
      const Digest before = root(from, tree.reader()).value(), after = root(to, tree.reader()).value();
      for (const Change& change : damaged(consistency_proof(from, to, tree.reader()).value()))
        EXPECT_FALSE(verify_consistency(from, before, to, after, change.proof))
            << change.what << ", " << from << " to " << to;
    }
}

TEST(ConsistencyProof, ATreeThatForgetsOrRewritesDoesNotPass) {
  const MemoryTree honest = numbered_tree(20);
  MemoryTree rewritten;
  for (Size i = 0; i < 20; ++i) rewritten.add(numbered_leaf(i == 3 ? 99 : i));
  const Digest before = root(11, honest.reader()).value();
  const Digest after = root(20, rewritten.reader()).value();
  EXPECT_FALSE(verify_consistency(11, before, 20, after, consistency_proof(11, 20, rewritten.reader()).value()));
  EXPECT_FALSE(verify_consistency(11, before, 20, after, consistency_proof(11, 20, honest.reader()).value()));
  EXPECT_FALSE(verify_consistency(20, after, 11, before, consistency_proof(11, 20, honest.reader()).value()));
}

TEST(ConsistencyProof, TheEmptyTreeAndTheSameTreeNeedNone) {
  const Digest some = leaf_hash(numbered_leaf(0));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 7, some, {}));
  EXPECT_TRUE(verify_consistency(7, some, 7, some, {}));
  EXPECT_FALSE(verify_consistency(0, some, 7, some, {}));
  EXPECT_FALSE(verify_consistency(0, some, 0, some, {}));
  EXPECT_FALSE(verify_consistency(0, empty_root(), 7, some, {some}));
  EXPECT_FALSE(verify_consistency(7, some, 7, some, {some}));
  EXPECT_FALSE(verify_consistency(7, some, 7, empty_root(), {}));
}

// Numbers at the edge of 64 bits come from peers: the verifiers must end and say no.
TEST(Verifiers, EndForNumbersAtTheEdge) {
  const Proof many(200, empty_root());
  const Digest d = empty_root();
  for (Size a : {Size{0}, Size{1}, Size{1} << 63, UINT64_MAX - 1, UINT64_MAX})
    for (Size b : {Size{0}, Size{1}, Size{1} << 63, UINT64_MAX - 1, UINT64_MAX})
      for (const Proof& proof : {Proof{}, many, Proof(64, d), Proof(63, d)}) {
        EXPECT_FALSE(verify_inclusion(leaf_hash({}), a, b, proof, d));
        if (a != b && a != 0) {
          EXPECT_FALSE(verify_consistency(a, d, b, leaf_hash({}), proof));
        }
      }
}

}  // namespace
}  // namespace tocsin::merkle
