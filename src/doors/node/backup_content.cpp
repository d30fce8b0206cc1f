#include "doors/node/backup_content.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tocsin::node {
namespace {

constexpr std::array<std::string_view, 13> kFiles = {
    "node.toml",        "keys/statement.seed", "keys/log.seed", "keys/exercise.seed", "keys/column.key",
    "keys/node.secret", "keys/peer.crt",       "keys/peer.key", "keys/authority.crt", "keys/authority.key",
    "keys/people.crt",  "keys/people.key",     kDatabaseName};
constexpr std::size_t kMaxLineBytes = 64;

tl::unexpected<Error> bad_backup() {
  return fail(ErrorCode::Malformed, "restore.bad_backup");
}

}  // namespace

std::span<const std::string_view> backup_names() {
  return kFiles;
}

std::string line_before(std::string_view name, std::uint64_t size) {
  return std::string(name) + " " + std::to_string(size) + "\n";
}

std::string line_after(const Digest& digest) {
  return digest.hex() + "\n";
}

Result<void> BackupReader::take(std::string_view piece) {
  while (!piece.empty()) {
    if (left_ > 0) {
      const std::string_view bytes =
          piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece.size())));
      digest_->add(base::as_bytes(bytes));
      TRY_VOID(sink_.bytes(bytes));
      left_ -= bytes.size();
      piece.remove_prefix(bytes.size());
      continue;
    }
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end == std::string_view::npos ? end : end + 1);
    if (line_.size() + part.size() > kMaxLineBytes + 1) return bad_backup();
    line_ += part;
    piece.remove_prefix(part.size());
    if (end == std::string_view::npos) continue;
    TRY_VOID(take_line());
    line_.clear();
  }
  return {};
}

// The only good line is the one that we would have written.
Result<void> BackupReader::take_line() {
  if (digest_) {
    if (line_ != line_after(digest_->finish())) return bad_backup();
    digest_.reset();
    ++files_;
    return sink_.end();
  }
  if (files_ == kFiles.size()) return bad_backup();
  const std::string_view name = kFiles[files_];
  const std::size_t number = std::min(name.size() + 1, line_.size());
  std::uint64_t size = 0;
  std::from_chars(line_.data() + number, line_.data() + line_.size(), size);
  if (line_ != line_before(name, size) || (name != kDatabaseName && size > kMaxSmallFileBytes)) return bad_backup();
  left_ = size;
  digest_.emplace();
  return sink_.begin(name);
}

Result<void> BackupReader::finish() const {
  if (files_ != kFiles.size() || !line_.empty()) return bad_backup();
  return {};
}

}  // namespace tocsin::node
