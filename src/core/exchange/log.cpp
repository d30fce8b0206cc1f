#include "core/exchange/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/exchange/retractions.h"

namespace tocsin::exchange {
namespace {

merkle::HashReader reader(store::Transaction& tx, std::string epoch) {
  return [&tx, epoch = std::move(epoch)](unsigned level, std::uint64_t index) -> Result<Digest> {
    std::optional<Digest> hash;
    TRY_VOID(tx.each(
        "SELECT hash FROM log_hashes WHERE epoch = ? AND level = ? AND idx = ?",
        [&](const store::Row& row) { hash = row.digest(0); }, epoch, static_cast<int>(level), index));
    if (!hash) return fail(ErrorCode::Corrupt, "log.missing_hash", {std::to_string(level), std::to_string(index)});
    return *hash;
  };
}

struct StoredCheckpoint {
  std::uint64_t size = 0;
  std::string note;
};

// The bytes of the statement, where they are here and are what the digest says.
Result<std::optional<Signed>> intact(store::Transaction& tx, const Digest& statement) {
  std::optional<Signed> out;
  TRY_VOID(tx.each(
      "SELECT payload, jws FROM statements WHERE digest = ? AND erased_reason IS NULL",
      [&](const store::Row& row) {
        Signed found{std::string(row.text(1)), std::string(base::as_text(row.blob(0)))};
        if (trust::key_id(found.jws) && found.digest() == statement) out = std::move(found);
      },
      statement));
  return out;
}

bool names(const Signed& retraction, const Digest& target) {
  const auto payload = json::parse(retraction.payload);
  const json::Value* body = payload ? payload->find("body") : nullptr;
  if (!body) return false;
  const auto said = read_retraction(*body);
  return said && std::find(said->targets.begin(), said->targets.end(), target) != said->targets.end();
}

// A mark beside the leaf proves nothing. An erasure is explained by a retraction of ours, itself a leaf of the log,
// whose bytes name the statement.
Result<bool> is_explained(store::Transaction& tx, const Self& self, const Digest& erased) {
  std::vector<Digest> retractions;
  TRY_VOID(tx.each(
      "SELECT t.retraction FROM retraction_targets t JOIN log_leaves l ON l.statement = t.retraction "
      "WHERE t.target = ? AND t.author = ?",
      [&](const store::Row& row) { retractions.push_back(row.digest(0)); }, erased, self.party.text()));
  for (const Digest& digest : retractions)
    if (const auto retraction = TRY(intact(tx, digest)); retraction && names(*retraction, erased)) return true;
  return false;
}

Result<std::optional<StoredCheckpoint>> latest_checkpoint(store::Transaction& tx, std::string_view epoch) {
  std::optional<StoredCheckpoint> out;
  TRY_VOID(tx.each(
      "SELECT size, note FROM log_checkpoints WHERE epoch = ? ORDER BY size DESC LIMIT 1",
      [&](const store::Row& row) {
        out = StoredCheckpoint{static_cast<std::uint64_t>(row.integer(0)), std::string(row.text(1))};
      },
      epoch));
  return out;
}

Epoch epoch_from(const store::Row& row) {
  return {std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1)),
          static_cast<std::uint64_t>(row.integer(2))};
}

constexpr std::string_view kLeafColumns = "epoch, idx, statement, kind, at, erased_reason";

LeafRow leaf_from(const store::Row& row) {
  LeafRow out;
  out.position = {std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1))};
  out.statement = row.digest(2);
  out.kind = row.text(3);
  out.time = row.time(4);
  out.state = row.is_null(5) ? "present" : "erased";
  out.reason = row.text(5);
  return out;
}

}  // namespace

Result<std::string> open_epoch(store::Transaction& tx, Time now) {
  const auto last = TRY(tx.integer("SELECT MAX(number) FROM log_epochs"));
  const std::int64_t number = last.value_or(0) + 1;
  const std::string id =
      fmt::format("{}-{}", number, base::random_fixed<base::FixedBytes<16, struct EpochTag>>().hex());
  TRY(tx.run("INSERT INTO log_epochs (epoch, number, opened, size) VALUES (?, ?, ?, 0)", id, number, now));
  return id;
}

Result<std::vector<Epoch>> epochs(store::Transaction& tx) {
  std::vector<Epoch> out;
  TRY_VOID(tx.each("SELECT epoch, number, size FROM log_epochs ORDER BY number",
                   [&](const store::Row& row) { out.push_back(epoch_from(row)); }));
  return out;
}

Result<Epoch> current_epoch(store::Transaction& tx) {
  std::optional<Epoch> out;
  TRY_VOID(tx.each("SELECT epoch, number, size FROM log_epochs ORDER BY number DESC LIMIT 1",
                   [&](const store::Row& row) { out = epoch_from(row); }));
  if (!out) return fail(ErrorCode::Corrupt, "log.no_epoch");
  return *out;
}

Result<LeafPosition> append_leaf(store::Transaction& tx, const Digest& statement, std::string_view kind, Time now) {
  const Epoch epoch = TRY(current_epoch(tx));
  TRY(tx.run("INSERT INTO log_leaves (epoch, idx, statement, kind, at) VALUES (?, ?, ?, ?, ?)", epoch.id, epoch.size,
             statement, kind, now));
  for (const merkle::StoredHash& stored :
       TRY(merkle::append(epoch.size, merkle::leaf_hash(statement.view()), reader(tx, epoch.id))))
    TRY(tx.run("INSERT INTO log_hashes (epoch, level, idx, hash) VALUES (?, ?, ?, ?)", epoch.id,
               static_cast<int>(stored.level), stored.index, stored.hash));
  TRY(tx.run("UPDATE log_epochs SET size = ? WHERE epoch = ?", epoch.size + 1, epoch.id));
  return LeafPosition{epoch.id, epoch.size};
}

Result<std::optional<LeafPosition>> leaf_of(store::Transaction& tx, const Digest& statement) {
  std::optional<LeafPosition> out;
  TRY_VOID(tx.each(
      "SELECT l.epoch, l.idx FROM log_leaves l JOIN log_epochs e ON e.epoch = l.epoch WHERE l.statement = ? "
      "ORDER BY e.number DESC LIMIT 1",
      [&](const store::Row& row) {
        out = LeafPosition{std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1))};
      },
      statement));
  return out;
}

std::string origin(const PartyId& party, std::string_view epoch) {
  return fmt::format("tocsin/{}/{}", party.text(), epoch);
}

Result<merkle::Checkpoint> open_checkpoint(std::string_view note, const trust::Descriptor& of, std::string_view epoch) {
  const std::string name = origin(of.party, epoch);
  auto opened = merkle::open_checkpoint(note, name, of.log_key);
  if (opened) return opened;
  for (const trust::RetiredKey& retired : of.retired) {
    if (retired.use != "log") continue;
    auto earlier = merkle::open_checkpoint(note, name, retired.key);
    if (earlier && retired.is_good_for(epoch, earlier->size == 0 ? 0 : earlier->size - 1)) return earlier;
  }
  return opened;
}

Result<std::string> checkpoint(store::Transaction& tx, const Self& self, Time now) {
  return checkpoint(tx, self, TRY(current_epoch(tx)).id, now);
}

Result<std::string> checkpoint(store::Transaction& tx, const Self& self, std::string_view wanted, Time now) {
  std::optional<Epoch> found;
  TRY_VOID(tx.each(
      "SELECT epoch, number, size FROM log_epochs WHERE epoch = ?",
      [&](const store::Row& row) { found = epoch_from(row); }, wanted));
  if (!found) return fail(ErrorCode::Corrupt, "log.no_epoch");
  const Epoch& epoch = *found;
  const auto latest = TRY(latest_checkpoint(tx, epoch.id));
  const std::string name = origin(self.party, epoch.id);
  merkle::Checkpoint head{name, epoch.size, {}};
  if (latest && latest->size == epoch.size) {
    if (merkle::open_checkpoint(latest->note, name, self.keys->log.public_key())) return latest->note;
    // The log key has changed: the same head under the new one. What is under none of ours is not signed anew.
    head = TRY(open_checkpoint(latest->note, TRY(trust::own_party(tx)).descriptor, epoch.id));
  } else {
    head.root = TRY(merkle::root(epoch.size, reader(tx, epoch.id)));
  }
  const std::string note = merkle::sign_checkpoint(head, name, self.keys->log);
  TRY(tx.run(
      "INSERT INTO log_checkpoints (epoch, size, note, at) VALUES (?, ?, ?, ?) ON CONFLICT (epoch, size) DO UPDATE "
      "SET note = excluded.note, at = excluded.at",
      epoch.id, epoch.size, note, now));
  return note;
}

Result<std::vector<Digest>> inclusion(store::Transaction& tx, const LeafPosition& leaf, std::uint64_t size) {
  return merkle::inclusion_proof(leaf.index, size, reader(tx, leaf.epoch));
}
Result<std::vector<Digest>> consistency(store::Transaction& tx, std::string_view epoch, std::uint64_t from,
                                        std::uint64_t to) {
  return merkle::consistency_proof(from, to, reader(tx, std::string(epoch)));
}
Result<Bytes> tile(store::Transaction& tx, std::string_view epoch, merkle::TileId id) {
  return merkle::tile(id, reader(tx, std::string(epoch)));
}
Result<Bytes> tile_at(store::Transaction& tx, const Epoch& epoch, std::string_view path) {
  const auto id = merkle::parse_tile_path(path);
  const unsigned shift = id ? id->level * 8 : 0;
  if (!id || shift >= 64 || (id->index << 8) + id->width > (epoch.size >> shift))
    return fail(ErrorCode::NotFound, "log.no_tile");
  return tile(tx, epoch.id, *id);
}
Result<Digest> root(store::Transaction& tx, std::string_view epoch, std::uint64_t size) {
  return merkle::root(size, reader(tx, std::string(epoch)));
}

Result<std::int64_t> count_leaves(store::Transaction& tx) {
  return TRY(tx.integer("SELECT COUNT(*) FROM log_leaves")).value_or(0);
}

Result<std::vector<LeafRow>> leaves(store::Transaction& tx, std::string_view epoch, std::uint64_t before, int limit) {
  std::vector<LeafRow> out;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kLeafColumns) + " FROM log_leaves WHERE epoch = ? AND idx < ? ORDER BY idx DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(leaf_from(row)); }, epoch, before, limit));
  return out;
}

Result<LogVerification> verify_log(store::Transaction& tx, const Self& self) {
  LogVerification out;
  const trust::Descriptor own = TRY(trust::own_party(tx)).descriptor;
  for (const Epoch& one : TRY(epochs(tx))) {
    const std::string& epoch = one.id;
    // A frontier of complete subtrees, rebuilt from the statements themselves: nothing stored is believed.
    std::vector<std::vector<Digest>> rebuilt;
    std::vector<LeafRow> rows;
    TRY_VOID(tx.each(
        "SELECT " + std::string(kLeafColumns) + " FROM log_leaves WHERE epoch = ? ORDER BY idx",
        [&](const store::Row& row) { rows.push_back(leaf_from(row)); }, epoch));
    const merkle::HashReader memory = [&](unsigned level, std::uint64_t index) -> Result<Digest> {
      if (level >= rebuilt.size() || index >= rebuilt[level].size())
        return fail(ErrorCode::Corrupt, "log.missing_hash", {std::to_string(level), std::to_string(index)});
      return rebuilt[level][index];
    };
    for (std::uint64_t i = 0; i < rows.size(); ++i) {
      LeafRow& row = rows[i];
      ++out.leaves;
      if (row.position.index != i) out.hashes_match = false;
      if (row.state == "erased" && TRY(is_explained(tx, self, row.statement)))
        out.erased.push_back(row);
      else if (row.state != "erased" && TRY(intact(tx, row.statement)))
        ++out.present;
      else
        out.unexplained.push_back(row);
      for (const auto& stored : TRY(merkle::append(i, merkle::leaf_hash(row.statement.view()), memory))) {
        if (rebuilt.size() <= stored.level) rebuilt.resize(stored.level + 1);
        rebuilt[stored.level].push_back(stored.hash);
      }
    }
    for (unsigned level = 0; level < rebuilt.size(); ++level) {
      std::uint64_t expected = 0;
      TRY_VOID(tx.each(
          "SELECT idx, hash FROM log_hashes WHERE epoch = ? AND level = ? ORDER BY idx",
          [&](const store::Row& row) {
            if (static_cast<std::uint64_t>(row.integer(0)) != expected || expected >= rebuilt[level].size() ||
                row.digest(1) != rebuilt[level][expected])
              out.hashes_match = false;
            ++expected;
          },
          epoch, static_cast<int>(level)));
      if (expected != rebuilt[level].size()) out.hashes_match = false;
    }
    if (const auto latest = TRY(latest_checkpoint(tx, epoch))) {
      const auto head = open_checkpoint(latest->note, own, epoch);
      const auto expected = latest->size <= rows.size() ? merkle::root(latest->size, memory)
                                                        : Result<Digest>(fail(ErrorCode::Corrupt, "log.shrunk"));
      if (!head || !expected || head->size != latest->size || head->root != *expected) out.checkpoint_matches = false;
    }
  }
  return out;
}

}  // namespace tocsin::exchange
