#include "ground/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tocsin::base {
namespace {

tl::unexpected<Error> errno_error(std::string_view id, const std::string& path) {
  const int code = errno;
  const ErrorCode kind = code == ENOENT                     ? ErrorCode::NotFound
                         : code == EACCES || code == EPERM  ? ErrorCode::Forbidden
                         : code == ENOSPC || code == EDQUOT ? ErrorCode::Unavailable
                                                            : ErrorCode::Internal;
  return fail(kind, id, {path, std::strerror(code)});
}

Result<std::string> read_all(int fd, const std::string& path, std::uint64_t limit_bytes) {
  std::string out;
  char buffer[1 << 16];
  for (;;) {
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("file.read", path);
    if (got == 0) return out;
    if (out.size() + static_cast<std::uint64_t>(got) > limit_bytes)
      return fail(ErrorCode::TooLarge, "file.too_large", {path, std::to_string(limit_bytes)});
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno_error("file.write", path);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return errno_error("file.write", path);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  if (path == "-") return read_all(STDIN_FILENO, path, limit_bytes);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_error("file.read", path);
  auto out = read_all(fd, path, limit_bytes);
  ::close(fd);
  return out;
}

Result<void> write_file_durably(const std::string& path, std::string_view content, unsigned mode) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return errno_error("file.write", temporary);
  auto written = write_all(fd, content, temporary);
  ::close(fd);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return errno_error("file.write", path);
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0) return errno_error("file.write", folder);
  const int synced = ::fsync(folder_fd);
  ::close(folder_fd);
  if (synced != 0) return errno_error("file.write", folder);
  return {};
}

Result<void> make_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return errno_error("file.folder", path);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

Result<FolderLock> FolderLock::take(const std::string& lock_path) {
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return errno_error("file.write", lock_path);
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
