#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {
namespace {

constexpr std::size_t kBlockBytes = 1u << 20;

struct CloseArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : fd_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> cannot_read(const std::string& path, int code) {
  const ErrorCode kind = code == ENOENT                    ? ErrorCode::NotFound
                         : code == EACCES || code == EPERM ? ErrorCode::Forbidden
                                                           : ErrorCode::Unavailable;
  return fail(kind, "file.read", {path, std::strerror(code)});
}

tl::unexpected<Error> bad_compression(const std::string& path, archive* reader) {
  const char* const what = archive_error_string(reader);
  return fail(ErrorCode::Malformed, "telemetry.bad_compression", {path}, what == nullptr ? "" : what);
}

using Archive = std::unique_ptr<archive, CloseArchive>;

Archive new_reader() {
  Archive reader(archive_read_new());
  if (!reader) return reader;
  // "raw": one stream of bytes, whatever it is. Only these filters: libarchive would run outside programs for others.
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  return reader;
}

Result<void> read_blocks(archive* reader, const std::string& path,
                         const std::function<bool(std::string_view chunk)>& on_chunk) {
  archive_entry* entry = nullptr;
  const int first = archive_read_next_header(reader, &entry);
  if (first == ARCHIVE_EOF) return {};  // an empty file
  if (first != ARCHIVE_OK) return bad_compression(path, reader);
  for (;;) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(reader, &bytes, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return bad_compression(path, reader);
    if (size > 0 && !on_chunk({static_cast<const char*>(bytes), size})) return {};
  }
}

}  // namespace

Result<void> read_file(const std::string& path, const std::function<bool(std::string_view chunk)>& on_chunk) {
  const OpenFile file(path);
  if (file.fd() < 0) return cannot_read(path, errno);
  const Archive reader = new_reader();
  if (!reader) return fail(ErrorCode::Internal, "file.read", {path, "libarchive"});
  if (archive_read_open_fd(reader.get(), file.fd(), kBlockBytes) != ARCHIVE_OK) {
    const int code = archive_errno(reader.get());
    return code > 0 ? cannot_read(path, code) : bad_compression(path, reader.get());
  }
  return read_blocks(reader.get(), path, on_chunk);
}

bool is_compressed(std::string_view head) {
  return head.starts_with("\x1F\x8B") ||
         head.starts_with(
             "\xFD"
             "7zXZ") ||
         head.starts_with("\x28\xB5\x2F\xFD");
}

Result<void> unpack(const std::string& name, std::string_view bytes,
                    const std::function<bool(std::string_view chunk)>& on_chunk) {
  const Archive reader = new_reader();
  if (!reader) return fail(ErrorCode::Internal, "file.read", {name, "libarchive"});
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return bad_compression(name, reader.get());
  return read_blocks(reader.get(), name, on_chunk);
}

}  // namespace tocsin::telemetry
