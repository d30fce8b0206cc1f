// What the tests of trust and exchange share: parties with keys, and databases in memory.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/trust/agreements.h"
#include "core/trust/own_keys.h"

namespace tocsin::trust::testing {

inline constexpr Time kNow{1'790'000'000'000'000};

inline crypto::SigningKey key_of(std::uint8_t number) {
  crypto::initialise();
  return crypto::SigningKey::from_seed(Bytes(32, number));
}

inline std::unique_ptr<store::Database> open_memory(const std::vector<store::Migrations>& rooms) {
  crypto::initialise();
  auto database = store::Database::open({":memory:"});
  CHECK(database);
  CHECK((*database)->migrate(rooms));
  return std::move(*database);
}

/// A descriptor whose keys all come from small numbers: root `number`, the others above it.
inline Descriptor descriptor_of(std::uint8_t number) {
  Descriptor d;
  d.root = key_of(number).public_key();
  d.party = PartyId::of(d.root);
  d.version = 1;
  d.issued = kNow - base::days(1);
  d.expires = kNow + base::days(365);
  d.name = {"Party " + std::to_string(number), "", ""};
  d.kind = PartyKind::Cert;
  d.country = "VN";
  d.sectors = {"health"};
  d.endpoints = {"https://party.example:7443/"};
  d.log.id = "1-000102030405060708090a0b0c0d0e0f";
  d.next_root = crypto::sha256(key_of(static_cast<std::uint8_t>(number + 1)).public_key().view());
  d.statement_key = key_of(static_cast<std::uint8_t>(number + 2)).public_key();
  d.log_key = key_of(static_cast<std::uint8_t>(number + 3)).public_key();
  d.exercise_key = key_of(static_cast<std::uint8_t>(number + 4)).public_key();
  d.tls_pins = {crypto::sha256("pin of " + std::to_string(number))};
  d.signatories = {{"an", "An", key_of(static_cast<std::uint8_t>(number + 5)).public_key(), kNow - base::days(1)},
                   {"linh", "Linh", key_of(static_cast<std::uint8_t>(number + 6)).public_key(), kNow - base::days(1)}};
  return d;
}

inline PartyId party_of(std::uint8_t number) {
  return PartyId::of(key_of(number).public_key());
}

inline Agreement agreement_between(std::vector<PartyId> parties) {
  Agreement agreement;
  std::sort(parties.begin(), parties.end());
  agreement.parties = std::move(parties);
  agreement.nonce = std::string(32, '1');
  agreement.id = bound_id(agreement.parties, agreement.nonce);
  agreement.terms.title = {"Early warning", "", ""};
  agreement.terms.level = AgreementLevel::Multilateral;
  agreement.terms.acknowledge.fill(base::hours(4));
  agreement.terms.from = kNow - base::days(1);
  agreement.terms.until = kNow + base::days(365);
  return agreement;
}

}  // namespace tocsin::trust::testing
