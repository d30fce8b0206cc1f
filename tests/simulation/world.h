// A small world of sovereign nodes that one seed decides: its people publish, pass on, retract, see, acknowledge, sign,
// leave, quarantine; its network loses and repeats; its disks fail; one of its parties may keep no rules. After every
// step (up to eight parties) and when all is good again, an oracle holds what the nodes hold against what was meant.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/model.h"
#include "tests/simulation/network.h"
#include "tests/simulation/party.h"

namespace tocsin::simulation {

struct Mutant;
class Rogue;
class Oracle;

struct Setting {
  std::size_t parties = 4;
  const Mutant* mutant = nullptr;
  bool tells = false;  ///< each step on stderr
  std::string keep;    ///< a folder for the databases of a world in which an invariant broke; empty: they are not kept
};

/// Broken: the first invariant that did not hold, and where.
struct Outcome {
  std::optional<std::string> broken;
  std::size_t steps = 0;
};

class World {
 public:
  World(Cast& cast, std::uint64_t seed, const Setting& setting);
  ~World();
  Outcome run();

  // For the oracle and the rogue.
  std::vector<std::unique_ptr<Party>>& parties() { return parties_; }
  Party& party(std::size_t n) { return *parties_[n]; }
  Party* find(std::string_view id);
  Model& model() { return model_; }
  Network& network() { return network_; }
  Chance& chance() { return chance_; }
  const std::vector<std::pair<std::size_t, std::size_t>>& peerings() const { return peerings_; }
  bool are_peers(std::size_t a, std::size_t b) const;
  /// Deliveries that have been on the wire; a rogue may have got hold of any.
  const std::vector<std::string>& heard() const { return heard_; }
  Party& any_of_cast() { return *chance_.of(parties_); }

 private:
  void prepare();
  void meet(Party& x, Party& y);
  void sign_pact(std::vector<std::size_t> members);
  trust::Terms any_terms();
  void hand_over(Party& from, Party& to);

  void step();
  Party& any_honest();
  // People.
  void publish();
  void pass_on();
  void retract();
  void see();
  void acknowledge();
  void leave();
  void renew_agreement();
  void approve_something();
  void quarantine();
  void speak_in_exercise();

  // Machines.
  void serve();
  void arrive();
  void arrive(Message message);
  void fail_a_disk();
  void back_up_or_restore();
  void clocks_run();

  void settle();
  bool settle_round();

  void tell(const std::string& what);

  Chance chance_;
  const Setting setting_;
  test_support::TemporaryFolder folder_;
  std::vector<std::unique_ptr<Party>> parties_;
  std::vector<std::pair<std::size_t, std::size_t>> peerings_;
  Network network_;
  Model model_;
  std::unique_ptr<Rogue> rogue_;
  std::unique_ptr<Oracle> oracle_;
  std::vector<std::string> heard_;
  int next_value_ = 0;
  std::string doing_;
};

}  // namespace tocsin::simulation
