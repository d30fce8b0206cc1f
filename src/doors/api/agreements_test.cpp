// Calls about agreements.
#include "core/trust/agreements.h"

#include <algorithm>

#include "core/trust/parties.h"
#include "core/trust/trust_fixture.h"
#include "doors/api/calls_fixture.h"

namespace tocsin::api::testing {
namespace {

class AgreementCalls : public Calls {
 protected:
  /// A proposal of ours to a party that this node does not know.
  trust::Agreement proposed(std::uint64_t version = 1, const std::string& title = "Early warning") {
    trust::Agreement draft;
    draft.version = version;
    draft.parties = {world_.context().self.party, *trust::PartyId::parse(std::string(52, 'a'))};
    std::sort(draft.parties.begin(), draft.parties.end());
    draft.nonce = std::string(32, '1');
    draft.id = trust::bound_id(draft.parties, draft.nonce);
    draft.terms.title = {title, "", ""};
    draft.terms.acknowledge.fill(base::hours(1));
    draft.terms.from = world_.context().now() - base::days(1);
    draft.terms.until = world_.context().now() + base::days(1);
    EXPECT_TRUE(world_.db().write([&](store::Transaction& tx) {
      return trust::keep_agreement(tx, draft, world_.context().self.party, world_.context().now());
    }));
    return draft;
  }
  /// A party that persons have verified here.
  trust::PartyId meet_a_peer() {
    const trust::PartyId peer = trust::testing::party_of(20);
    const auto met = world_.db().write([&](store::Transaction& tx) -> Result<void> {
      const auto theirs = trust::sign_descriptor(trust::testing::key_of(20), trust::testing::descriptor_of(20));
      TRY(trust::take_descriptor(tx, TRY(trust::verify_descriptor(theirs)), world_.context().now()));
      const auto own = TRY(trust::own_party(tx)), other = TRY(trust::party(tx, peer));
      const std::string number =
          trust::verification_number(own.id, own.descriptor.first_root(), peer, other.descriptor.first_root());
      return trust::verify_peer(tx, peer, number, trust::VerificationMethod::InPerson, "an", world_.context().now());
    });
    EXPECT_TRUE(met) << base::describe(met.error());
    return peer;
  }
};

TEST_F(AgreementCalls, ToSignCountWrongPasswordsOfThePersonNamed) {
  const trust::Agreement agreement = proposed();
  const std::string path = "/api/agreements/" + agreement.id + "/sign";
  std::string last;
  for (int guess = 0; guess < 11; ++guess)
    last = error_id(post(
        path,
        {{"person", "linh"}, {"password", "a wrong guess"}, {"document", trust::agreement_digest(agreement).hex()}},
        "signatory"));
  EXPECT_EQ(last, "people.too_many_attempts");
}

TEST_F(AgreementCalls, ToShowAnAgreementNameItsApproversAsTheirPartyAnnouncesThem) {
  using trust::testing::key_of;
  const trust::PartyId peer = trust::testing::party_of(20);
  const auto agreement = trust::testing::agreement_between({world_.context().self.party, peer});
  const auto made = world_.db().write([&](store::Transaction& tx) -> Result<void> {
    const trust::Descriptor theirs = trust::testing::descriptor_of(20);
    TRY(trust::take_descriptor(tx, TRY(trust::verify_descriptor(trust::sign_descriptor(key_of(20), theirs))),
                               world_.context().now()));
    TRY_VOID(trust::keep_agreement(tx, agreement, peer, world_.context().now()));
    const std::pair<std::string, trust::Signatory> given[] = {{"linh", theirs.signatories[1]},
                                                              {"gone", {"gone", "", key_of(99).public_key(), {}}}};
    for (const auto& [account, signatory] : given)
      TRY_VOID(trust::add_approval(tx, agreement.id, agreement.version, peer, {account, signatory.key, {}},
                                   world_.context().now()));
    return {};
  });
  ASSERT_TRUE(made) << base::describe(made.error());
  const json::Value shown = get("/api/agreements/" + agreement.id);
  std::vector<std::string> approvers;
  for (const auto& entry : *shown.find("approvals")->array())
    approvers.push_back(entry.text("person") + " " + entry.text("account"));
  EXPECT_THAT(approvers, ::testing::UnorderedElementsAre("Linh linh", "gone gone"));
}

TEST_F(AgreementCalls, ToSignNameTheDocumentThatWasShown) {
  const trust::Agreement shown = proposed();
  const std::string path = "/api/agreements/" + shown.id;
  EXPECT_EQ(get(path).text("document_digest"), trust::agreement_digest(shown).hex());
  json::Object body{{"person", "linh"}, {"password", "a wrong guess"}};
  EXPECT_EQ(error_id(post(path + "/sign", body, "signatory")), "api.missing");
  body.set("document", "the one I have read");
  EXPECT_EQ(error_id(post(path + "/sign", body, "signatory")), "api.bad_digest");
  body.set("document", get(path).text("document_digest"));
  EXPECT_EQ(error_id(post(path + "/sign", body, "signatory")), "people.wrong_login") << "the password comes last";
  proposed(2, "Early surrender");
  const auto other = post(path + "/sign", body, "signatory");
  EXPECT_EQ(error_id(other), "agreement.other_version_shown");
  EXPECT_EQ(other.status, 409);
}

TEST_F(AgreementCalls, ToWithdrawFromAnAgreementAreOfSignatoriesAndStandInTheAuditTrail) {
  const trust::Agreement agreement = proposed();
  const std::string path = "/api/agreements/" + agreement.id;
  const auto audited = [&] {
    std::int64_t out = 0;
    EXPECT_TRUE(world_.db().read([&](store::Transaction& tx) -> Result<void> {
      out = TRY(tx.integer("SELECT COUNT(*) FROM people_audit WHERE action = 'agreement_withdraw'")).value_or(0);
      return {};
    }));
    return out;
  };
  json::Object body{{"person", "linh"}, {"password", "a bell that one village rings"}};
  EXPECT_EQ(post(path + "/withdraw", body, "analyst").status, 403);
  EXPECT_EQ(audited(), 0);
  EXPECT_EQ(error_id(post(path + "/withdraw", {}, "signatory")), "people.not_signatory") << "whose session it is";
  body.set("password", "a wrong guess");
  EXPECT_EQ(error_id(post(path + "/withdraw", body, "signatory")), "people.wrong_login");
  EXPECT_EQ(get(path).text("state"), "proposed");
  EXPECT_EQ(audited(), 2) << "what was refused stands there, too";
  body.set("password", "a bell that one village rings");
  EXPECT_EQ(post(path + "/withdraw", body, "signatory").status, 200);
  const json::Value left = get(path);
  EXPECT_EQ(left.text("state"), "withdrawn");
  for (const auto& party : *left.find("parties")->array())
    EXPECT_EQ(!party.text("left_at").empty(), party.text("party_id") == world_.context().self.party.text());
  EXPECT_EQ(audited(), 3);
  EXPECT_EQ(error_id(post(path + "/withdraw", body, "signatory")), "agreement.already_withdrawn");
}

TEST_F(AgreementCalls, ToShowAnAgreementNameThePartiesThatAreNoVerifiedPeers) {
  const std::string path = "/api/agreements/" + proposed().id;
  const auto unpeered = [&] { return json::write(*get(path).find("unpeered")); };
  EXPECT_EQ(unpeered(), "[\"" + std::string(52, 'a') + "\"]");
  ASSERT_EQ(post(path + "/withdraw", {{"person", "linh"}, {"password", "a bell that one village rings"}}).status, 200);
  EXPECT_EQ(unpeered(), "[]") << "nobody needs to meet for what is over";
}

TEST_F(AgreementCalls, ToWithdrawCountWrongPasswordsOfThePersonNamed) {
  const std::string path = "/api/agreements/" + proposed().id + "/withdraw";
  std::string last;
  for (int guess = 0; guess < 11; ++guess)
    last = error_id(post(path, {{"person", "linh"}, {"password", "a wrong guess"}}, "signatory"));
  EXPECT_EQ(last, "people.too_many_attempts");
}

TEST_F(AgreementCalls, ToProposeAnAgreementTakeNothingForGrantedThatCannotBeRead) {
  for (const auto& [field, value] : {std::pair<std::string, json::Value>{"from", "tomorrow"},
                                     {"until", 5},
                                     {"parties", "everybody"},
                                     {"retention_days", "30"},
                                     {"retention_days", 0},
                                     {"retention_days", 36501},
                                     {"ack", 5},
                                     {"parties", json::Array{1}},
                                     {"purposes", "defence"},
                                     {"categories", json::Array{json::Value(json::Array{})}},
                                     {"automatic", json::Object{}}}) {
    json::Object body{{"title", json::Object{{"en", "Early warning"}}}};
    body.set(field, value);
    const auto response = post("/api/agreements", body);
    EXPECT_EQ(error_id(response), "api.bad_field") << response.body;
    EXPECT_NE(response.body.find(field), std::string::npos) << response.body;
  }
}

TEST_F(AgreementCalls, ToProposeAnAgreementLeaveToTheNodeWhatTheyDoNotSay) {
  const trust::PartyId peer = meet_a_peer();
  const json::Value usual = get("/api/usual_terms");
  json::Object body{{"title", json::Object{{"en", "Floods"}}}, {"parties", json::Array{peer.text()}}};
  const auto proposed_with = [&] {
    const auto response = post("/api/agreements", body);
    EXPECT_EQ(error_id(response), "") << response.body;
    return json::parse(response.body).value_or(json::Value());
  };
  const json::Value bare = proposed_with();
  for (const auto& [name, value] : *usual.object())
    EXPECT_EQ(json::write(*bare.find(name)), json::write(value)) << name;
  EXPECT_EQ(usual.text("pap"), "PAP:AMBER");
  body.set("pap", "PAP:GREEN");
  body.set("categories", json::Array{});
  body.set("ack", json::Object{{"5", "PT10M"}});
  const json::Value said = proposed_with();
  EXPECT_EQ(said.text("pap"), "PAP:GREEN");
  EXPECT_TRUE(said.find("categories")->array()->empty()) << "all kinds, since somebody wrote so";
  EXPECT_EQ(said.find("ack")->text("5"), "PT600S");
  EXPECT_EQ(said.find("ack")->text("4"), usual.find("ack")->text("4"));
  EXPECT_EQ(said.text("tlp"), usual.text("tlp"));
  for (const auto& [field, id] : {std::pair("level", "agreement.bad_level"), std::pair("tlp", "api.bad_tlp"),
                                  std::pair("pap", "api.bad_pap"), std::pair("onward", "api.bad_onward")})
    for (const json::Value& wrong : {json::Value("none such"), json::Value(5), json::Value("")}) {
      json::Object bad = body;
      bad.set(field, wrong);
      EXPECT_EQ(error_id(post("/api/agreements", bad)), id) << field;
    }
}

TEST_F(AgreementCalls, ToProposeTheNextVersionBeginAsTheNewestOneIs) {
  const trust::PartyId peer = meet_a_peer();
  const auto propose = [&](const json::Object& body) {
    const auto response = post("/api/agreements", body);
    EXPECT_EQ(error_id(response), "") << response.body;
    return json::parse(response.body).value_or(json::Value());
  };
  const json::Value first = propose({{"title", json::Object{{"en", "Floods"}}},
                                     {"parties", json::Array{peer.text()}},
                                     {"pap", "PAP:GREEN"},
                                     {"until", "2026-12-31T00:00:00Z"}});
  const json::Value next = propose({{"id", first.text("id")}, {"tlp", "TLP:GREEN"}});
  EXPECT_EQ(next.text("id"), first.text("id"));
  EXPECT_EQ(next.integer_or("version", 0), 2);
  EXPECT_EQ(next.text("title"), "Floods");
  EXPECT_EQ(next.text("pap"), "PAP:GREEN");
  EXPECT_EQ(next.text("tlp"), "TLP:GREEN");
  EXPECT_EQ(json::write(*next.find("parties")), json::write(*first.find("parties")));
  EXPECT_GT(next.text("until"), first.text("until")) << "for a new year";
  EXPECT_EQ(error_id(post("/api/agreements", {{"id", base::uuid4()}})), "agreement.unknown");
}

}  // namespace
}  // namespace tocsin::api::testing
