// This node's keys. The root key is sealed under a passphrase in a file of its own that should leave the machine; all
// others lie in the data folder, readable by the node's account only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/trust/ids.h"
#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"

namespace tocsin::trust {

/// The keys of a descriptor that follow each other while a party lives. The root follows by its chain.
enum class KeyUse { Statement, Log, Exercise, Tls };
inline constexpr KeyUse kKeyUses[] = {KeyUse::Statement, KeyUse::Log, KeyUse::Exercise, KeyUse::Tls};
std::string_view name(KeyUse use);  ///< as in a descriptor: "statement", "log", "exercise", "tls"
std::optional<KeyUse> key_use_from_name(std::string_view text);

struct OwnKeys {
  crypto::SigningKey statement, log, exercise;
  crypto::TlsIdentity peer_tls;   ///< what peers pin
  crypto::TlsIdentity authority;  ///< our small CA for browsers, until the operator brings a real certificate
  crypto::TlsIdentity people_tls;
  Bytes column_key;   ///< 32 bytes: seals columns of the database
  Bytes node_secret;  ///< 32 bytes: keyed ids of derived objects

  /// All new. `names`: host names and addresses for the browsers' certificate.
  static Result<OwnKeys> generate(const std::vector<std::string>& names);
  /// One file per key below `folder`, mode 0600.
  Result<void> save(const std::string& folder) const;
  static Result<OwnKeys> load(const std::string& folder);

  /// The key of one use alone: its files in `folder`, which may hold no others.
  Result<void> load_one(const std::string& folder, KeyUse use);
  Result<void> save_one(const std::string& folder, KeyUse use) const;
  void make_anew(KeyUse use);
  /// As a descriptor names it: the public key's 32 bytes, for TLS the pin.
  Result<Bytes> announced(KeyUse use) const;
  OwnKeys copy() const;

  /// Issues the browsers' certificate again, and writes it into `folder`, where it ends within three months or lacks
  /// one of `names`. A certificate that the operator brought is left alone. Says whether there is a new one.
  Result<bool> renew_people_tls(const std::string& folder, const std::vector<std::string>& names, Time now);
};

}  // namespace tocsin::trust
