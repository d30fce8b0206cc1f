#include "ground/base/disk.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tocsin::base {

Result<DiskRoom> disk_room(const std::string& path) {
  struct statvfs found {};
  if (::statvfs(path.c_str(), &found) != 0)
    return fail(ErrorCode::Unavailable, "file.read", {path, std::strerror(errno)});
  const auto unit = static_cast<std::uint64_t>(found.f_frsize);
  return DiskRoom{found.f_blocks * unit, found.f_bavail * unit};
}

DiskState disk_state(const DiskRoom& room) {
  constexpr std::uint64_t kMiB = 1u << 20;
  if (room.free_bytes < std::min(room.total_bytes / 50, 256 * kMiB)) return DiskState::Full;
  if (room.free_bytes < std::min(room.total_bytes / 10, 1024 * kMiB)) return DiskState::Low;
  return DiskState::Enough;
}

}  // namespace tocsin::base
