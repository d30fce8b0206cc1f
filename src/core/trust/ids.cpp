#include "core/trust/ids.h"

namespace tocsin::trust {

PartyId PartyId::of(const crypto::PublicKey& first_root) {
  PartyId id;
  id.text_ = base::to_base32(crypto::thumbprint(first_root).view());
  return id;
}

std::optional<PartyId> PartyId::parse(std::string_view text) {
  if (text.size() != 52) return std::nullopt;
  for (char c : text)
    if (c >= 'A' && c <= 'Z') return std::nullopt;  // one spelling only
  auto raw = base::from_base32(text);
  if (!raw || raw->size() != 32) return std::nullopt;
  PartyId id;
  id.text_ = std::string(text);
  return id;
}

}  // namespace tocsin::trust
