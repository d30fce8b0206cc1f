// What a receiver refuses, handed over by a sender that keeps no rules: nothing of it is left behind, in any table.
#include "core/exchange/retractions.h"
#include "core/trust/agreements.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class Refusals : public Three {
 protected:
  /// Under an id that the statement names itself.
  void say_signed(Node& from, exchange::Statement statement, const trust::AgreementId& agreement, const Node& to) {
    from.get([&](store::Transaction& tx) -> Result<int> {
      statement.agreement = agreement;
      statement.terms = TRY(trust::latest_agreement(tx, agreement)).terms;
      const auto made = exchange::sign_statement(*from.context().self.keys, statement);
      trust::Label label;
      label.voucher = from.id();
      label.tlp = statement.handling.tlp;
      TRY(exchange::keep(tx, made, from.id(), false, TRY(trust::intern(tx, label)), clock_.now()));
      TRY(exchange::append_leaf(tx, made.digest(), made->kind, clock_.now()));
      TRY_VOID(exchange::enqueue(tx, made, agreement, to.id(), clock_.now()));
      return 0;
    });
  }
  static exchange::Statement content(std::string_view kind, json::Object body) {
    exchange::Statement out;
    out.kind = kind;
    out.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::None, 365};
    out.body = std::move(body);
    return out;
  }
  void publish_one() { ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"}))); }
};

// The receiver would refuse it, too (Deliveries.AStatementTooLargeIsRefusedByName): it announces what it takes.
TEST_F(Refusals, OfStatementsThatAreTooLargeThereHappenBeforeTheyLeave) {
  say(an_, content("message", {{"text", std::string(9u << 20, 'x')}}), with_an_, binh_);
  publish_one();
  ASSERT_TRUE(settle());
  EXPECT_THAT(an_.ledger(binh_), Contains("out withheld message release.too_large_there"));
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7"));
}

TEST_F(Refusals, WhileTheDiskIsNearlyFullLoseNothing) {
  publish_one();
  Context full = binh_.context();
  full.has_room = [] { return false; };
  const Content before = binh_.content();
  const auto taken = receive(full, an_.id(), records(an_, binh_));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().error.id, "delivery.no_room");
  EXPECT_EQ(taken.error().error.code, ErrorCode::Unavailable);
  EXPECT_EQ(difference(before, binh_.content()), "");
  EXPECT_EQ(hand_over(an_, binh_), Handed::Taken);
}

TEST_F(Refusals, OfStatementsAboveTheAgreedCeiling) {
  auto statement = content("message", {{"text", "secret"}});
  statement.handling.tlp = stix::Tlp::AmberStrict;
  say(an_, statement, with_an_, binh_);
  an_.sql("UPDATE labels SET tlp = 0");  // this sender forgets what it may not say
  expect_refused(an_, binh_, "release.above_tlp_ceiling");
}

TEST_F(Refusals, OfStatementsUnderAnAgreementThatHasExpired) {
  publish_one();
  const std::string late = records(an_, binh_);
  clock_.advance(base::days(366));
  expect_refused_records(an_, binh_, late, "delivery.no_agreement");
}

TEST_F(Refusals, OfStatementsUnderAnAgreementThatWasWithdrawn) {
  publish_one();
  binh_.get([&](store::Transaction& tx) -> Result<int> {
    TRY_VOID(trust::withdraw(tx, with_an_, binh_.id(), Digest{}, clock_.now()));
    return 0;
  });
  expect_refused(an_, binh_, "delivery.no_agreement");
}

TEST_F(Refusals, OfSendersWhoAreNotTrustedNow) {
  publish_one();
  for (const auto& [state, id] : {std::pair{trust::PeerState::Invited, "delivery.not_verified_here"},
                                  {trust::PeerState::Suspended, "delivery.suspended"},
                                  {trust::PeerState::Quarantined, "delivery.quarantined"}}) {
    binh_.set_state(an_, state);
    expect_refused(an_, binh_, id);
  }
  binh_.set_state(an_, trust::PeerState::Verified);
  EXPECT_EQ(hand_over(an_, binh_), Handed::Taken) << "what was refused meanwhile is not lost";
}

TEST_F(Refusals, OfPartiesNobodyKnows) {
  publish_one();
  const Content before = chi_.content();
  const auto taken = receive(chi_.context(), an_.id(), records(an_, binh_));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().error.id, "peers.unknown");
  EXPECT_EQ(difference(before, chi_.content()), "");
}

TEST_F(Refusals, OfAnyChangedByte) {
  publish_one();
  // Without the proof of consistency: where that one is missing or wrong, the log is only "unverified".
  std::string good;
  for (const auto& record : must(exchange::read_records(records(an_, binh_))))
    if (record.object.payload.find("\"from\"") == std::string::npos || record.type != exchange::RecordType::Proof)
      exchange::append_record(good, record.type, record.object);
  const Content before = binh_.content();
  for (std::size_t at = 0; at < good.size(); at += 23) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    ASSERT_FALSE(receive(binh_.context(), an_.id(), bad)) << at;
  }
  for (std::size_t size = 0; size < good.size(); size += 97) {
    const auto cut = receive(binh_.context(), an_.id(), good.substr(0, size));
    ASSERT_TRUE(!cut || cut->answer.empty()) << size;
  }
  Content after = binh_.content();
  after.erase("parties");  // a delivery that ends after its first records is a contact, and no more
  EXPECT_EQ(difference(before, after), "");
  EXPECT_EQ(hand_over(an_, binh_), Handed::Taken);
}

TEST_F(Refusals, OfWhatWasMeantForSomebodyElse) {
  publish_one();
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.8"}), with_chi_));
  expect_refused_records(binh_, chi_, records(an_, binh_), "log.bad_signature");
  const std::string for_chi = records(binh_, chi_);
  expect_refused_records(binh_, an_, for_chi, "envelope.not_for_us");
}

TEST_F(Refusals, OfAnEnvelopeBehindAGap) {
  publish_one();
  ASSERT_NE(records(an_, binh_), "");
  an_.sql("UPDATE envelopes SET state = 'receipted'");  // this sender lost one and says otherwise
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  expect_refused(an_, binh_, "envelope.gap");
}

TEST_F(Refusals, OfASecondPastKeepTheEvidenceAndNothingElse) {
  publish_one();
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  // Another content under the id of the statement that Binh has, signed by the same key.
  const auto said = an_.get([&](store::Transaction& tx) -> Result<std::string> {
    return TRY(tx.text("SELECT id FROM statements WHERE kind = 'intel'")).value_or("");
  });
  an_.sql("UPDATE statements SET id = 'moved aside' WHERE kind = 'intel'");
  auto other = content("message", {{"text", "I never said that"}});
  other.id = said;
  other.author = an_.id();
  other.time = clock_.now();
  say_signed(an_, other, with_an_, binh_);
  const std::string second = records(an_, binh_);
  const Content before = binh_.content();
  const auto taken = receive(binh_.context(), an_.id(), second);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().error.id, "statement.two_of_one_id");
  Content after = binh_.content();
  EXPECT_EQ(after.at("equivocations").size(), 1u);
  after.erase("equivocations");
  EXPECT_EQ(difference(before, after), "");
}

TEST_F(Refusals, OfOneStatementForGoodDoNotHoldUpTheOthers) {
  publish_one();
  auto statement = content("message", {{"text", "secret"}});
  statement.handling.tlp = stix::Tlp::AmberStrict;
  say(an_, statement, with_an_, binh_);
  an_.sql("UPDATE labels SET tlp = 0 WHERE tlp > 2");  // this sender forgets what it may not say
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_THAT(an_.ledger(binh_), Contains("out refused message release.above_tlp_ceiling"));
}

// The statement itself is in order, so it is kept and receipted; but what its kind means is not done by half.
TEST_F(Refusals, OfSightingsKeepNoneWhereOneIsMalformed) {
  const json::Object good{{"indicator", "indicator--0193a0c4-0000-4000-8000-000000000001"},
                          {"count", 1},
                          {"first", base::to_rfc3339(kStart)},
                          {"last", base::to_rfc3339(kStart)}};
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{9007199254740991}}) {
    json::Object bad = good;
    bad.set("count", count);
    say(an_, content("sighting", {{"sightings", json::Array{good, bad}}}), with_an_, binh_);
    ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
    EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM sightings"), 0) << count;
  }
  json::Object too_long = good;
  too_long.set("indicator", "indicator--" + std::string(290, 'a'));
  say(an_, content("sighting", {{"sightings", json::Array{good, too_long}}}), with_an_, binh_);
  say(an_, content("sighting", {{"sightings", json::Array(1001, good)}}), with_an_, binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM sightings"), 0);
}

// A sensor's batch may hold more than one statement does, and more hits than one entry counts.
TEST_F(Refusals, OfSightingsAreNotMetByWhatWeSendOurselves) {
  std::vector<std::string> values;
  for (int i = 0; i < 1001; ++i) values.push_back("host" + std::to_string(i) + ".example");
  const auto given = an_.import(values);
  for (std::size_t at = 0; at < given.size(); at += 500)
    ASSERT_TRUE(an_.publish({given.begin() + static_cast<std::ptrdiff_t>(at),
                             given.begin() + static_cast<std::ptrdiff_t>(std::min(at + 500, given.size()))}));
  ASSERT_TRUE(settle());
  HitReport report;
  report.sensor = "s";
  report.batch = base::uuid4();
  for (const std::string& value : values) {
    watch::ReportedHit hit;
    hit.items = {binh_.item_of(value).item};
    hit.kind = observable::Kind::Domain;
    hit.value = hit.seen = value;
    hit.host = "10.9.9.9";
    hit.count = value == values[0] ? 5'000'000'000'000 : 1;
    hit.first = hit.last = kStart;
    report.hits.push_back(std::move(hit));
  }
  ASSERT_TRUE(take_hits(binh_.context(), report));
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM sightings"), 1001);
  EXPECT_EQ(an_.count("SELECT MAX(count) FROM sightings"), kMaxSightingCount);
}

TEST_F(Refusals, OfARetractionOfSomebodyElsesStatementEndNothing) {
  publish_one();
  ASSERT_TRUE(settle());
  ASSERT_TRUE(binh_.publish({binh_.item_of("198.51.100.7").item}, with_chi_));
  ASSERT_TRUE(binh_.publish(binh_.import({"198.51.100.8"}), with_chi_));
  ASSERT_TRUE(settle());
  // Binh retracts one of its own and, in the same breath, one of An's.
  exchange::Retraction retraction;
  retraction.reason = exchange::RetractReason::PersonalData;
  chi_.get([&](store::Transaction& tx) -> Result<int> {
    TRY_VOID(tx.each("SELECT digest FROM statements WHERE kind = 'intel' ORDER BY author = '" + an_.id().text() + "'",
                     [&](const store::Row& row) { retraction.targets.push_back(row.digest(0)); }));
    return 0;
  });
  ASSERT_EQ(retraction.targets.size(), 2u);
  exchange::Statement statement;
  statement.kind = "retract";
  statement.in_reply_to = retraction.targets[0];
  statement.body = exchange::write_retraction(retraction);
  say(binh_, statement, "", chi_);
  ASSERT_EQ(hand_over(binh_, chi_), Handed::Taken);
  EXPECT_THAT(chi_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM tombstones"), 0);
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM retractions"), 0);
}

TEST_F(Refusals, OfReceiptsNobodyIsOwed) {
  publish_one();
  const auto receipts = receive(binh_.context(), an_.id(), records(an_, binh_));
  ASSERT_TRUE(receipts);
  const Content before = binh_.content();
  EXPECT_EQ(answer_receipts(binh_.context(), an_.id(), receipts->answer).status, 401) << "signed by Binh, not by An";
  EXPECT_EQ(answer_receipts(binh_.context(), chi_.id(), receipts->answer).status, 401);
  EXPECT_EQ(answer_receipts(binh_.context(), an_.id(), "no records").status, 400);
  EXPECT_EQ(difference(before, binh_.content()), "");
}

TEST_F(Refusals, ThatAPeerMakesUpSetNothingAside) {
  publish_one();
  ASSERT_NE(records(an_, binh_), "");
  const Content before = an_.content();
  for (const std::string& body :
       {std::string("{"), std::string("{\"error\":{\"code\":\"forbidden\",\"id\":\"x\"}}"),
        write_refusal({{ErrorCode::Forbidden, "made.up", {}, {}}, Digest{}, Digest{}, {}}), std::string(1 << 17, '{')})
    EXPECT_EQ(answer_receipts(an_.context(), binh_.id(), body).status, 204);
  Content after = an_.content();
  after.erase("parties");  // the page says that it refuses
  Content expected = before;
  expected.erase("parties");
  EXPECT_EQ(difference(expected, after), "");
  EXPECT_EQ(hand_over(an_, binh_), Handed::Taken);
}

}  // namespace
}  // namespace tocsin::journeys::testing
