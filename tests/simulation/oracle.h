// Holds what the nodes hold against what was meant. It reads their databases and verifies signatures by itself; what a
// node decided is not asked, only what came of it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/trust/signed.h"
#include "journeys/publish.h"
#include "tests/simulation/world.h"

namespace tocsin::simulation {

class Oracle {
 public:
  explicit Oracle(World& world);

  /// Somebody publishes or passes on a value, and was told who will get it.
  void promise(Party& from, const std::string& value, const journeys::PublishPlan& plan);
  /// The party was restored: what it holds has to be read anew.
  void forget(const Party& party);

  /// A delivery goes onto the wire.
  void leaves(Party& from, Party& to, const std::string& records);

  /// Nothing for "all is as it should be"; else the first invariant that is broken.
  std::optional<std::string> look();
  std::optional<std::string> look_when_settled();

 private:
  using Finding = std::optional<std::string>;
  // A statement as its signed bytes say, verified here.
  struct Word {
    std::size_t author = 0;
    std::string kind, agreement, realm, value;
    stix::Tlp tlp = stix::Tlp::Clear;
    trust::Onward onward = trust::Onward::None;
  };
  struct Seen {
    std::int64_t statements = 0, leaves = 0;  ///< rows read so far
    std::set<Digest> held;
  };

  Finding look_at(Party& party);
  void read_log(Party& party);
  Finding read_statements(Party& party);
  Finding read_word(const Digest& digest, Party& author, const trust::Signed& bytes);
  Finding may_hold(Party& party, const Digest& digest, const Word& word);
  Finding came_in_order(Party& party, const Digest& digest, const Word& word, const std::string& sender,
                        std::int64_t received);
  stix::Tlp ceiling_at(Party& party, const std::string& agreement, std::int64_t time);
  std::set<std::size_t> reach(const Word& word);
  Pact* pact(std::string_view agreement);
  Finding label_is_no_wider(Party& party);
  Finding receipts_are_true(Party& party);
  Finding matches_have_grounds(Party& party);
  Finding realms_are_apart(Party& party);
  Finding nobody_is_wronged(Party& party);
  Finding signatures_are_true(Party& party);
  Finding proved_logs_are_true(Party& party);
  Digest root_of(Party& party, const std::string& epoch, std::size_t size);

  Finding promises_are_kept();
  Finding retractions_hold();
  Finding holders_are_known(Party& author, const Digest& digest);
  bool came_from_rogue(Party& party, const std::string& value);
  Finding nothing_waits(Party& party);
  Finding ledgers_agree(Party& from, Party& to);
  Finding log_is_whole(Party& party);

  std::string name_of(const Party& party) const { return "party " + std::to_string(party.number); }

  World& world_;
  std::map<Digest, Word> words_;
  std::vector<Seen> seen_;
  std::vector<std::set<Digest>> in_log_;  ///< by party: all that ever stood in its log
  Finding left_;                          ///< the first delivery that should not have left
};

}  // namespace tocsin::simulation
