// A sensor: logs of this machine against the node's set. Telemetry stays here; hits go home, each counted once.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/spool.h"

namespace tocsin::cmd {

struct SensorOptions {
  Common common;                 ///< the node of this machine ...
  std::optional<Remote> remote;  ///< ... or one elsewhere
  std::string name;
  std::string state;  ///< folder of the spool
  std::vector<std::string> files;
  std::optional<telemetry::Format> format;  ///< of every file; told from its first lines where there is none
  bool follow = false;
  bool once = false;     ///< with follow: what is new since last time, then stop
  bool again = false;    ///< of whole files: also those that were searched before
  bool dry_run = false;  ///< of whole files: only say what is found; nothing of it is kept or told to the node
  Duration poll_every = base::seconds(1);
  Duration refetch_every = base::seconds(15);
  Duration patience = base::minutes(1);  ///< how long the end waits for the node to take what was found
};

struct Totals {
  std::uint64_t searched_before = 0;  ///< files that an earlier run read to their end and that have not changed since
  std::uint64_t gone_on = 0;          ///< files that were read from where an earlier run had stopped
  std::uint64_t files = 0, lines = 0, bytes = 0, unreadable = 0, hits = 0;
  std::uint64_t reported = 0;  ///< rows that were told to the node: hits of one value, host and log are one
  std::uint64_t accepted = 0, retracted = 0, unknown = 0, repeated = 0;  ///< what became of these rows at the node
  std::uint64_t refused = 0;                                             ///< whole batches, set aside
  std::vector<watch::FoldedHit> rows;  ///< what was found, for the person who looks on; the first 1000
  std::vector<std::string> alerts;     ///< raised by the node
  std::vector<std::string> troubles;   ///< files that could not be read, with the reason
  std::string set_id;
  std::size_t indicators = 0;
  Duration took;
};

/// Reads the files once and hands over what they show.
Result<Totals> watch_once(const SensorOptions& options);
/// Follows growing files until `stop`.
Result<Totals> watch_on(const SensorOptions& options, const std::atomic<bool>& stop);

}  // namespace tocsin::cmd
