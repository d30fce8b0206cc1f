// What tells the content of a log up to a position from that of any other file: names and inodes are given again, and a
// log that was cut grows past the old position.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::telemetry {

class ContentPrint {
 public:
  static constexpr std::size_t kHeadBytes = 1024, kTailBytes = 4096;

  ContentPrint() = default;
  /// Of a content of which only this is at hand: its first bytes and its last, as many as are kept, or all of them.
  ContentPrint(std::uint64_t size, std::string_view head, std::string_view tail)
      : size_(size), head_(head), tail_(tail) {}

  /// What follows.
  void add(std::string_view chunk);
  std::uint64_t size() const { return size_; }
  std::string_view tail() const { return tail_; }
  /// SHA-256 over size, head and tail, in hex.
  std::string text() const;

 private:
  std::uint64_t size_ = 0;
  std::string head_, tail_;
};

}  // namespace tocsin::telemetry
