// "Why did X not reach Y?": every answer is checked against what then happens.
#include "journeys/reach.h"

#include "journeys/journeys_fixture.h"
#include "journeys/retract.h"
#include "journeys/told.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WhetherItReached : public Three {
 protected:
  static Reach ask(Node& node, decltype(ReachRequest::what) what, const Node& peer) {
    return must(reach(node.context(), {std::move(what), peer.id(), kAnalyst}));
  }
  /// "said receipted", "may_not_go release.no_agreement" ...
  static std::vector<std::string> ways(const Reach& found) {
    std::vector<std::string> out;
    for (const Way& way : found.ways) {
      std::string line(name(way.state));
      if (way.delivery) line += " " + std::string(exchange::name(*way.delivery));
      if (!way.reason.empty()) line += " " + way.reason;
      out.push_back(std::move(line));
    }
    return out;
  }
  /// What was said of this value, under another label since.
  static void relabel_statements(Node& node, const std::string& value, stix::Tlp tlp) {
    const std::string object = node.item_of(value).stix_id;
    node.get([&](store::Transaction& tx) -> Result<int> {
      for (const Digest& digest : TRY(exchange::carrying(tx, node.id(), object))) {
        trust::Label label = TRY(trust::label(tx, TRY(exchange::archived(tx, digest)).label));
        label.tlp = tlp;
        TRY(tx.run("UPDATE statements SET label = ? WHERE digest = ?", TRY(trust::intern(tx, label)), digest));
      }
      return 0;
    });
  }
  static bool has(Node& node, const std::string& value) { return !node.items_of(value).empty(); }
};

TEST_F(WhetherItReached, IsFollowedFromUnsaidToReceipted) {
  const auto items = binh_.import({"198.51.100.1"});
  Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::NotThere);
  EXPECT_THAT(ways(found), ElementsAre("may_go"));
  EXPECT_EQ(found.ways[0].agreement, with_chi_);

  ASSERT_TRUE(binh_.publish(items));
  found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::Waiting);
  EXPECT_THAT(ways(found), ElementsAre("waiting"));
  ASSERT_NE(records(binh_, chi_), "");  // sealed, and lost on its way
  found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::Gone);
  EXPECT_THAT(ways(found), ElementsAre("said sent"));

  ASSERT_TRUE(settle());
  found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::There);
  EXPECT_THAT(ways(found), ElementsAre("said receipted"));
  EXPECT_TRUE(has(chi_, "198.51.100.1"));
  const Digest statement = *found.ways[0].statement;
  EXPECT_EQ(ask(binh_, statement.hex(), chi_).reached, Reached::There) << "the statement itself";
  EXPECT_EQ(ask(binh_, statement.hex().substr(0, 12), chi_).reached, Reached::There) << "and by its beginning";
}

TEST_F(WhetherItReached, SaysWhatKeepsWhatWaits) {
  const auto items = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(items));
  binh_.set_state(chi_, trust::PeerState::Quarantined);
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::Waiting);
  EXPECT_THAT(ways(found), ElementsAre("waiting release.quarantined"));
  settle();
  EXPECT_FALSE(has(chi_, "198.51.100.1"));
  binh_.set_state(chi_, trust::PeerState::Suspended);
  EXPECT_THAT(ways(ask(binh_, items[0], chi_)), ElementsAre("waiting peers.suspended_here"));
}

TEST_F(WhetherItReached, SaysThatTheOtherSideTakesNothingOfTheStreamForNow) {
  const auto items = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(items));
  chi_.set_state(binh_, trust::PeerState::Quarantined);
  EXPECT_EQ(hand_over(binh_, chi_), Handed::Refused);
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::Gone) << "it was sealed";
  EXPECT_THAT(ways(found), ElementsAre("said sent delivery.quarantined"));
}

TEST_F(WhetherItReached, GivesTheReasonForWhichItIsNotPublished) {
  const auto items = binh_.import({"198.51.100.1"}, stix::Tlp::Red);
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::NotThere);
  EXPECT_THAT(ways(found), ElementsAre("may_not_go release.above_tlp_ceiling"));
  EXPECT_FALSE(binh_.publish(items));
}

TEST_F(WhetherItReached, FailsWhereThereIsNoAgreement) {
  meet(an_, chi_);
  const auto items = an_.import({"198.51.100.1"});
  const Reach found = ask(an_, items[0], chi_);
  EXPECT_THAT(ways(found), ElementsAre("may_not_go release.no_agreement"));
}

TEST_F(WhetherItReached, KnowsWhereItCameFromAndWhoMayHaveItOnward) {
  const auto items = an_.import({"198.51.100.1"});
  ASSERT_TRUE(an_.publish(items));
  ASSERT_TRUE(settle());
  const auto at_binh = binh_.item_of("198.51.100.1").item;
  const Reach back = ask(binh_, at_binh, an_);
  EXPECT_EQ(back.reached, Reached::Source);
  EXPECT_THAT(ways(back), ElementsAre("may_not_go release.is_the_source"));

  const Reach on = ask(binh_, at_binh, chi_);
  EXPECT_THAT(ways(on), ElementsAre("may_go"));
  ASSERT_TRUE(binh_.publish({at_binh}));
  ASSERT_TRUE(settle());
  EXPECT_EQ(ask(binh_, at_binh, chi_).reached, Reached::There);
  EXPECT_TRUE(has(chi_, "198.51.100.1"));
}

// Published while it was permitted, and no more so when the recipient could be served.
TEST_F(WhetherItReached, SaysWhyItWasWithheldAndThatItMayGoSince) {
  const auto items = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(items, with_chi_));
  relabel_statements(binh_, "198.51.100.1", stix::Tlp::AmberStrict);
  settle();
  relabel_statements(binh_, "198.51.100.1", stix::Tlp::Green);
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::NotThere);
  EXPECT_THAT(ways(found), ElementsAre("said withheld release.above_tlp_ceiling", "may_go"));
  EXPECT_FALSE(has(chi_, "198.51.100.1"));
}

TEST_F(WhetherItReached, EndsWithARetraction) {
  const auto items = binh_.import({"198.51.100.1", "198.51.100.2"});
  ASSERT_TRUE(binh_.publish({items[0]}));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.retract(items[0]));
  ASSERT_TRUE(binh_.retract(items[1]));
  EXPECT_THAT(ways(ask(binh_, items[0], chi_)), ElementsAre("said receipted", "may_not_go release.retracted"));
  EXPECT_THAT(ways(ask(binh_, items[1], chi_)), ElementsAre("may_not_go release.retracted"));
}

TEST_F(WhetherItReached, OfAnAlertAndOfWhatNobodyPublishes) {
  ASSERT_FALSE(binh_.import({"198.51.100.1"}).empty());
  binh_.mark_critical("10.0.0.7");
  ASSERT_TRUE(binh_.see("198.51.100.1", "10.0.0.7"));
  const AlertNumber alert{binh_.all_alerts().at(0).id};
  EXPECT_EQ(ask(binh_, alert, chi_).reached, Reached::Waiting) << "alerts go by themselves under this agreement";
  ASSERT_TRUE(settle());
  EXPECT_EQ(ask(binh_, alert, chi_).reached, Reached::There);
  // The hospital's own receipt of the agreement went to Binh alone.
  std::string signature;
  binh_.get([&](store::Transaction& tx) -> Result<int> {
    TRY_VOID(tx.each(
        "SELECT digest FROM statements WHERE kind = 'agreement' AND author = ? LIMIT 1",
        [&](const store::Row& row) { signature = row.digest(0).hex(); }, chi_.id().text()));
    return 0;
  });
  EXPECT_THAT(ways(ask(binh_, signature, an_)), ElementsAre("may_not_go reach.not_said_to_it"));
  EXPECT_EQ(ask(binh_, signature, chi_).reached, Reached::Source);
}

// Retracted while it waits: it stands in the queue still, and is withheld when its turn comes.
TEST_F(WhetherItReached, OfWhatWaitsAndMayGoNoMoreSaysThatItStaysHere) {
  const auto items = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(items, with_chi_));
  binh_.sql("UPDATE statements SET retracted_by = digest WHERE kind = 'intel'");
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::NotThere) << "it is in the queue, and will not go";
  EXPECT_EQ(ways(found).at(0), "may_not_go release.retracted");
  settle();
  EXPECT_FALSE(has(chi_, "198.51.100.1"));
}

// Sent, its receipt lost, and forbidden since: it may be there, whatever was withheld later.
TEST_F(WhetherItReached, CountsWhatMayHaveArrivedEvenIfItWasWithheldLater) {
  const auto items = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(items, with_chi_));
  ASSERT_NE(records(binh_, chi_), "");
  relabel_statements(binh_, "198.51.100.1", stix::Tlp::AmberStrict);
  settle();
  const Reach found = ask(binh_, items[0], chi_);
  EXPECT_EQ(found.reached, Reached::Gone);
  EXPECT_THAT(ways(found), ElementsAre("said unsure", "said withheld release.above_tlp_ceiling"));
}

TEST_F(WhetherItReached, OfALaterVersionDoesNotCountTheEarlierOne) {
  const auto first = binh_.import({"198.51.100.1"});
  ASSERT_TRUE(binh_.publish(first));
  ASSERT_TRUE(settle());
  clock_.advance(base::minutes(5));
  const auto second = binh_.import({"198.51.100.1"}, stix::Tlp::Amber);
  ASSERT_NE(first, second) << "under another label it is another version";
  EXPECT_EQ(ask(binh_, first[0], chi_).reached, Reached::There);
  const Reach found = ask(binh_, second[0], chi_);
  EXPECT_EQ(found.reached, Reached::NotThere);
  EXPECT_THAT(ways(found), ElementsAre("said receipted", "may_go"));
  EXPECT_TRUE(found.ways[0].is_earlier);
}

// That there is a newer word of an alert, for others, does not show in what is said of the one before.
TEST_F(WhetherItReached, OfAnAlertRestsOnTheNewestWordThatItsReaderMayRead) {
  ASSERT_FALSE(binh_.import({"198.51.100.1"}).empty());
  binh_.mark_critical("10.0.0.7");
  ASSERT_TRUE(binh_.see("198.51.100.1", "10.0.0.7"));
  ASSERT_TRUE(settle());
  const alerts::Alert alert = binh_.all_alerts().at(0);
  const auto told = [&](const trust::Scope& scope) {
    return binh_.get([&](store::Transaction& tx) { return told_of(tx, alert, clock_.now(), &scope); }).size();
  };
  const auto scope = binh_.get([&](store::Transaction& tx) {
    return trust::scope(tx, trust::PersonReader{{binh_.id(), kAnalyst.account}});
  });
  const std::size_t before = told(scope);
  EXPECT_GT(before, 0u);
  binh_.get([&](store::Transaction& tx) -> Result<int> {
    trust::Label red;
    red.voucher = binh_.id();
    red.tlp = stix::Tlp::Red;
    const auto label = TRY(trust::intern(tx, red));
    TRY(tx.run("UPDATE statements SET label = ? WHERE kind = 'agreement'", label));
    TRY(
        tx.run("INSERT INTO alert_statements (statement, alert, thread, said_at, severity) SELECT (SELECT digest FROM "
               "statements WHERE kind = 'agreement' LIMIT 1), alert, thread, said_at + 1000000, severity FROM "
               "alert_statements WHERE statement IN (SELECT statement FROM ledger WHERE kind = 'alert' AND party = ?)",
               chi_.id().text()));
    return 0;
  });
  EXPECT_EQ(told(scope), before);
  const Reach found = ask(binh_, AlertNumber{alert.id}, chi_);
  EXPECT_EQ(found.reached, Reached::There);
  EXPECT_FALSE(found.ways.at(0).is_earlier);
}

TEST_F(WhetherItReached, OfOurOwnWordsThatCameBackAfterARestore) {
  ASSERT_TRUE(chi_.publish(chi_.import({"198.51.100.1"})));
  ASSERT_TRUE(settle());
  Node restored = restored_chi();
  for (int round = 0; round < 8; ++round) {
    hand_over(restored, binh_);
    hand_over(binh_, restored);
  }
  const auto item = restored.item_of("198.51.100.1").item;
  ASSERT_EQ(restored.count("SELECT COUNT(*) FROM ledger WHERE direction = 'in' AND kind = 'intel'"), 1);
  EXPECT_NE(ask(restored, item, binh_).reached, Reached::Source) << "Binh gave it back, and it is Chi's";
}

TEST_F(WhetherItReached, IsForReadersOfTheThingAlone) {
  const auto items = binh_.import({"198.51.100.1"}, stix::Tlp::Red);
  const auto refused = [&](decltype(ReachRequest::what) what, const trust::PartyId& party, const std::string& account) {
    const auto found = reach(binh_.context(), {std::move(what), party, {account, "session"}});
    return found ? "" : found.error().id;
  };
  EXPECT_EQ(refused(items[0], chi_.id(), "duty"), "intel.not_found") << "named for the analyst who imported it";
  EXPECT_EQ(refused(intel::ItemId{4711}, chi_.id(), "duty"), "intel.not_found");
  EXPECT_EQ(refused(AlertNumber{4711}, chi_.id(), "duty"), "alerts.unknown");
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.2"}), with_chi_));
  relabel_statements(binh_, "198.51.100.2", stix::Tlp::Red);
  std::string statement;
  binh_.get([&](store::Transaction& tx) -> Result<int> {
    return tx
        .each("SELECT digest FROM statements WHERE kind = 'intel'",
              [&](const store::Row& row) { statement = row.digest(0).hex(); })
        .map([] { return 0; });
  });
  EXPECT_EQ(refused(statement, chi_.id(), "duty"), "statement.unknown") << "it is there, for others";
  EXPECT_EQ(refused(items[0], binh_.id(), kAnalyst.account), "peers.unknown") << "to ourselves";
}

}  // namespace
}  // namespace tocsin::journeys::testing
