// TLP:RED is for persons: who is named reads it, whoever published it reads it, and nobody else anywhere.
#include "core/exchange/recover.h"
#include "core/exchange/retractions.h"
#include "core/find/search.h"
#include "core/relate/postings.h"
#include "core/trust/agreements.h"
#include "core/trust/parties.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Binh has agreements with An and with Chi that permit TLP:RED.
class Readers : public Three {
 protected:
  Readers() {
    trust::Terms red = terms("For few eyes");
    red.tlp = stix::Tlp::Red;
    agree(binh_, an_, red);
    agree(binh_, chi_, red);
    EXPECT_TRUE(settle());
  }

  static PublishRequest request_for(const std::vector<intel::ItemId>& items, std::set<trust::Person> readers) {
    PublishRequest request;
    request.items = items;
    request.readers = std::move(readers);
    request.by = kAnalyst;
    return request;
  }
  static trust::Scope scope_of(Node& node, const std::string& account) {
    return node.get([&](store::Transaction& tx) {
      return trust::scope(tx, trust::PersonReader{{node.id(), account}});
    });
  }
  /// What the account finds by the value, in every way there is.
  static bool reads(Node& node, const std::string& account, const std::string& value) {
    const trust::Scope scope = scope_of(node, account);
    return node.get([&](store::Transaction& tx) -> Result<bool> {
      find::Query query;
      query.words = value;
      const auto found = TRY(find::search(tx, query, scope)).items;
      const auto items = TRY(intel::items(tx, found, scope));
      EXPECT_EQ(items.size(), found.size()) << account;
      for (const auto& item : items) EXPECT_TRUE(intel::bytes(tx, item.item, scope)) << account;
      return !items.empty();
    });
  }
  static std::size_t statements_of(Node& node, const std::string& account, std::string_view kind) {
    const trust::Scope scope = scope_of(node, account);
    return node
        .get([&](store::Transaction& tx) {
          return exchange::list(tx, {"", std::string(kind), 0, 100}, scope, node.id());
        })
        .size();
  }
};

TEST_F(Readers, NamedAtOneOfTwoRecipientsAreTheOnlyOnesBesidesTheAuthor) {
  const auto request = request_for(binh_.import({"198.51.100.7"}, stix::Tlp::Red), {{an_.id(), "duty"}});
  const auto seen = preview(binh_.context(), request);
  ASSERT_TRUE(seen) << base::describe(seen.error());
  for (const PlannedRecipient& recipient : seen->recipients) {
    const bool named = recipient.party == an_.id() && recipient.permitted > 0;
    EXPECT_EQ(recipient.permitted, named ? 1 : 0);
    EXPECT_EQ(recipient.readers.size(), named ? 1u : 0u);
    EXPECT_EQ(recipient.refused.empty(), named);
  }
  const Content before = chi_.content();
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());

  EXPECT_TRUE(reads(an_, "duty", "198.51.100.7"));
  EXPECT_FALSE(reads(an_, "analyst", "198.51.100.7"));
  EXPECT_EQ(statements_of(an_, "duty", "intel"), 1u);
  EXPECT_EQ(statements_of(an_, "analyst", "intel"), 0u);
  EXPECT_THAT(an_.matches(), IsEmpty()) << "a sensor is no person";
  EXPECT_TRUE(reads(binh_, "analyst", "198.51.100.7"));
  EXPECT_EQ(statements_of(binh_, "analyst", "intel"), 1u) << "who published it";
  EXPECT_FALSE(reads(binh_, "duty", "198.51.100.7")) << "of the same name, in another house";
  EXPECT_EQ(statements_of(binh_, "duty", "intel"), 0u);
  EXPECT_EQ(difference(before, chi_.content()), "") << "nothing, and no hint";
}

TEST_F(Readers, OfTwoRecipientsDoNotHearOfEachOther) {
  ASSERT_TRUE(publish(binh_.context(), request_for(binh_.import({"198.51.100.7"}, stix::Tlp::Red),
                                                   {{an_.id(), "duty"}, {chi_.id(), "analyst"}})));
  ASSERT_TRUE(settle());
  const auto readers_at = [](Node& node) {
    std::set<trust::Person> out;
    for (const auto& [id, label] : node.get([](store::Transaction& tx) { return trust::all_labels(tx); }))
      out.insert(label.readers.begin(), label.readers.end());
    return out;
  };
  EXPECT_THAT(readers_at(an_), ElementsAre(trust::Person{an_.id(), "duty"}));
  EXPECT_THAT(readers_at(chi_), ElementsAre(trust::Person{chi_.id(), "analyst"}));
  EXPECT_FALSE(reads(an_, "analyst", "198.51.100.7"));
  EXPECT_TRUE(reads(chi_, "analyst", "198.51.100.7"));
}

TEST_F(Readers, OfARaisedLabelIncludeWhoeverRaisedIt) {
  PublishRequest request = request_for(binh_.import({"198.51.100.7"}), {{an_.id(), "duty"}});
  request.tlp = stix::Tlp::Red;
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_TRUE(reads(an_, "duty", "198.51.100.7"));
  EXPECT_FALSE(reads(an_, "analyst", "198.51.100.7"));
  EXPECT_TRUE(reads(binh_, "duty", "198.51.100.7")) << "here it is what it was";
  EXPECT_EQ(statements_of(binh_, "analyst", "intel"), 1u);
  EXPECT_EQ(statements_of(binh_, "duty", "intel"), 0u);
}

TEST_F(Readers, NamedInASecondStatementReadTheSameItem) {
  const auto items = binh_.import({"198.51.100.7"});
  PublishRequest request = request_for(items, {{an_.id(), "duty"}});
  request.tlp = stix::Tlp::Red;
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_FALSE(reads(an_, "analyst", "198.51.100.7"));
  request.readers = {{an_.id(), "analyst"}};
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_TRUE(reads(an_, "duty", "198.51.100.7"));
  EXPECT_TRUE(reads(an_, "analyst", "198.51.100.7"));
  EXPECT_THAT(an_.matches(), IsEmpty());

  request = request_for(items, {});
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_TRUE(reads(an_, "linh", "198.51.100.7")) << "it has become GREEN by its author's word";
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.7"));

  request.tlp = stix::Tlp::Red;
  request.readers = {{an_.id(), "duty"}};
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_TRUE(reads(an_, "linh", "198.51.100.7")) << "what was told to everybody is not untold";
}

// Under one agreement of all three: who is not named is not waited for either.
TEST_F(Readers, OfAnAlertAreThePersonsNamed) {
  meet(an_, chi_);
  const auto settle_all = [&] {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [from, to] :
           {std::pair{&an_, &chi_}, {&chi_, &an_}, {&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}})
        moved = hand_over(*from, *to) != Handed::Nothing || moved;
    }
  };
  trust::Agreement draft;
  draft.parties = {an_.id(), chi_.id()};
  draft.terms = terms("Between all three");
  draft.terms.tlp = stix::Tlp::Red;
  draft.terms.automatic.clear();
  const auto of_all = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
  settle_all();
  for (Node* node : {&an_, &binh_, &chi_}) {
    const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
    for (const auto& person : own.descriptor.signatories) ASSERT_TRUE(approve(*node, of_all, person.name, kPassword));
  }
  settle_all();

  ASSERT_EQ(binh_.import({"198.51.100.7"}).size(), 1u);
  binh_.mark_critical("10.1.4.20");
  const auto hit = binh_.see("198.51.100.7", "10.1.4.20");
  ASSERT_TRUE(hit);
  settle_all();
  const auto alerts_seen_by = [](Node& node, const std::string& account) {
    const trust::Scope scope = scope_of(node, account);
    return node.get([&](store::Transaction& tx) { return alerts::list(tx, {false, {}, 100}, scope); }).alerts.size();
  };
  const std::size_t before = alerts_seen_by(an_, "analyst");
  const Content chi_before = chi_.content();

  PublishRequest request = request_for({}, {{an_.id(), "duty"}});
  request.alert = hit->alerts.at(0);
  request.tlp = stix::Tlp::Red;
  request.agreement = of_all;
  const auto made = publish(binh_.context(), request);
  ASSERT_TRUE(made) << base::describe(made.error());
  settle_all();
  EXPECT_EQ(alerts_seen_by(an_, "duty"), before + 1);
  EXPECT_EQ(alerts_seen_by(an_, "analyst"), before);
  EXPECT_EQ(difference(chi_before, chi_.content()), "");
  const auto sent =
      binh_.get([&](store::Transaction& tx) { return alerts::sent_to(tx, made->statements.at(0).digest); });
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].party, an_.id());
}

TEST_F(Readers, AreNotKnownToOtherHoldersWhenItIsTakenBack) {
  const auto items = binh_.import({"198.51.100.7"});
  ASSERT_TRUE(binh_.publish(items, with_chi_));
  PublishRequest request = request_for(items, {{an_.id(), "duty"}});
  request.tlp = stix::Tlp::Red;
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(reads(an_, "duty", "198.51.100.7"));
  const auto first = binh_.retract(items.at(0));
  ASSERT_TRUE(first && *first);
  ASSERT_TRUE(settle());
  const auto known_to = [](Node& node) {
    std::vector<Digest> targets;
    for (const auto& stored : node.get([](store::Transaction& tx) { return exchange::retractions(tx, 0, 9); }))
      targets.insert(targets.end(), stored.retraction.targets.begin(), stored.retraction.targets.end());
    return targets;
  };
  EXPECT_EQ(known_to(binh_).size(), 2u);
  EXPECT_EQ(known_to(chi_).size(), 1u) << "of what it was given, and of nothing besides";
  EXPECT_EQ(known_to(an_).size(), 1u);
  EXPECT_NE(known_to(an_), known_to(chi_));
  for (Node* node : {&an_, &chi_}) EXPECT_EQ(node->count("SELECT COUNT(*) FROM objects WHERE retracted <> ''"), 1);
  EXPECT_EQ(statements_of(binh_, "duty", "retract"), 1u) << "the other names what is not for him";
  EXPECT_EQ(statements_of(binh_, "analyst", "retract"), 2u);
  EXPECT_EQ(statements_of(an_, "analyst", "retract"), 0u);
}

TEST_F(Readers, CannotBeAddedByWhoeverReceivedIt) {
  ASSERT_TRUE(
      publish(an_.context(), request_for(an_.import({"198.51.100.7"}, stix::Tlp::Red), {{binh_.id(), "analyst"}})));
  ASSERT_TRUE(publish(an_.context(), request_for(an_.import({"198.51.100.8"}), {})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(reads(binh_, "analyst", "198.51.100.7"));
  PublishRequest request =
      request_for({binh_.item_of("198.51.100.7").item, binh_.item_of("198.51.100.8").item}, {{chi_.id(), "analyst"}});
  request.tlp = stix::Tlp::Red;
  const auto seen = preview(binh_.context(), request);
  ASSERT_TRUE(seen);
  for (const PlannedRecipient& recipient : seen->recipients) EXPECT_EQ(recipient.permitted, 0);
  EXPECT_EQ(publish(binh_.context(), request).error().id, "publish.nothing");
}

TEST_F(Readers, OfPartiesThatAreNoPeersOrTooManyAreRefused) {
  const auto items = binh_.import({"198.51.100.7"}, stix::Tlp::Red);
  const auto error_of = [&](std::set<trust::Person> readers) {
    const auto plan = preview(binh_.context(), request_for(items, std::move(readers)));
    return plan ? "" : plan.error().id;
  };
  EXPECT_EQ(error_of({{binh_.id(), "duty"}}), "publish.reader_of_no_peer");
  EXPECT_EQ(error_of({{*trust::PartyId::parse(std::string(52, 'a')), "duty"}}), "publish.reader_of_no_peer");
  std::set<trust::Person> many;
  for (std::size_t i = 0; i <= exchange::kMaxReaders; ++i) many.insert({an_.id(), "reader" + std::to_string(i)});
  EXPECT_EQ(error_of(many), "publish.too_many_readers");
  many.erase(many.begin());
  EXPECT_EQ(error_of(many), "");
}

// Whom it was meant for stands in no signed statement, so a restored node does not learn it again.
TEST_F(Readers, OfWhatComesBackAfterARestoreAreNobodyAtItsAuthor) {
  ASSERT_TRUE(
      publish(chi_.context(), request_for(chi_.import({"198.51.100.7"}, stix::Tlp::Red), {{binh_.id(), "duty"}})));
  ASSERT_TRUE(settle());
  Node restored = restored_chi();
  for (int round = 0; round < 5; ++round) {
    hand_over(restored, binh_);
    hand_over(binh_, restored);
  }
  EXPECT_FALSE(restored.get([](store::Transaction& tx) { return exchange::is_recovering(tx); }));
  EXPECT_EQ(restored.count("SELECT COUNT(*) FROM statements WHERE kind = 'intel'"), 1);
  for (const char* account : {"analyst", "duty", "linh"}) EXPECT_FALSE(reads(restored, account, "198.51.100.7"));
  EXPECT_TRUE(reads(binh_, "duty", "198.51.100.7"));
  EXPECT_EQ(hand_over(restored, binh_), Handed::Nothing);
}

TEST_F(Readers, OfAnAlertAreNamedAsThoseOfItems) {
  binh_.import({"198.51.100.7"});
  binh_.mark_critical("10.1.4.20");
  const auto alert = must(binh_.see("198.51.100.7", "10.1.4.20")).alerts.at(0);
  ASSERT_TRUE(settle());  // it has gone to both by itself, to be read by all
  PublishRequest request;
  request.alert = alert;
  request.tlp = stix::Tlp::Red;
  request.by = kDuty;
  EXPECT_EQ(publish(binh_.context(), request).error().id, "publish.nothing") << "nobody is named";
  request.readers = {{an_.id(), "duty"}};
  const std::size_t before = an_.all_alerts().size();
  ASSERT_TRUE(publish(binh_.context(), request));
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.all_alerts().size(), before + 1) << "as the duty officer reads it";
  EXPECT_EQ(statements_of(an_, "analyst", "alert") + 1, statements_of(an_, "duty", "alert"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
