#include "duty/alerts/alerts.h"

namespace tocsin::alerts {

const store::Migrations kMigrations{"alerts", {R"(
-- update_due: what has grown since we said or passed it on is said or passed on again then.
CREATE TABLE alerts (
  alert INTEGER PRIMARY KEY AUTOINCREMENT, origin INTEGER NOT NULL, party TEXT NOT NULL, sender TEXT NOT NULL, severity INTEGER NOT NULL,
  severity_row TEXT NOT NULL, facts TEXT NOT NULL, host TEXT NOT NULL, label INTEGER NOT NULL, realm TEXT NOT NULL, state TEXT NOT NULL,
  received INTEGER NOT NULL, deadline INTEGER NOT NULL, acknowledged_by TEXT, acknowledged_at INTEGER, update_due INTEGER);
CREATE INDEX alerts_queue ON alerts (state, severity, deadline);
CREATE INDEX alerts_host ON alerts (host);
CREATE INDEX alerts_update_due ON alerts (update_due);
-- statement: with which it happened; whoever may not read that does not hear of the event.
CREATE TABLE alert_events (
  row INTEGER PRIMARY KEY AUTOINCREMENT, alert INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  args TEXT NOT NULL, statement BLOB);
CREATE INDEX alert_events_alert ON alert_events (alert);
-- One alert may be said several times: to others, under another agreement. Each has recipients of its own. What one
-- author says of an alert, again and again, is a thread; in it the latest word by that author's clock holds.
-- severity: as it said.
CREATE TABLE alert_statements (
  row INTEGER PRIMARY KEY AUTOINCREMENT, statement BLOB NOT NULL UNIQUE, alert INTEGER NOT NULL, thread TEXT NOT NULL,
  said_at INTEGER NOT NULL, severity INTEGER NOT NULL);
CREATE INDEX alert_statements_alert ON alert_statements (alert);
CREATE INDEX alert_statements_thread ON alert_statements (thread);
-- via: the party whom we told and through whom the word of this one came back; empty where we told it ourselves.
CREATE TABLE alert_recipients (
  statement BLOB NOT NULL, party TEXT NOT NULL, via TEXT NOT NULL DEFAULT '', within INTEGER NOT NULL, acknowledged_at INTEGER,
  acknowledged_by TEXT, PRIMARY KEY (statement, party));
)"}};

}  // namespace tocsin::alerts
