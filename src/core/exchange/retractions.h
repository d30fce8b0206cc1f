// Retractions: what was withdrawn, why, and which holders have confirmed it. docs/protocol.md section 10.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/archive.h"

namespace tocsin::exchange {

/// Reason classes with their duties.
enum class RetractReason { Wrong, Narrowed, PersonalData, SourceAtRisk, Superseded };
std::string_view name(RetractReason reason);
std::optional<RetractReason> retract_reason_from_name(std::string_view text);
/// Personal data and a source at risk oblige holders to remove the content.
bool must_erase(RetractReason reason);

/// Body of a retract statement: the statements that carried it, and which objects of them (none: all).
struct Retraction {
  std::vector<Digest> targets;
  std::vector<std::string> objects;
  RetractReason reason = RetractReason::Wrong;
  std::string note;
};
json::Value write_retraction(const Retraction& retraction);
Result<Retraction> read_retraction(const json::Value& body);  ///< retract.malformed {field}
inline constexpr std::size_t kMaxNoteBytes = 4096;
/// As many as its reader's limits on targets and objects ask for; together they say the same.
std::vector<Retraction> split(const Retraction& retraction);

struct Holder {
  PartyId party;
  std::optional<Time> confirmed_at;
  std::int64_t onward_holders = 0, onward_confirmed = 0;
};
struct StoredRetraction {
  std::int64_t row = 0;
  Digest digest;
  Retraction retraction;
  PartyId author;
  Time at;
  std::vector<Holder> holders;
};
enum class HolderState { Pending, Confirmed, Overdue };
std::string_view name(HolderState state);
/// A node that can be reached confirms within seconds: who has not after a day is overdue.
HolderState state_of(const Holder& holder, const StoredRetraction& retraction, Time now);
Result<void> keep_retraction(store::Transaction& tx, const Digest& digest, const Retraction& retraction,
                             const PartyId& author, Time now);
/// Where the holder's word is here already - it may come back before the retraction does, after a restore - it counts.
Result<void> expect_confirmation(store::Transaction& tx, const Digest& retraction, const PartyId& holder);
/// What an ack of a retraction says. ack.malformed.
Result<Holder> read_confirmation(const json::Value& body, const PartyId& by, Time at);
/// Said again, the first time stands and the newer counts. False where nobody expected this party to confirm.
Result<bool> take_confirmation(store::Transaction& tx, const Digest& retraction, const Holder& holder);
/// Newest first. `scope`: those of what that reader may read; null: all.
Result<std::vector<StoredRetraction>> retractions(store::Transaction& tx, std::int64_t before_row, int limit,
                                                  const trust::Scope* scope = nullptr);
/// Those by the target's own author; nobody else's retraction says anything about it, and none of another realm: that
/// the caller has to look at.
Result<std::vector<StoredRetraction>> retractions_of(store::Transaction& tx, const Digest& target,
                                                     const PartyId& author);
Result<std::optional<StoredRetraction>> retraction(store::Transaction& tx, const Digest& digest);
/// The author's retraction of an object covers every statement that carried it, also for whoever gets one only now.
Result<void> let_retractions_follow(store::Transaction& tx, const Digest& statement, const PartyId& author,
                                    const PartyId& recipient, Time now);

}  // namespace tocsin::exchange
