// The names that never change: a party is its first root key.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "ground/crypto/crypto.h"

namespace tocsin::trust {

/// base32 (lower case, no padding) of the RFC 7638 thumbprint of a party's first root key: 52 characters.
class PartyId {
 public:
  PartyId() = default;
  static PartyId of(const crypto::PublicKey& first_root);
  static std::optional<PartyId> parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const PartyId&) const = default;

 private:
  std::string text_;
};

/// UUID of an agreement; versions of it share the id. Empty: the control stream, which needs no agreement.
using AgreementId = std::string;

/// Where a thing belongs: "real", or the id of an exercise. Never mixed.
using Realm = std::string;
inline constexpr std::string_view kReal = "real";

}  // namespace tocsin::trust
