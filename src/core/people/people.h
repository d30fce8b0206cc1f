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
  SeeSituation,  // alerts, peers' state
  AcknowledgeAlert,
  SeeIntelligence,
  Import,
  Publish,
  Retract,
  MarkHosts,
  SeeHits,
  SeeParties,
  ManagePeers,  // invite, accept, verify, quarantine, addresses
  ProposeAgreement,
  SignAgreement,
  SeeLog,  // log, audit, health details
  SeeMetrics,
  VerifyLog,
  ManageUsers,
  ManageKeys,  // API keys
  Backup,
  SendHits,  // sensors
  FetchSet,
};

struct User {
  std::string name;  ///< log-in name: [a-z0-9._-]{2,64}, first a letter or digit
  std::string display_name;
  std::vector<Role> roles;
  std::string language = "en";
  std::string theme = "auto";
  bool single_keys = true;  ///< letters are shortcuts in the interface; off for whom WCAG 2.1.4 is written
  bool disabled = false;
  bool has_password = false;
  bool has_totp = false;
  bool founding = false;  ///< enrolled at init: may approve agreements at once
  Time created;
};

bool has_role(const User& user, Role role);

/// Who is asking, as proved. Everything a handler knows of a person.
struct Identity {
  std::string user;               ///< account name, or "key:<id>" for an API key
  std::vector<Role> roles;        ///< empty for API keys
  std::vector<Action> key_scope;  ///< only for API keys
  std::string via;                ///< "session", "console", "key"
  std::string language = "en";
  std::string sensor;  ///< the one sensor that a sensor key is bound to
  bool must_set_password = false;
  bool use_is_old = false;  ///< the use noted last is over a minute old: call note_use()
};

/// The one place where roles are checked. Error ids: people.not_permitted {action, roles that may}, people.key_scope,
/// people.must_set_password for a session opened by a link, which permits nothing yet.
Result<void> permit(const Identity& who, Action action);
bool may(const Identity& who, Action action);
std::vector<Action> permitted(const Identity& who);  ///< in the order of the enumeration
std::string_view name(Action action);

// --- accounts
Result<User> create_user(store::Transaction& tx, const User& user, Time now);  ///< people.name_taken, people.bad_name
Result<User> find_user(store::Transaction& tx, std::string_view name);         ///< people.no_user
Result<std::vector<User>> users(store::Transaction& tx);
Result<void> set_roles(
    store::Transaction& tx, std::string_view name,
    const std::vector<Role>& roles);  ///< refuses to remove the last administrator: people.last_administrator
/// Off-boarding: sessions, links, API keys and person key of the account end at once. people.last_administrator.
Result<void> disable_user(store::Transaction& tx, std::string_view name, Time now);
/// The account may come back: with its roles, and nothing else of before. Its password is chosen anew through a link,
/// and a signatory then has a new key, which waits its day. people.not_disabled.
Result<void> enable_user(store::Transaction& tx, std::string_view name);
struct Preferences {
  std::optional<std::string> language{}, theme{};
  std::optional<bool> single_keys{};
};
/// Those that are named; the others stay.
Result<void> set_preferences(store::Transaction& tx, std::string_view name, const Preferences& wanted);
/// `phc` from crypto::hash_password. Ends all other sessions and links of the account. Length and weak-list checks are
/// check_new_password()'s: people.weak_password. `keep_session` is the token of the session that asks: it goes on, free
/// of must_set_password. One that a link opened goes on only where no TOTP is enrolled: a link is no second factor.
Result<void> check_new_password(std::string_view user, std::string_view password);
Result<void> set_password(store::Transaction& tx, std::string_view name, std::string_view phc, Time now,
                          std::string_view keep_session = {});

// --- log-in
struct LoginMaterial {
  std::string phc;  ///< of the account, or of a dummy account that costs the same time
  bool exists = false;
};
/// Before the costly check: refuses when this source or account has failed too often lately (people.too_many_attempts).
Result<LoginMaterial> begin_login(store::Transaction& tx, std::string_view name, std::string_view source, Time now);
struct Session {
  std::string token;  ///< 256 random bits, base64url; only its hash is stored
  std::string csrf;
  User user;
  bool must_set_password = false;
};
/// After it. TOTP is asked where enrolled; a code is good once. people.wrong_login, people.totp_needed,
/// people.wrong_code, people.too_many_attempts {minutes to wait} (log-ins side by side are counted only here).
/// A failure is returned in the inner Result so that the caller commits the counted attempt.
Result<Result<Session>> finish_login(store::Transaction& tx, std::string_view name, bool password_matches,
                                     std::string_view totp_code, std::string_view source, Time now);
/// The same without a session, for a deed that a person proves anew (an approval): counts, waits and spends the code as
/// a log-in does. begin_login() before.
Result<Result<void>> prove_person(store::Transaction& tx, std::string_view name, bool password_matches,
                                  std::string_view totp_code, std::string_view source, Time now);
/// For a password asked again within a session (a change of it): begin_login() before, this where it was wrong, so that
/// a stolen session is no place to guess. The caller commits.
Result<void> count_wrong_password(store::Transaction& tx, std::string_view name, std::string_view source, Time now);
/// Session by cookie token: valid 12 hours, 60 minutes idle. people.no_session. Writes nothing, so that requests which
/// only read need no writer; see note_use().
Result<Identity> session_identity(store::Transaction& tx, std::string_view token, Time now);
/// Says that a session (its token) or an API key (its text) was used: sessions end when this is left out for an hour.
/// Due, in write(), where Identity::use_is_old; at other times it is allowed and useless.
Result<void> note_use(store::Transaction& tx, std::string_view token_or_key, Time now);
Result<std::string> session_csrf(store::Transaction& tx, std::string_view token);
Result<void> end_session(store::Transaction& tx, std::string_view token);
/// Single-use link: 24 hours, opens a session in which a password must be set first. A new link ends the account's
/// earlier ones, as does the session that a link opens. people.bad_link, people.account_disabled.
Result<std::string> create_link(store::Transaction& tx, std::string_view name, Time now);
Result<Session> open_link(store::Transaction& tx, std::string_view token, Time now);

// --- TOTP; the secret is sealed with the node's column key
/// people.totp_enrolled: the old one must be removed first. Confirm within 30 minutes: people.totp_not_begun,
/// people.wrong_code.
Result<Bytes> begin_totp(store::Transaction& tx, ByteView column_key, std::string_view name, Time now);
Result<void> confirm_totp(store::Transaction& tx, ByteView column_key, std::string_view name, std::string_view code,
                          Time now);
Result<void> remove_totp(store::Transaction& tx, std::string_view name);
/// Spends a code where TOTP is enrolled, and is content where it is not: for approvals and the like. The inner Result
/// as in finish_login. people.totp_needed, people.wrong_code, people.too_many_attempts: 20 wrong codes in an hour,
/// whatever the source; only someone who has the password gets this far, so here the account is closed to everybody.
Result<Result<void>> check_second_factor(store::Transaction& tx, std::string_view name, std::string_view code,
                                         Time now);
/// finish_login and prove_person need the column key to read TOTP secrets: set once at start, before any call.
void use_column_key(ByteView column_key);

// --- API keys: "tk_<id>_<secret>"; stored as SHA-256 of the secret
struct ApiKey {
  std::string id, name, scope;  ///< scope: "sensor", "read", "import", "metrics"
  std::string sensor;
  std::string created_by;
  Time created, expires;
  std::optional<Time> last_used;
};
struct NewApiKey {
  ApiKey key;
  std::string text;  ///< shown once
};
/// A sensor key is bound to the sensor `name`. people.bad_key_name, people.bad_key_scope, people.bad_key_days.
Result<NewApiKey> create_api_key(store::Transaction& tx, std::string_view name, std::string_view scope,
                                 std::string_view by, int days, Time now);
Result<Identity> api_key_identity(store::Transaction& tx, std::string_view text, Time now);  ///< people.bad_key
Result<std::vector<ApiKey>> api_keys(store::Transaction& tx);
/// The keys that work today and would end with this account.
Result<std::vector<ApiKey>> keys_ending_with(store::Transaction& tx, std::string_view account, Time now);
/// people.no_key.
Result<void> revoke_api_key(store::Transaction& tx, std::string_view id);

// --- person keys of signatories: Ed25519, the seed sealed under the person's password (crypto::seal_with_passphrase)
struct PersonKey {
  crypto::PublicKey key;
  std::string sealed_seed;
  Time since;
  bool founding = false;
};
/// The same key again (sealed under a new password) keeps its age. Another key starts its age anew and is never
/// founding: else whoever resets a founder's password could sign at once. Losing the signatory role ends the key and
/// `founding`. people.not_signatory.
Result<void> set_person_key(store::Transaction& tx, std::string_view user, const PersonKey& key);
Result<std::optional<PersonKey>> person_key(store::Transaction& tx, std::string_view user);
/// The key of a signatory whose password becomes `next`: the same one sealed anew, where `current` opens it. Without it
/// (a single-use link) the old key is lost, and a new one has to be announced. Costs Argon2id once or twice.
PersonKey key_under(const std::optional<PersonKey>& before, std::string_view current, std::string_view next, Time now);
/// The account is one of those that sign: the role, not disabled, and never an administrator's.
bool is_signatory(const User& user);
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
/// Fields are kept as printable text of at most 200 bytes each (a hostile log-in name is a field too).
/// Newest first, rows below `before` (0: from the newest).
Result<std::vector<AuditEntry>> audit_trail(store::Transaction& tx, std::int64_t before, int limit);

/// Deletes what has expired: sessions, links, counted attempts. Run by the scheduler.
Result<void> forget_expired(store::Transaction& tx, Time now);

}  // namespace tocsin::people
