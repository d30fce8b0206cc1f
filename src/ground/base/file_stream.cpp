#include "ground/base/file_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tocsin::base {
namespace {

std::string unfinished(const std::string& path) {
  return path + ".new";
}

Result<void> sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error("file.write", folder);
  const int synced = ::fsync(fd);
  ::close(fd);
  if (synced != 0) return file_error("file.write", folder);
  return {};
}

bool is_open_under(int fd, const std::string& path) {
  struct stat open {
  }, named{};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

}  // namespace

tl::unexpected<Error> file_error(std::string_view id, const std::string& path) {
  const int code = errno;
  const ErrorCode kind = code == ENOENT                     ? ErrorCode::NotFound
                         : code == EACCES || code == EPERM  ? ErrorCode::Forbidden
                         : code == ENOSPC || code == EDQUOT ? ErrorCode::Unavailable
                                                            : ErrorCode::Internal;
  return fail(kind, id, {path, std::strerror(code)});
}

Result<NewFile> NewFile::begin(const std::string& path, unsigned mode) {
  const std::string name = unfinished(path);
  ::unlink(name.c_str());
  const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return file_error("file.write", name);
  return NewFile(path, fd);
}

NewFile::NewFile(NewFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  if (is_open_under(fd_, unfinished(path_))) ::unlink(unfinished(path_).c_str());
  ::close(fd_);
}

Result<void> NewFile::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error("file.write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> NewFile::finish() {
  if (::fsync(fd_) != 0) return file_error("file.write", path_);
  if (!is_open_under(fd_, unfinished(path_)))
    return fail(ErrorCode::Conflict, "file.write", {path_, std::strerror(EBUSY)});
  if (::rename(unfinished(path_).c_str(), path_.c_str()) != 0) return file_error("file.write", path_);
  ::close(std::exchange(fd_, -1));
  return sync_folder_of(path_);
}

Result<FileReader> FileReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("file.read", path);
  struct stat found {};
  if (::fstat(fd, &found) != 0 || S_ISDIR(found.st_mode)) {
    if (S_ISDIR(found.st_mode)) errno = EISDIR;
    const auto error = file_error("file.read", path);
    ::close(fd);
    return error;
  }
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return FileReader(path, fd, static_cast<std::uint64_t>(found.st_size));
}

FileReader::FileReader(FileReader&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

FileReader::~FileReader() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> FileReader::read(std::span<char> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::read(fd_, out.data() + filled, out.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("file.read", path_);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Result<void> move_durably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error("file.write", to);
  return sync_folder_of(to);
}

}  // namespace tocsin::base
