#include "core/trust/parties.h"

namespace tocsin::trust {

const store::Migrations kMigrations{"trust", {R"(
CREATE TABLE parties (
  party TEXT PRIMARY KEY,
  own INTEGER NOT NULL,
  state TEXT NOT NULL,
  descriptor_version INTEGER NOT NULL,
  descriptor_jws TEXT NOT NULL,
  descriptor_payload BLOB NOT NULL,
  invited_at INTEGER NOT NULL,
  verified_by TEXT, verified_method TEXT, verified_at INTEGER,
  quarantine_reason TEXT, quarantined_by TEXT, quarantined_at INTEGER,
  allowed_address TEXT NOT NULL DEFAULT '',
  last_contact INTEGER, last_failure INTEGER, failure_id TEXT, failure_args TEXT, failures INTEGER NOT NULL DEFAULT 0,
  undelivered_id TEXT, undelivered_args TEXT,
  checkpoint TEXT, checkpoint_size INTEGER, checkpoint_time INTEGER, checkpoint_state TEXT NOT NULL DEFAULT 'unverified');
CREATE TABLE descriptors_seen (
  party TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (party, version, digest));
CREATE TABLE agreements (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, document BLOB NOT NULL, digest BLOB NOT NULL, terms BLOB NOT NULL,
  proposed_by TEXT NOT NULL, proposed_at INTEGER NOT NULL,
  PRIMARY KEY (agreement, version));
CREATE TABLE agreement_approvals (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, party TEXT NOT NULL, person TEXT NOT NULL,
  person_key BLOB NOT NULL, signature BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (agreement, version, party, person));
CREATE TABLE agreement_signatures (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, party TEXT NOT NULL, statement BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (agreement, version, party));
-- Who has left an agreement, with all its versions.
CREATE TABLE agreement_departures (
  agreement TEXT NOT NULL, party TEXT NOT NULL, at INTEGER NOT NULL, statement BLOB NOT NULL,
  PRIMARY KEY (agreement, party));
-- readers_key: a digest of the readers, by which equal labels are found. Names of any number would not fit an index.
CREATE TABLE labels (
  label INTEGER PRIMARY KEY AUTOINCREMENT,
  voucher TEXT NOT NULL, agreement TEXT NOT NULL, agreement_version INTEGER NOT NULL, tlp INTEGER NOT NULL,
  pap INTEGER NOT NULL, onward INTEGER NOT NULL, readers_key TEXT NOT NULL, realm TEXT NOT NULL,
  UNIQUE (voucher, agreement, agreement_version, tlp, pap, onward, readers_key, realm));
-- Readers of TLP:RED are persons of a party.
CREATE TABLE label_readers (
  label INTEGER NOT NULL, party TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (label, party, account));
CREATE TABLE exercises (exercise TEXT PRIMARY KEY, joined INTEGER NOT NULL);
)"}};

}  // namespace tocsin::trust
