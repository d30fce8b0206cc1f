#include "core/trust/agreement.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/trust/trust_fixture.h"

namespace tocsin::trust {
namespace {

using testing::agreement_between;
using testing::descriptor_of;
using testing::key_of;
using testing::party_of;

Agreement sample() {
  Agreement agreement = agreement_between({party_of(10), party_of(30)});
  agreement.terms.categories = {"intel", "alert"};
  agreement.terms.redactions = {"x_source"};
  agreement.terms.automatic = {"alert"};
  return agreement;
}

std::string problem(const json::Value& value) {
  const auto read = read_agreement(value);
  return read ? "" : read.error().id + " " + (read.error().args.empty() ? "" : read.error().args[0]);
}

// `an` holds key 15 and `linh` key 16 of the party 10.
Approval approval(std::string person, std::uint8_t key, const Digest& document) {
  return {std::move(person), key_of(key).public_key(), key_of(key).sign(approval_message(document))};
}

std::string verdict(const Digest& document, const std::vector<Approval>& approvals) {
  const auto result = check_approvals(document, approvals, descriptor_of(10));
  return result ? "" : result.error().id;
}

TEST(Agreement, SurvivesTheRoundTripWhole) {
  const auto read = read_agreement(write_agreement(sample()));
  ASSERT_TRUE(read) << base::describe(read.error());
  EXPECT_EQ(terms_digest(read->terms), terms_digest(sample().terms));
  EXPECT_EQ(read->parties, sample().parties);
  EXPECT_EQ(agreement_digest(*read), agreement_digest(sample()));
}

TEST(Agreement, RefusesMembersItDoesNotUnderstand) {
  json::Value value = write_agreement(sample());
  value.object()->set("surprise", true);
  EXPECT_EQ(problem(value), "agreement.malformed unknown field");

  value = write_agreement(sample());
  value.object()->find("terms")->object()->set("also", "everything");
  EXPECT_EQ(problem(value), "agreement.malformed unknown field");

  value = write_agreement(sample());
  value.object()->find("terms")->object()->find("acknowledge")->object()->set("6", "PT1S");
  EXPECT_EQ(problem(value), "agreement.malformed unknown field");
}

TEST(Agreement, RefusesTextWithoutEndInEveryLanguage) {
  for (std::string Names::*language : {&Names::en, &Names::fr, &Names::vi}) {
    Agreement agreement = sample();
    agreement.terms.title.*language = std::string(300, 'x');
    EXPECT_EQ(problem(write_agreement(agreement)), "");
    agreement.terms.title.*language += 'x';
    EXPECT_EQ(problem(write_agreement(agreement)), "agreement.malformed title");
  }
  Agreement agreement = sample();
  agreement.version = 1'000'001;
  EXPECT_EQ(problem(write_agreement(agreement)), "agreement.malformed version") << "the next one must be a number, too";
  const auto approvals = read_approvals(write_approvals({approval(std::string(65, 'x'), 15, Digest{})}));
  ASSERT_FALSE(approvals);
  EXPECT_EQ(approvals.error().id, "agreement.malformed");
}

// Each of them is a sentence in the plain-language summary that persons sign.
TEST(Agreement, RefusesToSendByItselfWhatNoNodeSendsByItself) {
  Agreement agreement = sample();
  agreement.terms.automatic = {"alert", "everything"};
  EXPECT_EQ(problem(write_agreement(agreement)), "agreement.malformed automatic");
}

TEST(Agreement, RefusesAMissingMember) {
  const json::Value whole = write_agreement(sample());
  for (const auto& [member, unused] : *whole.object()) {
    json::Value value = whole;
    value.object()->erase(member);
    EXPECT_NE(problem(value), "") << member;
  }
  for (const auto& [member, unused] : *whole.find("terms")->object()) {
    json::Value value = whole;
    value.object()->find("terms")->object()->erase(member);
    EXPECT_NE(problem(value), "") << "terms/" << member;
  }
}

TEST(Agreement, RefusesPartiesOutOfOrderTwiceOrAlone) {
  for (const auto& parties : {std::vector<std::size_t>{1, 0}, {0, 0}, {0}}) {
    Agreement agreement = sample();
    agreement.parties.clear();
    for (const std::size_t i : parties) agreement.parties.push_back(sample().parties[i]);
    EXPECT_EQ(problem(write_agreement(agreement)), "agreement.malformed parties");
  }
}

TEST(Agreement, HasAnIdThatNoOtherPartiesAndNoOtherNonceGive) {
  const Agreement one = sample();
  ASSERT_TRUE(base::is_uuid(one.id));
  EXPECT_EQ(one.id[14], '8') << "version 8: made by a rule of its own (RFC 9562)";
  EXPECT_TRUE(one.has_bound_id());
  for (const auto& change : std::vector<std::function<void(Agreement&)>>{
           [](Agreement& other) { other.parties.push_back(party_of(50)); },
           [](Agreement& other) { other.parties.pop_back(); },
           [](Agreement& other) { other.nonce[0] = '2'; },
           [](Agreement& other) { other.nonce.clear(); },
           [](Agreement& other) { other.id.back() = other.id.back() == '0' ? '1' : '0'; },
       }) {
    Agreement other = one;
    change(other);
    EXPECT_FALSE(other.has_bound_id());
  }
  Agreement later = one;
  later.version = 7;
  later.terms.retention_days = 1;
  EXPECT_TRUE(later.has_bound_id()) << "every version has the id of the first";
}

TEST(Agreement, RefusesANonceOfAnotherForm) {
  for (const std::string nonce : {"", "1", "ffffffffffffffffffffffffffffffgg", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}) {
    json::Value value = write_agreement(sample());
    value.object()->set("nonce", nonce);
    EXPECT_EQ(problem(value), "agreement.malformed nonce") << nonce;
  }
}

TEST(Agreement, TermsDigestLeavesThePartiesOut) {
  Agreement other = sample();
  other.parties = agreement_between({party_of(50), party_of(70)}).parties;
  EXPECT_EQ(terms_digest(other.terms), terms_digest(sample().terms));
  EXPECT_NE(agreement_digest(other), agreement_digest(sample()));
  other.terms.retention_days = 1;
  EXPECT_NE(terms_digest(other.terms), terms_digest(sample().terms));
}

TEST(Approvals, TwoDifferentSignatoriesAreEnough) {
  const Digest document = agreement_digest(sample());
  EXPECT_EQ(verdict(document, {approval("an", 15, document), approval("linh", 16, document)}), "");
}

TEST(Approvals, TooFewAreRefused) {
  const Digest document = agreement_digest(sample());
  EXPECT_EQ(verdict(document, {}), "agreement.too_few_approvals");
  EXPECT_EQ(verdict(document, {approval("an", 15, document)}), "agreement.too_few_approvals");
}

TEST(Approvals, OnePersonTwiceIsOne) {
  const Digest document = agreement_digest(sample());
  EXPECT_EQ(verdict(document, {approval("an", 15, document), approval("an", 15, document)}),
            "agreement.too_few_approvals");
}

TEST(Approvals, AForeignKeyOrNameSpoilsThem) {
  const Digest document = agreement_digest(sample());
  const Approval good = approval("an", 15, document);
  EXPECT_EQ(verdict(document, {good, approval("linh", 99, document)}), "agreement.bad_approval");
  EXPECT_EQ(verdict(document, {good, approval("linh", 15, document)}), "agreement.bad_approval")
      << "one person's key under the other's name";
  EXPECT_EQ(verdict(document, {good, approval("an", 16, document)}), "agreement.bad_approval");
}

TEST(Approvals, HoldForOneDocumentOnly) {
  const Digest document = agreement_digest(sample());
  Agreement next = sample();
  next.version = 2;
  EXPECT_EQ(verdict(agreement_digest(next), {approval("an", 15, document), approval("linh", 16, document)}),
            "agreement.bad_approval");
}

TEST(Approvals, SurviveTheRoundTripAndRefuseNonsense) {
  const Digest document = agreement_digest(sample());
  const auto read = read_approvals(write_approvals({approval("an", 15, document), approval("linh", 16, document)}));
  ASSERT_TRUE(read);
  EXPECT_EQ(verdict(document, *read), "");
  EXPECT_FALSE(read_approvals(json::Value(json::Object{})));
  EXPECT_FALSE(read_approvals(json::Value(json::Array{json::Value(1)})));
  EXPECT_FALSE(read_approvals(json::Value(json::Array(17))));
}

TEST(NarrowerTerms, TakeTheStricterOfEachField) {
  Terms a = sample().terms, b = a;
  a.tlp = stix::Tlp::Red;
  b.tlp = stix::Tlp::Green;
  a.pap = stix::Pap::Clear;
  b.pap = stix::Pap::Red;
  a.onward = Onward::Free;
  b.onward = Onward::WithinAgreement;
  a.retention_days = 30;
  b.categories = {"alert", "sighting"};
  b.automatic = {"alert", "intel"};
  b.redactions = {"x_victim"};
  b.acknowledge[3] = base::minutes(5);
  b.from = a.from + base::days(1);
  b.until = a.until + base::days(1);
  for (const Terms& out : {narrower(a, b), narrower(b, a)}) {
    EXPECT_EQ(out.tlp, stix::Tlp::Green);
    EXPECT_EQ(out.pap, stix::Pap::Clear);
    EXPECT_EQ(out.onward, Onward::WithinAgreement);
    EXPECT_EQ(out.retention_days, 30u);
    EXPECT_EQ(out.categories, std::vector<std::string>{"alert"});
    EXPECT_EQ(out.automatic, std::vector<std::string>{"alert"});
    EXPECT_EQ(out.redactions.size(), 2u);
    EXPECT_EQ(out.acknowledge[3], base::minutes(5));
    EXPECT_EQ(out.from, b.from);
    EXPECT_EQ(out.until, a.until);
  }
}

TEST(NarrowerTerms, NeverTurnNoCommonKindIntoEveryKind) {
  Terms a = sample().terms, b = a;
  a.categories = {"intel"};
  b.categories = {"alert"};
  EXPECT_FALSE(narrower(a, b).permits_kind("intel"));
  EXPECT_FALSE(narrower(a, b).permits_kind("alert"));
  b.categories.clear();  // everything
  EXPECT_EQ(narrower(a, b).categories, a.categories);
  EXPECT_EQ(narrower(b, a).categories, a.categories);
}

}  // namespace
}  // namespace tocsin::trust
