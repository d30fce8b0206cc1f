// A party comes to be: keys, descriptor, first log epoch, first accounts. And what it hands to others: its invitation.
#pragma once

#include <string>
#include <vector>

#include "core/people/people.h"
#include "core/trust/descriptor.h"
#include "core/trust/own_keys.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// How long a descriptor is valid.
inline constexpr Duration kDescriptorLife = base::days(730);

struct FoundingSignatory {
  std::string name, display_name, password;
};
struct FoundingRequest {
  trust::Names name;
  trust::PartyKind kind = trust::PartyKind::Cert;
  std::string country;
  std::vector<std::string> sectors, endpoints;
  std::string administrator = "admin";
  std::string language = "en";
  std::vector<FoundingSignatory> signatories;  ///< two; one is enough for kind operator
  std::string root_passphrase;
};
struct Founded {
  trust::PartyId party;
  std::string sealed_root, sealed_next_root;  ///< texts of the files that should leave the machine, to two places
  std::string administrator_link;             ///< token of the single-use link
};
/// Everything in one transaction. Error ids: init.already, init.signatories {needed}, people.*.
Result<Founded> found_party(store::Database& db, const trust::OwnKeys& keys, const FoundingRequest& request, Time now);

/// Our invitation as an armoured text file: our descriptor.
Result<std::string> invitation(store::Transaction& tx);

struct AcceptRequest {
  std::string invitation;
  std::string allow_address = {};  ///< one of private range, where the person confirms it
  Doer by;
};
/// Takes another party's invitation: it becomes a peer in state "invited". What shows that a known peer has two
/// descriptors, or was restored twice, is refused and suspends that peer. peers.not_an_invitation, peers.is_ourselves,
/// descriptor.*.
Result<trust::PartyId> accept_invitation(const Context& context, const AcceptRequest& request);

}  // namespace tocsin::journeys
