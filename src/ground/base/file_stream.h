// Files too large for memory, read and written piece by piece.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace tocsin::base {

/// A file that appears under its name only once it is whole and on the disk; until then it is `path`.new, which takes
/// the place of one that a killed process left, and which goes with this object.
class NewFile {
 public:
  /// `mode` as in chmod. file.write {path, reason}, as from the other two.
  static Result<NewFile> begin(const std::string& path, unsigned mode = 0600);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  Result<void> add(std::string_view bytes);
  /// fsync, rename, fsync of the folder. Conflict where somebody else has begun the same file meanwhile.
  Result<void> finish();

 private:
  NewFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
};

class FileReader {
 public:
  /// file.read {path, reason}, as from read().
  static Result<FileReader> open(const std::string& path);
  FileReader(FileReader&& other) noexcept;
  FileReader& operator=(FileReader&&) = delete;
  ~FileReader();

  std::uint64_t size() const { return size_; }  ///< when it was opened
  /// Fills `out`; less than that only at the end of the file.
  Result<std::size_t> read(std::span<char> out);

 private:
  FileReader(std::string path, int fd, std::uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  std::string path_;
  int fd_;
  std::uint64_t size_;
};

/// Renames within one disk; the new name is on it when this returns.
Result<void> move_durably(const std::string& from, const std::string& to);

/// What the system call that has just failed says: `id` with {path, reason}.
tl::unexpected<Error> file_error(std::string_view id, const std::string& path);

}  // namespace tocsin::base
