// The same node lived three times from one seed: without something, with it where a reader may not see it, and with it
// where everybody may.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "doors/api/router.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::noninterference {

/// What happened besides, each time in the middle of what happens anyhow.
enum class Besides {
  Nothing,
  Hidden,  ///< TLP:RED for one person, "chief"; or an exercise's
  Visible  ///< the same as TLP:GREEN
};

/// Who asks: a person's session or a program's key.
struct Credentials {
  std::string cookie, csrf, key;
};

/// A node and those who ask it.
class House {
 public:
  explicit House(journeys::testing::Node& node) : node_(node) {}
  /// People of every role, one more analyst, and a key of every scope.
  void fill(Time now);
  void open(const std::string& data_folder);

  journeys::testing::Node& node() const { return node_; }
  const api::Router& router() const { return *router_; }
  const std::map<std::string, Credentials>& askers() const { return askers_; }

 private:
  journeys::testing::Node& node_;
  std::map<std::string, Credentials> askers_;
  std::unique_ptr<api::Router> router_;
};

/// For whom what happens besides is meant, and whose deed it is.
struct Way {
  stix::Tlp tlp;
  std::string person;
  bool is_hidden() const { return tlp == stix::Tlp::Red; }
};

/// Binh's node among its peers.
class World : public journeys::testing::Three {
 public:
  static void found_parties();
  explicit World(Besides besides);
  void TestBody() override {}

  House& binh() { return at_binh_; }
  /// A peer that nothing hidden was meant for.
  House& chi() { return at_chi_; }
  /// An is put into quarantine at Binh's.
  void shut_out_an();
  /// What Binh's open pages were told to reload, in order.
  const std::vector<std::string>& heard() const { return heard_; }

 private:
  void live();
  /// What happens in every world. Each begins with a seed and at a time of its own, so that it comes out the same
  /// whatever happened before.
  void step(std::string_view name, const std::function<void()>& deeds);
  /// As Three's, but what each delivery takes for randomness does not depend on what goes elsewhere.
  bool settle();
  /// What happens besides.
  void besides(std::string_view name, const std::function<void(const Way&)>& deeds);
  /// Where it is hidden, to one person of this peer; else to everybody.
  journeys::PublishRequest request(const Way& way, journeys::testing::Node& to) const;
  /// What An says to Binh.
  Digest an_says(const Way& way, std::string_view kind, json::Object body, std::vector<std::string> objects = {});
  json::Object alarm(const std::string& host) const;

  const Besides besides_;
  trust::AgreementId red_an_, red_chi_;  // permit TLP:RED
  std::vector<std::string> heard_;
  std::string step_;
  House at_binh_{binh_}, at_chi_{chi_};
};

inline const Way kOpenly{stix::Tlp::Green, "analyst"};

/// What Binh's own hidden item was imported from.
std::string quiet_bundle();

/// Seeds what the program takes for randomness.
void seed_from(std::string_view name);

}  // namespace tocsin::noninterference
