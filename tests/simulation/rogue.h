// A party that keeps no rules. It has its own keys, its own log and whatever its node was given; with these it forges,
// replays, equivocates, passes on what it may not, and speaks in the name of others. Its node answers as an honest one
// would, besides.
#pragma once

#include <string>
#include <vector>

#include "core/exchange/envelope.h"
#include "core/exchange/record.h"
#include "tests/simulation/party.h"

namespace tocsin::simulation {

class World;

class Rogue {
 public:
  Rogue(World& world, Party& self) : world_(world), self_(self) {}
  /// One attack on one of its peers; in words, with what came of it.
  std::string act();

 private:
  struct Spoken {
    trust::Signed bytes;
    std::vector<exchange::Record> with;  ///< proofs and descriptors
  };
  Party* any_peer();
  std::uint64_t proved_to(Party& peer);
  std::string pact_with(const Party& peer);
  json::Object payload(const std::string& kind, const std::string& agreement);
  /// Signed, and put into its own log, as it stands.
  Spoken say(json::Object payload, const crypto::SigningKey& key);
  Spoken say(json::Object payload);
  /// As a delivery that its peer would expect next.
  std::string deliver(Party& peer, const std::string& agreement, const std::vector<Spoken>& spoken,
                      exchange::Basis basis);
  std::string hand_over(Party& peer, const std::string& records);
  std::optional<Digest> any_statement_of_others(const std::string& kind);
  trust::Signed bytes_of(const Digest& statement);
  Spoken as_it_came(const Digest& statement);

  std::string replay();
  std::string pass_on_forbidden(bool as_own);
  std::string forge_author();
  std::string forge_descriptor();
  std::string retract_of_others();
  std::string exceed_ceiling();
  std::string two_of_one_id();
  std::string two_histories();
  std::string old_checkpoint();
  std::string forge_receipt();
  std::string mix_realms();
  std::string garble();
  std::string amend_silently();
  std::string give_back_forged();
  std::string overwrite_object();
  std::string acknowledge_for_others();
  std::string envelope_for_another();
  std::string say_beside_the_log();
  std::string fork_log();

  World& world_;
  Party& self_;
  int number_ = 0;
};

}  // namespace tocsin::simulation
