#include "core/watch/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::watch {
namespace {

using observable::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Set set_of(std::vector<Rule> rules) {
  auto set = Set::open(Set::compile(std::move(rules), "test-set"));
  CHECK(set);
  return std::move(*set);
}

Rule rule(Kind kind, std::string text, std::uint64_t grounds) {
  return {{kind, std::move(text)}, grounds, true};
}

std::vector<Hit> hits_of(const Set& set, const telemetry::LineContext& context,
                         const std::vector<telemetry::Candidate>& candidates) {
  std::vector<Hit> out;
  Scanner(set).line("f.log", context, candidates, [&](const Hit& hit) { out.push_back(hit); });
  return out;
}

telemetry::LineContext connection(std::string_view local, std::string_view remote) {
  telemetry::LineContext context;
  context.line = 12;
  context.log = "conn";
  context.local_host = local;
  context.remote_host = remote;
  return context;
}

TEST(Scanner, NamesValueSightingAndPlace) {
  const Set set = set_of({rule(Kind::Domain, "evil.example", 7)});
  const auto hits = hits_of(set, connection("10.0.0.1", "10.0.0.53"), {{Kind::Domain, "a.evil.example", "query"}});
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].value, "evil.example");
  EXPECT_EQ(hits[0].seen, "a.evil.example");
  EXPECT_EQ(hits[0].field, "query");
  EXPECT_EQ(hits[0].log, "conn");
  EXPECT_EQ(hits[0].file, "f.log");
  EXPECT_EQ(hits[0].line, 12u);
  EXPECT_EQ(hits[0].host, "10.0.0.1");
  EXPECT_THAT(hits[0].grounds, ElementsAre(7));
}

TEST(Scanner, NamesTheOtherSideOfTheConnection) {
  const Set set = set_of({rule(Kind::Ipv4, "198.51.100.3", 7), rule(Kind::Ipv4Range, "203.0.113.0/24", 8)});
  const auto outgoing = hits_of(set, connection("10.0.0.1", "198.51.100.3"),
                                {{Kind::Ipv4, "10.0.0.1", "id.orig_h"}, {Kind::Ipv4, "198.51.100.3", "id.resp_h"}});
  ASSERT_EQ(outgoing.size(), 1u);
  EXPECT_EQ(outgoing[0].host, "10.0.0.1");
  const auto incoming = hits_of(set, connection("203.0.113.9", "10.0.0.2"),
                                {{Kind::Ipv4, "203.0.113.9", "id.orig_h"}, {Kind::Ipv4, "10.0.0.2", "id.resp_h"}});
  ASSERT_EQ(incoming.size(), 1u);
  EXPECT_EQ(incoming[0].host, "10.0.0.2");
  EXPECT_EQ(incoming[0].value, "203.0.113.0/24");
  EXPECT_EQ(incoming[0].seen, "203.0.113.9");
}

TEST(Scanner, NamesTheSideWithAPrivateAddressAndWhoElseTookPart) {
  const Set set = set_of({rule(Kind::UserAgent, "evilbot/1.0", 7), rule(Kind::Ipv4, "203.0.113.9", 8)});
  const auto host_and_others = [&](std::string_view local, std::string_view remote, std::string_view forwarded = {}) {
    telemetry::LineContext context = connection(local, remote);
    context.forwarded_for = forwarded;
    const auto hits = hits_of(set, context, {{Kind::UserAgent, "evilbot/1.0", "user_agent"}});
    std::vector<std::string> out{hits.at(0).host};
    out.insert(out.end(), hits[0].others.begin(), hits[0].others.end());
    return out;
  };
  EXPECT_THAT(host_and_others("203.0.113.9", "10.0.0.2"), ElementsAre("10.0.0.2", "203.0.113.9"));
  EXPECT_THAT(host_and_others("10.0.0.1", "203.0.113.9"), ElementsAre("10.0.0.1", "203.0.113.9"));
  EXPECT_THAT(host_and_others("10.0.0.1", "10.0.0.2"), ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_THAT(host_and_others("203.0.113.9", "fd00::2"), ElementsAre("fd00::2", "203.0.113.9"));
  // Nobody's own address: a name asked for by multicast concerns who asked.
  EXPECT_THAT(host_and_others("203.0.113.9", "224.0.0.251"), ElementsAre("203.0.113.9", "224.0.0.251"));
  EXPECT_THAT(host_and_others("10.0.0.1", "203.0.113.9", "10.0.0.7"),
              ElementsAre("10.0.0.1", "203.0.113.9", "10.0.0.7"));
  EXPECT_THAT(host_and_others("", "203.0.113.9"), ElementsAre("203.0.113.9"));
  // The indicated side is nobody to look at.
  const auto hits = hits_of(set, connection("10.0.0.1", "203.0.113.9"), {{Kind::Ipv4, "203.0.113.9", "id.resp_h"}});
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_THAT(hits[0].others, IsEmpty());
}

TEST(Scanner, TellsAValueOnceALineWithAllItsGrounds) {
  const Set set = set_of({rule(Kind::Domain, "evil.example", 1), rule(Kind::Domain, "evil.example", 2)});
  const auto hits = hits_of(set, connection("10.0.0.1", "10.0.0.53"),
                            {{Kind::Domain, "evil.example", "query"}, {Kind::Domain, "a.evil.example", "answers"}});
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_THAT(hits[0].grounds, UnorderedElementsAre(1, 2));
}

TEST(Scanner, UsesTheNewSetAfterASwap) {
  const Set before = set_of({rule(Kind::Ipv4, "198.51.100.3", 1)}), after = set_of({});
  Scanner scanner(before);
  int hits = 0;
  const std::vector<telemetry::Candidate> candidates{{Kind::Ipv4, "198.51.100.3", "id.resp_h"}};
  const auto count = [&](const Hit&) { ++hits; };
  scanner.line("f", connection("10.0.0.1", "198.51.100.3"), candidates, count);
  scanner.swap(after);
  scanner.line("f", connection("10.0.0.1", "198.51.100.3"), candidates, count);
  EXPECT_EQ(hits, 1);
}

Hit hit(std::string value, std::string host, std::int64_t seconds) {
  Hit out;
  out.kind = Kind::Domain;
  out.value = std::move(value);
  out.host = std::move(host);
  out.log = "dns";
  out.time = Time{seconds * 1'000'000};
  return out;
}

TEST(Scanner, MeetsOtherSpellingsAndShowsWhatStandsInTheLog) {
  const Set set = set_of({rule(Kind::Url, "http://evil.example/a", 1), rule(Kind::Url, "http://evil.example/A", 2),
                          rule(Kind::FileName, "invoice.exe", 3)});
  const auto hits = hits_of(set, connection("10.0.0.1", "198.51.100.3"),
                            {{Kind::Url, "http://evil.example/a", "uri"},
                             {Kind::Url, "http://evil.example/A", "referrer"},
                             {Kind::FileName, "Invoice.EXE", "filename"}});
  ASSERT_EQ(hits.size(), 2u) << "one line counts once for one value";
  EXPECT_THAT(hits[0].grounds, UnorderedElementsAre(1, 2));
  EXPECT_EQ(hits[1].value, "invoice.exe");
  EXPECT_EQ(hits[1].seen, "Invoice.EXE");
}

TEST(Folder, FoldsByValueHostAndLogMostFrequentFirst) {
  Folder folder;
  folder.add(hit("a.example", "10.0.0.1", 5));
  folder.add(hit("b.example", "10.0.0.1", 7));
  folder.add(hit("b.example", "10.0.0.1", 3));
  folder.add(hit("b.example", "10.0.0.2", 4));
  Hit timeless = hit("b.example", "10.0.0.1", 0);
  timeless.time.reset();
  folder.add(timeless);
  EXPECT_EQ(folder.size(), 3u);
  const auto rows = folder.take();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].first.value, "b.example");
  EXPECT_EQ(rows[0].count, 3u);
  EXPECT_EQ(rows[0].first_time, Time{3'000'000});
  EXPECT_EQ(rows[0].last_time, Time{7'000'000});
  EXPECT_THAT(folder.take(), IsEmpty());
}

TEST(Folder, KeepsWhoTookPartApart) {
  Folder folder;
  Hit with_ward = hit("evil.example", "10.0.0.1", 1);
  with_ward.others = {"10.1.4.20"};
  folder.add(hit("evil.example", "10.0.0.1", 1));
  folder.add(with_ward);
  EXPECT_EQ(folder.size(), 2u) << "the ward may be critical, and the node must hear of it";
}

TEST(Folder, KeepsApartWhatOnlyLooksAlikeWhenJoined) {
  Folder folder;
  folder.add(hit("a", "bc", 1));
  folder.add(hit("ab", "c", 1));
  EXPECT_EQ(folder.size(), 2u);
}

}  // namespace
}  // namespace tocsin::watch
