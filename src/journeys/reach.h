// Why did X not reach Y? Whether something is with a party, on which ways, and what keeps it. The explainer is a reader
// like any other: it speaks of what the person who asks may read, and decides as publishing would.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/exchange/delivery.h"
#include "core/intel/repository.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct AlertNumber {
  std::int64_t number = 0;
};
struct ReachRequest {
  /// An item, an alert, or a statement by its digest or the beginning of it.
  std::variant<intel::ItemId, AlertNumber, std::string> what;
  trust::PartyId party;
  Doer by;
};

/// How it stands under one agreement, or with one statement.
struct Way {
  enum class State {
    Said,      ///< `delivery` says how far it came
    Waiting,   ///< said, and goes once nothing keeps it
    MayGo,     ///< nothing forbids it, and it has not been said
    MayNotGo,  ///< `reason` says why not
  };
  State state = State::MayNotGo;
  std::optional<exchange::DeliveryState> delivery;
  std::optional<Digest> statement;
  trust::AgreementId agreement;  ///< empty: said between the two, or of no agreement
  trust::Names title;
  std::string reason;  ///< message id: why it was withheld or refused, what keeps what waits, why it may not go
  std::vector<std::string> args;
  std::optional<Time> at;   ///< of the receipt, else of the last that happened to it; since when it waits
  bool is_earlier = false;  ///< with an earlier version of it, which does not count
};

enum class Reached {
  There,     ///< the party has signed that it has it
  Gone,      ///< it went there, or may have, without a receipt
  Waiting,   ///< it will go by itself
  Source,    ///< the party gave it to us
  NotThere,  ///< and will not be by itself
};
std::string_view name(Reached reached);
std::string_view name(Way::State state);

struct Reach {
  Reached reached = Reached::NotThere;
  std::vector<Way> ways;  ///< what was said, the newest first; then what could be
};

/// intel.not_found, alerts.unknown, statement.unknown where the person may not read it, too; peers.unknown, also for
/// ourselves.
Result<Reach> reach(const Context& context, const ReachRequest& request);

}  // namespace tocsin::journeys
