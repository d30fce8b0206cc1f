#include "tests/simulation/cast.h"

#include "core/people/people.h"
#include "doors/node/schema.h"
#include "ground/store/store.h"
#include "journeys/found.h"
#include "tests/simulation/chance.h"

namespace tocsin::simulation {

const Founded& Cast::member(std::size_t n) {
  while (members_.size() <= n) members_.push_back(found(members_.size()));
  return members_[n];
}

Founded Cast::found(std::size_t n) {
  seed_system(0xca57'0000 + n);
  Founded out;
  out.keys = std::make_shared<const trust::OwnKeys>(must(trust::OwnKeys::generate({"localhost"})));
  out.file = folder_.file(std::to_string(n) + ".db");
  const auto db = must(store::Database::open({out.file}));
  must(db->migrate(node::all_migrations()));
  journeys::FoundingRequest request;
  const std::string name = "party" + std::to_string(n);
  request.name = {name, "", ""};
  out.single_signatory = n % 3 == 2;
  request.kind = out.single_signatory ? trust::PartyKind::Operator : trust::PartyKind::Cert;
  request.country = "VN";
  request.endpoints = {"https://" + name + ".example:8444"};
  request.signatories = {{"linh", "Linh", std::string(kPassword)}};
  if (!out.single_signatory) request.signatories.push_back({"minh", "Minh", std::string(kPassword)});
  request.root_passphrase = kPassword;
  const auto founded = must(journeys::found_party(*db, *out.keys, request, kStart));
  out.id = founded.party;
  out.sealed_root = founded.sealed_root;
  must(db->write([&](store::Transaction& tx) -> Result<void> {
    for (const auto& [user, role] :
         {std::pair{"analyst", people::Role::Analyst}, std::pair{"duty", people::Role::DutyOfficer}}) {
      people::User account;
      account.name = account.display_name = user;
      account.roles = {role};
      TRY(people::create_user(tx, account, kStart));
    }
    return {};
  }));
  return out;
}

}  // namespace tocsin::simulation
