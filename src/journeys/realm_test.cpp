// What an exercise says acts on the exercise, and on nothing else.
#include "core/exchange/retractions.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kExercise = "0193a0c4-0000-7000-8000-0000000000ee";
constexpr std::string_view kIndicator = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

class Realms : public Three {
 protected:
  Realms() {
    for (Node* node : {&an_, &binh_})
      node->sql("INSERT INTO exercises (exercise, joined) VALUES ('" + std::string(kExercise) + "', 0)");
  }
  static exchange::Statement practised(std::string_view kind, json::Object body) {
    exchange::Statement out;
    out.kind = kind;
    out.realm = kExercise;
    out.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::None, 365};
    out.body = std::move(body);
    return out;
  }
  static exchange::Statement taking_back(const exchange::Retraction& retraction) {
    auto out = practised("retract", *exchange::write_retraction(retraction).object());
    if (!retraction.targets.empty()) out.in_reply_to = retraction.targets.front();
    return out;
  }
  /// The one statement of this kind by the author that the holder knows.
  static Digest held_by(Node& holder, std::string_view kind, const Node& author) {
    Digest out;
    holder.get([&](store::Transaction& tx) -> Result<int> {
      TRY_VOID(tx.each("SELECT digest FROM statements WHERE kind = '" + std::string(kind) + "' AND author = '" +
                           author.id().text() + "'",
                       [&](const store::Row& row) { out = row.digest(0); }));
      return 0;
    });
    return out;
  }
};

TEST_F(Realms, AnExerciseCannotChangeAgreementsKeysOrPeerings) {
  const trust::Agreement known =
      an_.get([&](store::Transaction& tx) { return trust::latest_agreement(tx, with_an_); }).agreement;
  trust::Agreement next = known;
  next.version = 2;
  for (const auto& [kind, body] :
       {std::pair<std::string, json::Object>{"withdraw", {{"agreement", with_an_}}},
        {"agreement", {{"document", trust::write_agreement(next)}, {"approvals", json::Array{}}}},
        {"recover", {{"epochs", json::Array{}}, {"streams", json::Array{}}}},
        {"descriptor", {{"version", 2}}},
        {"keys", {}},
        {"consent", {}},
        {"endorse", {}}}) {
    say(an_, practised(kind, body), "", binh_);
    expect_refused(an_, binh_, "statement.real_only");
    ASSERT_EQ(hand_over(an_, binh_), Handed::Refused) << kind;
  }
  EXPECT_TRUE(binh_.get([&](store::Transaction& tx) { return trust::in_force(tx, with_an_, clock_.now()); }));
}

TEST_F(Realms, AnExerciseTakesBackNothingReal) {
  const auto items = an_.import({"198.51.100.7"});
  ASSERT_TRUE(an_.publish(items));
  ASSERT_TRUE(settle());
  const intel::Item held = binh_.item_of("198.51.100.7");
  const Digest target = held_by(an_, "intel", an_);
  const exchange::Retraction whole{{target}, {}, exchange::RetractReason::PersonalData, ""};
  const exchange::Retraction object{{target}, {held.stix_id}, exchange::RetractReason::PersonalData, ""};
  const exchange::Retraction by_object{
      {crypto::sha256("unseen")}, {held.stix_id}, exchange::RetractReason::PersonalData, ""};
  for (const auto& retraction : {whole, object, by_object}) {
    say(an_, taking_back(retraction), "", binh_);
    ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
    EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7"));
    EXPECT_FALSE(binh_.item_of("198.51.100.7").erased);
  }
}

TEST_F(Realms, AnExerciseBuriesNothingRealThatIsStillToCome) {
  const auto items = an_.import({"198.51.100.7"});
  ASSERT_TRUE(an_.publish(items));
  const std::string later = records(an_, binh_);
  const intel::Item item = an_.item_of("198.51.100.7");
  const exchange::Retraction whole{{held_by(an_, "intel", an_)}, {}, exchange::RetractReason::PersonalData, ""};
  const exchange::Retraction object{
      {crypto::sha256("unseen")}, {item.stix_id}, exchange::RetractReason::PersonalData, ""};
  for (const auto& retraction : {whole, object}) say(an_, taking_back(retraction), "", binh_);
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7"));
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM statements WHERE kind = 'retract'"), 2);
}

TEST_F(Realms, AnExerciseAcknowledgesNoRealAlert) {
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  binh_.mark_critical("10.1.4.0/24");
  ASSERT_TRUE(binh_.see("198.51.100.7", "10.1.4.20", 3));
  ASSERT_TRUE(settle());
  const Digest alert = held_by(an_, "alert", binh_);
  auto ack = practised("ack", {{"of", "alert"}, {"by", "Linh"}});
  ack.in_reply_to = alert;
  const auto acknowledged = [&] {
    return binh_.count("SELECT COUNT(*) FROM alert_recipients WHERE acknowledged_at IS NOT NULL");
  };
  say(an_, ack, "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(acknowledged(), 0);
  ack.realm = trust::kReal;
  ack.body.object()->set("by", std::string(201, 'x'));
  say(an_, ack, "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(acknowledged(), 0) << "a name without end is no name";
  ack.body.object()->set("by", "Linh");
  say(an_, ack, "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(acknowledged(), 1);
}

TEST_F(Realms, AnExerciseConfirmsNoRealRetraction) {
  const auto items = an_.import({"198.51.100.7"});
  ASSERT_TRUE(an_.publish(items));
  ASSERT_TRUE(settle());
  const auto retraction = an_.retract(items.at(0));
  ASSERT_TRUE(retraction && *retraction);
  auto ack = practised("ack", {{"of", "retract"}, {"applied", true}, {"onward_holders", 0}, {"onward_confirmed", 0}});
  ack.in_reply_to = **retraction;
  say(binh_, ack, "", an_);
  ASSERT_EQ(hand_over(binh_, an_), Handed::Taken);
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NOT NULL"), 0);
  ASSERT_TRUE(settle());
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NOT NULL"), 1);
}

TEST_F(Realms, AnExerciseThatNobodyHereHasJoinedLeavesNothing) {
  for (const char* kind : {"intel", "ack", "retract", "message"}) {
    auto played = practised(kind, {});
    played.realm = base::uuid4();
    const bool control = exchange::kind_class(kind) == exchange::KindClass::Control;
    say(an_, played, control ? "" : with_an_, binh_);
    expect_refused(an_, binh_, "delivery.unknown_exercise");
    ASSERT_EQ(hand_over(an_, binh_), Handed::Refused) << kind;
  }
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7")) << "what is real goes on";
}

TEST_F(Realms, WhatAnExerciseSaysCanBeTakenBackInIt) {
  auto intel = practised("intel", {});
  intel.objects = {R"({"type":"indicator","spec_version":"2.1","id":")" + std::string(kIndicator) +
                   R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",)"
                   R"("pattern":"[ipv4-addr:value = '198.51.100.20']","pattern_type":"stix",)"
                   R"("valid_from":"2026-01-01T00:00:00Z","name":"Played"})"};
  const Digest target = say(an_, intel, with_an_, binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_THAT(binh_.matches(), IsEmpty()) << "no real sensor looks for it";
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM objects WHERE realm <> 'real'"), 1);
  say(an_, taking_back({{target}, {}, exchange::RetractReason::PersonalData, ""}), "", binh_);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM objects WHERE erased = 1"), 1);
  ASSERT_TRUE(settle());
  EXPECT_THAT(an_.ledger(binh_), Contains("in received ack"));
}

}  // namespace
}  // namespace tocsin::journeys::testing
