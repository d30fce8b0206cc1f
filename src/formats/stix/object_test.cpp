#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/stix/check.h"
#include "formats/stix/stix.h"

namespace tocsin::stix {
namespace {

using observable::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kId = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

// A sound indicator; `change` sets members, an empty value erases one.
std::string indicator(std::string_view change = "{}") {
  auto object = json::parse(R"({"type":"indicator","spec_version":"2.1",
      "id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-04-06T20:03:48.000Z",
      "modified":"2016-04-06T20:03:48.000Z","pattern":"[ipv4-addr:value = '198.51.100.3']","pattern_type":"stix",
      "valid_from":"2016-01-01T00:00:00Z"})");
  const auto changed = json::parse(change);
  EXPECT_TRUE(changed) << change;
  for (const auto& [name, value] : *changed->object()) {
    if (value == json::Value("")) {
      object->object()->erase(name);
    } else {
      object->object()->set(name, value);
    }
  }
  return json::write(*object);
}

Object read(std::string_view bytes) {
  auto object = read_object(bytes);
  EXPECT_TRUE(object) << bytes << ": " << describe(object.error());
  return object.value_or(Object{});
}

std::vector<std::string> rules(const Object& object) {
  std::vector<std::string> out;
  for (const auto& finding : object.findings) out.push_back(finding.rule + ' ' + finding.pointer);
  return out;
}
std::vector<std::string> rules(std::string_view change) {
  return rules(read(indicator(change)));
}

std::string refusal(std::string_view bytes) {
  const auto object = read_object(bytes);
  return object ? "accepted" : object.error().id;
}

TEST(ReadObject, FindsItsWayAroundInAnIndicator) {
  const Object object = read(indicator(R"({"created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
      "labels":["a"],"indicator_types":["malicious-activity"],"valid_until":"2017-01-01T00:00:00.5Z","revoked":true})"));
  EXPECT_EQ(object.type, "indicator");
  EXPECT_EQ(object.id, kId);
  EXPECT_EQ(object.spec_version, "2.1");
  EXPECT_EQ(object.created_by, "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff");
  EXPECT_EQ(object.modified, "2016-04-06T20:03:48.000Z");
  EXPECT_EQ(object.modified_time, base::from_rfc3339("2016-04-06T20:03:48Z"));
  EXPECT_EQ(object.valid_until, base::from_rfc3339("2017-01-01T00:00:00.500Z"));
  EXPECT_TRUE(object.revoked);
  EXPECT_EQ(object.name, "[ipv4-addr:value = '198.51.100.3']");
  EXPECT_THAT(object.labels, ElementsAre("a", "malicious-activity"));
  EXPECT_THAT(object.references, ElementsAre("identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"));
  ASSERT_EQ(object.indicated.size(), 1u);
  EXPECT_EQ(object.indicated[0].value, (observable::Value{Kind::Ipv4, "198.51.100.3"}));
  EXPECT_TRUE(object.indicated[0].matched);
  EXPECT_EQ(object.matched, Matched::Whole);
  EXPECT_THAT(object.findings, IsEmpty());
}

std::vector<std::string> matched(const std::string& pattern) {
  std::vector<std::string> out;
  for (const auto& one : read(indicator("{\"pattern\":\"" + pattern + "\"}")).indicated)
    if (one.matched) out.push_back(one.value.text);
  return out;
}

TEST(Matching, LeavesOutWhatEverybodySees) {
  for (const char* text : {"0.0.0.0",
                           "127.0.0.1",
                           "127.1.2.3",
                           "169.254.169.254",
                           "224.0.0.251",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "ff02::fb",
                           "0.0.0.0/0",
                           "::/0",
                           "126.0.0.0/7",
                           "127.0.0.0/24",
                           "169.0.0.0/8",
                           "10.0.0.0/8",
                           "172.16.0.0/12",
                           "172.0.0.0/11",
                           "192.168.0.0/16",
                           "100.64.0.0/10",
                           "2000::/3",
                           "2a00::/12",
                           "fc00::/7",
                           "fd00::/8"}) {
    const char* kind = std::string_view(text).find(':') == std::string_view::npos ? "ipv4-addr" : "ipv6-addr";
    const Object object = read(indicator("{\"pattern\":\"[" + std::string(kind) + ":value = '" + text + "']\"}"));
    EXPECT_EQ(object.matched, Matched::Not) << text;
    ASSERT_EQ(object.indicated.size(), 1u) << text;
    EXPECT_FALSE(object.indicated[0].matched) << text;
    ASSERT_EQ(object.findings.size(), 1u) << text;
    EXPECT_EQ(object.findings[0].rule, "stix.value_everywhere") << text;
    EXPECT_EQ(object.findings[0].args.at(0), text);
  }
}

// Addresses of documentation stand for real ones in every example and exercise; a private one may be a machine that the
// own people watch for.
TEST(Matching, KeepsAddressesThatAreOneMachineOrOneHolders) {
  for (const char* text : {"198.51.100.3", "192.0.2.1", "203.0.113.0/24", "10.0.0.5", "192.168.1.0/24", "100.64.0.1",
                           "11.0.0.0/8", "172.16.0.0/13", "223.255.255.255", "1.0.0.0"})
    EXPECT_THAT(matched("[ipv4-addr:value = '" + std::string(text) + "']"), ElementsAre(text));
  for (const char* text : {"2001:db8::1", "2001:db8::/32", "fd00::1", "fd00::/48", "2a01:c000::/19"})
    EXPECT_THAT(matched("[ipv6-addr:value = '" + std::string(text) + "']"), ElementsAre(text));
}

TEST(Matching, SaysWhatOfAnIndicatorIsNotMatched) {
  const auto said = [](const std::string& members) {
    const Object object = read(indicator(members));
    std::string out = object.matched == Matched::Whole ? "whole" : object.matched == Matched::Partly ? "partly" : "not";
    for (const auto& finding : object.findings) out += ' ' + std::string(name(finding.level)) + ' ' + finding.rule;
    return out;
  };
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example']"})"), "whole");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example' OR foo:bar = 'x']"})"),
            "partly matching stix.pattern_partly_matched");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example' OR ipv4-addr:value = '127.0.0.1']"})"),
            "partly matching stix.value_everywhere");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example' AND foo:bar = 'x']"})"),
            "not matching stix.pattern_not_matched");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example'"})"), "not must stix.pattern_syntax");
  EXPECT_EQ(said(R"({"pattern":"rule x","pattern_type":"yara"})"), "not matching stix.pattern_type_not_matched");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example']","pattern_type":"STIX"})"),
            "whole should stix.pattern_type_form");
  EXPECT_EQ(said(R"({"pattern":"[domain-name:value = 'a.example']","pattern_type":""})"), "whole must stix.required");
}

TEST(Matching, IsSaidHoweverManyOtherFaultsAnObjectHas) {
  std::string faults;
  for (int i = 0; i < 100; ++i) faults += ",\"x" + std::to_string(i) + "-y\":1";
  const Object object = read(indicator("{\"pattern\":\"[foo:bar = 'x']\"" + faults + "}"));
  EXPECT_EQ(object.findings.at(0).rule, "stix.pattern_not_matched");
}

TEST(ReadObject, RefusesOnlyWhatCannotBeStored) {
  EXPECT_EQ(refusal("[]"), "stix.not_an_object");
  EXPECT_EQ(refusal("{}"), "stix.no_type");
  EXPECT_EQ(refusal(R"({"type":"x"})"), "stix.no_id");
  EXPECT_EQ(refusal(R"({"type":5,"id":"x--1"})"), "stix.no_type");
  for (const char* id : {"x", "--", "x--", "--x", "x--a/b", "x--a b", "x--é", "x--<script>"})
    EXPECT_EQ(refusal(R"({"type":"x","id":")" + std::string(id) + "\"}"), "stix.bad_id") << id;
  EXPECT_EQ(refusal("{\"type\":\"x\",\"id\":\"x--" + std::string(300, 'a') + "\"}"), "stix.bad_id");
  EXPECT_EQ(refusal(R"({"type":"x","id":"x--1","type":"y"})"), "json.duplicate_name");
  EXPECT_EQ(refusal(R"({"type":"X Y","id":"x--1"})"), "accepted");
}

TEST(ReadObject, TakesTheVersionFromTheStandardsRule) {
  EXPECT_EQ(read(indicator(R"({"spec_version":""})")).spec_version, "2.0");
  EXPECT_EQ(read(indicator(R"({"spec_version":"","pattern_type":""})")).indicated.size(), 1u);
  EXPECT_EQ(read(R"({"type":"url","id":"url--a5477287-23ac-5971-a010-5c287877fa60","value":"http://a.example/"})")
                .spec_version,
            "2.1");
}

TEST(ReadObject, ShortensLongNamesBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 150; ++i) name += "é";
  const Object object = read(indicator("{\"name\":\"" + name + "\"}"));
  EXPECT_EQ(object.name, name.substr(0, 200) + "…");
  EXPECT_EQ(read(indicator("{\"name\":\"" + ("x" + name) + "\"}")).name, ("x" + name).substr(0, 199) + "…");
  EXPECT_EQ(read(indicator(R"({"name":"two\nlines"})")).name, "two lines");
}

TEST(Findings, NameTheFormsThatTheStandardDemands) {
  EXPECT_THAT(rules(R"({"id":"indicator--8E2E2D2B-17d4-4cbf-938f-98ee46b3cd3f"})"), ElementsAre("stix.id_form /id"));
  EXPECT_THAT(rules(R"({"id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"})"), ElementsAre("stix.id_type /id"));
  EXPECT_THAT(rules(R"({"type":"Indicator"})"), Contains("stix.type_form /type"));
  EXPECT_THAT(rules(R"({"spec_version":"3.0"})"), ElementsAre("stix.spec_version /spec_version"));
  EXPECT_THAT(rules(R"({"spec_version":2.1})"), ElementsAre("stix.spec_version /spec_version"));
  for (const char* time : {"2016-04-06", "2016-04-06T20:03:48", "2016-04-06t20:03:48.000Z", "2016-04-06T20:03:48.000z",
                           "2016-04-06T20:03:48.000+00:00", "2016-02-30T20:03:48.000Z", "2016-04-06T24:00:00.000Z",
                           "2016-04-06T20:03:60.000Z", "2016-04-06T20:03:48,000Z"})
    EXPECT_THAT(rules("{\"modified\":\"" + std::string(time) + "\"}"), ElementsAre("stix.timestamp_form /modified"))
        << time;
  EXPECT_THAT(rules(R"({"created":"2016-04-06T20:03:48.00Z"})"), ElementsAre("stix.timestamp_precision /created"));
  EXPECT_THAT(rules(R"({"created":"2016-04-06T20:03:48.000000001Z","modified":"2016-04-06T20:03:48.000000002Z"})"),
              IsEmpty());
  EXPECT_THAT(rules(R"({"revoked":"true"})"), ElementsAre("stix.property_type /revoked"));
  EXPECT_THAT(rules(R"({"confidence":101})"), ElementsAre("stix.range /confidence"));
  EXPECT_THAT(rules(R"({"Foo":1})"), ElementsAre("stix.property_name /Foo"));
}

TEST(Findings, NameWhatIsMissing) {
  EXPECT_THAT(rules(R"({"created":""})"), ElementsAre("stix.required /created"));
  EXPECT_THAT(rules(R"({"modified":""})"), ElementsAre("stix.required /modified"));
  EXPECT_THAT(rules(R"({"pattern_type":""})"), ElementsAre("stix.required /pattern_type"));
  EXPECT_THAT(rules(read(R"({"type":"marking-definition","spec_version":"2.1",
      "id":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","created":"2017-01-20T00:00:00.000Z"})")),
              IsEmpty());
}

TEST(Findings, CompareTimesAsTimes) {
  EXPECT_THAT(rules(R"({"modified":"2016-04-06T20:03:47.999Z"})"), ElementsAre("stix.time_order /modified"));
  EXPECT_THAT(rules(R"({"created":"2016-04-06T20:03:48.500Z","modified":"2016-04-06T20:03:48.50000Z"})"), IsEmpty());
  EXPECT_THAT(rules(R"({"valid_until":"2016-01-01T00:00:00.000Z"})"), ElementsAre("stix.time_order /valid_until"));
}

TEST(Findings, NameNullsAndEmptyThingsAtAnyDepth) {
  EXPECT_THAT(rules(R"({"x_a":null})"), ElementsAre("stix.null /x_a"));
  EXPECT_THAT(rules(R"({"labels":[]})"), ElementsAre("stix.empty_list /labels"));
  EXPECT_THAT(rules(R"({"x_a":{"b":[{"c":null},{}]}})"),
              ElementsAre("stix.null /x_a/b/0/c", "stix.empty_dictionary /x_a/b/1"));
  EXPECT_THAT(rules(R"({"x_a":{"b c":1,"d/e~f":2}})"),
              ElementsAre("stix.dictionary_key /x_a/b c", "stix.dictionary_key /x_a/d~1e~0f"));
}

TEST(Findings, NameBrokenReferences) {
  EXPECT_THAT(rules(R"({"created_by_ref":"me"})"), ElementsAre("stix.reference_form /created_by_ref"));
  EXPECT_THAT(rules(R"({"created_by_ref":"malware--f431f809-377b-45e0-aa1c-6a4751cae5ff"})"),
              ElementsAre("stix.reference_type /created_by_ref"));
  EXPECT_THAT(rules(R"({"x_refs":["malware--f431f809-377b-45e0-aa1c-6a4751cae5ff",5]})"),
              ElementsAre("stix.reference_form /x_refs/1"));
}

TEST(Findings, AreBounded) {
  std::string nulls = "null";
  for (int i = 0; i < 10000; ++i) nulls += ",null";
  EXPECT_EQ(read(indicator("{\"x_a\":[" + nulls + "]}")).findings.size(), kMaxFindings);
}

TEST(Findings, SayWhereAPatternBreaks) {
  const Object object = read(indicator(R"({"pattern":"[ipv4-addr:value ~ '198.51.100.3']"})"));
  ASSERT_THAT(rules(object), ElementsAre("stix.pattern_syntax /pattern"));
  EXPECT_EQ(object.findings[0].args.at(0), "17");
  EXPECT_THAT(object.indicated, IsEmpty());
}

TEST(Markings, TakeTheStrictestOfBothGenerations) {
  const auto marked = [](std::string_view refs) {
    return read(indicator("{\"object_marking_refs\":" + std::string(refs) + "}"));
  };
  EXPECT_EQ(marked(R"(["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"])").tlp, Tlp::Clear);
  EXPECT_EQ(marked(R"(["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"])").tlp, Tlp::Clear);
  const Object both = marked(R"(["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
      "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab"])");
  EXPECT_EQ(both.tlp, Tlp::AmberStrict);
  EXPECT_EQ(both.pap, Pap::Amber);
  EXPECT_FALSE(both.unknown_marking);
  EXPECT_EQ(marked(R"(["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"])").tlp, Tlp::Red);
  EXPECT_FALSE(read(indicator()).tlp.has_value());
}

TEST(Markings, ThatAreNotUnderstoodAreSaidToBe) {
  const Object object =
      read(indicator(R"({"object_marking_refs":["marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168",
      "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]})"));
  EXPECT_TRUE(object.unknown_marking);
  EXPECT_EQ(object.tlp, Tlp::Green);
  EXPECT_TRUE(read(indicator(R"({"object_marking_refs":"x"})")).unknown_marking);
  EXPECT_TRUE(read(indicator(R"({"granular_markings":[{"selectors":["name"]}]})")).unknown_marking);
}

TEST(Markings, OfAPartOrInALabelAreObeyedToo) {
  EXPECT_EQ(read(indicator(R"({"granular_markings":[{"selectors":["pattern"],
      "marking_ref":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"}]})"))
                .tlp,
            Tlp::Red);
  EXPECT_FALSE(read(indicator(R"({"granular_markings":[{"selectors":["pattern"],"lang":"fr"}]})")).unknown_marking);
  const Object labelled = read(indicator(R"({"labels":["tlp:amber+strict","PAP:RED","tlp:nonsense"]})"));
  EXPECT_EQ(labelled.tlp, Tlp::AmberStrict);
  EXPECT_EQ(labelled.pap, Pap::Red);
}

TEST(Markings, HaveNames) {
  for (const Tlp tlp : {Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red})
    EXPECT_EQ(tlp_from_name(name(tlp)), tlp);
  for (const Pap pap : {Pap::Clear, Pap::Green, Pap::Amber, Pap::Red}) EXPECT_EQ(pap_from_name(name(pap)), pap);
  EXPECT_EQ(tlp_from_name("white"), Tlp::Clear);
  EXPECT_EQ(tlp_from_name("tlp:Amber"), Tlp::Amber);
  EXPECT_EQ(tlp_from_name("amber strict"), std::nullopt);
  EXPECT_EQ(pap_from_name(""), std::nullopt);
}

TEST(Values, AreReadFromCyberObservables) {
  EXPECT_THAT(
      read(R"({"type":"file","id":"file--fb0419a8-f09c-57f8-be64-71a80417591c","name":"a.exe","hashes":{
      "SHA-256":"FE90A7E910CB3A4739BED9180E807E93FA70C90F25A8915476F5E4BFBAC681DB","SSDEEP":"3:x:y","MD5":"bad"}})")
          .values,
      ElementsAre(observable::Value{Kind::FileName, "a.exe"},
                  observable::Value{Kind::Sha256, "fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db"}));
  EXPECT_THAT(read(R"({"type":"domain-name","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","defanged":true,
      "value":"Evil[.]Example"})")
                  .values,
              ElementsAre(observable::Value{Kind::Domain, "evil.example"}));
  EXPECT_THAT(
      read(R"({"type":"ipv4-addr","id":"ipv4-addr--5853f6a4-638f-5b4e-9b0f-ded361ae3812","value":"198.51.100.0/24"})")
          .values,
      ElementsAre(observable::Value{Kind::Ipv4Range, "198.51.100.0/24"}));
  EXPECT_THAT(
      read(
          R"({"type":"network-traffic","id":"network-traffic--f8ae967a-3dc3-5cdf-8f94-8505abff00c2","protocols":["http"],
      "src_ref":"ipv4-addr--4d22aae0-2bf9-5427-8819-e4f6abf20a53","extensions":{"http-request-ext":{"request_method":"get",
      "request_value":"/","request_header":{"User-Agent":"evil/1.0"}}}})")
          .values,
      ElementsAre(observable::Value{Kind::UserAgent, "evil/1.0"}));
}

TEST(Values, AreReadFromObservedDataOfTheOldForm) {
  const Object object = read(R"({"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",
      "created":"2016-04-06T19:58:16.000Z","modified":"2016-04-06T19:58:16.000Z","first_observed":"2015-12-21T19:00:00Z",
      "last_observed":"2015-12-21T19:00:00Z","number_observed":50,"objects":{
      "0":{"type":"file","hashes":{"SHA-1":"cead3f77f6cda6ec00f57d76c9a6879faabbccdd"}},
      "1":{"type":"ipv4-addr","value":"198.51.100.3"},"2":{"type":"ipv4-addr","value":"198.51.100.3"},
      "3":{"type":"network-traffic","dst_ref":"1","protocols":["tcp"]},"4":"nonsense"}})");
  EXPECT_THAT(object.values, ElementsAre(observable::Value{Kind::Sha1, "cead3f77f6cda6ec00f57d76c9a6879faabbccdd"},
                                         observable::Value{Kind::Ipv4, "198.51.100.3"}));
  EXPECT_THAT(object.references, IsEmpty());
  EXPECT_THAT(object.findings, IsEmpty());
}

}  // namespace
}  // namespace tocsin::stix
