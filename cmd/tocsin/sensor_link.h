// The node as a sensor sees it: it gives the set and takes batches of hits. Internal to the sensor.
#pragma once

#include <optional>

#include "cmd/tocsin/sensor.h"

namespace tocsin::cmd {

class SensorLink {
 public:
  SensorLink(const SensorOptions& options, Spool& spool) : options_(options), spool_(spool) {}

  /// Asks for the set; true where there is a new one now. Without the node the last one known serves: an error only
  /// where there is none at all, or where whoever answers first in this run is not trusted: a person has to look. Once
  /// the node was trusted, one that is not is a node that is away (cli.node_replaced): it may come back.
  Result<bool> refresh();
  const watch::Set& set() const { return *set_; }

  /// Hands over what waits, oldest first, until all is accepted or the node fails. Refusals for good are set aside.
  Result<void> send(Totals& totals);

 private:
  Result<Client*> client();
  Result<net::ClientResponse> ask(const Call& call);
  void let_go();

  const SensorOptions& options_;
  Spool& spool_;
  std::optional<Client> client_;
  bool was_trusted_ = false;  ///< in this run the node has answered
  std::string said_away_;
  std::optional<watch::Set> set_;
};

}  // namespace tocsin::cmd
