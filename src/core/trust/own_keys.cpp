#include "core/trust/own_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ground/base/clock.h"
#include "ground/base/file.h"
#include "ground/crypto/certificate.h"

namespace tocsin::trust {
namespace {

constexpr int kTlsDays = 3650;  // peers check the pin, not the date; browsers get theirs from the authority below
constexpr int kBrowserDays = 397;
constexpr Duration kRenewBefore = base::days(90);

Bytes random32() {
  Bytes out(32);
  base::random_bytes(out.data(), out.size());
  return out;
}

Result<Bytes> load_secret(const std::string& path) {
  const std::string text = TRY(base::read_file(path, 4096));
  const auto raw = base::from_base64url(std::string_view(text).substr(0, text.find('\n')));
  if (!raw || raw->size() != 32) return fail(ErrorCode::Corrupt, "keys.damaged", {path});
  return *raw;
}

Result<crypto::TlsIdentity> load_tls(const std::string& folder, const std::string& name) {
  crypto::TlsIdentity out;
  out.certificate_pem = TRY(base::read_file(folder + "/" + name + ".crt", 1u << 16));
  out.key_pem = TRY(base::read_file(folder + "/" + name + ".key", 1u << 16));
  return out;
}

Result<void> save_tls(const std::string& folder, const std::string& name, const crypto::TlsIdentity& identity) {
  TRY_VOID(base::write_file_durably(folder + "/" + name + ".crt", identity.certificate_pem, 0644));
  return base::write_file_durably(folder + "/" + name + ".key", identity.key_pem, 0600);
}

}  // namespace

Result<OwnKeys> OwnKeys::generate(const std::vector<std::string>& names) {
  crypto::TlsIdentity authority = crypto::make_authority("tocsin node authority", kTlsDays);
  crypto::TlsIdentity people = TRY(crypto::issue_server_certificate(authority, names, kBrowserDays));
  return OwnKeys{crypto::SigningKey::generate(),
                 crypto::SigningKey::generate(),
                 crypto::SigningKey::generate(),
                 crypto::make_self_signed("tocsin peer", kTlsDays),
                 std::move(authority),
                 std::move(people),
                 random32(),
                 random32()};
}

Result<void> OwnKeys::save(const std::string& folder) const {
  TRY_VOID(base::make_folder(folder));
  const std::array<std::pair<const char*, Bytes>, 5> secrets = {{{"statement.seed", statement.seed()},
                                                                 {"log.seed", log.seed()},
                                                                 {"exercise.seed", exercise.seed()},
                                                                 {"column.key", column_key},
                                                                 {"node.secret", node_secret}}};
  for (const auto& [name, secret] : secrets)
    TRY_VOID(base::write_file_durably(folder + "/" + name, base::to_base64url(secret) + "\n", 0600));
  TRY_VOID(save_tls(folder, "peer", peer_tls));
  TRY_VOID(save_tls(folder, "authority", authority));
  return save_tls(folder, "people", people_tls);
}

Result<OwnKeys> OwnKeys::load(const std::string& folder) {
  auto statement = crypto::SigningKey::from_seed(TRY(load_secret(folder + "/statement.seed")));
  auto log = crypto::SigningKey::from_seed(TRY(load_secret(folder + "/log.seed")));
  auto exercise = crypto::SigningKey::from_seed(TRY(load_secret(folder + "/exercise.seed")));
  auto peer = TRY(load_tls(folder, "peer"));
  auto authority = TRY(load_tls(folder, "authority"));
  auto people = TRY(load_tls(folder, "people"));
  auto column = TRY(load_secret(folder + "/column.key"));
  auto secret = TRY(load_secret(folder + "/node.secret"));
  return OwnKeys{std::move(statement), std::move(log),    std::move(exercise), std::move(peer),
                 std::move(authority), std::move(people), std::move(column),   std::move(secret)};
}

Result<bool> OwnKeys::renew_people_tls(const std::string& folder, const std::vector<std::string>& names, Time now) {
  const std::string& present = people_tls.certificate_pem;
  if (!crypto::is_issued_by(present, authority.certificate_pem)) return false;
  const bool ends_soon = TRY(crypto::certificate_expiry(present)) < now + kRenewBefore;
  const bool names_all = std::all_of(names.begin(), names.end(),
                                     [&](const std::string& name) { return crypto::names_server(present, name); });
  if (!ends_soon && names_all) return false;
  // For the same key: one file changes, so that no crash leaves a certificate beside another one's key.
  people_tls.certificate_pem =
      TRY(crypto::renew_server_certificate(authority, people_tls.key_pem, names, kBrowserDays));
  TRY_VOID(base::write_file_durably(folder + "/people.crt", people_tls.certificate_pem, 0644));
  return true;
}

}  // namespace tocsin::trust
