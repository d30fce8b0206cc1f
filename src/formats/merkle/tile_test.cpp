#include <gtest/gtest.h>

#include "formats/merkle/merkle.h"
#include "formats/merkle/test_tree.h"

namespace tocsin::merkle {
namespace {

TEST(TilePath, IsThatOfTlogTiles) {
  EXPECT_EQ(tile_path(0, 0, 256), "0/000");
  EXPECT_EQ(tile_path(0, 1234067, 256), "0/x001/x234/067");  // the specification's example
  EXPECT_EQ(tile_path(0, 1234067, 8), "0/x001/x234/067.p/8");
  EXPECT_EQ(tile_path(1, 999, 255), "1/999.p/255");
  EXPECT_EQ(tile_path(2, 1000, 1), "2/x001/000.p/1");
  EXPECT_EQ(tile_path(63, UINT64_MAX, 256), "63/x018/x446/x744/x073/x709/x551/615");
}

TEST(TilePath, IsReadBack) {
  for (unsigned level : {0u, 1u, 7u, 63u})
    for (std::uint64_t index : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{999}, std::uint64_t{1000},
                                std::uint64_t{1234067}, std::uint64_t{1000000000}, UINT64_MAX})
      for (unsigned width : {1u, 8u, 255u, 256u}) {
        const auto id = parse_tile_path(tile_path(level, index, width));
        ASSERT_TRUE(id) << tile_path(level, index, width);
        EXPECT_EQ(id->level, level);
        EXPECT_EQ(id->index, index);
        EXPECT_EQ(id->width, width);
      }
}

TEST(TilePath, HasOneSpellingOnly) {
  for (const char* path : {"",
                           "0",
                           "0/",
                           "/000",
                           "0/0",
                           "0/00",
                           "0/0000",
                           "00/000",
                           "64/000",
                           "-1/000",
                           "+1/000",
                           "0/x000/000",
                           "0/x00/000",
                           "0/x0000/000",
                           "0/X001/000",
                           "0/x001",
                           "0/x001/",
                           "0/001/000",
                           "0/x001/x000",
                           "0/000.p",
                           "0/000.p/",
                           "0/000.p/0",
                           "0/000.p/01",
                           "0/000.p/256",
                           "0/000.p/-1",
                           "0/000.p/8/",
                           "0/000.p/8.p/8",
                           "0/000.q/8",
                           "0/000 ",
                           " 0/000",
                           "0/000\n",
                           "0//000",
                           "0/../000",
                           "x/000",
                           "0/xabc/000",
                           "0/abc",
                           "entries/000",
                           "0/x018/x446/x744/x073/x709/x551/616",
                           "0/x099/x018/x446/x744/x073/x709/x551/616",
                           "0/x001/x000/x000/x000/x000/x000/x000/x000/x000/x000/000"})
    EXPECT_FALSE(parse_tile_path(path)) << path;
}

TEST(Tile, HoldsTheHashesOfItsLevel) {
  const Size size = 600;
  const MemoryTree tree = numbered_tree(size);
  const Bytes full = tile({0, 1, 256}, tree.reader()).value();
  ASSERT_EQ(full.size(), 8192u);
  EXPECT_EQ(Digest::from(ByteView(full).subspan(5 * 32, 32)), leaf_hash(numbered_leaf(256 + 5)));
  const Bytes partial = tile({0, 2, 88}, tree.reader()).value();
  EXPECT_EQ(partial.size(), 88u * 32);
  // Level 1 holds the roots of full level-0 tiles: fold one by hand.
  std::vector<Digest> row;
  for (Size i = 0; i < 256; ++i) row.push_back(leaf_hash(numbered_leaf(i)));
  while (row.size() > 1) {
    std::vector<Digest> above;
    for (std::size_t i = 0; i < row.size(); i += 2) above.push_back(node_hash(row[i], row[i + 1]));
    row = above;
  }
  const Bytes upper = tile({1, 0, 2}, tree.reader()).value();
  EXPECT_EQ(Digest::from(ByteView(upper).first(32)), row[0]);
}

TEST(Tile, IsNotFoundBeyondTheTree) {
  const MemoryTree tree = numbered_tree(10);
  EXPECT_FALSE(tile({0, 0, 11}, tree.reader()));
  EXPECT_FALSE(tile({0, 1, 1}, tree.reader()));
  EXPECT_FALSE(tile({1, 0, 1}, tree.reader()));
  for (TileId id : {TileId{8, 0, 1}, TileId{63, 0, 1}, TileId{7, 1, 1}, TileId{0, UINT64_MAX, 1}, TileId{0, 0, 0},
                    TileId{0, 0, 257}})
    EXPECT_EQ(tile(id, tree.reader()).error().id, "log.no_tile");
}

}  // namespace
}  // namespace tocsin::merkle
