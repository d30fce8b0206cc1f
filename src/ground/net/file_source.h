// A file that is sent piece by piece and never held whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ground/base/result.h"

namespace tocsin::net {

class FileSource {
 public:
  /// Regular files only. NotFound: file.read; anything that is no regular file: net.not_a_file.
  static Result<FileSource> open(const std::string& path);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&& other) noexcept;
  ~FileSource();

  std::uint64_t size() const { return size_; }  ///< when it was opened
  /// Bytes read, 0 at the end or on an error: the caller sees that it got less than size().
  std::size_t read(std::span<char> out);

 private:
  FileSource(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  int fd_;
  std::uint64_t size_;
};

}  // namespace tocsin::net
