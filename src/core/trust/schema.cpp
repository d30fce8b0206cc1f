#include "core/trust/parties.h"

namespace tocsin::trust {

// Every table that holds an item or a statement elsewhere carries label, realm and log epoch from its first migration.
const store::Migrations kMigrations{"trust",
                                    {R"(
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
  checkpoint TEXT, checkpoint_size INTEGER, checkpoint_time INTEGER, checkpoint_state TEXT NOT NULL DEFAULT 'unverified');
CREATE TABLE descriptors_seen (
  party TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (party, version, digest));
CREATE TABLE agreements (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, document BLOB NOT NULL, digest BLOB NOT NULL, terms BLOB NOT NULL,
  proposed_by TEXT NOT NULL, proposed_at INTEGER NOT NULL, withdrawn_by TEXT, withdrawn_at INTEGER,
  PRIMARY KEY (agreement, version));
CREATE TABLE agreement_approvals (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, party TEXT NOT NULL, person TEXT NOT NULL,
  person_key BLOB NOT NULL, signature BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (agreement, version, party, person));
CREATE TABLE agreement_signatures (
  agreement TEXT NOT NULL, version INTEGER NOT NULL, party TEXT NOT NULL, statement BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (agreement, version, party));
CREATE TABLE labels (
  label INTEGER PRIMARY KEY AUTOINCREMENT,
  voucher TEXT NOT NULL, agreement TEXT NOT NULL, agreement_version INTEGER NOT NULL, tlp INTEGER NOT NULL,
  pap INTEGER NOT NULL, onward INTEGER NOT NULL, readers TEXT NOT NULL, realm TEXT NOT NULL,
  UNIQUE (voucher, agreement, agreement_version, tlp, pap, onward, readers, realm));
)",
                                     R"(
-- Readers of TLP:RED are persons of a party. One word that names no party was an account of ours and is kept as that.
-- Ids of parties named no person: who was meant stands nowhere, and nobody could read it before either. The old text
-- stays as a key that no digest equals, so such a label is never found for a new item.
CREATE TABLE label_readers (
  label INTEGER NOT NULL, party TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (label, party, account));
INSERT INTO label_readers (label, party, account)
  SELECT l.label, p.party, l.readers FROM labels l JOIN parties p ON p.own = 1
  WHERE l.readers <> '' AND l.readers NOT LIKE '% %' AND l.readers NOT IN (SELECT party FROM parties);
ALTER TABLE labels RENAME COLUMN readers TO readers_key;
)",
                                     R"(
CREATE TABLE exercises (exercise TEXT PRIMARY KEY, joined INTEGER NOT NULL);
)",
                                     R"(
ALTER TABLE parties ADD COLUMN undelivered_id TEXT;
ALTER TABLE parties ADD COLUMN undelivered_args TEXT;
)",
                                     R"(
-- Who has left an agreement, with all its versions. What stands in agreements.withdrawn_at is from before: that version is
-- withdrawn for all its parties, and nothing writes there any more.
CREATE TABLE agreement_departures (agreement TEXT NOT NULL, party TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (agreement, party));
)",
                                     R"(
ALTER TABLE agreement_departures ADD COLUMN statement BLOB;
)"}};

}  // namespace tocsin::trust
