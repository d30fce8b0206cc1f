// Taking back: a whole statement, as the list of what was sent offers it; what has been said very many times; and what
// the next import of the same list then does.
#include "journeys/retract.h"

#include <gmock/gmock.h>

#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RetractingAStatement : public Three {
 protected:
  void SetUp() override {
    const auto items = binh_.import({"198.51.100.7", "198.51.100.8"});
    const auto to_an = binh_.publish(items, with_an_);
    const auto to_chi = binh_.publish(items, with_chi_);
    ASSERT_TRUE(to_an && to_chi);
    to_an_ = to_an->statements.at(0).digest;
    settle();
  }
  void take_back(exchange::RetractReason reason) {
    RetractRequest request;
    request.statement = to_an_;
    request.reason = reason;
    request.by = kAnalyst;
    ASSERT_TRUE(retract(binh_.context(), request));
    settle();
  }
  Digest to_an_;
};

TEST_F(RetractingAStatement, ThatIsWrongEndsItsContentHereAndWhereverItWent) {
  take_back(exchange::RetractReason::Wrong);
  for (Node* node : {&an_, &binh_, &chi_}) EXPECT_THAT(node->matches(), IsEmpty());
}

/// What all three hold, Chi from both others: An gives it to Binh and to Chi, and Binh passes it on.
class RetractingWhatCameTwoWays : public Three {
 protected:
  void SetUp() override {
    meet(an_, chi_);
    const auto between = agree(an_, chi_, terms("An and Chi"));
    const auto items = an_.import({"198.51.100.7"});
    ASSERT_TRUE(an_.publish(items, with_an_));
    ASSERT_TRUE(an_.publish(items, between));
    settle_all();
    ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
    settle_all();
    ASSERT_TRUE(an_.retract(items[0]));
  }
  void settle_all() {
    for (int round = 0; round < 6; ++round) {
      ASSERT_TRUE(settle());
      while (hand_over(an_, chi_) == Handed::Taken || hand_over(chi_, an_) == Handed::Taken) {
      }
    }
  }
  static std::int64_t unconfirmed(Node& node) {
    return node.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NULL");
  }
};

TEST_F(RetractingWhatCameTwoWays, IsConfirmedToBoth) {
  ASSERT_EQ(hand_over(an_, chi_), Handed::Taken) << "the author's own copy comes first";
  settle_all();
  EXPECT_THAT(chi_.matches(), IsEmpty());
  EXPECT_EQ(unconfirmed(an_), 0);
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM retraction_holders"), 1);
  EXPECT_EQ(unconfirmed(binh_), 0);
}

TEST_F(RetractingWhatCameTwoWays, IsConfirmedToTheAuthorWhoseCopyComesLast) {
  ASSERT_TRUE(settle());
  EXPECT_THAT(chi_.matches(), IsEmpty());
  EXPECT_EQ(unconfirmed(binh_), 0);
  EXPECT_EQ(unconfirmed(an_), 1);
  settle_all();
  EXPECT_EQ(unconfirmed(an_), 0);
}

TEST_F(RetractingAStatement, IsConfirmedByWhomWeKeepInQuarantineWhateverElseItWantedToSay) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.10"}), with_an_));
  settle();
  ASSERT_THAT(binh_.matches(), ::testing::Contains("198.51.100.10"));
  an_.set_state(binh_, trust::PeerState::Quarantined);
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.11"}), with_an_));
  exchange::Statement ping;
  ping.kind = "ping";
  say(binh_, ping, "", an_);
  settle();
  ASSERT_TRUE(an_.retract(an_.item_of("198.51.100.10").item));
  settle();
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NOT NULL"), 1);
  EXPECT_THAT(an_.ledger(binh_), ::testing::Not(::testing::Contains("in received ping")));
}

TEST_F(RetractingAStatement, ThatShouldNotHaveGoneThereLeavesTheRestAsItIs) {
  take_back(exchange::RetractReason::Narrowed);
  EXPECT_THAT(an_.matches(), IsEmpty());
  for (Node* node : {&binh_, &chi_}) EXPECT_THAT(node->matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
}

class RetractingWhatWasSaidVeryOften : public Three {
 protected:
  void say_so_often(int times) {
    item_ = an_.import({"198.51.100.7"}).at(0);
    for (int i = 0; i < times; ++i) ASSERT_TRUE(an_.publish({item_}, with_an_));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
    ASSERT_TRUE(settle());
    ASSERT_EQ(statements_of(an_, "intel"), times);
  }
  static std::int64_t statements_of(Node& node, const std::string& kind) {
    return node.count("SELECT COUNT(*) FROM statements WHERE kind = '" + kind + "'");
  }
  std::vector<exchange::StoredRetraction> listed(Node& node) {
    return node.get([&](store::Transaction& tx) { return exchange::retractions(tx, 0, 10); });
  }
  void expect_gone_and_confirmed(std::size_t statements) {
    for (Node* node : {&an_, &binh_, &chi_}) EXPECT_THAT(node->matches(), IsEmpty());
    EXPECT_EQ(listed(an_).size(), statements);
    std::size_t targets = 0;
    for (const auto& stored : listed(an_)) {
      targets += stored.retraction.targets.size();
      ASSERT_EQ(stored.holders.size(), 1u) << "Binh holds all of it";
      EXPECT_TRUE(stored.holders[0].confirmed_at);
      EXPECT_EQ(stored.holders[0].onward_holders, stored.holders[0].onward_confirmed);
    }
    EXPECT_EQ(targets, static_cast<std::size_t>(statements_of(an_, "intel")));
  }
  void expect_deliveries_to_go_on() {
    ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
    ASSERT_TRUE(settle());
    EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8"));
  }
  intel::ItemId item_ = 0;
};

TEST_F(RetractingWhatWasSaidVeryOften, NeedsOneStatementUpToTheLimit) {
  say_so_often(1000);
  ASSERT_TRUE(an_.retract(item_));
  ASSERT_TRUE(settle());
  expect_gone_and_confirmed(1);
  expect_deliveries_to_go_on();
}

TEST_F(RetractingWhatWasSaidVeryOften, NeedsTwoBeyondItAndBothAreConfirmed) {
  say_so_often(1001);
  ASSERT_TRUE(an_.retract(item_, exchange::RetractReason::PersonalData));
  ASSERT_TRUE(settle());
  expect_gone_and_confirmed(2);
  expect_deliveries_to_go_on();
}

TEST_F(RetractingWhatWasSaidVeryOften, IsRefusedWholeWhereItsReadersCouldNotReadIt) {
  say_so_often(1);
  const Content before = an_.content();
  RetractRequest request;
  request.item = item_;
  request.note = std::string(exchange::kMaxNoteBytes + 1, 'n');
  request.by = kAnalyst;
  const auto refused = retract(an_.context(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "retract.malformed");
  EXPECT_EQ(difference(before, an_.content()), "");
  request.note.pop_back();
  EXPECT_TRUE(retract(an_.context(), request));
}

TEST_F(Three, AHitThatIsNotCountedIsAccountedFor) {
  const auto own = chi_.import({"198.51.100.7", "198.51.100.8"});
  HitReport report;
  report.sensor = "border";
  report.batch = base::uuid4();
  for (const std::vector<intel::ItemId>& grounds : {std::vector{own[0]}, own, std::vector{own[1]}, {own[1] + 1000}}) {
    watch::ReportedHit hit;
    hit.items = grounds;
    hit.value = hit.seen = "198.51.100.7";
    hit.host = "10.9.9.9";
    hit.first = hit.last = clock_.now();
    report.hits.push_back(hit);
  }
  ASSERT_TRUE(chi_.retract(own[1]));
  const HitOutcome counted = must(take_hits(chi_.context(), report));
  EXPECT_EQ(counted.stored, 2) << "what else it rests on stands";
  EXPECT_EQ(counted.retracted, 1);
  EXPECT_EQ(counted.unknown, 1);
  EXPECT_FALSE(counted.repeated);
  const HitOutcome again = must(take_hits(chi_.context(), report));
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.stored + again.retracted + again.unknown, 0);
}

class ImportingWhatWasRetracted : public Three {
 protected:
  static constexpr std::string_view kCsv = "indicator,description\nvictim-7341.example,one of ours\n";

  /// An hour after whatever was before.
  std::string import(Node& node, std::string_view content, bool dry_run = false) {
    clock_.advance(base::hours(1));
    ImportRequest request;
    request.name = "list.txt";  // as Node::import says: it is part of what a line becomes
    request.content = content;
    request.tlp = stix::Tlp::Green;
    request.by = kAnalyst;
    request.dry_run = dry_run;
    const ImportReport report = must(import_file(node.context(), request));
    std::string out = std::to_string(report.stored) + " stored, " + std::to_string(report.updated) + " updated, " +
                      std::to_string(report.unchanged) + " unchanged";
    for (const auto& refused : report.refused) out += ", " + refused.error.id;
    if (!report.refused.empty()) last_ = report.refused.back().error;
    return out;
  }
  std::string import(std::string_view content) { return import(an_, content); }
  std::string bundle(Time modified) const {
    return R"({"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[{"type":"indicator",)"
           R"("spec_version":"2.1","id":")" +
           id_ + R"(","created":"2026-01-01T00:00:00.000Z","modified":")" + base::to_rfc3339(modified) +
           R"(","valid_from":"2026-01-01T00:00:00Z","pattern_type":"stix",)"
           R"("pattern":"[domain-name:value = 'victim-7341.example']"}]})";
  }
  /// Imported, published, taken back.
  void take_back(exchange::RetractReason reason) {
    const auto item = an_.import({"victim-7341.example"}).at(0);
    id_ = an_.item_of("victim-7341.example").stix_id;
    ASSERT_TRUE(an_.publish({item}));
    ASSERT_TRUE(settle());
    clock_.advance(base::hours(1));
    retracted_ = clock_.now();
    ASSERT_TRUE(an_.retract(item, reason));
    ASSERT_TRUE(settle());
  }
  void expect_it_stays_away(exchange::RetractReason reason) {
    take_back(reason);
    const std::string same = bundle(kStart), as_late = bundle(retracted_);
    const std::string_view files[] = {"victim-7341.example\n", kCsv, same, as_late};
    for (const std::string_view file : files) {
      EXPECT_EQ(import(an_, file, true), "0 stored, 0 updated, 0 unchanged, intel.retracted_here") << file;
      EXPECT_EQ(import(file), "0 stored, 0 updated, 0 unchanged, intel.retracted_here") << file;
      EXPECT_THAT(last_.args, ElementsAre(id_, base::to_rfc3339(retracted_), std::string(exchange::name(reason))));
    }
    EXPECT_EQ(import("victim-7341.example\nother.example\n"), "1 stored, 0 updated, 0 unchanged, intel.retracted_here");
    EXPECT_THAT(an_.matches(), ElementsAre("other.example"));
  }
  std::string id_;
  Time retracted_;
  base::Error last_;
};

TEST_F(ImportingWhatWasRetracted, LeavesAwayWhatWasErasedAndSaysWhenAndWhy) {
  expect_it_stays_away(exchange::RetractReason::PersonalData);
}

TEST_F(ImportingWhatWasRetracted, LeavesAwayWhatWasWrongAndSaysWhenAndWhy) {
  expect_it_stays_away(exchange::RetractReason::Wrong);
}

TEST_F(ImportingWhatWasRetracted, BringsItBackInALaterVersionAndThenForGood) {
  take_back(exchange::RetractReason::PersonalData);
  const std::string later = bundle(retracted_ + base::hours(1));
  clock_.advance(base::hours(1));
  EXPECT_EQ(import(an_, later, true), "0 stored, 1 updated, 0 unchanged");
  EXPECT_THAT(an_.matches(), IsEmpty());
  EXPECT_EQ(import(kCsv), "0 stored, 0 updated, 0 unchanged, intel.retracted_here") << "a dry run brings nothing back";
  EXPECT_EQ(import(later), "0 stored, 1 updated, 0 unchanged");
  EXPECT_THAT(an_.matches(), ElementsAre("victim-7341.example"));
  EXPECT_EQ(import(kCsv), "0 stored, 1 updated, 0 unchanged");
  EXPECT_EQ(import(kCsv), "0 stored, 0 updated, 1 unchanged");
}

TEST_F(ImportingWhatWasRetracted, LetsInWhatReplacesTheSuperseded) {
  take_back(exchange::RetractReason::Superseded);
  EXPECT_THAT(an_.matches(), IsEmpty());
  EXPECT_EQ(import(bundle(retracted_ - base::minutes(1))), "0 stored, 1 updated, 0 unchanged");
  EXPECT_THAT(an_.matches(), ElementsAre("victim-7341.example"));
}

TEST_F(ImportingWhatWasRetracted, LeavesItAwayAlsoAfterARestore) {
  const auto own = chi_.import({"victim-7341.example"});
  ASSERT_TRUE(chi_.publish(own));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(chi_.retract(own[0], exchange::RetractReason::PersonalData));
  ASSERT_TRUE(settle());
  Node again = restored_chi();
  for (int round = 0; round < 5; ++round) {
    hand_over(again, binh_);
    hand_over(binh_, again);
  }
  EXPECT_EQ(import(again, kCsv), "0 stored, 0 updated, 0 unchanged, intel.retracted_here");
  EXPECT_THAT(again.matches(), IsEmpty());
}

// Who passes something on knows who has it from him. A node restored from before that is told so by those who have it.
class RetractingBehindARestoredNode : public Three {
 protected:
  void exchange(Node& x, Node& y) {
    for (int round = 0; round < 6; ++round) {
      hand_over(x, y);
      hand_over(y, x);
    }
  }
  /// Something of An's, through Binh; An's item.
  intel::ItemId pass_on_to_chi() {
    const auto own = an_.import({"198.51.100.7"});
    EXPECT_TRUE(an_.publish(own));
    exchange(an_, binh_);
    EXPECT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
    exchange(binh_, chi_);
    return own.at(0);
  }
};

TEST_F(RetractingBehindARestoredNode, ReachesWhomItHadPassedTheTargetOnTo) {
  const auto own = pass_on_to_chi();
  ASSERT_THAT(chi_.matches(), ElementsAre("198.51.100.7"));
  Node again = restored_binh();
  exchange(again, chi_);
  exchange(an_, again);
  ASSERT_TRUE(an_.retract(own, exchange::RetractReason::Wrong));
  exchange(an_, again);
  exchange(again, chi_);
  EXPECT_THAT(chi_.matches(), IsEmpty());
  exchange(an_, again);
  EXPECT_EQ(an_.count("SELECT onward_holders * 10 + onward_confirmed FROM retraction_holders"), 11);
}

// It was withdrawn while the node was lost, which then does not even get it again.
TEST_F(RetractingBehindARestoredNode, ReachesThemAlsoWhereTheRetractionCameFirst) {
  const auto own = pass_on_to_chi();
  Node again = restored_binh();
  ASSERT_TRUE(an_.retract(own, exchange::RetractReason::Wrong));
  exchange(an_, again);
  exchange(again, chi_);
  EXPECT_THAT(chi_.matches(), IsEmpty());
}

// The backup holds the target, and not that it has left.
TEST_F(RetractingBehindARestoredNode, ReachesWhoGotTheTargetAfterTheBackup) {
  const auto own = binh_.import({"198.51.100.9"});
  ASSERT_TRUE(binh_.publish(own, with_chi_));
  const std::string backup = back_up(binh_);
  exchange(binh_, chi_);
  Node again = restored_binh(backup);
  ASSERT_TRUE(again.retract(own[0], exchange::RetractReason::Wrong));
  exchange(again, chi_);
  EXPECT_THAT(chi_.matches(), IsEmpty());
}

// A copy comes to the restored node before its question is answered; what its giver then believes to be lost is there.
TEST_F(RetractingBehindARestoredNode, ReachesTheNodeItselfThatGotTheTargetBeforeItWasAnswered) {
  const auto own = chi_.import({"198.51.100.9"});
  ASSERT_TRUE(chi_.publish(own));
  const std::string early = records(chi_, binh_);
  Node again = restored_binh();
  ASSERT_TRUE(receive(again.context(), chi_.id(), early));
  ASSERT_THAT(again.matches(), ElementsAre("198.51.100.9"));
  hand_over(again, chi_);
  ASSERT_TRUE(chi_.retract(own[0], exchange::RetractReason::Wrong));
  exchange(again, chi_);
  EXPECT_THAT(again.matches(), IsEmpty());
}

// Of a party's own words: one holder gives back the retraction, the other, who never got it, only the target.
TEST_F(RetractingBehindARestoredNode, ReachesWhoeverGivesTheTargetBackAfterIt) {
  const auto own = binh_.import({"198.51.100.9"});
  ASSERT_TRUE(binh_.publish(own));
  exchange(binh_, chi_);
  exchange(binh_, an_);
  ASSERT_TRUE(binh_.retract(own[0], exchange::RetractReason::Wrong));
  exchange(binh_, an_);
  Node again = restored_binh();
  exchange(again, an_);
  exchange(again, chi_);
  EXPECT_THAT(chi_.matches(), IsEmpty());
  EXPECT_THAT(again.matches(), IsEmpty());
  EXPECT_EQ(again.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NOT NULL"), 2);
}

// An object stood in two statements; the party retracts it when it has got back only one of them.
TEST_F(RetractingBehindARestoredNode, ReachesWhoeverHoldsTheObjectInAStatementThatCameBackLater) {
  const auto own = binh_.import({"198.51.100.9"});
  ASSERT_TRUE(binh_.publish(own));
  exchange(binh_, chi_);
  exchange(binh_, an_);
  Node again = restored_binh();
  exchange(again, an_);
  ASSERT_TRUE(again.retract(again.item_of("198.51.100.9").item, exchange::RetractReason::PersonalData));
  exchange(again, an_);
  EXPECT_THAT(an_.matches(), IsEmpty());
  exchange(again, chi_);
  EXPECT_THAT(chi_.matches(), IsEmpty());
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM statements WHERE kind = 'intel' AND erased_reason IS NULL"), 0);
}

// A confirmation comes back before the retraction that it is of.
TEST_F(RetractingBehindARestoredNode, CountsWhatWasConfirmedMeanwhile) {
  const auto own = binh_.import({"198.51.100.9"});
  ASSERT_TRUE(binh_.publish(own, with_chi_));
  exchange(binh_, chi_);
  ASSERT_TRUE(binh_.retract(own[0], exchange::RetractReason::Wrong));
  hand_over(binh_, chi_);
  ASSERT_EQ(chi_.count("SELECT COUNT(*) FROM statements WHERE kind = 'ack'"), 1) << "it waits to leave";
  Node again = restored_binh();
  exchange(again, chi_);
  EXPECT_EQ(again.count("SELECT COUNT(*) FROM retraction_holders"), 1);
  EXPECT_EQ(again.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NULL"), 0);
}

}  // namespace
}  // namespace tocsin::journeys::testing
