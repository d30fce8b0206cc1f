// What a sensor has found and not yet handed over, and how far it has read: one folder, every word of it durable.
//
// One round of reading is one file, or several where its hits are many: hits in batches with ids of their own, and with
// the last of them the positions reached. So a crash between reading and sending neither loses a hit nor counts one
// twice: either the round is there with its positions, or the lines are read again. A run over whole files notes in the
// same way how far it has read which.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/watch/scan.h"
#include "ground/base/file.h"
#include "ground/json/json.h"

namespace tocsin::cmd {

using Positions = std::vector<telemetry::Position>;

/// A file of a run over whole files.
struct Searched {
  telemetry::Position reached;  ///< of its unpacked content; the path is not kept
  std::string whole;            ///< print of its end as it is on disk, once it was read up to there
};

struct Round {
  std::vector<watch::FoldedHit> hits;
  Positions positions;                ///< reached with these hits
  std::int64_t lines = 0, bytes = 0;  ///< read since the round before
  std::string set_id;
};

struct Batch {
  std::string file;  ///< the round it is in
  std::uint64_t round = 0;
  bool last = false;  ///< of its round
  json::Value body;   ///< of POST /api/hits
};

class Spool {
 public:
  /// cli.state_in_use {folder} where another sensor works with the folder. spool.damaged {file}.
  static Result<Spool> open(const std::string& folder, const std::string& sensor);

  /// The last ones that are durable, or are in a round that is.
  const Positions& positions() const { return positions_; }

  /// Durable when it returns.
  Result<void> add(Round round);
  /// Positions reached without any hit since the last round.
  Result<void> save_positions(Positions positions);

  /// What earlier runs have read of the file with this inode, with this set: another one has to see every line. Null
  /// where that is nothing.
  const Searched* searched(std::uint64_t inode, std::string_view set_id) const;
  /// Durable with the next round, which has the hits up to there. The files noted last are kept, so many of them.
  void note(Searched file, std::string_view set_id);
  static constexpr std::size_t kMaxSearched = 50'000;

  /// The batches of the oldest round; empty when everything has been accepted.
  Result<std::vector<Batch>> waiting() const;
  /// Accepted: the round's file goes once its last batch is done.
  Result<void> done(const Batch& batch);
  /// Refused for good: kept in refused/, for a person to look at.
  Result<void> set_aside(const Batch& batch);

  /// The set that was used last, so that a sensor watches even when it starts without its node.
  Result<Bytes> load_set() const;
  Result<void> save_set(ByteView set) const;

 private:
  Spool(std::string folder, std::string sensor, base::FolderLock lock)
      : folder_(std::move(folder)), sensor_(std::move(sensor)), lock_(std::move(lock)) {}
  Result<void> load();
  std::string round_file(std::uint64_t number) const;
  Result<void> write(const std::string& file, json::Object document) const;
  Result<void> write_round(Round& round, Time now);
  json::Array searched_list() const;
  Result<std::vector<std::string>> rounds() const;
  static Result<json::Value> read_round(const std::string& file);
  std::string folder_, sensor_;
  base::FolderLock lock_;
  Positions positions_;
  struct Noted {
    Searched file;
    std::uint64_t round = 0;  ///< with which it was noted
  };
  std::map<std::uint64_t, Noted> searched_;  ///< by inode
  std::string searched_with_;                ///< the set
  std::uint64_t next_ = 1;                   ///< number of the next round
};

}  // namespace tocsin::cmd
