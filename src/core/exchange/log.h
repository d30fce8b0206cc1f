// This node's tamper-evident log: one leaf per statement it said (the leaf is the statement's digest), in epochs. A new
// epoch opens at restore and never otherwise. Hashing and proofs are formats/merkle's; here is what is stored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/statement.h"
#include "core/trust/key_ring.h"
#include "formats/merkle/merkle.h"
#include "ground/store/store.h"

namespace tocsin::exchange {

/// Who speaks: our party and its keys. Lives as long as the node.
struct Self {
  PartyId party;
  trust::KeysInForce keys;
};

struct Epoch {
  std::string id;  ///< "<number>-<32 hex digits>"
  std::uint64_t number = 0;
  std::uint64_t size = 0;
};

/// Opens the first or a further epoch; its id is returned. The one before is closed at its present size.
Result<std::string> open_epoch(store::Transaction& tx, Time now);
Result<Epoch> current_epoch(store::Transaction& tx);
Result<std::vector<Epoch>> epochs(store::Transaction& tx);  ///< the first one first

Result<LeafPosition> append_leaf(store::Transaction& tx, const Digest& statement, std::string_view kind, Time now);
Result<std::optional<LeafPosition>> leaf_of(store::Transaction& tx, const Digest& statement);

/// Name of the key and of the log in checkpoints: "tocsin/<party>/<epoch>".
std::string origin(const PartyId& party, std::string_view epoch);

/// A checkpoint of a party's log, under its log key or under one that was retired, as far as that is good: of its epoch
/// and no larger. What is signed anew is under the present one: merkle::open_checkpoint. checkpoint.*.
Result<merkle::Checkpoint> open_checkpoint(std::string_view note, const trust::Descriptor& of, std::string_view epoch);

/// A signed note of the current tree. Signed anew only when the tree has grown, or the log key has changed.
Result<std::string> checkpoint(store::Transaction& tx, const Self& self, Time now);
/// The same of any epoch of ours: a closed one ends where this node knows it to have ended. log.no_epoch.
Result<std::string> checkpoint(store::Transaction& tx, const Self& self, std::string_view epoch, Time now);
Result<std::vector<Digest>> inclusion(store::Transaction& tx, const LeafPosition& leaf, std::uint64_t size);
Result<std::vector<Digest>> consistency(store::Transaction& tx, std::string_view epoch, std::uint64_t from,
                                        std::uint64_t to);
Result<Bytes> tile(store::Transaction& tx, std::string_view epoch, merkle::TileId id);
/// The same by its path ("0/x001/x234/067.p/8"), for who may ask for anything. log.no_tile.
Result<Bytes> tile_at(store::Transaction& tx, const Epoch& epoch, std::string_view path);
Result<Digest> root(store::Transaction& tx, std::string_view epoch, std::uint64_t size);

struct LeafRow {
  LeafPosition position;
  Digest statement;
  std::string kind;
  Time time;
  std::string state;   ///< "present", "erased"
  std::string reason;  ///< of an erasure
};
Result<std::vector<LeafRow>> leaves(store::Transaction& tx, std::string_view epoch, std::uint64_t before, int limit);

/// Of all epochs.
Result<std::int64_t> count_leaves(store::Transaction& tx);

/// Re-derives everything from the leaves: hashes, root, latest checkpoint's signature; and looks each statement up.
struct LogVerification {
  std::uint64_t leaves = 0, present = 0;
  std::vector<LeafRow> erased, unexplained;
  bool hashes_match = true, checkpoint_matches = true;
  bool ok() const { return unexplained.empty() && hashes_match && checkpoint_matches; }
};
Result<LogVerification> verify_log(store::Transaction& tx, const Self& self);

}  // namespace tocsin::exchange
