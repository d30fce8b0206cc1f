#include "core/exchange/archive.h"

namespace tocsin::exchange {

const store::Migrations kMigrations{"exchange", {R"(
CREATE TABLE log_epochs (epoch TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, opened INTEGER NOT NULL, size INTEGER NOT NULL);
CREATE TABLE log_leaves (
  epoch TEXT NOT NULL, idx INTEGER NOT NULL, statement BLOB NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
  erased_reason TEXT, PRIMARY KEY (epoch, idx));
CREATE INDEX log_leaves_statement ON log_leaves (statement);
CREATE TABLE log_hashes (epoch TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (epoch, level, idx));
CREATE TABLE log_checkpoints (epoch TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (epoch, size));
CREATE TABLE statements (
  row INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, id TEXT NOT NULL, author TEXT NOT NULL,
  kind TEXT NOT NULL, time INTEGER NOT NULL, received INTEGER NOT NULL, agreement TEXT NOT NULL,
  label INTEGER NOT NULL, realm TEXT NOT NULL,
  epoch TEXT NOT NULL, sender TEXT NOT NULL, onward INTEGER NOT NULL, objects INTEGER NOT NULL, size INTEGER NOT NULL,
  in_reply_to BLOB, retracted_by BLOB, erased_reason TEXT, jws TEXT NOT NULL, payload BLOB NOT NULL,
  UNIQUE (author, id));
CREATE INDEX statements_reply ON statements (in_reply_to);
CREATE TABLE carried (row INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, stix_id TEXT NOT NULL, statement BLOB NOT NULL);
CREATE INDEX carried_object ON carried (author, stix_id);
CREATE INDEX carried_statement ON carried (statement);
CREATE TABLE equivocations (
  author TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, jws TEXT NOT NULL, payload BLOB NOT NULL,
  sender TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (author, id, digest));
CREATE TABLE authors (party TEXT PRIMARY KEY, version INTEGER NOT NULL, jws TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE kept_proofs (statement BLOB PRIMARY KEY, proof TEXT NOT NULL, checkpoint TEXT NOT NULL);
CREATE TABLE queue (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, agreement TEXT NOT NULL, recipient TEXT NOT NULL, statement BLOB NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX queue_stream ON queue (agreement, seq);
CREATE INDEX queue_statement ON queue (statement);
-- generation: of a stream (envelope.h).
CREATE TABLE cursors (
  recipient TEXT NOT NULL, agreement TEXT NOT NULL, seq INTEGER NOT NULL, generation TEXT NOT NULL, position INTEGER NOT NULL,
  last_envelope BLOB, served INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (recipient, agreement));
CREATE TABLE envelopes (
  digest BLOB PRIMARY KEY, recipient TEXT NOT NULL, agreement TEXT NOT NULL, generation TEXT NOT NULL, first INTEGER NOT NULL,
  count INTEGER NOT NULL, seq INTEGER NOT NULL, jws TEXT NOT NULL, payload BLOB NOT NULL, state TEXT NOT NULL,
  made INTEGER NOT NULL, receipted INTEGER, receipt_jws TEXT, receipt_payload BLOB,
  checkpoint_size INTEGER NOT NULL DEFAULT 0);
CREATE INDEX envelopes_open ON envelopes (recipient, state);
CREATE INDEX envelopes_shown ON envelopes (recipient, generation, state, checkpoint_size);
CREATE TABLE ledger (
  row INTEGER PRIMARY KEY AUTOINCREMENT, party TEXT NOT NULL, direction TEXT NOT NULL, statement BLOB NOT NULL,
  kind TEXT NOT NULL, agreement TEXT NOT NULL, generation TEXT NOT NULL, position INTEGER, envelope BLOB, state TEXT NOT NULL,
  reason TEXT, reason_args TEXT, at INTEGER NOT NULL, receipted INTEGER, size INTEGER NOT NULL, onward INTEGER NOT NULL);
CREATE INDEX ledger_party ON ledger (party, row);
CREATE INDEX ledger_statement ON ledger (statement, party, direction);
CREATE INDEX ledger_envelope ON ledger (envelope);
CREATE INDEX ledger_rate ON ledger (party, direction, at);
CREATE TABLE inbound (
  sender TEXT NOT NULL, generation TEXT NOT NULL, agreement TEXT NOT NULL, position INTEGER NOT NULL, last_envelope BLOB,
  PRIMARY KEY (sender, generation, agreement));
CREATE TABLE receipts_given (
  envelope BLOB PRIMARY KEY, sender TEXT NOT NULL, jws TEXT NOT NULL, payload BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE retractions (
  row INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, author TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE retraction_holders (
  retraction BLOB NOT NULL, party TEXT NOT NULL, at INTEGER, onward_holders INTEGER NOT NULL,
  onward_confirmed INTEGER NOT NULL, PRIMARY KEY (retraction, party));
CREATE TABLE retraction_targets (target BLOB NOT NULL, author TEXT NOT NULL, retraction BLOB NOT NULL,
  PRIMARY KEY (target, author, retraction));
-- answered_in: the epoch of the peer's log in which it answered.
CREATE TABLE recoveries (
  party TEXT PRIMARY KEY, statement BLOB NOT NULL, asked INTEGER NOT NULL, answered INTEGER, answered_in TEXT,
  returned INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0, waived INTEGER, waived_by TEXT);
CREATE TABLE recoveries_served (
  party TEXT NOT NULL, epoch TEXT NOT NULL, statement BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (party, epoch));
CREATE TABLE peer_checkpoints (
  party TEXT NOT NULL, epoch TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (party, epoch));
CREATE TABLE two_histories (
  party TEXT NOT NULL, epoch TEXT NOT NULL, size INTEGER NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (party, epoch, size));
CREATE TABLE proved_to_peers (party TEXT PRIMARY KEY, epoch TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE unsaid (row INTEGER PRIMARY KEY AUTOINCREMENT, publication TEXT NOT NULL, request TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX unsaid_publication ON unsaid (publication);
CREATE TABLE resting (
  recipient TEXT NOT NULL, agreement TEXT NOT NULL, until INTEGER NOT NULL, times INTEGER NOT NULL, reason TEXT NOT NULL,
  reason_args TEXT NOT NULL, PRIMARY KEY (recipient, agreement));
)"}};

}  // namespace tocsin::exchange
