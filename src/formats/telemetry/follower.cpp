#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "formats/telemetry/content_print.h"
#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
// The reader refuses longer lines, so nothing is gained by waiting for the end of one.
constexpr std::size_t kMaxWaiting = 8u << 20;
// How much one poll hands over at most, so that a caller who follows many files comes round.
constexpr std::uint64_t kMaxPerPoll = 64u << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

tl::unexpected<Error> cannot_read(const std::string& path, int code) {
  const ErrorCode kind = code == ENOENT                    ? ErrorCode::NotFound
                         : code == EACCES || code == EPERM ? ErrorCode::Forbidden
                                                           : ErrorCode::Unavailable;
  return fail(kind, "file.read", {path, std::strerror(code)});
}

struct OpenFile {
  Descriptor file;
  struct stat status;
};

Result<OpenFile> open_file(const std::string& path) {
  // O_NONBLOCK: a FIFO put in the file's place must not hold the sensor.
  Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!opened) return cannot_read(path, errno);
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::Malformed, "telemetry.not_a_file", {path});
  return OpenFile{std::move(opened), status};
}

/// Up to `want` bytes, fewer only at the end of the file.
Result<void> read_at(const Descriptor& file, const std::string& path, std::uint64_t at, std::size_t want,
                     std::string& into) {
  into.resize(want);
  std::size_t have = 0;
  while (have < want) {
    const ssize_t got = ::pread(file.get(), into.data() + have, want - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  into.resize(have);
  return {};
}

/// Of what the file holds before `offset`.
Result<ContentPrint> print_before(const Descriptor& file, const std::string& path, std::uint64_t offset) {
  const auto kept = [&](std::size_t most) { return static_cast<std::size_t>(std::min<std::uint64_t>(offset, most)); };
  std::string head, tail;
  TRY_VOID(read_at(file, path, 0, kept(ContentPrint::kHeadBytes), head));
  const std::size_t tail_bytes = kept(ContentPrint::kTailBytes);
  TRY_VOID(read_at(file, path, offset - tail_bytes, tail_bytes, tail));
  return ContentPrint(offset, head, tail);
}

}  // namespace

struct Follower::Impl {
  Impl(std::string at, OpenFile opened)
      : path(std::move(at)),
        file(std::move(opened.file)),
        identity{static_cast<std::uint64_t>(opened.status.st_dev), opened.status.st_ino} {}

  std::string path;
  Descriptor file;
  FileIdentity identity;
  ContentPrint print;  // of what was handed over; its size is the offset
  std::uint64_t lines = 0;
  bool resumed = false, started = false;
  std::string buffer;

  Result<void> go_on_at(const Position& from) {
    const ContentPrint found = TRY(print_before(file, path, from.offset));
    if (from.offset == 0 || found.text() != from.print) return {};
    print = found;
    lines = from.lines;
    resumed = true;
    return {};
  }

  Result<void> start(const OnStart& on_start) {
    TRY_VOID(read_at(file, path, 0, std::min<std::uint64_t>(kLogHeadBytes, print.size()), buffer));
    on_start(buffer, lines);
    started = true;
    return {};
  }

  /// Whether the bytes before the position are still those that were handed over.
  Result<bool> holds_what_it_held(std::uint64_t size) {
    if (size < print.size()) return false;
    if (size == print.size()) return true;  // there is nothing to read either way
    TRY_VOID(read_at(file, path, print.size() - print.tail().size(), print.tail().size(), buffer));
    return buffer == print.tail();
  }

  /// Whole lines up to the end of the file; with `last` also what follows the last line feed, ended by one.
  Result<bool> drain(bool last, const OnChunk& on_chunk) {
    std::uint64_t handed = 0;
    std::size_t want = kReadBytes;
    for (bool go_on = true; go_on && handed < kMaxPerPoll;) {
      TRY_VOID(read_at(file, path, print.size(), want, buffer));
      std::string_view chunk = buffer;
      const bool at_end = chunk.size() < want;
      const auto feed = chunk.rfind('\n');
      if (feed == std::string_view::npos && !at_end && want < kMaxWaiting) {
        want *= 2;
        continue;
      }
      if (feed != std::string_view::npos && !(last && at_end)) chunk = chunk.substr(0, feed + 1);
      if (chunk.empty() || (feed == std::string_view::npos && at_end && !last)) break;
      go_on = on_chunk(chunk);
      print.add(chunk);
      lines += static_cast<std::uint64_t>(std::count(chunk.begin(), chunk.end(), '\n'));
      handed += chunk.size();
      want = kReadBytes;
      if (!at_end) continue;
      if (chunk.back() != '\n') on_chunk("\n");
      break;
    }
    return handed > 0;
  }

  Result<bool> poll(bool last, const OnStart& on_start, const OnChunk& on_chunk) {
    struct stat now {};
    if (::fstat(file.get(), &now) != 0) return cannot_read(path, errno);
    if (!TRY(holds_what_it_held(static_cast<std::uint64_t>(now.st_size)))) {
      print = {};
      lines = 0;
      started = false;
    }
    if (!started) TRY_VOID(start(on_start));
    return drain(last, on_chunk);
  }
};

Follower::Follower(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Follower::~Follower() = default;
Follower::Follower(Follower&&) noexcept = default;

Result<Follower> Follower::open(const std::string& path, const std::optional<Position>& from) {
  auto impl = std::make_unique<Impl>(path, TRY(open_file(path)));
  if (from) TRY_VOID(impl->go_on_at(*from));
  return Follower(std::move(impl));
}

Result<bool> Follower::poll(const OnStart& on_start, const OnChunk& on_chunk) {
  return impl_->poll(false, on_start, on_chunk);
}

Result<bool> Follower::poll_to_the_end(const OnStart& on_start, const OnChunk& on_chunk) {
  return impl_->poll(true, on_start, on_chunk);
}

void Follower::set_path(const std::string& path) {
  impl_->path = path;
}

const std::string& Follower::path() const {
  return impl_->path;
}

bool Follower::resumed() const {
  return impl_->resumed;
}

bool Follower::is_deleted() const {
  struct stat now {};
  return ::fstat(impl_->file.get(), &now) == 0 && now.st_nlink == 0;
}

FileIdentity Follower::identity() const {
  return impl_->identity;
}

Position Follower::position() const {
  return {impl_->path, impl_->identity.inode, impl_->print.size(), impl_->lines, impl_->print.text()};
}

std::optional<Position> end_of_file(const std::string& path) {
  const auto opened = open_file(path);
  if (!opened) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(opened->status.st_size);
  const auto print = print_before(opened->file, path, size);
  if (!print) return std::nullopt;
  return Position{path, opened->status.st_ino, size, 0, print->text()};
}

}  // namespace tocsin::telemetry
