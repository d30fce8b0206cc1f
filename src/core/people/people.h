// The persons of one party: accounts, roles, log-in, sessions, single-use links, API keys, person keys of signatories,
// and the audit trail. All functions take the transaction they work in; callers commit. Argon2id runs outside of any
// transaction: functions that need it are split in two (find the hash, check it, then record the outcome).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/crypto/crypto.h"
#include "ground/store/store.h"

namespace tocsin::people {

extern const store::Migrations kMigrations;

enum class Role { Administrator, Signatory, Analyst, DutyOfficer, LegalAdviser, Auditor, Observer };
std::string_view name(Role role);  ///< "duty_officer"
std::optional<Role> role_from_name(std::string_view text);

/// What a person wants to do. The one table that says which role may is in permissions.cpp.
enum class Action {
  SeeSituation,      // alerts, peers' state
  AcknowledgeAlert,
  SeeIntelligence,
  Import,
  Publish,
  Retract,
  MarkHosts,
  SeeHits,
  SeeParties,
  ManagePeers,       // invite, accept, verify, quarantine, addresses
  ProposeAgreement,
  SignAgreement,
  SeeLog,            // log, audit, metrics, health details
  VerifyLog,
  ManageUsers,
  ManageKeys,        // API keys
  Backup,
  SendHits,          // sensors
  FetchSet,
};

struct User {
  std::string name;          ///< log-in name: [a-z0-9._-]{2,64}
  std::string display_name;
  std::vector<Role> roles;
  std::string language = "en";
  std::string theme = "auto";
  bool disabled = false;
  bool has_password = false;
  bool has_totp = false;
  bool founding = false;     ///< enrolled at init: may approve agreements at once
  Time created;
};

/// Who is asking, as proved. Everything a handler knows of a person.
struct Identity {
  std::string user;                ///< account name, or "key:<id>" for an API key
  std::vector<Role> roles;         ///< empty for API keys
  std::vector<Action> key_scope;   ///< only for API keys
  std::string via;                 ///< "session", "console", "key"
  std::string language = "en";
  std::string sensor;              ///< the one sensor that a sensor key is bound to
  bool must_set_password = false;
};

/// The one place where roles are checked. Error id: people.not_permitted {action, roles that may}.
Result<void> permit(const Identity& who, Action action);
bool may(const Identity& who, Action action);
std::string_view name(Action action);

// --- accounts
Result<User> create_user(store::Transaction& tx, const User& user, Time now);   ///< people.name_taken, people.bad_name
Result<User> find_user(store::Transaction& tx, std::string_view name);          ///< people.no_user
Result<std::vector<User>> users(store::Transaction& tx);
Result<void> set_roles(store::Transaction& tx, std::string_view name, const std::vector<Role>& roles);  ///< refuses to remove the last administrator: people.last_administrator
/// Off-boarding: sessions, links, API keys and person key of the account end at once. people.last_administrator.
Result<void> disable_user(store::Transaction& tx, std::string_view name, Time now);
Result<void> set_preferences(store::Transaction& tx, std::string_view name, std::optional<std::string> language,
                             std::optional<std::string> theme);
/// `phc` from crypto::hash_password. Ends all other sessions and links of the account. Length and weak-list checks are
/// check_new_password()'s: people.weak_password.
Result<void> check_new_password(std::string_view user, std::string_view password);
Result<void> set_password(store::Transaction& tx, std::string_view name, std::string_view phc, Time now);

// --- log-in
struct LoginMaterial {
  std::string phc;     ///< of the account, or of a dummy account that costs the same time
  bool exists = false;
};
/// Before the costly check: refuses when this source or account has failed too often lately (people.too_many_attempts).
Result<LoginMaterial> begin_login(store::Transaction& tx, std::string_view name, std::string_view source, Time now);
struct Session {
  std::string token;   ///< 256 random bits, base64url; only its hash is stored
  std::string csrf;
  User user;
  bool must_set_password = false;
};
/// After it. TOTP is asked where enrolled; a code is good once. people.wrong_login, people.totp_needed.
/// A failure is returned in the inner Result so that the caller commits the counted attempt.
Result<Result<Session>> finish_login(store::Transaction& tx, std::string_view name, bool password_matches,
                                     std::string_view totp_code, std::string_view source, Time now);
/// Session by cookie token: valid 12 hours, 60 minutes idle. people.no_session.
Result<Identity> session_identity(store::Transaction& tx, std::string_view token, Time now);
Result<std::string> session_csrf(store::Transaction& tx, std::string_view token);
Result<void> end_session(store::Transaction& tx, std::string_view token);
/// Single-use link: 24 hours, opens a session in which a password must be set first. people.bad_link.
Result<std::string> create_link(store::Transaction& tx, std::string_view name, Time now);
Result<Session> open_link(store::Transaction& tx, std::string_view token, Time now);

// --- TOTP; the secret is sealed with the node's column key
Result<Bytes> begin_totp(store::Transaction& tx, ByteView column_key, std::string_view name, Time now);
Result<void> confirm_totp(store::Transaction& tx, ByteView column_key, std::string_view name, std::string_view code, Time now);
Result<void> remove_totp(store::Transaction& tx, std::string_view name);
/// finish_login and approvals need the column key to read TOTP secrets: set once at start, before any call.
void use_column_key(ByteView column_key);

// --- API keys: "tk_<id>_<secret>"; stored as SHA-256 of the secret
struct ApiKey {
  std::string id, name, scope;  ///< scope: "sensor", "read", "import"
  std::string sensor;
  std::string created_by;
  Time created, expires;
  std::optional<Time> last_used;
};
struct NewApiKey {
  ApiKey key;
  std::string text;  ///< shown once
};
Result<NewApiKey> create_api_key(store::Transaction& tx, std::string_view name, std::string_view scope, std::string_view by, int days, Time now);
Result<Identity> api_key_identity(store::Transaction& tx, std::string_view text, Time now);  ///< people.bad_key
Result<std::vector<ApiKey>> api_keys(store::Transaction& tx);
Result<void> revoke_api_key(store::Transaction& tx, std::string_view id);

// --- person keys of signatories: Ed25519, the seed sealed under the person's password (crypto::seal_with_passphrase)
struct PersonKey {
  crypto::PublicKey key;
  std::string sealed_seed;
  Time since;
  bool founding = false;
};
Result<void> set_person_key(store::Transaction& tx, std::string_view user, const PersonKey& key);
Result<std::optional<PersonKey>> person_key(store::Transaction& tx, std::string_view user);
/// May this account approve an agreement now? Signatory role, never an administrator, founding or older than 24 hours.
/// Error ids: people.not_signatory, people.administrator_cannot_sign, people.signatory_too_new.
Result<void> may_approve(const User& user, const PersonKey& key, Time now);

// --- audit trail (append only)
struct AuditEntry {
  std::int64_t row = 0;
  Time time;
  std::string who, via, action, target, outcome;
};
Result<void> audit(store::Transaction& tx, const AuditEntry& entry);
/// Newest first, rows below `before` (0: from the newest).
Result<std::vector<AuditEntry>> audit_trail(store::Transaction& tx, std::int64_t before, int limit);

/// Deletes what has expired: sessions, links, counted attempts. Run by the scheduler.
Result<void> forget_expired(store::Transaction& tx, Time now);

}  // namespace tocsin::people
