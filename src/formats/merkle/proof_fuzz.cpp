// Laws: an honest proof verifies; with any bit of it, of the leaf or of a root changed, or a node more or less, it
// never does; foreign nodes for foreign numbers never verify.
#include <cstdint>

#include "formats/merkle/merkle.h"
#include "formats/merkle/test_tree.h"

namespace {

using namespace tocsin;
using merkle::Size;

constexpr Size kLeaves = 600;

class Input {
 public:
  explicit Input(ByteView data) : data_(data) {}
  std::uint64_t number() {
    std::uint64_t out = 0;
    for (int i = 0; i < 8 && !data_.empty(); ++i, data_ = data_.subspan(1)) out = out << 8 | data_.front();
    return out;
  }
  std::vector<Digest> nodes() {
    std::vector<Digest> out;
    for (; data_.size() >= Digest::kSize && out.size() < 80; data_ = data_.subspan(Digest::kSize))
      out.push_back(*Digest::from(data_.first(Digest::kSize)));
    return out;
  }

 private:
  ByteView data_;
};

void flip(Digest& digest, std::uint64_t bit) {
  digest.bytes[bit % 256 / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
}

// Changes one thing among the proof's nodes and the hashes beside it.
void damage(std::vector<Digest>& proof, Digest& first, Digest& second, std::uint64_t how) {
  const std::uint64_t which = how / 256 % (proof.size() + 5);
  if (which < proof.size()) return flip(proof[which], how);
  switch (which - proof.size()) {
    case 0:
      return flip(first, how);
    case 1:
      return flip(second, how);
    case 2:
      return proof.push_back(first);
    case 3:
      return void(proof.insert(proof.begin(), second));
    default:
      if (proof.empty()) return flip(first, how);
      proof.pop_back();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const merkle::MemoryTree tree = merkle::numbered_tree(kLeaves);
  static const merkle::HashReader read = tree.reader();
  Input input({data, size});

  const Size to = 1 + input.number() % kLeaves, from = 1 + input.number() % to, index = from - 1;
  const std::uint64_t how = input.number();
  Digest new_root = merkle::root(to, read).value(), old_root = merkle::root(from, read).value();
  Digest leaf = merkle::leaf_hash(merkle::numbered_leaf(index));

  auto path = merkle::inclusion_proof(index, to, read).value();
  CHECK(merkle::verify_inclusion(leaf, index, to, path, new_root));
  auto proof = merkle::consistency_proof(from, to, read).value();
  CHECK(merkle::verify_consistency(from, old_root, to, new_root, proof));

  Digest head = new_root;
  damage(path, leaf, head, how);
  CHECK(!merkle::verify_inclusion(leaf, index, to, path, head));
  damage(proof, old_root, new_root, how);
  CHECK(!merkle::verify_consistency(from, old_root, to, new_root, proof));

  const Size a = input.number(), b = input.number();
  const std::vector<Digest> foreign = input.nodes();
  if (foreign.size() >= 2) {
    CHECK(!merkle::verify_inclusion(foreign[0], a, b, foreign, foreign[1]));
    CHECK(!merkle::verify_consistency(a, foreign[0], b, foreign[1], foreign));
  }
  return 0;
}
