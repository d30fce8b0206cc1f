#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/merkle/merkle.h"
#include "formats/merkle/test_tree.h"

namespace tocsin::merkle {
namespace {

using Hexes = std::vector<std::string>;

Hexes hexes(const Result<std::vector<Digest>>& proof) {
  CHECK(proof.has_value());
  Hexes out;
  for (const Digest& digest : *proof) out.push_back(digest.hex());
  return out;
}

// The reference vectors of Certificate Transparency (google/certificate-transparency, merkletree tests).
const std::vector<Bytes>& reference_leaves() {
  static const std::vector<Bytes> leaves = [] {
    std::vector<Bytes> out;
    for (const char* hex :
         {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
      out.push_back(*base::from_hex(hex));
    return out;
  }();
  return leaves;
}

constexpr const char* kReferenceRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

MemoryTree reference_tree() {
  MemoryTree tree;
  for (const Bytes& leaf : reference_leaves()) tree.add(leaf);
  return tree;
}

TEST(Tree, GrowsThroughTheReferenceRoots) {
  MemoryTree tree;
  for (Size size = 0;; ++size) {
    auto now = root(size, tree.reader());
    ASSERT_TRUE(now);
    EXPECT_EQ(now->hex(), kReferenceRoots[size]) << size;
    if (size == reference_leaves().size()) break;
    tree.add(reference_leaves()[size]);
  }
}

TEST(Tree, GivesTheReferenceInclusionProofs) {
  const MemoryTree tree = reference_tree();
  const auto path = [&](Size index, Size size) { return hexes(inclusion_proof(index, size, tree.reader())); };
  EXPECT_EQ(path(0, 1), Hexes{});
  EXPECT_EQ(path(0, 8), (Hexes{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                               "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(path(5, 8), (Hexes{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                               "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(path(2, 3), Hexes{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"});
  EXPECT_EQ(path(1, 5), (Hexes{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                               "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST(Tree, GivesTheReferenceConsistencyProofs) {
  const MemoryTree tree = reference_tree();
  const auto proof = [&](Size from, Size to) { return hexes(consistency_proof(from, to, tree.reader())); };
  EXPECT_EQ(proof(1, 1), Hexes{});
  EXPECT_EQ(proof(1, 8), (Hexes{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(proof(6, 8), (Hexes{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(proof(2, 5), (Hexes{"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

class TreeAgainstOracle : public ::testing::Test {
 protected:
  static constexpr Size kMax = 130;
  static std::vector<Bytes> leaves() {
    std::vector<Bytes> out;
    for (Size i = 0; i < kMax; ++i) out.push_back(numbered_leaf(i));
    return out;
  }
  const Oracle oracle{leaves()};
  const MemoryTree tree = numbered_tree(kMax);
};

TEST_F(TreeAgainstOracle, RootsAreEqualAtEverySize) {
  for (Size size = 0; size <= kMax; ++size) EXPECT_EQ(root(size, tree.reader()).value(), oracle.root(size)) << size;
}

TEST_F(TreeAgainstOracle, InclusionProofsAreEqualAndVerifyOnlyWhereTheyBelong) {
  for (Size size = 1; size <= kMax; ++size) {
    const Digest head = oracle.root(size);
    for (Size index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, tree.reader()).value();
      ASSERT_EQ(proof, oracle.path(index, size)) << index << " in " << size;
      const Digest leaf = leaf_hash(numbered_leaf(index));
      ASSERT_TRUE(verify_inclusion(leaf, index, size, proof, head)) << index << " in " << size;
      ASSERT_FALSE(verify_inclusion(leaf_hash(numbered_leaf(index + 1)), index, size, proof, head));
      if (index + 1 < size) {
        ASSERT_FALSE(verify_inclusion(leaf, index + 1, size, proof, head));
      }
      if (size > 1) {
        ASSERT_FALSE(verify_inclusion(leaf, index, size, proof, oracle.root(size - 1)));
      }
    }
  }
}

TEST_F(TreeAgainstOracle, ConsistencyProofsAreEqualAndVerifyOnlyWhereTheyBelong) {
  std::vector<Digest> roots;
  for (Size size = 0; size <= kMax; ++size) roots.push_back(oracle.root(size));
  for (Size to = 0; to <= kMax; ++to)
    for (Size from = 0; from <= to; ++from) {
      const auto proof = consistency_proof(from, to, tree.reader()).value();
      ASSERT_EQ(proof, oracle.proof(from, to)) << from << " to " << to;
      ASSERT_TRUE(verify_consistency(from, roots[from], to, roots[to], proof)) << from << " to " << to;
      if (from == 0) continue;  // every tree extends the empty one: nothing to get wrong
      ASSERT_FALSE(verify_consistency(from, roots[from - 1], to, roots[to], proof)) << from << " to " << to;
      ASSERT_FALSE(verify_consistency(from, roots[from], to, roots[to - 1], proof)) << from << " to " << to;
    }
}

TEST(Tree, ReadsOnlyCompleteSubtreesOfTheTreeItIsAskedAbout) {
  const MemoryTree tree = numbered_tree(100);
  const HashReader within = [&](unsigned level, std::uint64_t index) -> Result<Digest> {
    EXPECT_LE((index + 1) << level, 77u) << "level " << level;
    return tree.reader()(level, index);
  };
  EXPECT_TRUE(root(77, within));
  for (Size i = 0; i < 77; ++i) EXPECT_TRUE(inclusion_proof(i, 77, within));
  for (Size i = 0; i <= 77; ++i) EXPECT_TRUE(consistency_proof(i, 77, within));
}

TEST(Tree, PassesTheReadersErrorOn) {
  const HashReader broken = [](unsigned, std::uint64_t) -> Result<Digest> { return fail(ErrorCode::Corrupt, "x.y"); };
  EXPECT_EQ(root(3, broken).error().id, "x.y");
  EXPECT_EQ(append(3, Digest{}, broken).error().id, "x.y");
  EXPECT_EQ(inclusion_proof(0, 3, broken).error().id, "x.y");
  EXPECT_EQ(consistency_proof(1, 3, broken).error().id, "x.y");
  EXPECT_EQ(tile({0, 0, 1}, broken).error().id, "x.y");
}

TEST(Tree, RefusesQuestionsBeyondTheTree) {
  const MemoryTree tree = numbered_tree(4);
  for (auto [index, size] : {std::pair<Size, Size>{4, 4}, {0, 0}, {UINT64_MAX, 4}})
    EXPECT_EQ(inclusion_proof(index, size, tree.reader()).error().id, "log.out_of_range");
  EXPECT_EQ(consistency_proof(4, 3, tree.reader()).error().id, "log.out_of_range");
}

}  // namespace
}  // namespace tocsin::merkle
