// Tamper-evident log: hashing of RFC 6962 section 2.1, tiles of C2SP tlog-tiles, checkpoints of C2SP tlog-checkpoint
// (signed notes). Pure functions over a reader of stored hashes; storing them is core/exchange's business.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/base/result.h"
#include "ground/crypto/crypto.h"

namespace tocsin::merkle {

/// Count of leaves, and index of a leaf from 0.
using Size = std::uint64_t;

Digest leaf_hash(ByteView leaf_data);                       ///< SHA-256(0x00 || data)
Digest node_hash(const Digest& left, const Digest& right);  ///< SHA-256(0x01 || left || right)
Digest empty_root();                                        ///< SHA-256("")

/// Hash of the complete subtree `index` at `level` (level 0: leaf hashes), i.e. of leaves [index<<level,
/// (index+1)<<level). Only complete subtrees are stored; they never change once written.
using HashReader = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

struct StoredHash {
  unsigned level;
  std::uint64_t index;
  Digest hash;
};
/// The complete subtrees that appending leaf number `size` (tree grows from `size` to `size`+1) adds, leaf first.
Result<std::vector<StoredHash>> append(Size size, const Digest& leaf, const HashReader& read);

Result<Digest> root(Size size, const HashReader& read);
/// Audit path of leaf `index` in the tree of `size` (RFC 6962 2.1.1), bottom up.
Result<std::vector<Digest>> inclusion_proof(Size index, Size size, const HashReader& read);
/// Consistency proof between two sizes (RFC 6962 2.1.2); empty where from == 0 or from == to.
Result<std::vector<Digest>> consistency_proof(Size from, Size to, const HashReader& read);

/// Verifiers (RFC 9162 2.1.3.2 and 2.1.4.2). True only for a complete, exact proof.
bool verify_inclusion(const Digest& leaf, Size index, Size size, const std::vector<Digest>& proof, const Digest& root);
bool verify_consistency(Size from, const Digest& from_root, Size to, const Digest& to_root,
                        const std::vector<Digest>& proof);

/// A tree head: "origin\nsize\nbase64 root\n" + optional extension lines.
struct Checkpoint {
  std::string origin;  ///< "tocsin/<party id>/<epoch>"
  Size size = 0;
  Digest root;
  bool operator==(const Checkpoint&) const = default;
};

/// A signed note (C2SP signed-note): text, blank line, signature lines "— name base64(key hash[4] || signature)".
/// Key hash and Ed25519 signature type 0x01 as the specification says.
std::string sign_checkpoint(const Checkpoint& checkpoint, std::string_view key_name, const crypto::SigningKey& key);
/// Checks the form and one signature of `key` named `key_name`; other signatures (cosignatures) are ignored, as the
/// specification asks. Error ids: log.bad_checkpoint, log.bad_signature.
Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view key_name, const crypto::PublicKey& key);
/// One that was opened before it was stored: the key may have been followed or taken back since. log.bad_checkpoint,
/// log.none where it is of another log.
Result<Checkpoint> read_stored_checkpoint(std::string_view note, std::string_view origin);
/// C2SP verifier key text "name+hash+base64", for foreign tools.
std::string verifier_key(std::string_view key_name, const crypto::PublicKey& key);

/// Tile path of tlog-tiles for level L, index N and width W: "0/x001/x234/067" or "0/x001/x234/067.p/8".
std::string tile_path(unsigned level, std::uint64_t index, unsigned width);
struct TileId {
  unsigned level;
  std::uint64_t index;
  unsigned width;  ///< 1..256
};
std::optional<TileId> parse_tile_path(std::string_view path);
/// The tile's bytes: `width` hashes of 32 bytes at tree level 8 * level.
Result<Bytes> tile(TileId id, const HashReader& read);

}  // namespace tocsin::merkle
