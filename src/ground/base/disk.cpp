#include "ground/base/disk.h"

#include <sys/statvfs.h>

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

}  // namespace tocsin::base
