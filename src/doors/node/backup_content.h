// What lies under the seal of a backup: the files of a data folder, one after the other in the order of backup_names().
// Each is a line "NAME SIZE", its bytes, and a line with their SHA-256 in hex. Nothing else; docs/decisions/0012.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/crypto/crypto.h"

namespace tocsin::node {

/// The only names that a backup has: one of a file never becomes a path by itself.
std::span<const std::string_view> backup_names();
constexpr std::string_view kDatabaseName = "tocsin.db";
/// All files but the database are far smaller.
constexpr std::uint64_t kMaxSmallFileBytes = 1u << 20;

std::string line_before(std::string_view name, std::uint64_t size);
std::string line_after(const Digest& digest);

/// What a reader hands on while it does not yet know whether the rest is as good.
struct BackupSink {
  std::function<Result<void>(std::string_view name)> begin;
  std::function<Result<void>(std::string_view bytes)> bytes;
  std::function<Result<void>()> end;  ///< the file's size and digest were right
};

/// Takes the content in pieces, cut anywhere. restore.bad_backup, and the errors of the sink.
class BackupReader {
 public:
  explicit BackupReader(BackupSink sink) : sink_(std::move(sink)) {}
  Result<void> take(std::string_view piece);
  /// Nothing follows: refused unless every file has come whole.
  Result<void> finish() const;

 private:
  Result<void> take_line();

  BackupSink sink_;
  std::size_t files_ = 0;  ///< that have come whole
  std::string line_;
  std::uint64_t left_ = 0;                      ///< bytes of the file that are still to come
  std::optional<crypto::Sha256Stream> digest_;  ///< of the file in which we are
};

}  // namespace tocsin::node
