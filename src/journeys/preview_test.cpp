// What the preview shows is what publishing sends, object by object.
#include "core/trust/agreements.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Preview : public Three {
 protected:
  static PublishRequest request_for(std::vector<intel::ItemId> items) {
    PublishRequest request;
    request.items = std::move(items);
    request.by = kAnalyst;
    return request;
  }
  static PlannedRecipient plan_for(Node& node, const PublishRequest& request, const Node& peer) {
    PlannedRecipient out;
    for (const PlannedRecipient& recipient : must(preview(node.context(), request)).recipients)
      if (recipient.party == peer.id()) {
        out.permitted += recipient.permitted;
        out.along += recipient.along;
        for (const RefusedCount& refused : recipient.refused) out.refused.push_back(refused);
      }
    return out;
  }
  /// Objects in the statements that have arrived.
  static std::int64_t arrived(Node& node) {
    return node.count("SELECT COALESCE(SUM(objects), 0) FROM statements WHERE sender <> '" + node.id().text() + "'");
  }
  /// Publishes, and expects that as many objects arrive as the preview says; how many.
  std::int64_t send(Node& from, const PublishRequest& request, Node& to) {
    const std::int64_t shown = plan_for(from, request, to).permitted, before = arrived(to);
    const auto made = publish(from.context(), request);
    EXPECT_EQ(made.has_value(), shown > 0);
    EXPECT_TRUE(settle());
    EXPECT_EQ(arrived(to) - before, shown);
    return shown;
  }
  std::vector<intel::ItemId> at_binh(const std::vector<std::string>& values) {
    std::vector<intel::ItemId> out;
    for (const std::string& value : values) out.push_back(binh_.item_of(value).item);
    return out;
  }
};

TEST_F(Preview, CountsWhatComesAlongInAStatementOfOthers) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.1", "198.51.100.2", "198.51.100.3"})));
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.4", "198.51.100.5"})));
  ASSERT_TRUE(settle());
  PublishRequest request = request_for(at_binh({"198.51.100.1", "198.51.100.2", "198.51.100.4"}));
  for (const auto item : binh_.import({"203.0.113.1"})) request.items.push_back(item);
  for (const auto item : binh_.import({"203.0.113.2"}, stix::Tlp::AmberStrict)) request.items.push_back(item);
  request.items.push_back(request.items.front());  // chosen twice is chosen once

  const PublishPlan plan = must(preview(binh_.context(), request));
  EXPECT_EQ(plan.objects, 5);
  const PlannedRecipient chi = plan_for(binh_, request, chi_);
  EXPECT_EQ(chi.permitted, 6) << "three and two of An's, one of ours";
  EXPECT_EQ(chi.along, 2);
  ASSERT_THAT(chi.refused, SizeIs(1));
  EXPECT_EQ(chi.refused[0].reason, "release.above_tlp_ceiling");
  EXPECT_EQ(chi.refused[0].count, 1);
  const PlannedRecipient an = plan_for(binh_, request, an_);
  EXPECT_EQ(an.permitted, 1);
  ASSERT_THAT(an.refused, SizeIs(2)) << "every reason, not the first alone";
  EXPECT_EQ(an.refused[0].reason, "release.is_the_source");
  EXPECT_EQ(an.refused[0].count, 3);
  EXPECT_EQ(send(binh_, request, chi_), 6);
}

TEST_F(Preview, SaysWhatHasBeenSentAlready) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.1", "198.51.100.2"})));
  ASSERT_TRUE(settle());
  EXPECT_EQ(send(binh_, request_for(at_binh({"198.51.100.1"})), chi_), 2);
  const PublishRequest again = request_for(at_binh({"198.51.100.2"}));
  const PlannedRecipient chi = plan_for(binh_, again, chi_);
  ASSERT_THAT(chi.refused, SizeIs(1));
  EXPECT_EQ(chi.refused[0].reason, "release.already_sent");
  EXPECT_EQ(send(binh_, again, chi_), 0);
}

// An object that marks itself more narrowly than its statement holds the whole statement back: it could not be left
// out.
TEST_F(Preview, HoldsAStatementBackBecauseOfItsNarrowestObject) {
  const auto open = an_.import({"198.51.100.1", "198.51.100.2"});
  ASSERT_TRUE(an_.publish(open));
  ASSERT_TRUE(settle());
  binh_.get([&](store::Transaction& tx) -> Result<int> {  // as an object with a marking of its own is kept
    const intel::ItemId item = TRY(tx.integer("SELECT item FROM objects WHERE value = '198.51.100.2'")).value_or(0);
    trust::Label label = TRY(trust::label(tx, TRY(intel::label_of(tx, item))));
    label.tlp = stix::Tlp::AmberStrict;
    TRY_VOID(intel::relabel(tx, item, TRY(trust::intern(tx, label))));
    return 0;
  });
  const PublishRequest request = request_for(at_binh({"198.51.100.1"}));
  const PlannedRecipient chi = plan_for(binh_, request, chi_);
  ASSERT_THAT(chi.refused, SizeIs(1));
  EXPECT_EQ(chi.refused[0].reason, "release.above_tlp_ceiling");
  EXPECT_EQ(send(binh_, request, chi_), 0);
}

// One item came in two statements, a narrow one first: it goes on in the one that may go.
TEST_F(Preview, ChoosesTheStatementThatMayGo) {
  const auto items = an_.import({"198.51.100.1", "198.51.100.2"});
  PublishRequest narrow = request_for({items[0]});
  narrow.onward = trust::Onward::None;
  ASSERT_TRUE(publish(an_.context(), narrow));
  ASSERT_TRUE(settle());
  EXPECT_EQ(send(binh_, request_for(at_binh({"198.51.100.1"})), chi_), 0);
  PublishRequest wide = request_for(items);
  wide.onward = trust::Onward::Free;
  ASSERT_TRUE(publish(an_.context(), wide));
  ASSERT_TRUE(settle());
  EXPECT_EQ(send(binh_, request_for(at_binh({"198.51.100.1"})), chi_), 2);
}

// Under one agreement of all three, An's words do not go back to An, although they go to Chi.
TEST_F(Preview, LeavesTheAuthorOutOfAnAgreementOfAll) {
  trust::Agreement draft;
  draft.parties = {an_.id(), chi_.id()};
  draft.terms = terms("Between all three");
  meet(an_, chi_);
  const auto all = [&] {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [from, to] :
           {std::pair{&an_, &chi_}, {&chi_, &an_}, {&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}}) {
        const Handed handed = hand_over(*from, *to);
        EXPECT_NE(handed, Handed::Refused) << last_refusal_;
        moved = handed != Handed::Nothing || moved;
      }
    }
  };
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.1"}), with_an_));
  all();
  const auto of_all = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
  all();
  for (Node* node : {&an_, &binh_, &chi_}) {
    const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
    for (const auto& person : own.descriptor.signatories) ASSERT_TRUE(approve(*node, of_all, person.name, kPassword));
  }
  all();
  PublishRequest request = request_for(at_binh({"198.51.100.1"}));
  request.agreement = of_all;
  const PlannedRecipient an = plan_for(binh_, request, an_), chi = plan_for(binh_, request, chi_);
  EXPECT_EQ(an.permitted, 0);
  EXPECT_EQ(chi.permitted, 1);
  const std::int64_t before_an = arrived(an_), before_chi = arrived(chi_);
  ASSERT_TRUE(publish(binh_.context(), request));
  all();
  EXPECT_EQ(arrived(an_), before_an);
  EXPECT_EQ(arrived(chi_), before_chi + 1);
}

TEST_F(Preview, RefusesWhatDoesNotExistByItsName) {
  const auto refusal = [&](const PublishRequest& request) {
    const auto shown = preview(an_.context(), request);
    const auto made = publish(an_.context(), request);
    if (shown || made) return std::string("not refused");
    EXPECT_EQ(shown.error().id, made.error().id);
    return made.error().id + " " + made.error().args.at(0);
  };
  const std::vector<intel::ItemId> items = an_.import({"198.51.100.1"});
  PublishRequest request = request_for({items.front(), 99999});
  EXPECT_EQ(refusal(request), "intel.not_found 99999");
  request = request_for({});
  request.import_id = 999;
  EXPECT_EQ(refusal(request), "intel.no_import 999");
  request = request_for(items);
  request.agreement = "zzz";
  EXPECT_EQ(refusal(request), "agreement.unknown zzz");
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM statements WHERE kind = 'intel'"), 0);
}

TEST_F(Preview, RefusesAnItemThatThePersonMayNotSeeAsOneThatIsNotThere) {
  const auto red = an_.import({"198.51.100.1"}, stix::Tlp::Red);
  PublishRequest request = request_for(red);
  request.by.account = "nobody-named";
  EXPECT_EQ(preview(an_.context(), request).error().id, "intel.not_found");
}

}  // namespace
}  // namespace tocsin::journeys::testing
