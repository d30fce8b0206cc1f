#include "core/people/people.h"

namespace tocsin::people {

// Tokens, links and API keys are here as SHA-256 only: who reads a stolen backup cannot log in with it.
const store::Migrations kMigrations = {"people", {R"sql(
CREATE TABLE people_accounts (
  name TEXT PRIMARY KEY,
  display_name TEXT NOT NULL,
  language TEXT NOT NULL,
  theme TEXT NOT NULL,
  phc TEXT NOT NULL,
  disabled_at INTEGER,
  founding INTEGER NOT NULL,
  created INTEGER NOT NULL,
  single_keys INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE people_roles (
  account TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (account, role)
);
CREATE TABLE people_sessions (
  token BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  must_set_password INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  seen INTEGER NOT NULL
);
CREATE INDEX people_sessions_account ON people_sessions (account);
CREATE TABLE people_links (
  token BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  created INTEGER NOT NULL
);
CREATE TABLE people_failures (
  entry INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  account TEXT NOT NULL,
  failed INTEGER NOT NULL
);
CREATE INDEX people_failures_source ON people_failures (source, failed);
CREATE INDEX people_failures_account ON people_failures (source, account, failed);
CREATE TABLE people_totp (
  account TEXT PRIMARY KEY,
  secret BLOB NOT NULL,
  last_step INTEGER NOT NULL,
  wrong_codes INTEGER NOT NULL,
  wrong_since INTEGER NOT NULL
);
CREATE TABLE people_totp_pending (
  account TEXT PRIMARY KEY,
  secret BLOB NOT NULL,
  begun INTEGER NOT NULL
);
CREATE TABLE people_api_keys (
  id TEXT PRIMARY KEY,
  secret BLOB NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  sensor TEXT NOT NULL,
  account TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER
);
CREATE TABLE people_person_keys (
  account TEXT PRIMARY KEY,
  public_key BLOB NOT NULL,
  sealed_seed TEXT NOT NULL,
  since INTEGER NOT NULL,
  founding INTEGER NOT NULL
);
CREATE TABLE people_audit (
  entry INTEGER PRIMARY KEY AUTOINCREMENT,
  happened INTEGER NOT NULL,
  who TEXT NOT NULL,
  via TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL
)
)sql"}};

}  // namespace tocsin::people
