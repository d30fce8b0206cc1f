// The ways of docs/protocol.md, one after the other, between parties that keep the rules.
#include "core/exchange/recover.h"
#include "core/exchange/retractions.h"
#include "core/trust/agreements.h"
#include "core/trust/parties.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Story : public Three {};

// quote() writes text as it is and blobs in hex.
bool holds(const std::string& row, std::string_view text) {
  std::string hex = base::to_hex(base::as_bytes(text));
  for (char& c : hex) c = static_cast<char>(std::toupper(c));
  return row.find(text) != std::string::npos || row.find(hex) != std::string::npos;
}

TEST_F(Story, OfMeetingEndsInAVerifiedPeerOnBothSides) {
  for (auto [here, there] : {std::pair{&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}}) {
    const auto peer = here->get([&](store::Transaction& tx) { return trust::party(tx, there->id()); });
    EXPECT_EQ(peer.state, trust::PeerState::Verified);
    EXPECT_EQ(peer.verified_method, "call_back");
  }
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM parties"), 2) << "An has never heard of Chi";
}

TEST_F(Story, OfAgreeingNeedsTwoPersonsOfEachSide) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("A second one");
  const auto proposed = propose(an_.context(), draft, kAnalyst);
  ASSERT_TRUE(proposed);
  const auto id = proposed->agreement.id;
  const auto state_at = [&](Node& node) {
    return node.get([&](store::Transaction& tx) { return trust::latest_agreement(tx, id); }).state(clock_.now());
  };
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(state_at(binh_), trust::AgreementState::Proposed);
  ASSERT_TRUE(approve(an_, id, "linh"));
  EXPECT_EQ(hand_over(an_, binh_), Handed::Nothing) << "one signatory does not bind the party";
  ASSERT_TRUE(approve(an_, id, "linh"));
  EXPECT_EQ(hand_over(an_, binh_), Handed::Nothing) << "the same one twice is still one";
  EXPECT_EQ(approve(an_, id, "minh", "another password").error().id, "people.wrong_login");
  ASSERT_TRUE(approve(an_, id, "minh"));
  ASSERT_TRUE(settle());
  EXPECT_EQ(state_at(binh_), trust::AgreementState::Waiting);
  for (const auto* person : {"linh", "minh"}) ASSERT_TRUE(approve(binh_, id, person));
  ASSERT_TRUE(settle());
  EXPECT_EQ(state_at(an_), trust::AgreementState::InForce);
  EXPECT_EQ(state_at(binh_), trust::AgreementState::InForce);
}

TEST_F(Story, OfAgreeingAsksASignatoryWithAnAuthenticatorForAFreshCode) {
  trust::Agreement draft;
  draft.parties = {binh_.id()};
  draft.terms = terms("A second one");
  const auto id = must(propose(an_.context(), draft, kAnalyst)).agreement.id;
  const Bytes& column_key = an_.context().self.keys->column_key;
  people::use_column_key(column_key);
  const Bytes secret =
      an_.get([&](store::Transaction& tx) { return people::begin_totp(tx, column_key, "linh", clock_.now()); });
  const auto code = [&] { return crypto::totp_code(secret, clock_.now().us / 1'000'000); };
  must(an_.db().write(
      [&](store::Transaction& tx) { return people::confirm_totp(tx, column_key, "linh", code(), clock_.now()); }));
  const auto linh = [&](std::string_view given, std::string_view password = kPassword) {
    const auto approved = approve(an_, id, "linh", password, given);
    return approved ? "" : approved.error().id;
  };
  EXPECT_EQ(linh(""), "people.totp_needed");
  EXPECT_EQ(linh(code()), "people.wrong_code") << "it was spent when the authenticator was confirmed";
  clock_.advance(base::minutes(1));
  EXPECT_EQ(linh(code(), "another password"), "people.wrong_login") << "who has no password learns nothing of codes";
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM agreement_approvals WHERE agreement = '" + id + "'"), 0);
  EXPECT_EQ(linh(code()), "");
  EXPECT_EQ(linh(code()), "people.wrong_code") << "a code is good once";
  EXPECT_TRUE(approve(an_, id, "minh")) << "minh has no authenticator";
  std::string last;
  for (int guess = 0; guess < 11; ++guess) last = linh("not a code");
  EXPECT_EQ(last, "people.too_many_attempts");
  clock_.advance(base::minutes(1));
  EXPECT_EQ(linh(code()), "people.too_many_attempts") << "the right one has to wait, too";
  clock_.advance(base::minutes(15));
  EXPECT_EQ(linh(code()), "");
}

TEST_F(Story, OfPublishingShowsInThePreviewWhatItThenDoes) {
  const auto items = an_.import({"198.51.100.7", "198.51.100.8"});
  const auto secret = an_.import({"198.51.100.9"}, stix::Tlp::AmberStrict);
  PublishRequest request;
  request.items = {items[0], items[1], secret[0]};
  request.by = kAnalyst;
  const auto seen = preview(an_.context(), request);
  const auto done = publish(an_.context(), request);
  ASSERT_TRUE(seen && done);
  EXPECT_THAT(seen->statements, IsEmpty());
  ASSERT_EQ(seen->recipients.size(), 1u);
  EXPECT_EQ(seen->recipients[0].permitted, 2);
  ASSERT_EQ(seen->recipients[0].refused.size(), 1u);
  EXPECT_EQ(seen->recipients[0].refused[0].reason, "release.above_tlp_ceiling");
  EXPECT_EQ(done->recipients[0].permitted, seen->recipients[0].permitted);
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(an_.ledger(binh_), Contains("out receipted intel"));
  EXPECT_THAT(binh_.ledger(an_), Contains("in received intel"));
  EXPECT_EQ(binh_.item_of("198.51.100.7").voucher, an_.id());
  EXPECT_THAT(chi_.matches(), IsEmpty()) << "what Binh got stays there until somebody passes it on";
}

TEST_F(Story, OfPublishingWithConsentSaysThatNobodyCanGiveIt) {
  PublishRequest request;
  request.items = an_.import({"198.51.100.7"});
  request.by = kAnalyst;
  EXPECT_FALSE(must(preview(an_.context(), request)).nobody_may_pass_on);
  request.onward = trust::Onward::WithConsent;
  EXPECT_TRUE(must(preview(an_.context(), request)).nobody_may_pass_on);
  EXPECT_TRUE(must(publish(an_.context(), request)).nobody_may_pass_on);
  ASSERT_TRUE(settle());
  const auto passed_on = binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_);
  EXPECT_EQ(passed_on.error().id, "publish.nothing");
}

TEST_F(Story, OfReceiptsSurvivesALostAnswer) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  const std::string first = records(an_, binh_);
  const auto answer = receive(binh_.context(), an_.id(), first);
  ASSERT_TRUE(answer);
  // The answer is lost; An asks again with the very same bytes, and hears the very same.
  EXPECT_EQ(records(an_, binh_), first);
  const Content before = binh_.content();
  EXPECT_EQ(receive(binh_.context(), an_.id(), first)->answer, answer->answer);
  EXPECT_EQ(difference(before, binh_.content()), "");
  ASSERT_TRUE(receive_receipts(an_.context(), binh_.id(), answer->answer));
  ASSERT_TRUE(receive_receipts(an_.context(), binh_.id(), answer->answer));
  EXPECT_EQ(hand_over(an_, binh_), Handed::Nothing);
}

TEST_F(Story, OfPassingOnShowsWhoVouches) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  ASSERT_TRUE(settle());
  const auto item = chi_.item_of("198.51.100.7");
  EXPECT_EQ(item.voucher, binh_.id()) << "Chi does not know An: who handed it over stands for it";
  EXPECT_THAT(chi_.matches(), ElementsAre("198.51.100.7"));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM statements WHERE author = '" + an_.id().text() + "'"), 1)
      << "An's own signed words travelled";
}

TEST_F(Story, OfAHitOnACriticalHostReachesTheGiverAsAlertAndSighting) {
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.0/24");
  const auto quiet = chi_.see("198.51.100.7", "10.9.9.9", 2);
  ASSERT_TRUE(quiet);
  EXPECT_THAT(quiet->alerts, IsEmpty());
  const auto hit = chi_.see("198.51.100.7", "10.1.4.20", 3);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->alerts.size(), 1u);
  ASSERT_TRUE(settle());

  const auto there = binh_.all_alerts();
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(there[0].party, chi_.id());
  EXPECT_EQ(there[0].facts.service, "Intensive care");
  EXPECT_EQ(there[0].facts.count, 3);
  EXPECT_EQ(there[0].host, "") << "no address of the attacked leaves its house";
  for (const auto& rows : binh_.content())
    for (const auto& row : rows.second) EXPECT_FALSE(holds(row, "10.1.4.20")) << rows.first;
  EXPECT_EQ(binh_.count("SELECT SUM(count) FROM sightings WHERE party = '" + chi_.id().text() + "'"), 5);

  ASSERT_TRUE(acknowledge_alert(binh_.context(), there[0].id, kDuty, "Duty officer", ""));
  EXPECT_EQ(acknowledge_alert(binh_.context(), there[0].id, kDuty, "Duty officer", "").error().id,
            "alerts.already_acknowledged");
  ASSERT_TRUE(settle());
  const auto about =
      chi_.get([&, id = chi_.all_alerts()[0].id](store::Transaction& tx) { return alerts::newest_statements(tx, id); });
  const auto sent = chi_.get([&](store::Transaction& tx) { return alerts::sent_to(tx, about.at(0).statement); });
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].acknowledged_at);
  EXPECT_EQ(sent[0].acknowledged_by, "Duty officer");
}

TEST_F(Story, OfAHitConcernsTheCriticalHostOnWhicheverSideItStood) {
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  EXPECT_THAT(must(chi_.see("198.51.100.7", "10.9.9.9", 1, {"203.0.113.80"})).alerts, IsEmpty());
  const auto outcome = must(chi_.see("198.51.100.7", "10.9.9.9", 1, {"203.0.113.80", "10.1.4.20"}));
  EXPECT_EQ(outcome.alerts.size(), 1u);
  EXPECT_EQ(chi_.all_alerts().at(0).host, "10.1.4.20");
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM hits WHERE host = '10.1.4.20' AND critical = 1"), 1);
  // Where both are critical, it is the one that the sensor chose.
  chi_.mark_critical("10.1.4.21");
  must(chi_.see("198.51.100.7", "10.1.4.21", 1, {"10.1.4.20"}));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM hits WHERE host = '10.1.4.21' AND critical = 1"), 1);
}

TEST_F(Story, OfAcknowledgingQuotesANoteOnlyWhereThereIsOne) {
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7"}), with_chi_));
  ASSERT_TRUE(settle());
  for (const auto* host : {"10.1.4.20", "10.1.4.21"}) {
    chi_.mark_critical(host);
    ASSERT_TRUE(chi_.see("198.51.100.7", host));
  }
  std::vector<std::string> said;
  for (const auto& [alert, note] : {std::pair{chi_.all_alerts()[0], ""}, {chi_.all_alerts()[1], "called the ward"}}) {
    ASSERT_TRUE(acknowledge_alert(chi_.context(), alert.id, kDuty, "Duty officer", note));
    const auto events = chi_.get([&, id = alert.id](store::Transaction& tx) { return alerts::events(tx, id, 100); });
    said.push_back(events.back().what);
    EXPECT_EQ(events.back().args.size(), std::string(note).empty() ? 0u : 1u);
  }
  EXPECT_THAT(said, ElementsAre("alerts.event.acknowledged", "alerts.event.acknowledged_with_note"));
}

TEST_F(Story, OfRetractingEndsWithNobodyMatchingAndEverybodyCounted) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7", "198.51.100.8"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  ASSERT_TRUE(settle());
  const auto digest = an_.retract(an_.item_of("198.51.100.7").item);
  ASSERT_TRUE(digest && *digest);
  ASSERT_TRUE(settle());
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.8"));
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8"));
  EXPECT_THAT(chi_.matches(), ElementsAre("198.51.100.8")) << "the statement went on whole";
  const auto stored = an_.get([&](store::Transaction& tx) { return exchange::retraction(tx, **digest); });
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->holders.size(), 1u) << "An sees its own recipient, and counts of those behind it";
  EXPECT_TRUE(stored->holders[0].confirmed_at);
  EXPECT_EQ(stored->holders[0].onward_holders, 1);
  EXPECT_EQ(stored->holders[0].onward_confirmed, 1);
}

TEST_F(Story, OfRetractingPersonalDataLeavesNoByteOfIt) {
  ASSERT_TRUE(an_.publish(an_.import({"victim-7341.example", "198.51.100.8"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(an_.retract(an_.item_of("victim-7341.example").item, exchange::RetractReason::PersonalData));
  ASSERT_TRUE(settle());
  for (Node* node : {&an_, &binh_})
    for (const auto& [table, rows] : node->content())
      for (const auto& row : rows) EXPECT_FALSE(holds(row, "victim-7341")) << table << ": " << row;
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8")) << "the other object of the statement is an item still";
}

// Seen on a critical host two hands away, in whose alert it went back to where it came from.
TEST_F(Story, OfRetractingPersonalDataLeavesNoByteOfItInHitsAndAlerts) {
  ASSERT_TRUE(an_.publish(an_.import({"victim-7341.example", "198.51.100.8"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(
      binh_.publish({binh_.item_of("victim-7341.example").item, binh_.item_of("198.51.100.8").item}, with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  ASSERT_TRUE(chi_.see("198.51.100.8", "10.1.4.20"));
  ASSERT_TRUE(chi_.see("victim-7341.example", "10.1.4.20"));
  clock_.advance(base::minutes(5));
  ASSERT_TRUE(tell_growth_due(chi_.context()));
  ASSERT_TRUE(settle());
  binh_.share_alert(with_an_);
  ASSERT_TRUE(settle());
  ASSERT_EQ(an_.all_alerts().at(0).facts.values.size(), 2u);

  ASSERT_TRUE(an_.retract(an_.item_of("victim-7341.example").item, exchange::RetractReason::PersonalData));
  ASSERT_TRUE(settle());
  for (Node* node : {&an_, &binh_, &chi_}) {
    for (const auto& [table, rows] : node->content())
      for (const auto& row : rows) EXPECT_FALSE(holds(row, "victim-7341")) << table << ": " << row;
    ASSERT_EQ(node->all_alerts().size(), 1u) << "the same alert, said anew";
    EXPECT_EQ(node->all_alerts()[0].state, alerts::State::Open);
    EXPECT_THAT(node->all_alerts()[0].facts.values, ElementsAre("198.51.100.8"));
  }
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM hits"), 1);
}

/// First it was only wrong; then somebody saw that it names a person.
TEST_F(Story, OfRetractingAnAlertTwiceErasesIt) {
  ASSERT_TRUE(binh_.publish(binh_.import({"victim-7341.example"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  ASSERT_TRUE(chi_.see("victim-7341.example", "10.1.4.20"));
  ASSERT_TRUE(settle());
  const Digest said =
      chi_.get([id = chi_.all_alerts()[0].id](store::Transaction& tx) { return alerts::newest_statements(tx, id); })
          .at(0)
          .statement;
  for (const auto reason : {exchange::RetractReason::Wrong, exchange::RetractReason::PersonalData}) {
    RetractRequest request;
    request.statement = said;
    request.reason = reason;
    request.by = kAnalyst;
    ASSERT_TRUE(must(journeys::retract(chi_.context(), request))) << "it goes out each time";
    ASSERT_TRUE(settle());
  }
  EXPECT_THAT(binh_.all_alerts().at(0).facts.values, IsEmpty());
  const auto content = binh_.content();
  for (const auto& row : content.at("statements"))
    EXPECT_FALSE(holds(row, "'alert'") && holds(row, "victim-7341")) << row;
}

/// Binh says the same object as An, whom Chi knows, about something else, and takes it back: An's word stands.
TEST_F(Story, OfRetractingAnotherPartysObjectLeavesTheAlertAlone) {
  meet(an_, chi_);
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.8").item}, with_chi_));
  ASSERT_TRUE(settle());
  const intel::Item theirs = chi_.item_of("198.51.100.8");
  chi_.mark_critical("10.1.4.20");
  ASSERT_TRUE(chi_.see("198.51.100.8", "10.1.4.20"));
  ASSERT_TRUE(settle());

  exchange::Statement same;
  same.kind = "intel";
  same.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::None, 30};
  same.body = json::Object{};
  same.objects = {R"({"type":"indicator","spec_version":"2.1","id":")" + theirs.stix_id +
                  R"(","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z","pattern":")"
                  R"([ipv4-addr:value = '198.51.100.99']","pattern_type":"stix","valid_from":"2026-11-20T00:00:00Z"})"};
  const Digest said = say(binh_, same, with_chi_, chi_);
  ASSERT_TRUE(settle());
  ASSERT_EQ(chi_.items_of("198.51.100.99").size(), 1u);
  exchange::Retraction retraction;
  retraction.targets = {said};
  retraction.objects = {theirs.stix_id};
  retraction.reason = exchange::RetractReason::PersonalData;
  exchange::Statement taken_back;
  taken_back.kind = "retract";
  taken_back.in_reply_to = said;
  taken_back.body = exchange::write_retraction(retraction);
  say(binh_, taken_back, "", chi_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(chi_.items_of("198.51.100.99"), IsEmpty());
  for (Node* node : {&binh_, &chi_}) {
    ASSERT_EQ(node->all_alerts().size(), 1u);
    EXPECT_THAT(node->all_alerts()[0].facts.values, ElementsAre("198.51.100.8"));
    EXPECT_THAT(node->all_alerts()[0].facts.indicators, ElementsAre(theirs.stix_id));
  }
  EXPECT_EQ(
      chi_.count("SELECT COUNT(*) FROM statements WHERE kind = 'retract' AND author = '" + chi_.id().text() + "'"), 0);
}

TEST_F(Story, OfRetractingPersonalDataBeforeTheAlertArrives) {
  ASSERT_TRUE(binh_.publish(binh_.import({"victim-7341.example"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  ASSERT_TRUE(chi_.see("victim-7341.example", "10.1.4.20"));
  const std::string alert = records(chi_, binh_);
  ASSERT_TRUE(binh_.retract(binh_.item_of("victim-7341.example").item, exchange::RetractReason::PersonalData));
  ASSERT_EQ(hand_over(binh_, chi_), Handed::Taken);
  ASSERT_TRUE(settle());
  receive(binh_.context(), chi_.id(), alert);  // late, over another way
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.all_alerts(), IsEmpty()) << "nothing is left of it that anybody could act on";
  for (const auto& [table, rows] : binh_.content())
    for (const auto& row : rows) EXPECT_FALSE(holds(row, "victim-7341")) << table << ": " << row;
}

TEST_F(Story, OfErasingGoesOnWhereAnEnvelopeWithTheErasedWasOnItsWay) {
  ASSERT_TRUE(an_.publish(an_.import({"victim-7341.example"})));
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  ASSERT_NE(records(an_, binh_), "");  // both sealed in one envelope; Binh does not answer
  ASSERT_TRUE(an_.retract(an_.item_of("victim-7341.example").item, exchange::RetractReason::PersonalData));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8"));
  for (const auto& [table, rows] : binh_.content())
    for (const auto& row : rows) EXPECT_FALSE(holds(row, "victim-7341")) << table << ": " << row;
}

TEST_F(Story, OfErasingGoesOnWhereOnlyTheReceiptWasLost) {
  ASSERT_TRUE(an_.publish(an_.import({"victim-7341.example"})));
  ASSERT_TRUE(receive(binh_.context(), an_.id(), records(an_, binh_)));
  ASSERT_TRUE(an_.retract(an_.item_of("victim-7341.example").item, exchange::RetractReason::PersonalData));
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8"));
}

TEST_F(Story, OfRetractingBeforeItLeftReachesWhoeverGetsItLater) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7", "198.51.100.8"})));
  ASSERT_TRUE(an_.retract(an_.item_of("198.51.100.7").item));  // Binh was away all the time
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.8"));
}

TEST_F(Story, OfRetractingWhatWasPassedOnReachesWhoeverGetsItLater) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7", "198.51.100.8"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.8").item}, with_chi_));  // Chi is away
  ASSERT_TRUE(an_.retract(an_.item_of("198.51.100.7").item));
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  ASSERT_TRUE(settle());
  EXPECT_THAT(chi_.matches(), ElementsAre("198.51.100.8"));
}

TEST_F(Story, OfRetractingOutrunsAStatementThatWasOnItsWay) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  ASSERT_NE(records(binh_, chi_), "");  // sealed, and served again byte for byte; but Chi does not answer
  ASSERT_TRUE(an_.retract(an_.item_of("198.51.100.7").item));
  ASSERT_TRUE(settle());
  EXPECT_THAT(chi_.matches(), IsEmpty());
}

TEST_F(Story, OfAnAlertNamesToEachWhatMayGoThere) {
  meet(an_, chi_);
  agree(an_, chi_, terms("An and Chi"));
  PublishRequest for_chi_alone;
  for_chi_alone.items = binh_.import({"198.51.100.7"});
  for_chi_alone.agreement = with_chi_;
  for_chi_alone.onward = trust::Onward::None;
  for_chi_alone.by = kAnalyst;
  must(publish(binh_.context(), for_chi_alone));
  ASSERT_TRUE(settle());
  chi_.import({"198.51.100.8"});
  chi_.mark_critical("10.1.4.20");
  const auto tell = [&] {
    ASSERT_TRUE(tell_growth_due(chi_.context()));
    ASSERT_TRUE(settle());
    while (hand_over(chi_, an_) == Handed::Taken || hand_over(an_, chi_) == Handed::Taken) {
    }
  };
  ASSERT_TRUE(chi_.see("198.51.100.7", "10.1.4.20"));
  tell();
  ASSERT_EQ(an_.all_alerts().size(), 1u) << "that Chi is attacked is Chi's to say";
  EXPECT_THAT(an_.all_alerts()[0].facts.values, IsEmpty());
  EXPECT_THAT(an_.all_alerts()[0].facts.indicators, IsEmpty());
  EXPECT_THAT(binh_.all_alerts().at(0).facts.values, ElementsAre("198.51.100.7")) << "from whom Chi has it";
  ASSERT_TRUE(chi_.see("198.51.100.8", "10.1.4.20"));
  clock_.advance(base::minutes(6));
  tell();
  EXPECT_THAT(an_.all_alerts()[0].facts.values, ElementsAre("198.51.100.8"));
  EXPECT_THAT(an_.all_alerts()[0].facts.indicators, ::testing::SizeIs(1));
  EXPECT_THAT(binh_.all_alerts()[0].facts.values, ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(chi_.all_alerts()[0].facts.values, ElementsAre("198.51.100.7", "198.51.100.8"));
}

TEST_F(Story, OfARestoreBringsBackWhatWasSaidAndTellsNobodyNew) {
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.7", "wrong.example"}), with_chi_));
  ASSERT_TRUE(settle());
  chi_.mark_critical("10.1.4.20");
  ASSERT_TRUE(chi_.see("198.51.100.7", "10.1.4.20"));
  const auto own = chi_.import({"198.51.100.9"});
  ASSERT_TRUE(chi_.publish(own));
  ASSERT_TRUE(settle());
  ASSERT_TRUE(chi_.retract(own[0]));
  ASSERT_TRUE(binh_.retract(binh_.item_of("wrong.example").item));
  ASSERT_TRUE(settle());

  Node again = restored_chi();
  for (int round = 0; round < 5; ++round) {
    hand_over(again, binh_);
    hand_over(binh_, again);
  }
  EXPECT_EQ(hand_over(again, binh_), Handed::Nothing);
  EXPECT_EQ(hand_over(binh_, again), Handed::Nothing);
  EXPECT_FALSE(again.get([](store::Transaction& tx) { return exchange::is_recovering(tx); }));
  EXPECT_THAT(again.matches(), ElementsAre("198.51.100.7")) << "what was retracted on either side stays so";
  ASSERT_EQ(again.all_alerts().size(), 1u);
  EXPECT_EQ(again.all_alerts()[0].origin, alerts::Origin::Own);
  EXPECT_EQ(again.count("SELECT COUNT(*) FROM sightings WHERE party = '" + again.id().text() + "'"), 1);
  EXPECT_EQ(again.count("SELECT COUNT(*) FROM queue q JOIN statements s ON s.digest = q.statement WHERE s.kind = "
                        "'sighting' AND q.recipient = ''"),
            0)
      << "a sighting is for its giver, not for everybody of the agreement";
}

}  // namespace
}  // namespace tocsin::journeys::testing
