// Files of this node. Every write that is said to have happened has reached the disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace tocsin::base {

/// Whole content; TooLarge beyond `limit_bytes`. `-` reads standard input.
Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes);

/// Replaces the file or leaves the old one: temporary file, fsync, rename, fsync of the folder. `mode` as in chmod.
Result<void> write_file_durably(const std::string& path, std::string_view content, unsigned mode = 0600);

Result<void> make_folder(const std::string& path, unsigned mode = 0700);
bool exists(const std::string& path);

/// Holds a lock file's exclusive lock until destroyed; Conflict where another process holds it.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& lock_path);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tocsin::base
