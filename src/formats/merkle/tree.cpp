#include <array>
#include <bit>
#include <cstring>

#include "formats/merkle/merkle.h"
#include "formats/merkle/range.h"

namespace tocsin::merkle {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00, kNodePrefix = 0x01;

}  // namespace

Digest leaf_hash(ByteView leaf_data) {
  // Leaves are small (a statement's digest): one buffer on the stack is cheaper than a stream's context.
  std::array<std::uint8_t, 1024> buffer;
  if (leaf_data.size() < buffer.size()) {
    buffer[0] = kLeafPrefix;
    std::copy(leaf_data.begin(), leaf_data.end(), buffer.begin() + 1);
    return crypto::sha256(ByteView(buffer.data(), leaf_data.size() + 1));
  }
  crypto::Sha256Stream stream;
  stream.add(ByteView(&kLeafPrefix, 1));
  stream.add(leaf_data);
  return stream.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 1 + 2 * Digest::kSize> buffer;
  buffer[0] = kNodePrefix;
  std::memcpy(buffer.data() + 1, left.bytes.data(), Digest::kSize);
  std::memcpy(buffer.data() + 1 + Digest::kSize, right.bytes.data(), Digest::kSize);
  return crypto::sha256(ByteView(buffer));
}

Digest empty_root() {
  return crypto::sha256(ByteView());
}

Result<std::vector<StoredHash>> append(Size size, const Digest& leaf, const HashReader& read) {
  std::vector<StoredHash> out{{0, size, leaf}};
  // Each trailing one bit of `size` is a complete subtree that now gets its right sibling.
  for (std::uint64_t index = size; index & 1; index >>= 1) {
    const StoredHash& right = out.back();
    const Digest left = TRY(read(right.level, right.index - 1));
    out.push_back({right.level + 1, right.index >> 1, node_hash(left, right.hash)});
  }
  return out;
}

Result<Digest> range_hash(Size begin, Size end, const HashReader& read) {
  CHECK(begin < end);
  std::optional<Digest> out;
  // The complete subtrees of the range from right to left, that is from the smallest to the largest.
  for (Size rest = end - begin; rest != 0; rest &= rest - 1) {
    const auto level = static_cast<unsigned>(std::countr_zero(rest));
    const Digest subtree = TRY(read(level, ((begin + rest) >> level) - 1));
    out = out ? node_hash(subtree, *out) : subtree;
  }
  return *out;
}

Result<Digest> root(Size size, const HashReader& read) {
  if (size == 0) return empty_root();
  return range_hash(0, size, read);
}

}  // namespace tocsin::merkle
