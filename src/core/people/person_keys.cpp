#include "core/people/accounts.h"
#include "core/people/text_rules.h"

namespace tocsin::people {
namespace {

/// Time for the other signatories to notice an account that an administrator has made or taken over.
constexpr Duration kSignatoryWaits = base::hours(24);
constexpr std::size_t kMaxSealedSeed = 4096;

}  // namespace

Result<void> set_person_key(store::Transaction& tx, std::string_view user, const PersonKey& key) {
  CHECK(!key.sealed_seed.empty() && key.sealed_seed.size() <= kMaxSealedSeed);
  const User owner = TRY(require_enabled(tx, user));
  if (!has_role(owner, Role::Signatory)) return fail(ErrorCode::Forbidden, "people.not_signatory", {owner.name});
  const auto before = TRY(person_key(tx, owner.name));
  if (before && before->key == key.key) {
    TRY_VOID(tx.run("UPDATE people_person_keys SET sealed_seed = ? WHERE account = ?", key.sealed_seed, owner.name));
    return {};
  }
  const bool founding = key.founding && owner.founding && !before;
  TRY_VOID(tx.run(
      "INSERT INTO people_person_keys (account, public_key, sealed_seed, since, founding) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (account) DO UPDATE SET public_key = excluded.public_key, sealed_seed = excluded.sealed_seed, "
      "since = excluded.since, founding = excluded.founding",
      owner.name, key.key.view(), key.sealed_seed, key.since, founding));
  return {};
}

Result<std::optional<PersonKey>> person_key(store::Transaction& tx, std::string_view user) {
  std::optional<PersonKey> out;
  if (!is_account_name(user)) return out;
  bool readable = true;
  TRY_VOID(tx.each(
      "SELECT public_key, sealed_seed, since, founding FROM people_person_keys WHERE account = ?",
      [&](const store::Row& row) {
        const auto key = crypto::PublicKey::from(row.blob(0));
        readable = key.has_value();
        if (key) out = PersonKey{*key, std::string(row.text(1)), row.time(2), row.integer(3) != 0};
      },
      user));
  if (!readable) return fail(ErrorCode::Corrupt, "people.bad_person_key", {std::string(user)});
  return out;
}

PersonKey key_under(const std::optional<PersonKey>& before, std::string_view current, std::string_view next, Time now) {
  if (before && !current.empty()) {
    if (const auto seed = crypto::open_with_passphrase(current, before->sealed_seed))
      return {crypto::SigningKey::from_seed(*seed).public_key(), crypto::seal_with_passphrase(next, *seed),
              before->since, before->founding};
  }
  const crypto::SigningKey made = crypto::SigningKey::generate();
  return {made.public_key(), crypto::seal_with_passphrase(next, made.seed()), now, false};
}

bool is_signatory(const User& user) {
  return has_role(user, Role::Signatory) && !has_role(user, Role::Administrator) && !user.disabled;
}

Result<void> may_approve(const User& user, const PersonKey& key, Time now) {
  if (has_role(user, Role::Administrator))
    return fail(ErrorCode::Forbidden, "people.administrator_cannot_sign", {user.name});
  if (!is_signatory(user)) return fail(ErrorCode::Forbidden, "people.not_signatory", {user.name});
  const bool founding = user.founding && key.founding;
  const Time from = key.since + kSignatoryWaits;
  if (!founding && now < from)
    return fail(ErrorCode::Forbidden, "people.signatory_too_new", {user.name, base::to_rfc3339(from)});
  return {};
}

}  // namespace tocsin::people
