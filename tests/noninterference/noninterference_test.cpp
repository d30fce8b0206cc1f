// Non-interference: what a reader may not see changes nothing in what that reader is answered.
#include <algorithm>
#include <array>

#include "tests/noninterference/answers.h"

namespace tocsin::noninterference {
namespace {

enum class Readers { All, Keepers };

/// Where two nodes may differ all the same. One that is not needed any more fails the test: the list only shrinks.
struct Exemption {
  Readers readers;
  std::string_view route, place, how, reason;  ///< place and how: as they begin
};

constexpr std::string_view kCheckpoint = "the size of a log is what its checkpoints tell every peer";
constexpr std::string_view kByDesign = "whoever looks after the node sees that something is there, and not what";

// clang-format off
constexpr Exemption kExempt[] = {
    {Readers::All, "GET /api/party", "/body/log/size", "", kCheckpoint},
    {Readers::All, "GET /api/peers/{party}", "/body/checkpoint/size", "", kCheckpoint},
    {Readers::All, "GET /api/statements/{digest}/evidence", "/body/content", "", "proof and checkpoint"},
    {Readers::Keepers, "GET /api/log", "", "", kByDesign},
    {Readers::Keepers, "GET /api/audit", "", "", kByDesign},
    {Readers::Keepers, "GET /metrics", "", "", kByDesign},
    {Readers::Keepers, "POST /api/log/verify", "", "", kByDesign},
    {Readers::Keepers, "GET /api/health", "", "", kByDesign},
    {Readers::Keepers, "GET /api/peers/{party}/ledger", "/body/items/*/position", "", kByDesign},
    {Readers::Keepers, "GET /api/peers/{party}", "/body/already_sent", "", kByDesign},
    // Streams take turns, so which one was served last decides in which order what waits at one moment goes out.
    {Readers::All, "GET /api/peers/{party}/ledger", "/body/items", "page", "the order of one moment crosses pages"},
    // A party has one copy of an object, whoever of its people brought it and under whatever label: the second of them
    // is told that it is known. A copy for each group of readers would be needed.
    {Readers::All, "POST /api/import", "/body/stored", kSameObject, "one copy of an object in the house"},
    {Readers::All, "POST /api/import", "/body/unchanged", kSameObject, "one copy of an object in the house"},
};
// clang-format on

/// Routes whose answers rest on nothing that has a label: no visible change can show in them. (Tiles are asked for by
/// their path, and exempt.)
constexpr std::string_view kWithoutControl[] = {
    "GET /api/agreements", "GET /api/agreements/{id}", "GET /api/events",   "GET /api/hosts",   "GET /api/invitation",
    "GET /api/keys",       "GET /api/party/next",      "GET /api/recovery", "GET /api/session", "GET /api/log/tile",
    "GET /api/users",      "GET /api/usual_terms"};

bool keeps_the_node(const std::string& who) {
  return who == "administrator" || who == "auditor" || who == "key:metrics";
}

/// What goes out at one moment stands in lists of it in an order that says nothing.
void forget_order(Answers& answers) {
  const auto key = [](json::Value row) {
    row.object()->erase("position");
    return json::write(row);
  };
  for (auto& [asked, answer] : answers) {
    const bool is_ledger = asked.route == "GET /api/peers/{party}/ledger" && !asked.how.starts_with("page");
    if (!is_ledger && asked.route != "GET /api/peers/{party}") continue;
    json::Value* body = answer.object()->find("body");
    json::Value* rows = body && body->object() ? body->object()->find(is_ledger ? "items" : "already_sent") : nullptr;
    if (!rows) continue;
    std::sort(rows->array()->begin(), rows->array()->end(),
              [&](const json::Value& a, const json::Value& b) { return key(a) < key(b); });
  }
}

struct Lives {
  std::map<Besides, std::unique_ptr<World>> worlds;
  std::map<Besides, Answers> binh, chi, quarantine;
};

class NonInterference : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (lives_) return;
    World::found_parties();
    lives_ = std::make_unique<Lives>();
    for (const Besides besides : {Besides::Nothing, Besides::Hidden, Besides::Visible}) {
      auto& world = lives_->worlds[besides] = std::make_unique<World>(besides);
      forget_order(lives_->binh[besides] = ask_everything(world->binh()));
      forget_order(lives_->chi[besides] = ask_everything(world->chi()));
      world->shut_out_an();
      lives_->quarantine[besides] = ask_everything(world->binh(), "GET /api/peers/{party}");
      forget_order(lives_->quarantine[besides]);
    }
  }
  static void TearDownTestSuite() { lives_.reset(); }

  using Used = std::array<bool, std::size(kExempt)>;
  static bool is_exempt(const Difference& found, Used& used) {
    for (std::size_t at = 0; at < std::size(kExempt); ++at) {
      const Exemption& exempt = kExempt[at];
      if (found.asked.route != exempt.route || !found.place.starts_with(exempt.place) ||
          !found.asked.how.starts_with(exempt.how) ||
          (exempt.readers == Readers::Keepers && !keeps_the_node(found.asked.who)))
        continue;
      used[at] = true;
      return true;
    }
    return false;
  }
  static void expect_the_same(const std::map<Besides, Answers>& answers, const std::string& for_whom, Used& used) {
    std::size_t shown = 0;
    for (const Difference& found : differences(answers.at(Besides::Nothing), answers.at(Besides::Hidden))) {
      if (found.asked.who == for_whom || is_exempt(found, used) || ++shown > 20) continue;
      ADD_FAILURE() << found.asked.text() << " " << found.place << "\nwithout it: " << found.one
                    << "\nwith it:    " << found.other;
    }
    EXPECT_LE(shown, 20u) << "and more";
  }
  /// Routes by which somebody sees a difference.
  static std::set<std::string> that_tell(const std::map<Besides, Answers>& answers, Besides besides,
                                         const std::string& whom = "") {
    std::set<std::string> out;
    for (const Difference& found : differences(answers.at(Besides::Nothing), answers.at(besides)))
      if (whom.empty() || found.asked.who == whom) out.insert(found.asked.route);
    return out;
  }

  static std::unique_ptr<Lives> lives_;
};
std::unique_ptr<Lives> NonInterference::lives_;

TEST_F(NonInterference, WhatAReaderMayNotSeeChangesNoAnswer) {
  Used used{};
  expect_the_same(lives_->binh, "chief", used);
  expect_the_same(lives_->quarantine, "chief", used);
  for (std::size_t at = 0; at < std::size(kExempt); ++at)
    EXPECT_TRUE(used[at]) << kExempt[at].route << " " << kExempt[at].place << " need not be exempt any more";
}

TEST_F(NonInterference, WhatIsForOthersChangesNothingAtAPeer) {
  Used used{};
  expect_the_same(lives_->chi, "nobody there", used);
}

TEST_F(NonInterference, WhatIsHiddenIsThereForThePersonNamed) {
  const auto told = that_tell(lives_->binh, Besides::Hidden, "chief");
  for (const char* route :
       {"GET /api/situation", "GET /api/alerts", "GET /api/alerts/{id}", "GET /api/intel", "GET /api/intel/{item}",
        "GET /api/imports", "GET /api/statements", "GET /api/retractions", "GET /api/sightings", "GET /api/peers",
        "GET /api/peers/{party}", "GET /api/peers/{party}/ledger", "POST /api/publish/preview"})
    EXPECT_TRUE(told.contains(route)) << route;
}

TEST_F(NonInterference, AVisibleChangeChangesTheAnswersOfEveryRoute) {
  const auto told = that_tell(lives_->binh, Besides::Visible);
  std::set<std::string> without(std::begin(kWithoutControl), std::end(kWithoutControl)), all;
  for (const auto& [asked, unused] : lives_->binh.at(Besides::Nothing)) all.insert(asked.route);
  for (const std::string& route : all)
    EXPECT_NE(told.contains(route), without.contains(route)) << route << ": no visible change shows in it, or one does";
  for (const std::string& route : without) EXPECT_TRUE(all.contains(route)) << route;
  const auto at_chi = that_tell(lives_->chi, Besides::Visible);
  for (const char* route : {"GET /api/intel", "GET /api/statements", "GET /api/set"})
    EXPECT_TRUE(at_chi.contains(route)) << route;
}

TEST_F(NonInterference, WhatShowsThatSomethingIsThereIsForThoseWhoLookAfterTheNode) {
  const std::set<std::string> theirs = {"GET /api/log", "GET /api/audit", "GET /metrics", "GET /api/recovery",
                                        "POST /api/log/verify"};
  for (const auto& [asked, answer] : lives_->binh.at(Besides::Hidden)) {
    SCOPED_TRACE(asked.text());
    if (keeps_the_node(asked.who)) continue;
    if (theirs.contains(asked.route)) {
      EXPECT_EQ(answer.integer_or("status", 0), 403);
    }
    if (asked.route == "GET /api/health") {
      EXPECT_FALSE(answer.find("body")->find("checks"));
    }
  }
}

// Open pages hear which part has changed, all of them the same: that something has, and when, shows in it. What a
// change is labelled would have to come along with it, and each stream to be told what its own reader may know of.
TEST_F(NonInterference, OfLiveEventsIsNotThereYet) {
  const auto& without = lives_->worlds.at(Besides::Nothing)->heard();
  const auto& with = lives_->worlds.at(Besides::Hidden)->heard();
  EXPECT_NE(without, with) << "no exemption is needed any more: expect that both are equal";
}

}  // namespace
}  // namespace tocsin::noninterference
