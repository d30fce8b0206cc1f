#include "core/trust/own_keys.h"

#include <algorithm>
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

std::string seed_file(const std::string& folder, KeyUse use) {
  return folder + "/" + std::string(name(use)) + ".seed";
}

Result<void> save_secret(const std::string& path, const Bytes& secret) {
  return base::write_file_durably(path, base::to_base64url(secret) + "\n", 0600);
}

constexpr const char* kPeerTls = "peer";

crypto::TlsIdentity new_peer_tls() {
  return crypto::make_self_signed("tocsin peer", kTlsDays);
}

// Those of a use that signs.
template <typename Keys>
auto& signing_key(Keys& keys, KeyUse use) {
  CHECK(use != KeyUse::Tls);
  return use == KeyUse::Statement ? keys.statement : use == KeyUse::Log ? keys.log : keys.exercise;
}

crypto::SigningKey copy_of(const crypto::SigningKey& key) {
  return crypto::SigningKey::from_seed(key.seed());
}

}  // namespace

std::string_view name(KeyUse use) {
  switch (use) {
    case KeyUse::Statement:
      return "statement";
    case KeyUse::Log:
      return "log";
    case KeyUse::Exercise:
      return "exercise";
    case KeyUse::Tls:
      return "tls";
  }
  return "";
}

std::optional<KeyUse> key_use_from_name(std::string_view text) {
  for (const KeyUse use : kKeyUses)
    if (name(use) == text) return use;
  return std::nullopt;
}

Result<OwnKeys> OwnKeys::generate(const std::vector<std::string>& names) {
  crypto::TlsIdentity authority = crypto::make_authority("tocsin node authority", kTlsDays);
  crypto::TlsIdentity people = TRY(crypto::issue_server_certificate(authority, names, kBrowserDays));
  return OwnKeys{crypto::SigningKey::generate(),
                 crypto::SigningKey::generate(),
                 crypto::SigningKey::generate(),
                 new_peer_tls(),
                 std::move(authority),
                 std::move(people),
                 random32(),
                 random32()};
}

Result<void> OwnKeys::save(const std::string& folder) const {
  TRY_VOID(base::make_folder(folder));
  for (const KeyUse use : kKeyUses) TRY_VOID(save_one(folder, use));
  TRY_VOID(save_secret(folder + "/column.key", column_key));
  TRY_VOID(save_secret(folder + "/node.secret", node_secret));
  TRY_VOID(save_tls(folder, "authority", authority));
  return save_tls(folder, "people", people_tls);
}

Result<OwnKeys> OwnKeys::load(const std::string& folder) {
  const auto signing = [&](KeyUse use) -> Result<crypto::SigningKey> {
    return crypto::SigningKey::from_seed(TRY(load_secret(seed_file(folder, use))));
  };
  auto statement = TRY(signing(KeyUse::Statement));
  auto log = TRY(signing(KeyUse::Log));
  auto exercise = TRY(signing(KeyUse::Exercise));
  auto peer = TRY(load_tls(folder, kPeerTls));
  auto authority = TRY(load_tls(folder, "authority"));
  auto people = TRY(load_tls(folder, "people"));
  auto column = TRY(load_secret(folder + "/column.key"));
  auto secret = TRY(load_secret(folder + "/node.secret"));
  return OwnKeys{std::move(statement), std::move(log),    std::move(exercise), std::move(peer),
                 std::move(authority), std::move(people), std::move(column),   std::move(secret)};
}

Result<void> OwnKeys::load_one(const std::string& folder, KeyUse use) {
  if (use == KeyUse::Tls)
    peer_tls = TRY(load_tls(folder, kPeerTls));
  else
    signing_key(*this, use) = crypto::SigningKey::from_seed(TRY(load_secret(seed_file(folder, use))));
  return {};
}

Result<void> OwnKeys::save_one(const std::string& folder, KeyUse use) const {
  if (use == KeyUse::Tls) return save_tls(folder, kPeerTls, peer_tls);
  return save_secret(seed_file(folder, use), signing_key(*this, use).seed());
}

void OwnKeys::make_anew(KeyUse use) {
  if (use == KeyUse::Tls)
    peer_tls = new_peer_tls();
  else
    signing_key(*this, use) = crypto::SigningKey::generate();
}

Result<Bytes> OwnKeys::announced(KeyUse use) const {
  const auto bytes = [](ByteView view) { return Bytes(view.begin(), view.end()); };
  if (use != KeyUse::Tls) return bytes(signing_key(*this, use).public_key().view());
  const Digest pin = TRY(crypto::spki_pin(peer_tls.certificate_pem));
  return bytes(pin.view());
}

OwnKeys OwnKeys::copy() const {
  return {copy_of(statement), copy_of(log), copy_of(exercise), peer_tls,
          authority,          people_tls,   column_key,        node_secret};
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
