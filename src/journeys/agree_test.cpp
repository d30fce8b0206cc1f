// Who may change an agreement, who may end it, and what exactly is signed.
#include "core/exchange/recover.h"
#include "core/exchange/retractions.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Agreements : public Three {
 protected:
  trust::StoredAgreement latest(Node& node, const trust::AgreementId& id) {
    return node.get([&](store::Transaction& tx) { return trust::latest_agreement(tx, id); });
  }
  trust::AgreementState state(Node& node, const trust::AgreementId& id) { return latest(node, id).state(clock_.now()); }
  /// What a party may send as a proposal: any document at all.
  static exchange::Statement proposal(const trust::Agreement& agreement) {
    exchange::Statement out;
    out.kind = "agreement";
    out.body = json::Object{{"document", trust::write_agreement(agreement)}, {"approvals", json::Array{}}};
    return out;
  }
  static exchange::Statement withdrawal(const trust::AgreementId& id) {
    exchange::Statement out;
    out.kind = "withdraw";
    out.body = json::Object{{"agreement", id}};
    return out;
  }
  static trust::Agreement next_version(trust::Agreement agreement, std::vector<trust::PartyId> parties) {
    std::sort(parties.begin(), parties.end());
    agreement.parties = std::move(parties);
    ++agreement.version;
    return agreement;
  }
};

TEST_F(Agreements, OfOtherPartiesCannotBeTakenOver) {
  // Chi is a verified peer of Binh and has learnt the id of what Binh and An have agreed: statements name it.
  const auto forged = next_version(latest(binh_, with_an_).agreement, {binh_.id(), chi_.id()});
  say(chi_, proposal(forged), "", binh_);
  ASSERT_EQ(hand_over(chi_, binh_), Handed::Taken);
  EXPECT_EQ(latest(binh_, with_an_).agreement.version, 1u);
  EXPECT_TRUE(latest(binh_, with_an_).agreement.has(an_.id()));
  say(chi_, withdrawal(with_an_), "", binh_);
  ASSERT_EQ(hand_over(chi_, binh_), Handed::Taken);
  EXPECT_EQ(state(binh_, with_an_), trust::AgreementState::InForce);
}

TEST_F(Agreements, ThatTheLastSignatureBringsIntoForceCoverWhatFollowsItAtOnce) {
  trust::Agreement draft;
  draft.parties = {an_.id()};
  draft.terms = terms("Signed last by who has something to say");
  const auto id = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
  ASSERT_TRUE(settle());
  for (Node* node : {&an_, &binh_}) {
    const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
    for (const auto& person : own.descriptor.signatories) must(approve(*node, id, person.name));
    if (node == &an_) settle();
  }
  ASSERT_EQ(state(binh_, id), trust::AgreementState::InForce);
  ASSERT_EQ(state(an_, id), trust::AgreementState::Waiting) << "An has not heard";
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), id));
  ASSERT_TRUE(settle());
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.7"));
}

TEST_F(Agreements, OfAfterTheBackupComeBackToARestoredNodeWithWhatWentUnderThem) {
  const auto later = agree(binh_, chi_, terms("After the backup"));
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), later));
  ASSERT_TRUE(settle());
  ASSERT_THAT(chi_.matches(), ElementsAre("198.51.100.7"));
  Node restored = restored_chi();
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.8"}), later));
  for (int round = 0; round < 8; ++round) {
    hand_over(restored, binh_);
    hand_over(binh_, restored);
    clock_.advance(base::seconds(2));
  }
  EXPECT_EQ(state(restored, later), trust::AgreementState::InForce);
  EXPECT_THAT(restored.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_FALSE(restored.get([](store::Transaction& tx) { return exchange::is_recovering(tx); }));
}

TEST_F(Agreements, ThatSendNoAlertsByThemselvesAnyMoreSendNone) {
  trust::Agreement narrower = latest(binh_, with_an_).agreement;
  narrower.terms.automatic = {};
  ASSERT_TRUE(propose(binh_.context(), narrower, kAnalyst));
  ASSERT_TRUE(settle());
  for (Node* node : {&an_, &binh_}) {
    const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
    for (const auto& person : own.descriptor.signatories) must(approve(*node, with_an_, person.name));
    ASSERT_TRUE(settle());
  }
  ASSERT_EQ(latest(binh_, with_an_).agreement.version, 2u);
  ASSERT_EQ(state(binh_, with_an_), trust::AgreementState::InForce);
  binh_.import({"198.51.100.7"});
  binh_.mark_critical("10.1.4.20");
  ASSERT_TRUE(binh_.see("198.51.100.7", "10.1.4.20"));
  ASSERT_TRUE(settle());
  ASSERT_EQ(binh_.all_alerts().size(), 1u);
  EXPECT_THAT(an_.all_alerts(), IsEmpty());
  EXPECT_EQ(chi_.all_alerts().size(), 1u) << "the other agreement still does";
}

TEST_F(Agreements, CannotBeForestalledByWhoeverHasLearntTheirId) {
  trust::Agreement ours = latest(binh_, with_an_).agreement;
  trust::bind_id(ours);  // An's next proposal, which Binh has not had yet
  trust::Agreement forged = ours;
  forged.parties = {binh_.id(), chi_.id()};
  std::sort(forged.parties.begin(), forged.parties.end());
  const auto kept = [&] { return binh_.count("SELECT COUNT(*) FROM agreements WHERE agreement = '" + ours.id + "'"); };
  trust::Agreement without_nonce = forged;
  without_nonce.nonce.clear();
  for (const auto& document : {forged, without_nonce}) {
    say(chi_, proposal(document), "", binh_);
    ASSERT_EQ(hand_over(chi_, binh_), Handed::Taken);
    EXPECT_EQ(kept(), 0);
  }
  say(an_, proposal(ours), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(kept(), 1);
}

TEST_F(Agreements, KeepTheirPartiesInEveryVersion) {
  for (const auto& parties : {std::vector{an_.id(), binh_.id(), chi_.id()}, std::vector{an_.id(), chi_.id()}}) {
    const auto other = next_version(latest(binh_, with_an_).agreement, parties);
    say(an_, proposal(other), "", binh_);
    ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
    EXPECT_EQ(latest(binh_, with_an_).agreement.version, 1u);
  }
  trust::Agreement ours = latest(binh_, with_an_).agreement;
  ours.parties.push_back(chi_.id());
  EXPECT_EQ(propose(binh_.context(), ours, kAnalyst).error().id, "agreement.other_parties");
  ours.parties.pop_back();
  const auto amended = propose(binh_.context(), ours, kAnalyst);
  ASSERT_TRUE(amended);
  EXPECT_EQ(amended->agreement.version, 2u);
  ASSERT_TRUE(settle());
  EXPECT_EQ(state(an_, with_an_), trust::AgreementState::Proposed);
  EXPECT_TRUE(an_.get([&](store::Transaction& tx) { return trust::in_force(tx, with_an_, clock_.now()); }))
      << "until both have signed the next version, the one before governs";
}

/// Binh proposes to An and Chi, who have never met.
class AgreementsOfThree : public Agreements {
 protected:
  AgreementsOfThree() {
    trust::Agreement draft;
    draft.parties = {an_.id(), chi_.id()};
    draft.terms = terms("Early warning of three");
    of_three_ = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
    CHECK(settle());
  }
  void everybody_signs() {
    for (Node* node : {&an_, &binh_, &chi_}) {
      const auto own = node->get([](store::Transaction& tx) { return trust::own_party(tx); });
      for (const auto& person : own.descriptor.signatories) must(approve(*node, of_three_, person.name));
    }
    ASSERT_TRUE(settle());
  }
  std::vector<trust::PartyId> unpeered(Node& node) {
    return node.get([&](store::Transaction& tx) -> Result<std::vector<trust::PartyId>> {
      return trust::unpeered(tx, TRY(trust::latest_agreement(tx, of_three_)));
    });
  }
  /// An and Chi, too.
  bool settle_all() {
    for (int round = 0; round < 30; ++round) {
      if (!settle()) return false;
      const Handed there = hand_over(an_, chi_), back = hand_over(chi_, an_);
      if (there == Handed::Nothing && back == Handed::Nothing) return true;
    }
    return false;
  }

  trust::AgreementId of_three_;
};

TEST_F(AgreementsOfThree, NameThePartiesThatAreNoPeersHere) {
  EXPECT_EQ(state(an_, of_three_), trust::AgreementState::Proposed) << "kept, although An does not know Chi";
  EXPECT_THAT(unpeered(an_), ElementsAre(chi_.id()));
  EXPECT_THAT(unpeered(chi_), ElementsAre(an_.id()));
  EXPECT_THAT(unpeered(binh_), IsEmpty());
  meet(an_, chi_);
  EXPECT_THAT(unpeered(an_), IsEmpty());
  must(an_.db().write([&](store::Transaction& tx) { return trust::suspend(tx, chi_.id()); }));
  EXPECT_THAT(unpeered(an_), ElementsAre(chi_.id())) << "whom it trusts no more";
}

TEST_F(AgreementsOfThree, InForceAtOneAlreadyKeepNothingElseFromTheOther) {
  everybody_signs();
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), with_an_));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.9"}), of_three_));
  settle();  // An does not take it: it has not heard Chi
  EXPECT_THAT(binh_.ledger(an_), Contains("out sent intel"));
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.8"}), with_an_));
  ASSERT_TRUE(binh_.retract(binh_.item_of("198.51.100.7").item));
  settle();
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.8")) << "what is retracted and what is under another agreement";
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NULL"), 0);
  const trust::Party an = binh_.get([&](store::Transaction& tx) { return trust::party(tx, an_.id()); });
  const auto late =
      binh_.get([&](store::Transaction& tx) { return exchange::why_late(tx, an, binh_.context().self, clock_.now()); });
  ASSERT_TRUE(late);
  EXPECT_EQ(late->id, "delivery.no_agreement");
  meet(an_, chi_);
  ASSERT_TRUE(settle_all());
  clock_.advance(base::minutes(2));
  ASSERT_TRUE(settle_all());
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.8", "198.51.100.9"));
}

TEST_F(AgreementsOfThree, ComeIntoForceWhenThePartiesPeerAfterAllHaveSigned) {
  everybody_signs();
  EXPECT_EQ(state(binh_, of_three_), trust::AgreementState::InForce);
  EXPECT_EQ(state(an_, of_three_), trust::AgreementState::Waiting) << "An has not heard Chi";
  EXPECT_EQ(state(chi_, of_three_), trust::AgreementState::Waiting);
  meet(an_, chi_);
  ASSERT_TRUE(settle_all());
  for (Node* node : {&an_, &binh_, &chi_}) EXPECT_EQ(state(*node, of_three_), trust::AgreementState::InForce);
}

/// All three are peers, and the agreement is in force.
class Leaving : public AgreementsOfThree {
 protected:
  Leaving() {
    meet(an_, chi_);
    everybody_signs();
    CHECK(settle_all());
  }
  std::vector<std::string> states() {
    std::vector<std::string> out;
    for (Node* node : {&an_, &binh_, &chi_}) out.emplace_back(trust::name(state(*node, of_three_)));
    return out;
  }
};

TEST_F(Leaving, IsOfOnePartyAndTheOthersGoOn) {
  const auto given = binh_.import({"198.51.100.7"});
  ASSERT_TRUE(binh_.publish(given, of_three_));
  ASSERT_TRUE(settle_all());
  ASSERT_THAT(an_.matches(), ElementsAre("198.51.100.7"));
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  ASSERT_TRUE(settle_all());
  EXPECT_THAT(states(), ElementsAre("withdrawn", "in_force", "in_force"));
  EXPECT_EQ(latest(binh_, of_three_).departures.at(0).party, an_.id());

  const auto plan = binh_.publish(binh_.import({"198.51.100.8"}), of_three_);
  ASSERT_TRUE(plan);
  ASSERT_THAT(plan->recipients, ::testing::SizeIs(2));
  for (const PlannedRecipient& recipient : plan->recipients) {
    EXPECT_EQ(recipient.permitted, recipient.party == chi_.id() ? 1 : 0);
    if (recipient.party != an_.id()) continue;
    ASSERT_THAT(recipient.refused, ::testing::SizeIs(1));
    EXPECT_EQ(recipient.refused[0].reason, "release.has_left");
  }
  ASSERT_TRUE(settle_all());
  EXPECT_THAT(chi_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.7"));
  EXPECT_EQ(an_.publish(an_.import({"198.51.100.9"}), of_three_).error().id, "publish.nothing");
  // An, hostile, goes on as if nothing were: its own node would not.
  an_.sql("DELETE FROM agreement_departures");
  ASSERT_TRUE(an_.publish({an_.item_of("198.51.100.9").item}, of_three_));
  expect_refused(an_, chi_, "delivery.no_agreement");

  ASSERT_TRUE(binh_.retract(given.at(0)));
  ASSERT_NE(hand_over(binh_, an_), Handed::Nothing);
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.9")) << "what was given to it is retracted there, too";
}

TEST_F(Leaving, OutlastsLaterVersions) {
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  ASSERT_TRUE(settle_all());
  trust::Agreement next = latest(binh_, of_three_).agreement;
  EXPECT_EQ(propose(an_.context(), next, kAnalyst).error().id, "agreement.over");
  ASSERT_TRUE(propose(binh_.context(), next, kAnalyst));
  ASSERT_TRUE(settle_all());
  EXPECT_EQ(latest(an_, of_three_).agreement.version, 1u) << "nothing is sent to it";
  for (const auto& [node, person] : {std::pair{&binh_, "linh"}, {&binh_, "minh"}, {&chi_, "linh"}})
    ASSERT_TRUE(approve(*node, of_three_, person));
  ASSERT_TRUE(settle_all());
  EXPECT_EQ(latest(chi_, of_three_).agreement.version, 2u);
  EXPECT_THAT(states(), ElementsAre("withdrawn", "in_force", "in_force")) << "nobody waits for who has left";
  EXPECT_THAT(binh_.get([&](store::Transaction& tx) {
    return trust::in_force_between(tx, binh_.id(), an_.id(), clock_.now());
  }),
              ::testing::SizeIs(1))
      << "only that of the two";
  ++next.version;
  ++next.version;
  say(an_, proposal(next), "", chi_);
  ASSERT_EQ(hand_over(an_, chi_), Handed::Taken);
  EXPECT_EQ(latest(chi_, of_three_).agreement.version, 2u) << "who has left proposes nothing";
}

TEST_F(Leaving, OfTheLastButOneEndsIt) {
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  ASSERT_TRUE(leave(chi_, of_three_, "linh"));
  ASSERT_TRUE(settle_all());
  EXPECT_THAT(states(), ElementsAre("withdrawn", "withdrawn", "withdrawn"));
  EXPECT_EQ(leave(binh_, of_three_, "linh").error().id, "agreement.already_withdrawn");
  EXPECT_EQ(propose(binh_.context(), latest(binh_, of_three_).agreement, kAnalyst).error().id, "agreement.over");
}

TEST_F(Leaving, SendsNoSightingsToWhoHasLeft) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"}), of_three_));
  ASSERT_TRUE(settle_all());
  ASSERT_TRUE(leave(an_, of_three_, "linh"));
  ASSERT_TRUE(settle_all());
  must(chi_.see("198.51.100.7", "10.1.4.20"));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM statements WHERE kind = 'sighting'"), 0);
}

TEST_F(AgreementsOfThree, GoAheadWithoutAPartyThatDeclinesInWhateverOrderTheyHearOfIt) {
  meet(an_, chi_);
  for (const auto& [node, person] : {std::pair{&an_, "linh"}, {&an_, "minh"}, {&binh_, "linh"}, {&binh_, "minh"}})
    ASSERT_TRUE(approve(*node, of_three_, person));
  ASSERT_TRUE(leave(chi_, of_three_, "linh"));
  ASSERT_EQ(hand_over(chi_, an_), Handed::Taken) << "An hears of it before, Binh after the other's signature";
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(state(an_, of_three_), trust::AgreementState::Waiting);
  EXPECT_EQ(state(binh_, of_three_), trust::AgreementState::Waiting);
  ASSERT_TRUE(settle_all());
  EXPECT_EQ(state(an_, of_three_), trust::AgreementState::InForce);
  EXPECT_EQ(state(binh_, of_three_), trust::AgreementState::InForce);
}

TEST_F(AgreementsOfThree, GoAheadWithoutAPartyThatDeclinesBeforeOthersHaveHeardOfThem) {
  meet(an_, chi_);
  trust::Agreement draft;
  draft.parties = {an_.id(), chi_.id()};
  draft.terms = terms("An was away");
  const auto id = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
  ASSERT_EQ(hand_over(binh_, chi_), Handed::Taken);
  ASSERT_TRUE(leave(chi_, id, "linh"));
  ASSERT_EQ(hand_over(chi_, an_), Handed::Taken);
  EXPECT_THAT(an_.ledger(chi_), Contains("in received withdraw"));
  ASSERT_TRUE(settle_all());
  for (const auto& [node, person] : {std::pair{&an_, "linh"}, {&an_, "minh"}, {&binh_, "linh"}, {&binh_, "minh"}})
    ASSERT_TRUE(approve(*node, id, person));
  ASSERT_TRUE(settle_all());
  for (Node* node : {&an_, &binh_}) EXPECT_EQ(state(*node, id), trust::AgreementState::InForce);
}

TEST_F(AgreementsOfThree, AreNotLeftByWhoIsNoPartyHoweverEarlyItSpeaks) {
  trust::Agreement ours = latest(binh_, with_an_).agreement;
  trust::bind_id(ours);
  say(chi_, withdrawal(ours.id), "", binh_);
  ASSERT_EQ(hand_over(chi_, binh_), Handed::Taken);
  say(an_, proposal(ours), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(state(binh_, ours.id), trust::AgreementState::Proposed);
  EXPECT_THAT(latest(binh_, ours.id).departures, IsEmpty());
}

TEST_F(Agreements, UnknownHereAreLeftByAPeerAHundredTimesAndNoMore) {
  trust::Agreement next = latest(binh_, with_an_).agreement;
  const auto leave_unknown = [&] {
    trust::bind_id(next);
    say(an_, withdrawal(next.id), "", binh_);
    return hand_over(an_, binh_);
  };
  for (int i = 0; i < 100; ++i) ASSERT_EQ(leave_unknown(), Handed::Taken) << i;
  const trust::Agreement last_taken = next;
  say(an_, withdrawal(next.id), "", binh_);
  EXPECT_EQ(hand_over(an_, binh_), Handed::Taken) << "said twice is kept once";
  ASSERT_EQ(leave_unknown(), Handed::Refused);
  EXPECT_EQ(last_refusal_, "agreement.too_many_departures");
  EXPECT_THAT(an_.ledger(binh_), Contains("out refused withdraw agreement.too_many_departures"));
  say(chi_, withdrawal(next.id), "", binh_);
  EXPECT_EQ(hand_over(chi_, binh_), Handed::Taken) << "each peer has its own";
  say(an_, proposal(last_taken), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM agreements WHERE agreement = '" + last_taken.id + "'"), 0)
      << "who has left proposes nothing";
}

TEST_F(Agreements, ThatWeDeclinedAreNotOpenAgainWhenTheyAreSentAgain) {
  trust::Agreement next = latest(binh_, with_an_).agreement;
  next.version = 1;
  trust::bind_id(next);
  const trust::Agreement declined = next;
  say(an_, proposal(declined), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  ASSERT_TRUE(leave(binh_, declined.id, "linh"));
  ASSERT_TRUE(settle());
  const auto kept = [&] {
    return binh_.count("SELECT COUNT(*) FROM agreements WHERE agreement = '" + declined.id + "'");
  };
  trust::bind_id(next);
  say(an_, proposal(next), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  ASSERT_EQ(kept(), 0) << "forgotten when the next one came";
  say(an_, proposal(declined), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(kept(), 0);
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) -> Result<std::string> {
    const auto again = trust::keep_agreement(tx, declined, an_.id(), clock_.now());
    return again ? "kept" : again.error().id;
  }),
            "agreement.over");
}

TEST_F(Agreements, ThatARestoredNodeHadDeclinedStayDeclinedAndAllTheirPartiesAreTold) {
  meet(an_, chi_);
  trust::Agreement draft;
  draft.parties = {an_.id(), chi_.id()};
  draft.terms = terms("Declined and forgotten");
  const auto id = must(propose(binh_.context(), draft, kAnalyst)).agreement.id;
  ASSERT_TRUE(settle());
  ASSERT_TRUE(leave(chi_, id, "linh"));
  ASSERT_EQ(hand_over(chi_, binh_), Handed::Taken) << "and An has not heard";
  Node restored = restored_chi();
  meet(an_, restored);
  for (int round = 0; round < 6; ++round) {
    hand_over(restored, binh_);
    hand_over(binh_, restored);
    hand_over(restored, an_);
    hand_over(an_, restored);
  }
  EXPECT_TRUE(restored.get([&](store::Transaction& tx) { return trust::departure(tx, id, chi_.id()); }));
  EXPECT_EQ(restored.count("SELECT COUNT(*) FROM agreements WHERE agreement = '" + id + "'"), 0)
      << "nobody is asked again to sign it";
  ASSERT_THAT(latest(an_, id).departures, ::testing::SizeIs(1));
  EXPECT_EQ(latest(an_, id).departures[0].party, chi_.id());
}

TEST_F(Agreements, AreLeftByASignatoryWithThePasswordOnly) {
  const auto audited = [&] {
    return an_.count("SELECT COUNT(*) FROM people_audit WHERE action = 'agreement_withdraw' AND outcome <> 'ok'");
  };
  EXPECT_EQ(leave(an_, with_an_, "linh", "a wrong guess").error().id, "people.wrong_login");
  EXPECT_EQ(leave(an_, with_an_, "analyst").error().id, "people.not_signatory");
  EXPECT_EQ(audited(), 2);
  for (int guess = 0; guess < 9; ++guess) EXPECT_FALSE(leave(an_, with_an_, "linh", "a wrong guess"));
  EXPECT_EQ(leave(an_, with_an_, "linh").error().id, "people.too_many_attempts") << "as at log-in";
  EXPECT_EQ(state(an_, with_an_), trust::AgreementState::InForce);
  EXPECT_TRUE(leave(an_, with_an_, "minh")) << "one other signatory is enough";
}

TEST_F(Agreements, AreProposedToVerifiedPeersOnly) {
  trust::Agreement draft;
  draft.parties = {chi_.id()};
  draft.terms = terms("Too early");
  EXPECT_EQ(propose(an_.context(), draft, kAnalyst).error().id, "agreement.unknown_party");
  must(accept_invitation(an_.context(),
                         {chi_.get([](store::Transaction& tx) { return invitation(tx); }), "", kAnalyst}));
  EXPECT_EQ(propose(an_.context(), draft, kAnalyst).error().id, "agreement.unverified_party");
}

TEST_F(Agreements, AreSignedAsTheyWereShownOrNotAtAll) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("Shown");
  const auto shown = propose(an_.context(), draft, kAnalyst);
  ASSERT_TRUE(shown);
  ASSERT_TRUE(settle());
  // While Minh reads, Binh proposes other terms under the same id.
  trust::Agreement other = shown->agreement;
  other.terms.tlp = stix::Tlp::Red;
  ASSERT_TRUE(propose(binh_.context(), other, kAnalyst));
  ASSERT_TRUE(settle());
  const auto& id = shown->agreement.id;
  const auto refused = journeys::approve(
      an_.context(), {id, shown->digest, {{"minh", "console"}, std::string(kPassword), "", "192.0.2.1"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "agreement.other_version_shown");
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_THAT(latest(an_, id).approvals, IsEmpty());
  const auto read_again = approve(an_, id, "minh");
  ASSERT_TRUE(read_again);
  EXPECT_EQ(read_again->approvals.size(), 1u);
}

TEST_F(Agreements, WithRedactionsAreNeitherProposedNorSigned) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("Without sources");
  draft.terms.redactions = {"x_source"};
  EXPECT_EQ(propose(an_.context(), draft, kAnalyst).error().id, "agreement.redactions_not_applied");
  // A node that knows better may propose it: here it can be read, and not be signed.
  draft.parties = {an_.id(), binh_.id()};
  std::sort(draft.parties.begin(), draft.parties.end());
  trust::bind_id(draft);
  say(an_, proposal(draft), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(state(binh_, draft.id), trust::AgreementState::Proposed);
  EXPECT_EQ(approve(binh_, draft.id, "minh").error().id, "agreement.redactions_not_applied");
}

TEST_F(Agreements, OfTwoThatWeLeaveStopContentBothWaysAtOnceAndKeepTheDutyToRetract) {
  const auto given = an_.import({"198.51.100.7"});
  ASSERT_TRUE(an_.publish(given));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  ASSERT_NE(records(an_, binh_), "") << "one more is sealed and has not left";
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.9"}), with_an_));
  const std::string on_its_way = records(binh_, an_);

  const auto ended = leave(an_, with_an_, "linh");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->state(clock_.now()), trust::AgreementState::Withdrawn);
  EXPECT_EQ(leave(an_, with_an_, "linh").error().id, "agreement.already_withdrawn");
  expect_refused_records(binh_, an_, on_its_way, "delivery.no_agreement");
  EXPECT_EQ(an_.publish(an_.import({"198.51.100.10"})).error().id, "publish.nothing");
  ASSERT_TRUE(settle());
  EXPECT_EQ(state(binh_, with_an_), trust::AgreementState::Withdrawn);
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.9")) << "what was sealed has not left";
  EXPECT_EQ(binh_.publish(binh_.import({"198.51.100.11"}), with_an_).error().id, "publish.nothing");
  EXPECT_EQ(state(binh_, with_chi_), trust::AgreementState::InForce) << "the other agreement stands";

  ASSERT_TRUE(an_.retract(given.at(0)));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.11", "198.51.100.9"));
  EXPECT_THAT(an_.ledger(binh_), Contains("in received ack")) << "and the peer confirms it";
}

TEST_F(Agreements, ProposedWithoutEndAreRefusedWithAReason) {
  trust::Agreement draft = latest(binh_, with_an_).agreement;
  draft.version = 1;
  const auto offer = [&] {
    trust::bind_id(draft);
    say(an_, proposal(draft), "", binh_);
    return hand_over(an_, binh_);
  };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(offer(), Handed::Taken) << i;
  ASSERT_EQ(offer(), Handed::Refused);
  EXPECT_EQ(last_refusal_, "agreement.too_many_open");
  EXPECT_THAT(an_.ledger(binh_), Contains("out refused agreement agreement.too_many_open"));
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7")) << "everything else goes on";

  const auto first = binh_.get([&](store::Transaction& tx) { return trust::agreements(tx); });
  for (const auto& stored : first)
    if (stored.state(clock_.now()) == trust::AgreementState::Proposed) {
      say(an_, withdrawal(stored.agreement.id), "", binh_);
      break;
    }
  ASSERT_TRUE(settle());
  EXPECT_EQ(offer(), Handed::Taken) << "one was withdrawn";
  EXPECT_EQ(offer(), Handed::Refused);
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM agreements WHERE proposed_by = '" + an_.id().text() + "'"), 21)
      << "twenty that are open and the one in force";
  clock_.advance(base::days(366));
  EXPECT_EQ(state(binh_, with_an_), trust::AgreementState::Expired) << "what was signed is never forgotten";
}

}  // namespace
}  // namespace tocsin::journeys::testing
