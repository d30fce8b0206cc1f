#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
// The reader refuses longer lines, so nothing is gained by waiting for the end of one.
constexpr std::size_t kMaxWaiting = 8u << 20;
constexpr std::size_t kMaxHeader = 64 * 1024;
// How much one poll hands over at most, so that a caller who follows many files comes round.
constexpr std::uint64_t kMaxPerPoll = 64u << 20;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

tl::unexpected<Error> cannot_read(const std::string& path, int code) {
  return fail(code == EACCES || code == EPERM ? ErrorCode::Forbidden : ErrorCode::Unavailable, "file.read",
              {path, std::strerror(code)});
}

}  // namespace

struct Follower::Impl {
  std::string path;
  std::optional<Position> wanted;  // where to go on, until the file is open
  Descriptor file;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string buffer;

  /// A closed Descriptor where there is no file (yet).
  Result<Descriptor> open_file(const std::string& at, struct stat& found) const {
    // O_NONBLOCK: a FIFO put in the file's place must not hold the sensor.
    Descriptor opened(::open(at.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened) {
      if (errno == ENOENT) return Descriptor();
      return cannot_read(at, errno);
    }
    if (::fstat(opened.get(), &found) != 0) return cannot_read(at, errno);
    if (!S_ISREG(found.st_mode)) return fail(ErrorCode::Malformed, "telemetry.not_a_file", {at});
    return opened;
  }

  void begin(Descriptor opened, const struct stat& found, std::uint64_t at) {
    file = std::move(opened);
    inode = found.st_ino;
    offset = at;
    wanted.reset();
  }

  /// A file that was renamed while nobody looked ("conn.log.1") is finished before the new one begins.
  Result<Descriptor> open_renamed(struct stat& found) const {
    std::error_code error;
    const auto folder = std::filesystem::path(path).parent_path();
    std::filesystem::directory_iterator entries(folder.empty() ? "." : folder, error), end;
    for (; !error && entries != end; entries.increment(error)) {
      struct stat seen {};
      if (::lstat(entries->path().c_str(), &seen) != 0 || !S_ISREG(seen.st_mode) || seen.st_ino != wanted->inode)
        continue;
      return open_file(entries->path(), found);
    }
    return Descriptor();
  }

  Result<void> open(const std::function<void()>& on_start, const std::function<void(std::string_view)>& on_chunk) {
    struct stat found {};
    Descriptor opened = TRY(open_file(path, found));
    if (wanted && (!opened || found.st_ino != wanted->inode)) {
      struct stat renamed {};
      Descriptor old = TRY(open_renamed(renamed));
      if (old && static_cast<std::uint64_t>(renamed.st_size) >= wanted->offset) {
        opened = std::move(old);
        found = renamed;
      }
    }
    if (!opened) return {};
    const bool resumed = wanted && wanted->offset > 0 && found.st_ino == wanted->inode &&
                         static_cast<std::uint64_t>(found.st_size) >= wanted->offset;
    begin(std::move(opened), found, resumed ? wanted->offset : 0);
    on_start();
    if (resumed) return hand_over_header(on_chunk);
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t at, std::size_t want) {
    buffer.resize(want);
    std::size_t have = 0;
    while (have < want) {
      const ssize_t got = ::pread(file.get(), buffer.data() + have, want - have, static_cast<off_t>(at + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return cannot_read(path, errno);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    return have;
  }

  /// The lines that begin with '#' at the head of the file: without them a Zeek log cannot be read from its middle.
  Result<void> hand_over_header(const std::function<void(std::string_view)>& on_chunk) {
    const std::size_t have = TRY(read_at(0, kMaxHeader));
    const std::string_view head(buffer.data(), std::min<std::uint64_t>(have, offset));
    std::size_t end = 0;
    while (end < head.size() && head[end] == '#') {
      const auto feed = head.find('\n', end);
      if (feed == std::string_view::npos) break;
      end = feed + 1;
    }
    if (end > 0) on_chunk(head.substr(0, end));
    return {};
  }

  /// Whole lines up to the end of the file; with `last` also what follows the last line feed.
  Result<std::uint64_t> drain(bool last, const std::function<void(std::string_view)>& on_chunk) {
    std::uint64_t handed = 0;
    std::size_t want = kReadBytes;
    while (handed < kMaxPerPoll) {
      const std::size_t have = TRY(read_at(offset, want));
      std::string_view chunk(buffer.data(), have);
      const bool at_end = have < want;
      const auto feed = chunk.rfind('\n');
      if (feed == std::string_view::npos && !at_end && want < kMaxWaiting) {
        want *= 2;
        continue;
      }
      if (feed != std::string_view::npos) {
        if (!(last && at_end)) chunk = chunk.substr(0, feed + 1);
      } else if (at_end && !last) {
        break;
      }
      if (chunk.empty()) break;
      on_chunk(chunk);
      offset += chunk.size();
      handed += chunk.size();
      want = kReadBytes;
      if (at_end) break;
    }
    return handed;
  }

  Result<bool> poll(const std::function<void()>& on_start, const std::function<void(std::string_view)>& on_chunk) {
    if (!file) {
      TRY_VOID(open(on_start, on_chunk));
      if (!file) return false;
    }
    struct stat own {};
    if (::fstat(file.get(), &own) != 0) return cannot_read(path, errno);
    if (static_cast<std::uint64_t>(own.st_size) < offset) {
      offset = 0;
      on_start();
    }
    // Asked before reading: whatever the writer put into the old file before it was renamed is then still read.
    struct stat now {};
    const bool replaced = ::stat(path.c_str(), &now) == 0 && now.st_ino != inode;
    std::uint64_t handed = TRY(drain(replaced, on_chunk));
    if (!replaced || handed >= kMaxPerPoll) return handed > 0;
    struct stat found {};
    Descriptor next = TRY(open_file(path, found));
    if (!next) return handed > 0;
    begin(std::move(next), found, 0);
    on_start();
    handed += TRY(drain(false, on_chunk));
    return handed > 0;
  }
};

Follower::Follower(std::string path, std::optional<Position> from) : impl_(std::make_unique<Impl>()) {
  if (from && from->path == path) impl_->wanted = std::move(from);
  impl_->path = std::move(path);
}
Follower::~Follower() = default;
Follower::Follower(Follower&&) noexcept = default;

Result<bool> Follower::poll(const std::function<void()>& on_start,
                            const std::function<void(std::string_view chunk)>& on_chunk) {
  return impl_->poll(on_start, on_chunk);
}

Position Follower::position() const {
  if (!impl_->file && impl_->wanted) return *impl_->wanted;
  return {impl_->path, impl_->inode, impl_->offset};
}

}  // namespace tocsin::telemetry
