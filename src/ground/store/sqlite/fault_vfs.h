// A disk that can fail, under SQLite: for tests only (target tocsin_fault_vfs, never linked into the program).
//
// It wraps the machine's own file system layer and keeps, for every file, what a power cut would leave: the content at
// its last sync, and the writes since. At restart() each sector of those later writes survives or is lost by a seeded
// draw, in any order: that covers lost writes, reordered writes and writes torn between two sectors. Not covered: a
// deletion or a creation that the folder forgets, and damage to bytes that were not written (SQLite's "powersafe
// overwrite").
//
//   FaultDisk disk("faulty", seed);
//   options.vfs = "faulty";
//   disk.cut_power_at(17);  ... use and destroy the Database ...  disk.restart();  ... open it again ...
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tocsin::store::sqlite {

/// Thread safe. No database may be open on it when restart() is called or when it is destroyed.
class FaultDisk {
 public:
  /// Registers itself under `vfs_name`.
  FaultDisk(std::string vfs_name, std::uint64_t seed);
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  /// Writes, truncations, syncs and deletions so far.
  std::uint64_t operations() const;
  /// The operation of this number (from 1) and everything after it fails; of that operation itself, a write may still
  /// reach the disk in part.
  void cut_power_at(std::uint64_t operation);
  bool has_power() const;
  /// Power is back, and the files are what the cut has left of them.
  void restart();

  /// From now on the files together may grow by this many bytes; beyond that the disk is full.
  void limit_space(std::uint64_t bytes);
  void lift_space_limit();
  /// The next `count` syncs fail, as when a disk reports an error late.
  void fail_syncs(std::uint64_t count);
  /// Syncs say yes and do nothing: with this a test shows that it would notice a store that does not sync.
  void lie_about_syncs();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::store::sqlite
