#include "duty/alerts/alerts.h"

namespace tocsin::alerts {

const store::Migrations kMigrations{"alerts",
                                    {R"(
CREATE TABLE alerts (
  alert INTEGER PRIMARY KEY AUTOINCREMENT, origin INTEGER NOT NULL, party TEXT NOT NULL, sender TEXT NOT NULL, severity INTEGER NOT NULL,
  severity_row TEXT NOT NULL, facts TEXT NOT NULL, host TEXT NOT NULL, label INTEGER NOT NULL, realm TEXT NOT NULL, state TEXT NOT NULL,
  received INTEGER NOT NULL, deadline INTEGER NOT NULL, statement BLOB, acknowledged_by TEXT, acknowledged_at INTEGER);
CREATE INDEX alerts_queue ON alerts (state, severity, deadline);
CREATE INDEX alerts_host ON alerts (host);
CREATE INDEX alerts_statement ON alerts (statement);
CREATE TABLE alert_events (
  row INTEGER PRIMARY KEY AUTOINCREMENT, alert INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, args TEXT NOT NULL);
CREATE INDEX alert_events_alert ON alert_events (alert);
CREATE TABLE alert_recipients (
  statement BLOB NOT NULL, party TEXT NOT NULL, within INTEGER NOT NULL, acknowledged_at INTEGER, acknowledged_by TEXT,
  PRIMARY KEY (statement, party));
)",
                                     R"(
-- One alert may be said several times: to others, under another agreement. Each has recipients of its own.
CREATE TABLE alert_statements (row INTEGER PRIMARY KEY AUTOINCREMENT, statement BLOB NOT NULL UNIQUE, alert INTEGER NOT NULL);
INSERT INTO alert_statements (statement, alert)
  SELECT statement, MIN(alert) FROM alerts WHERE statement IS NOT NULL GROUP BY statement ORDER BY MIN(alert);
CREATE INDEX alert_statements_alert ON alert_statements (alert);
DROP INDEX alerts_statement;
ALTER TABLE alerts DROP COLUMN statement;
ALTER TABLE alert_recipients ADD COLUMN via TEXT NOT NULL DEFAULT '';
)",
                                     R"(
-- What one author says of an alert, again and again, is a thread; in it the latest word by that author's clock holds.
-- severity: as it said. What has grown since we said or passed it on is said or passed on again when it is due.
ALTER TABLE alert_statements ADD COLUMN thread TEXT NOT NULL DEFAULT '';
ALTER TABLE alert_statements ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_statements ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;
UPDATE alert_statements SET severity = (SELECT a.severity FROM alerts a WHERE a.alert = alert_statements.alert);
CREATE INDEX alert_statements_thread ON alert_statements (thread);
ALTER TABLE alerts ADD COLUMN update_due INTEGER;
CREATE INDEX alerts_update_due ON alerts (update_due);
)"}};

}  // namespace tocsin::alerts
