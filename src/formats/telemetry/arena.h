// Memory for the values of one line: handed out by moving a pointer, taken back all at once, kept for the next line.
// Internal to the room.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace tocsin::telemetry {

/// Not thread safe. What it handed out stays in place until reset().
class Arena {
 public:
  char* room(std::size_t size) {
    while (block_ < blocks_.size() && blocks_[block_].size - used_ < size) next_block();
    if (block_ == blocks_.size()) blocks_.push_back(make_block(size));
    char* out = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return out;
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* out = room(text.size());
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }

  /// Gives back the end of the latest room(), where less was needed than asked for.
  void shrink(std::size_t unused) { used_ -= unused; }

  void reset() {
    block_ = 0;
    used_ = 0;
    // One monstrous line must not hold its memory for ever.
    if (blocks_.size() > kMaxKeptBlocks) blocks_.resize(kMaxKeptBlocks);
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  static constexpr std::size_t kBlockBytes = 64 * 1024;
  static constexpr std::size_t kMaxKeptBlocks = 4;

  static Block make_block(std::size_t size) {
    size = size > kBlockBytes ? size : kBlockBytes;
    return {std::make_unique<char[]>(size), size};
  }
  void next_block() {
    ++block_;
    used_ = 0;
  }

  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace tocsin::telemetry
