// One party of a simulation: its node on a disk that can fail, its clock, and what its people do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/exchange/retractions.h"
#include "ground/store/sqlite/fault_vfs.h"
#include "journeys/context.h"
#include "tests/simulation/cast.h"

namespace tocsin::simulation {

/// A database between the node and its real one: how a mutant makes a store forget (mutants.h).
using Wrap = std::function<std::unique_ptr<store::Database>(store::Database&)>;

class Party {
 public:
  Party(std::size_t number, const Founded& founded, const std::string& folder, std::uint64_t seed, Wrap wrap);
  ~Party();
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  const std::size_t number;
  const trust::PartyId id;
  const Founded& founded;
  base::ManualClock clock;
  store::sqlite::FaultDisk disk;
  bool is_rogue = false;      ///< keeps no rules; its node does, besides
  bool was_restored = false;  ///< what it had said since its backup, and nobody has, is lost for good

  const journeys::Context& context() const { return context_; }
  /// As after a crash: what the disk has kept.
  void restart();
  /// A copy of the node as it is now; and the node again as it was then, in a new epoch of its log.
  void back_up();
  bool has_backup() const { return has_backup_; }
  void restore();

  // What simulations know of it is read from the real database, whatever a mutant does.
  store::Database& db() { return *real_; }
  void each(std::string_view sql, const std::function<void(const store::Row&)>& row);
  std::int64_t count(std::string_view sql);

  // Deeds of its people. They may be refused, or fail where the disk does.
  Result<std::vector<std::int64_t>> import(const std::string& value, stix::Tlp tlp);
  std::vector<std::int64_t> items_of(const std::string& value);
  std::vector<std::string> matches();
  Result<void> see(const std::string& value, const std::string& host, std::int64_t count);
  /// All signatories approve the newest version.
  Result<void> approve(const trust::AgreementId& agreement);
  Result<void> leave(const trust::AgreementId& agreement);

 private:
  void start();
  void stop();
  const std::string folder_, vfs_;
  std::string file_, backup_;
  int lives_ = 1;
  const Wrap wrap_;
  bool has_backup_ = false;
  std::unique_ptr<store::Database> real_, wrapped_;
  journeys::Context context_;
};

}  // namespace tocsin::simulation
