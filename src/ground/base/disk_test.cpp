#include "ground/base/disk.h"

#include <gtest/gtest.h>

#include <tuple>

namespace tocsin::base {
namespace {

constexpr std::uint64_t kMiB = 1u << 20, kGiB = 1u << 30;

TEST(DiskState, IsAShareOfASmallDiskAndAnAmountOnALargeOne) {
  for (const auto& [total, free, expected] :
       {std::tuple{4096 * kGiB, kGiB, DiskState::Enough}, std::tuple{4096 * kGiB, kGiB - 1, DiskState::Low},
        std::tuple{4096 * kGiB, 256 * kMiB, DiskState::Low}, std::tuple{4096 * kGiB, 256 * kMiB - 1, DiskState::Full},
        std::tuple{1000 * kMiB, 100 * kMiB, DiskState::Enough}, std::tuple{1000 * kMiB, 100 * kMiB - 1, DiskState::Low},
        std::tuple{1000 * kMiB, 20 * kMiB, DiskState::Low}, std::tuple{1000 * kMiB, 20 * kMiB - 1, DiskState::Full},
        std::tuple{kGiB, std::uint64_t{0}, DiskState::Full}})
    EXPECT_EQ(disk_state({total, free}), expected) << total << " " << free;
}

TEST(DiskRoom, IsKnownOfAFolderAndNotOfWhatIsMissing) {
  const auto room = disk_room("/");
  ASSERT_TRUE(room);
  EXPECT_GT(room->total_bytes, 0u);
  EXPECT_LE(room->free_bytes, room->total_bytes);
  EXPECT_EQ(disk_room("/nowhere/at/all").error().id, "file.read");
}

}  // namespace
}  // namespace tocsin::base
