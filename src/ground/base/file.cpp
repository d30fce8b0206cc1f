#include "ground/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "ground/base/file_stream.h"

namespace tocsin::base {
namespace {

Result<std::string> read_all(int fd, const std::string& path, std::uint64_t limit_bytes) {
  std::string out;
  char buffer[1 << 16];
  for (;;) {
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("file.read", path);
    if (got == 0) return out;
    if (out.size() + static_cast<std::uint64_t>(got) > limit_bytes)
      return fail(ErrorCode::TooLarge, "file.too_large", {path, std::to_string(limit_bytes)});
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  if (path == "-") return read_all(STDIN_FILENO, path, limit_bytes);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("file.read", path);
  auto out = read_all(fd, path, limit_bytes);
  ::close(fd);
  return out;
}

Result<void> write_file_durably(const std::string& path, std::string_view content, unsigned mode) {
  NewFile file = TRY(NewFile::begin(path, mode));
  TRY_VOID(file.add(content));
  return file.finish();
}

Result<void> make_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return file_error("file.folder", path);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

Result<FolderLock> FolderLock::take(const std::string& lock_path) {
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("file.write", lock_path);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(ErrorCode::Conflict, "folder.locked", {lock_path});
  }
  return FolderLock(fd);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace tocsin::base
