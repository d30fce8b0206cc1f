// Alerts: what the duty officer's queue holds. An alert has a severity with its reason, a deadline, an owner and a
// history. It is kept as facts (what, where, how many), and becomes a sentence only in the reader's language.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/exchange/statement.h"
#include "core/trust/release.h"
#include "ground/store/store.h"

namespace tocsin::alerts {

extern const store::Migrations kMigrations;

using AlertId = std::int64_t;

inline constexpr std::string_view kTakenBack = "taken_back";

/// What has happened, in facts: the body of an alert statement is exactly this. Never a line of telemetry.
struct Facts {
  std::string what = "hit";  ///< "hit": indicators seen on a critical host; kTakenBack: its author erased the rest
  std::string host_name, service, sector, protected_code;  ///< what people call it; no address leaves the house
  std::int64_t population_served = 0;
  std::vector<std::string> indicators;  ///< STIX ids
  std::vector<std::string> values;      ///< the values seen, so that a receiver can look in its own logs
  std::int64_t count = 0;
  Time first, last;
  std::string note;  ///< free words of a person
};
json::Value write_facts(const Facts& facts, int severity, std::string_view severity_row);
struct ReadFacts {
  Facts facts;
  int severity = 0;
  std::string severity_row;
};
/// alerts.malformed {field}
Result<ReadFacts> read_facts(const json::Value& body);

enum class Origin { Own, Peer };
enum class State { Open, Acknowledged };
std::string_view name(State state);

/// How soon an alert should be acknowledged, by severity, where nobody has agreed otherwise.
inline constexpr std::array<Duration, 6> kUsualDeadlines = {base::hours(72), base::hours(24),   base::hours(4),
                                                            base::hours(1),  base::minutes(30), base::minutes(15)};

struct Alert {
  AlertId id = 0;
  Origin origin = Origin::Own;
  trust::PartyId party;   ///< who raised it
  trust::PartyId sender;  ///< who handed it over, where another
  int severity = 0;
  std::string severity_row;
  Facts facts;
  std::string host;  ///< own alerts: the marked host (stays here)
  trust::LabelId label = 0;
  trust::Realm realm{trust::kReal};
  State state = State::Open;
  Time received, deadline;
  std::string acknowledged_by;
  std::optional<Time> acknowledged_at;
};

/// One open alert per host: hits add to it; after acknowledgement new indicators open another, or worse severity; after
/// a day those it named, too. It becomes as restricted as the strictest label of what it rests on. Returns the alert,
/// whether it is new, has grown by an indicator or a value it did not name, or has become more severe. alerts.malformed
/// {field}: facts that could not be read back.
struct Raised {
  AlertId id = 0;
  bool is_new = false, grew = false, worse = false;
};
Result<Raised> raise(store::Transaction& tx, const Alert& alert, Time now);

/// A statement about an alert: one that brought it or brings news of it, or what we have said about it.
struct Version {
  Digest statement;
  std::string thread;  ///< what its author says of the alert, again and again
  Time said_at;        ///< by its author's clock, which orders his own words only
  int severity = 0;    ///< as it said
};
inline constexpr std::int64_t kMaxVersions = 1000;

/// An alert that a statement brought: applied once per statement. One of the same party, realm, voucher and agreement
/// (and readers, where it is TLP:RED) in the same thread is a newer version of it: facts and severity become what it
/// says, the label the stricter of both; where it is more severe than all before, the alert is open again, with the new
/// deadline. A version older than one that is here changes nothing. Our own, given back after a restore, is added to
/// what we know. alerts.too_many_versions {n}.
struct Received {
  AlertId id = 0;
  bool is_update = false, is_worse = false;
};
Result<Received> receive(store::Transaction& tx, const Alert& alert, const Version& version, Time now);
/// Our own alerts of a realm that name an indicator.
Result<std::vector<AlertId>> own_naming(store::Transaction& tx, std::string_view indicator, const trust::Realm& realm);
/// It must not name these any more; whether it named one. alerts.unknown.
Result<bool> erase(store::Transaction& tx, AlertId id, const std::vector<std::string>& indicators,
                   const std::vector<std::string>& values, Time now);
/// A peer took back what it had said of an alert. Where no newer version has come, that stands in the history, and
/// where the content must not be had any more the alert loses all words of its facts.
Result<void> take_back(store::Transaction& tx, const Digest& statement, bool erase, Time now);
Result<Alert> alert(store::Transaction& tx, AlertId id, const trust::Scope& scope);  ///< alerts.unknown
Result<std::optional<Alert>> by_statement(store::Transaction& tx, const Digest& statement);
struct AlertQuery {
  bool open_only = true;
  std::optional<std::string> after;  ///< cursor
  int limit = 50;                    ///< at least 1
};
struct AlertPage {
  std::vector<Alert> alerts;
  std::optional<std::string> next;
  std::int64_t total = 0;
};
/// Harm first, then deadline, then age. api.bad_cursor.
Result<AlertPage> list(store::Transaction& tx, const AlertQuery& query, const trust::Scope& scope);
struct Figures {
  std::int64_t unacknowledged = 0, due_within_hour = 0;
};
Result<Figures> figures(store::Transaction& tx, const trust::Scope& scope, Time now);
/// Nobody has acknowledged them, whoever may see them.
Result<std::int64_t> count_open(store::Transaction& tx);

/// Receipt of it, not agreement with it. alerts.already_acknowledged.
Result<void> acknowledge(store::Transaction& tx, AlertId id, std::string_view by, std::string_view note, Time now);
/// json.*: arguments that could not be read again (NUL, too long). `statement`: with which it happened, if with one.
Result<void> add_event(store::Transaction& tx, AlertId id, std::string_view who, std::string_view what,
                       const std::vector<std::string>& args, Time now, const std::optional<Digest>& statement = {});
struct Event {
  AlertId alert = 0;
  Time time;
  std::string who, what;  ///< who: account, party id or empty; what: message id
  std::vector<std::string> args;
};
/// The newest `limit` of an alert, oldest first. `scope`, here and below: without what happened with statements that
/// this reader may not read; null: all.
Result<std::vector<Event>> events(store::Transaction& tx, AlertId id, int limit, const trust::Scope* scope = nullptr);
Result<std::int64_t> count_events(store::Transaction& tx, AlertId id, const trust::Scope* scope = nullptr);
/// Of all alerts within scope, newest first.
Result<std::vector<Event>> latest_events(store::Transaction& tx, const trust::Scope& scope, int limit);

// --- what was said of it, and who has acknowledged that (told.cpp)

/// Oldest first.
Result<std::vector<Version>> statements_about(store::Transaction& tx, AlertId id, const trust::Scope* scope = nullptr);
/// The last of each thread, as far as this reader may know: what holds now.
Result<std::vector<Version>> newest_statements(store::Transaction& tx, AlertId id, const trust::Scope* scope = nullptr);
/// A statement is about one alert: said of another one later, it stays where it is.
Result<void> add_statement(store::Transaction& tx, AlertId id, const Version& version);

/// What we said of an alert, or passed on, is to be said anew at this time, or earlier if that was decided before;
/// nothing: it has been.
Result<void> set_update_due(store::Transaction& tx, AlertId id, std::optional<Time> due);
Result<std::vector<AlertId>> updates_due(store::Transaction& tx, Time now);
/// Whether anybody has been asked to acknowledge anything of it by us: of a peer's alert, that we have passed it on.
Result<bool> was_told(store::Transaction& tx, AlertId id);

struct SentTo {
  trust::PartyId party;
  std::optional<trust::PartyId> via;  ///< set: not sent by us; one whom we told passed it on, and its word came back
  Duration within;                    ///< how soon they are to acknowledge, from the moment it reached them
  std::optional<Time> acknowledged_at;
  std::string acknowledged_by;  ///< the other party's words for the person

  /// `reached`: when, as its receipt says; until then their time has not begun.
  std::optional<Time> deadline(std::optional<Time> reached) const;
  bool is_late(std::optional<Time> reached, Time now) const;
};
/// Said again, the first expectation stands; of a newer version a party is expected to acknowledge only what is more
/// severe than all of the thread that it has been asked for.
Result<void> expect_ack(store::Transaction& tx, const Digest& statement, const trust::PartyId& party, Duration within);
/// What was taken back before it reached a party is not awaited from it any more: a later word asks anew. Whoever holds
/// it, or may hold it, answers that.
Result<void> await_only_from(store::Transaction& tx, const Digest& statement, const std::set<trust::PartyId>& holders);
struct Acknowledgement {
  trust::PartyId party;        ///< who signed it
  trust::PartyId handed_over;  ///< by whom: `party` itself, or one whom we told and who passed the alert on
  std::string_view by;
};
/// Of a statement and of those before it in its thread. Whether it says something new. Of a party that we did not tell
/// it counts only through one that we did.
Result<bool> take_ack(store::Transaction& tx, const Digest& statement, const Acknowledgement& ack, Time now);
Result<std::vector<SentTo>> sent_to(store::Transaction& tx, const Digest& statement);

}  // namespace tocsin::alerts
