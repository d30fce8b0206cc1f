#include "duty/alerts/alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/exchange/archive.h"
#include "core/trust/arguments.h"

namespace tocsin::alerts {
namespace {

// How long an acknowledgement covers what it named. Who has seen it need not be called for each further hit; what goes
// on or comes back a day later is news.
constexpr Duration kAcknowledgementCovers = base::hours(24);
constexpr std::int64_t kMaxCount = (std::int64_t{1} << 53) - 1;  // the largest number of JSON

constexpr std::string_view kColumns =
    "alert, origin, party, sender, severity, severity_row, facts, host, label, realm, state, received, deadline, "
    "acknowledged_by, acknowledged_at";

struct RawAlert {
  Alert alert;
  std::string facts;
};

RawAlert from_row(const store::Row& row) {
  RawAlert raw;
  Alert& a = raw.alert;
  a.id = row.integer(0);
  a.origin = static_cast<Origin>(row.integer(1));
  a.party = trust::PartyId::parse(row.text(2)).value_or(trust::PartyId{});
  a.sender = trust::PartyId::parse(row.text(3)).value_or(trust::PartyId{});
  a.severity = static_cast<int>(row.integer(4));
  a.severity_row = row.text(5);
  raw.facts = row.text(6);
  a.host = row.text(7);
  a.label = row.integer(8);
  a.realm = row.text(9);
  a.state = row.text(10) == name(State::Acknowledged) ? State::Acknowledged : State::Open;
  a.received = row.time(11);
  a.deadline = row.time(12);
  a.acknowledged_by = row.text(13);
  if (!row.is_null(14)) a.acknowledged_at = row.time(14);
  return raw;
}

Result<std::vector<Alert>> select(store::Transaction& tx, const std::string& rest, std::span<const store::Cell> cells) {
  std::vector<RawAlert> raw;
  TRY_VOID(
      tx.query("SELECT " + std::string(kColumns) + " FROM alerts WHERE " + rest, cells, [&](const store::Row& row) {
        raw.push_back(from_row(row));
        return true;
      }));
  std::vector<Alert> out;
  for (RawAlert& entry : raw) {
    entry.alert.facts = TRY(read_facts(TRY(json::parse(entry.facts)))).facts;
    out.push_back(std::move(entry.alert));
  }
  return out;
}

// As they are stored: one alert that could not be read back would take the whole queue with it.
Result<std::string> facts_text(const Alert& a) {
  std::string out = json::write(write_facts(a.facts, a.severity, a.severity_row));
  TRY(read_facts(TRY(json::parse(out))));
  return out;
}

Result<AlertId> insert(store::Transaction& tx, const Alert& a) {
  TRY(
      tx.run("INSERT INTO alerts (origin, party, sender, severity, severity_row, facts, host, label, realm, state, "
             "received, deadline) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
             static_cast<int>(a.origin), a.party.text(), a.sender.text(), a.severity, a.severity_row,
             TRY(facts_text(a)), a.host, a.label, a.realm, a.received, a.deadline));
  return tx.last_id();
}

Result<void> update(store::Transaction& tx, const Alert& a) {
  TRY(tx.run("UPDATE alerts SET facts = ?, severity = ?, severity_row = ?, deadline = ?, label = ? WHERE alert = ?",
             TRY(facts_text(a)), a.severity, a.severity_row, a.deadline, a.label, a.id));
  return {};
}

// "severity.deadline.id" of the last row shown.
Result<std::array<std::int64_t, 3>> read_cursor(std::string_view text) {
  std::array<std::int64_t, 3> out{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::int64_t& part : out) {
    const auto [rest, error] = std::from_chars(at, end, part);
    const bool is_last = &part == &out.back();
    if (error != std::errc{} || part < 0 || (rest == end) != is_last || (!is_last && *rest != '.'))
      return fail(ErrorCode::Malformed, "api.bad_cursor");
    at = rest + (is_last ? 0 : 1);
  }
  return out;
}

// Adds what is not there yet; says whether anything was new.
bool merge_words(std::vector<std::string>& into, const std::vector<std::string>& more) {
  bool grew = false;
  for (const auto& word : more)
    if (std::find(into.begin(), into.end(), word) == into.end() && into.size() < 200) {
      into.push_back(word);
      grew = true;
    }
  return grew;
}

bool names_all(const Alert& known, const Alert& fresh) {
  const auto& named = known.facts.indicators;
  return known.severity >= fresh.severity &&
         std::all_of(fresh.facts.indicators.begin(), fresh.facts.indicators.end(), [&](const std::string& indicator) {
           return std::find(named.begin(), named.end(), indicator) != named.end();
         });
}

// The alert that these hits belong to: the open one of the host, or one that names all of this and was acknowledged of
// late.
Result<std::optional<Alert>> standing(store::Transaction& tx, const Alert& fresh, Time now) {
  const store::Cell cells[] = {store::cell(fresh.host), store::cell(static_cast<int>(Origin::Own)),
                               store::cell(fresh.realm), store::cell(now - kAcknowledgementCovers)};
  for (Alert& known : TRY(select(tx,
                                 "host = ? AND origin = ? AND realm = ? AND (state = 'open' OR acknowledged_at >= ?) "
                                 "ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, alert DESC",
                                 cells)))
    if (known.state == State::Open || names_all(known, fresh)) return std::optional(std::move(known));
  return std::optional<Alert>{};
}

// The label of what rests on both.
Result<trust::LabelId> stricter(store::Transaction& tx, trust::LabelId known, trust::LabelId fresh) {
  if (known == fresh) return known;
  trust::Label out = TRY(trust::label(tx, known));
  const trust::Label other = TRY(trust::label(tx, fresh));
  if (other.tlp == stix::Tlp::Red && out.tlp != stix::Tlp::Red)
    out.readers = other.readers;
  else if (other.tlp == stix::Tlp::Red)
    std::erase_if(out.readers, [&](const trust::Person& reader) { return !other.readers.contains(reader); });
  out.restrict_by(other);
  return trust::intern(tx, out);
}

// Whether a statement about the one may speak of the other: nobody changes what another party has said, nothing said
// under one agreement comes under another, and whoever may read the one may read what it becomes.
Result<bool> is_same(store::Transaction& tx, const Alert& known, const Alert& fresh) {
  if (known.origin != fresh.origin || known.party != fresh.party || known.realm != fresh.realm) return false;
  if (fresh.origin == Origin::Own) return true;
  const trust::Label a = TRY(trust::label(tx, known.label)), b = TRY(trust::label(tx, fresh.label));
  if (b.tlp == stix::Tlp::Red && (a.tlp != b.tlp || a.readers != b.readers)) return false;
  return a.voucher == b.voucher && a.agreement == b.agreement;
}

Result<std::optional<Alert>> of_thread(store::Transaction& tx, const Alert& fresh, std::string_view thread) {
  constexpr std::string_view kFew = " ORDER BY alert LIMIT 20";  // one author begins one thread under few agreements
  const store::Cell cells[] = {store::cell(fresh.party.text()), store::cell(thread)};
  for (Alert& known : TRY(select(
           tx, "party = ? AND alert IN (SELECT s.alert FROM alert_statements s WHERE s.thread = ?)" + std::string(kFew),
           cells)))
    if (TRY(is_same(tx, known, fresh))) return std::optional(std::move(known));
  return std::optional<Alert>{};
}

// What we said after the backup of which this node was made comes back, and hits may have come since.
void add_what_is_known(Alert& fresh, const Alert& known) {
  merge_words(fresh.facts.indicators, known.facts.indicators);
  merge_words(fresh.facts.values, known.facts.values);
  fresh.facts.count = std::max(fresh.facts.count, known.facts.count);
  fresh.facts.first = std::min(fresh.facts.first, known.facts.first);
  fresh.facts.last = std::max(fresh.facts.last, known.facts.last);
  if (fresh.severity >= known.severity) return;
  fresh.severity = known.severity;
  fresh.severity_row = known.severity_row;
}

Result<void> take_update(store::Transaction& tx, const Alert& known, Alert fresh, bool worse, Time now) {
  fresh.id = known.id;
  fresh.label = TRY(stricter(tx, known.label, fresh.label));
  if (fresh.origin == Origin::Own) add_what_is_known(fresh, known);
  const bool stays_open = known.state == State::Open;
  if (!worse || stays_open) fresh.deadline = worse ? std::min(known.deadline, fresh.deadline) : known.deadline;
  TRY_VOID(update(tx, fresh));
  if (!worse) return add_event(tx, known.id, "", "alerts.event.updated", {}, now);
  TRY(tx.run("UPDATE alerts SET state = 'open', acknowledged_by = NULL, acknowledged_at = NULL WHERE alert = ?",
             known.id));
  return add_event(tx, known.id, "", "alerts.event.worsened", {std::to_string(fresh.severity)}, now);
}

}  // namespace

std::string_view name(State state) {
  return state == State::Open ? "open" : "acknowledged";
}

Result<Raised> raise(store::Transaction& tx, const Alert& alert, Time now) {
  Alert fresh = alert;
  fresh.facts.count = std::min(fresh.facts.count, kMaxCount);
  TRY(facts_text(fresh));
  auto found = TRY(standing(tx, fresh, now));
  if (!found) {
    const AlertId id = TRY(insert(tx, fresh));
    TRY_VOID(add_event(tx, id, "", "alerts.event.raised", {std::to_string(fresh.facts.count)}, now));
    return Raised{id, true, true};
  }
  Alert& known = *found;
  bool grew = merge_words(known.facts.indicators, fresh.facts.indicators);
  grew = merge_words(known.facts.values, fresh.facts.values) || grew;
  known.facts.count = std::min(known.facts.count + fresh.facts.count, kMaxCount);
  known.facts.first = std::min(known.facts.first, fresh.facts.first);
  known.facts.last = std::max(known.facts.last, fresh.facts.last);
  const bool worse = fresh.severity > known.severity;
  if (worse) {
    known.severity = fresh.severity;
    known.severity_row = fresh.severity_row;
    known.deadline = std::min(known.deadline, fresh.deadline);
  }
  known.label = TRY(stricter(tx, known.label, fresh.label));
  TRY_VOID(update(tx, known));
  if (grew)
    TRY_VOID(add_event(tx, known.id, "", "alerts.event.grew", {std::to_string(known.facts.indicators.size())}, now));
  if (worse) TRY_VOID(add_event(tx, known.id, "", "alerts.event.worsened", {std::to_string(known.severity)}, now));
  return Raised{known.id, false, grew, worse};
}

Result<Received> receive(store::Transaction& tx, const Alert& alert, const Version& version, Time now) {
  if (const auto known = TRY(by_statement(tx, version.statement))) return Received{known->id};
  const auto known = TRY(of_thread(tx, alert, version.thread));
  if (!known) {
    const AlertId id = TRY(insert(tx, alert));
    TRY_VOID(add_statement(tx, id, version));
    TRY_VOID(add_event(tx, id, "", "alerts.event.received", {}, now));
    return Received{id};
  }
  const auto versions = TRY(statements_about(tx, known->id));
  if (static_cast<std::int64_t>(versions.size()) >= kMaxVersions)
    return fail(ErrorCode::Conflict, "alerts.too_many_versions", {std::to_string(kMaxVersions)});
  TRY_VOID(add_statement(tx, known->id, version));
  int worst = 0;
  for (const Version& earlier : versions) {
    if (earlier.thread == version.thread && earlier.said_at >= version.said_at) return Received{known->id};
    worst = std::max(worst, earlier.severity);
  }
  const bool worse = version.severity > worst;
  TRY_VOID(take_update(tx, *known, alert, worse, now));
  return Received{known->id, true, worse};
}

Result<std::vector<AlertId>> own_naming(store::Transaction& tx, std::string_view indicator, const trust::Realm& realm) {
  std::vector<AlertId> out;
  TRY_VOID(tx.each(
      "SELECT alert FROM alerts WHERE origin = ? AND realm = ? AND facts LIKE ? ORDER BY alert",
      [&](const store::Row& row) { out.push_back(row.integer(0)); }, static_cast<int>(Origin::Own), realm,
      fmt::format("%\"{}\"%", indicator)));
  return out;
}

Result<bool> erase(store::Transaction& tx, AlertId id, const std::vector<std::string>& indicators,
                   const std::vector<std::string>& values, Time now) {
  const store::Cell cells[] = {store::cell(id)};
  auto found = TRY(select(tx, "alert = ?", cells));
  if (found.empty()) return fail(ErrorCode::NotFound, "alerts.unknown", {std::to_string(id)});
  Facts& facts = found.front().facts;
  const auto drop = [](std::vector<std::string>& from, const std::vector<std::string>& what) {
    return std::erase_if(
        from, [&](const std::string& word) { return std::find(what.begin(), what.end(), word) != what.end(); });
  };
  if (drop(facts.indicators, indicators) + drop(facts.values, values) == 0) return false;
  TRY_VOID(update(tx, found.front()));
  TRY_VOID(add_event(tx, id, "", "alerts.event.erased", {}, now));
  return true;
}

Result<void> take_back(store::Transaction& tx, const Digest& statement, bool erase, Time now) {
  auto known = TRY(by_statement(tx, statement));
  if (!known || known->origin != Origin::Peer) return {};
  const auto newest = TRY(newest_statements(tx, known->id));
  if (std::none_of(newest.begin(), newest.end(), [&](const Version& one) { return one.statement == statement; }))
    return {};
  if (erase) {
    Facts left;
    left.what = kTakenBack;
    left.count = known->facts.count;
    left.first = known->facts.first;
    left.last = known->facts.last;
    known->facts = left;
    TRY_VOID(update(tx, *known));
  }
  return add_event(tx, known->id, known->party.text(), "alerts.event.taken_back", {}, now);
}

Result<Alert> alert(store::Transaction& tx, AlertId id, const trust::Scope& scope) {
  const store::Cell cells[] = {store::cell(id)};
  auto found = TRY(select(tx, "alert = ? AND label " + scope.sql(), cells));
  if (found.empty()) return fail(ErrorCode::NotFound, "alerts.unknown", {std::to_string(id)});
  return found.front();
}

Result<std::optional<Alert>> by_statement(store::Transaction& tx, const Digest& statement) {
  const store::Cell cells[] = {store::cell(statement)};
  auto found = TRY(select(tx, "alert = (SELECT s.alert FROM alert_statements s WHERE s.statement = ?)", cells));
  if (found.empty()) return std::optional<Alert>{};
  return std::optional(std::move(found.front()));
}

Result<AlertPage> list(store::Transaction& tx, const AlertQuery& query, const trust::Scope& scope) {
  CHECK(query.limit > 0);
  std::string where = "label " + scope.sql();
  if (query.open_only) where += " AND state = 'open'";
  AlertPage page;
  page.total = TRY(tx.integer("SELECT COUNT(*) FROM alerts WHERE " + where)).value_or(0);
  std::vector<store::Cell> cells;
  if (query.after) {
    const auto last = TRY(read_cursor(*query.after));
    where += " AND (severity < ? OR (severity = ? AND (deadline > ? OR (deadline = ? AND alert > ?))))";
    for (std::int64_t value : {last[0], last[0], last[1], last[1], last[2]}) cells.push_back(store::cell(value));
  }
  cells.push_back(store::cell(query.limit + 1));
  page.alerts = TRY(select(tx, where + " ORDER BY severity DESC, deadline, alert LIMIT ?", cells));
  if (page.alerts.size() > static_cast<std::size_t>(query.limit)) {
    page.alerts.pop_back();
    const Alert& last = page.alerts.back();
    page.next = fmt::format("{}.{}.{}", last.severity, last.deadline.us, last.id);
  }
  return page;
}

Result<Figures> figures(store::Transaction& tx, const trust::Scope& scope, Time now) {
  Figures out;
  out.unacknowledged =
      TRY(tx.integer("SELECT COUNT(*) FROM alerts WHERE state = 'open' AND label " + scope.sql())).value_or(0);
  out.due_within_hour =
      TRY(tx.integer("SELECT COUNT(*) FROM alerts WHERE state = 'open' AND deadline <= ? AND label " + scope.sql(),
                     now + base::hours(1)))
          .value_or(0);
  return out;
}

Result<std::int64_t> count_open(store::Transaction& tx) {
  return TRY(tx.integer("SELECT COUNT(*) FROM alerts WHERE state = 'open'")).value_or(0);
}

Result<void> acknowledge(store::Transaction& tx, AlertId id, std::string_view by, std::string_view note, Time now) {
  if (TRY(tx.run("UPDATE alerts SET state = 'acknowledged', acknowledged_by = ?, acknowledged_at = ? WHERE alert = ? "
                 "AND state = 'open'",
                 by, now, id)) == 0)
    return fail(ErrorCode::Conflict, "alerts.already_acknowledged", {std::to_string(id)});
  if (note.empty()) return add_event(tx, id, by, "alerts.event.acknowledged", {}, now);
  return add_event(tx, id, by, "alerts.event.acknowledged_with_note", {std::string(note)}, now);
}

Result<void> add_event(store::Transaction& tx, AlertId id, std::string_view who, std::string_view what,
                       const std::vector<std::string>& args, Time now, const std::optional<Digest>& statement) {
  const std::string list = trust::write_arguments(args);
  TRY(json::parse(list));  // what could not be read again would be missing from the history
  TRY(tx.run("INSERT INTO alert_events (alert, at, who, what, args, statement) VALUES (?, ?, ?, ?, ?, ?)", id, now, who,
             what, list, statement));
  return {};
}

namespace {

constexpr std::string_view kEventColumns = "SELECT e.alert, e.at, e.who, e.what, e.args FROM alert_events e ";

// Condition on e, a row of alert_events.
std::string is_known_to(const trust::Scope* scope) {
  if (!scope) return "";
  return " AND (e.statement IS NULL OR EXISTS (SELECT 1 FROM statements s WHERE s.digest = e.statement AND " +
         exchange::readable(*scope, "s") + "))";
}

Event event_from(const store::Row& row) {
  return {row.integer(0), row.time(1), std::string(row.text(2)), std::string(row.text(3)),
          trust::read_arguments(row.text(4))};
}

}  // namespace

Result<std::vector<Event>> events(store::Transaction& tx, AlertId id, int limit, const trust::Scope* scope) {
  std::vector<Event> out;
  TRY_VOID(tx.each(
      std::string(kEventColumns) + "WHERE e.alert = ?" + is_known_to(scope) + " ORDER BY e.row DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(event_from(row)); }, id, limit));
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::int64_t> count_events(store::Transaction& tx, AlertId id, const trust::Scope* scope) {
  return TRY(tx.integer("SELECT COUNT(*) FROM alert_events e WHERE e.alert = ?" + is_known_to(scope), id)).value_or(0);
}

Result<std::vector<Event>> latest_events(store::Transaction& tx, const trust::Scope& scope, int limit) {
  std::vector<Event> out;
  TRY_VOID(tx.each(
      std::string(kEventColumns) + "JOIN alerts a ON a.alert = e.alert WHERE a.label " + scope.sql() +
          is_known_to(&scope) + " ORDER BY e.row DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(event_from(row)); }, limit));
  return out;
}

}  // namespace tocsin::alerts
