// What the tests of alerts share: hits on a host, what they raise, and who reads it.
#pragma once

#include "core/exchange/archive.h"
#include "core/trust/labelled_fixture.h"
#include "duty/alerts/alerts.h"

namespace tocsin::alerts {

class AlertsTest : public trust::testing::LabelledTest {
 protected:
  AlertsTest() : LabelledTest({exchange::kMigrations, kMigrations}) {}

  /// What one batch of hits says about a host.
  Alert hits_on(std::string host, std::vector<std::string> indicators, int severity = 3) {
    Alert out;
    out.party = out.sender = own();
    out.host = std::move(host);
    out.severity = severity;
    out.severity_row = "severity.scope.large_operator";
    out.label = green();
    out.received = now_;
    out.deadline = now_ + base::hours(1);
    out.facts.host_name = "Records";
    out.facts.indicators = std::move(indicators);
    out.facts.count = 1;
    out.facts.first = out.facts.last = now_;
    return out;
  }
  Alert from_peer(int severity = 3) {
    Alert out = hits_on("", {"indicator--a"}, severity);
    out.origin = Origin::Peer;
    out.party = out.sender = peer();
    return out;
  }

  Raised put(const Alert& alert) {
    return get([&](store::Transaction& tx) { return raise(tx, alert, now_); });
  }
  AlertId take(const Alert& alert, std::string_view statement) {
    return get([&](store::Transaction& tx) {
             return receive(tx, alert, {crypto::sha256(statement), std::string(statement), now_, alert.severity}, now_);
           })
        .id;
  }
  Alert read(AlertId id, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    return get([&](store::Transaction& tx) { return alert(tx, id, scope); });
  }
  /// As `user` reads it; the message id of the error, or nothing.
  std::string reading_error(AlertId id, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    return error_of([&](store::Transaction& tx) { return alert(tx, id, scope); });
  }
  std::string ack(AlertId id, std::string_view by = "an", std::string_view note = "") {
    return error_of([&](store::Transaction& tx) -> Result<int> {
      TRY_VOID(acknowledge(tx, id, by, note, now_));
      return 0;
    });
  }
  AlertPage page(const AlertQuery& query, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    return get([&](store::Transaction& tx) { return list(tx, query, scope); });
  }
  std::vector<AlertId> listed(bool open_only = true, const std::string& user = "an") {
    AlertQuery query;
    query.open_only = open_only;
    query.limit = 500;
    std::vector<AlertId> out;
    for (const Alert& alert : page(query, user).alerts) out.push_back(alert.id);
    return out;
  }
  std::vector<Event> history(AlertId id) {
    return get([&](store::Transaction& tx) { return events(tx, id, 100); });
  }
  /// "an: alerts.event.acknowledged seen", in order.
  std::vector<std::string> told(AlertId id) {
    std::vector<std::string> out;
    for (const Event& event : history(id)) {
      std::string line = event.who + ": " + event.what;
      for (const auto& arg : event.args) line += " " + arg;
      out.push_back(line);
    }
    return out;
  }
};

}  // namespace tocsin::alerts
