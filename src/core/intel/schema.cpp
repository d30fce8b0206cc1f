#include "core/intel/repository.h"

namespace tocsin::intel {

const store::Migrations kMigrations{"intel", {R"(
CREATE TABLE objects (
  item INTEGER PRIMARY KEY AUTOINCREMENT, stix_id TEXT NOT NULL, voucher TEXT NOT NULL, modified TEXT NOT NULL,
  modified_at INTEGER, type TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, kind TEXT NOT NULL, bytes BLOB NOT NULL,
  digest BLOB NOT NULL, label INTEGER NOT NULL, realm TEXT NOT NULL, received INTEGER NOT NULL, valid_until INTEGER,
  current INTEGER NOT NULL, revoked INTEGER NOT NULL, retracted TEXT NOT NULL DEFAULT '', erased INTEGER NOT NULL DEFAULT 0,
  UNIQUE (stix_id, voucher, modified, realm));
CREATE INDEX objects_current ON objects (stix_id, voucher, realm) WHERE current = 1;
CREATE INDEX objects_revoked ON objects (stix_id, voucher, realm) WHERE revoked = 1;
CREATE TABLE provenance (
  item INTEGER NOT NULL, voucher TEXT NOT NULL, statement BLOB, agreement TEXT NOT NULL, basis TEXT NOT NULL,
  source TEXT NOT NULL, received INTEGER NOT NULL, import_id INTEGER NOT NULL);
CREATE INDEX provenance_item ON provenance (item);
CREATE INDEX provenance_statement ON provenance (statement) WHERE statement IS NOT NULL;
CREATE INDEX provenance_import ON provenance (import_id) WHERE import_id > 0;
-- What an exercise buries stays there: the realm is part of the key.
CREATE TABLE tombstones (
  author TEXT NOT NULL, stix_id TEXT NOT NULL, statement BLOB NOT NULL, realm TEXT NOT NULL, reason TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (author, stix_id, statement, realm));
CREATE TABLE sightings (
  stix_id TEXT NOT NULL, party TEXT NOT NULL, statement BLOB NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, label INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (stix_id, party, statement));
-- state: how the import ended. repeated_by: the import that took over something of what this one found unchanged, or 0.
CREATE TABLE imports (
  import_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, format TEXT NOT NULL, by_user TEXT NOT NULL, at INTEGER NOT NULL,
  state TEXT NOT NULL, repeated_by INTEGER NOT NULL DEFAULT 0);
-- By label: what an import says of itself to a reader is what it brought within that reader's scope.
CREATE TABLE import_counts (
  import_id INTEGER NOT NULL, label INTEGER NOT NULL, stored INTEGER NOT NULL, updated INTEGER NOT NULL,
  unchanged INTEGER NOT NULL, refused INTEGER NOT NULL, PRIMARY KEY (import_id, label));
-- What a dry run has met in its file so far.
CREATE TABLE foreseen (
  run TEXT NOT NULL, stix_id TEXT NOT NULL, modified TEXT NOT NULL, modified_at INTEGER, digest BLOB NOT NULL,
  said BLOB NOT NULL, current INTEGER NOT NULL, revoked INTEGER NOT NULL, PRIMARY KEY (run, stix_id, modified));
)"}};

}  // namespace tocsin::intel
