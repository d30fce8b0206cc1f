#include "core/watch/set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/watch/layout.h"
#include "ground/crypto/crypto.h"

namespace tocsin::watch {
namespace {

using observable::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Rule rule(Kind kind, std::string text, std::uint64_t grounds, bool subdomains = true) {
  return {{kind, std::move(text)}, grounds, subdomains};
}

Set set_of(std::vector<Rule> rules) {
  auto set = Set::open(Set::compile(std::move(rules), "test-set"));
  CHECK(set);
  return std::move(*set);
}

std::vector<std::uint64_t> grounds(const Set& set, Kind kind, std::string_view text) {
  std::vector<Entry> found;
  set.probe(kind, text, found);
  std::vector<std::uint64_t> out;
  for (const Entry& entry : found) out.push_back(entry.grounds);
  return out;
}

// Appendix A of the SipHash paper and the authors' vectors (key 00..0f, message 00, 01, ...).
TEST(SipHash, AgreesWithItsAuthors) {
  const HashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string message;
  const auto next = [&] { message += static_cast<char>(message.size()); };
  EXPECT_EQ((siphash<2, 4>(key, message)), 0x726fdb47dd0e0e31u);
  next();
  EXPECT_EQ((siphash<2, 4>(key, message)), 0x74f839c593dc67fdu);
  while (message.size() < 8) next();
  EXPECT_EQ((siphash<2, 4>(key, message)), 0x93f5f5799a932462u);
  while (message.size() < 15) next();
  EXPECT_EQ((siphash<2, 4>(key, message)), 0xa129ca6149be45e5u);
}

TEST(Set, AnswersExactValuesOfTheirKindOnly) {
  const Set set = set_of({rule(Kind::Ipv4, "198.51.100.3", 7), rule(Kind::Md5, std::string(32, 'a'), 8)});
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.100.3"), ElementsAre(7));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.100.4"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Md5, std::string(32, 'a')), ElementsAre(8));
  EXPECT_THAT(grounds(set, Kind::Ja3, std::string(32, 'a')), IsEmpty());
  EXPECT_EQ(set.size(), 2u);
  EXPECT_EQ(set.id(), "test-set");
}

TEST(Set, AnswersNamesBelowAnIndicatedDomain) {
  const Set set = set_of({rule(Kind::Domain, "evil.example", 1), rule(Kind::Domain, "exact.example", 2, false),
                          rule(Kind::Domain, "a.evil.example", 3), rule(Kind::Domain, "zip", 4)});
  EXPECT_THAT(grounds(set, Kind::Domain, "evil.example"), ElementsAre(1));
  EXPECT_THAT(grounds(set, Kind::Domain, "x.a.evil.example"), ElementsAre(3, 1));
  EXPECT_THAT(grounds(set, Kind::Domain, "exact.example"), ElementsAre(2));
  EXPECT_THAT(grounds(set, Kind::Domain, "www.exact.example"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Domain, "notevil.example"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Domain, "example"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Domain, "invoice.zip"), ElementsAre(4));
}

TEST(Set, AnswersDomainsOfVeryManyLabels) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "a.";
  const Set set = set_of({rule(Kind::Domain, deep + "x", 1), rule(Kind::Domain, "a.a.x", 2)});
  EXPECT_THAT(grounds(set, Kind::Domain, "a.a." + deep + "x"), ElementsAre(1, 2));
}

TEST(Set, AnswersEveryRangeAroundAnAddressInnermostFirst) {
  const Set set = set_of({rule(Kind::Ipv4Range, "0.0.0.0/0", 1), rule(Kind::Ipv4Range, "198.51.0.0/16", 2),
                          rule(Kind::Ipv4Range, "198.51.100.0/24", 3), rule(Kind::Ipv4Range, "198.51.100.0/25", 4),
                          rule(Kind::Ipv4Range, "255.255.255.0/24", 5), rule(Kind::Ipv4, "198.51.100.3", 6)});
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.100.3"), ElementsAre(6, 4, 3, 2, 1));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.100.128"), ElementsAre(3, 2, 1));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.101.0"), ElementsAre(2, 1));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.52.0.0"), ElementsAre(1));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "255.255.255.255"), ElementsAre(5, 1));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "0.0.0.0"), ElementsAre(1));
  EXPECT_THAT(grounds(set, Kind::Ipv6, "::1"), IsEmpty());
}

TEST(Set, AnswersRangesOfIpv6) {
  const Set set = set_of({rule(Kind::Ipv6Range, "2001:db8::/32", 1), rule(Kind::Ipv6Range, "2001:db8:0:1::/64", 2),
                          rule(Kind::Ipv6Range, "ffff::/16", 3)});
  EXPECT_THAT(grounds(set, Kind::Ipv6, "2001:db8:0:1::5"), ElementsAre(2, 1));
  EXPECT_THAT(grounds(set, Kind::Ipv6, "2001:db8:0:2::"), ElementsAre(1));
  EXPECT_THAT(grounds(set, Kind::Ipv6, "2001:db9::"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Ipv6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ElementsAre(3));
  EXPECT_THAT(grounds(set, Kind::Ipv6, "no address"), IsEmpty());
}

TEST(Set, KeepsEveryGroundOfOneValue) {
  const Set set = set_of({rule(Kind::Domain, "evil.example", 2), rule(Kind::Domain, "evil.example", 1),
                          rule(Kind::Domain, "evil.example", 1), rule(Kind::Domain, "evil.example", 3, false),
                          rule(Kind::Ipv4Range, "10.0.0.0/8", 4), rule(Kind::Ipv4Range, "10.0.0.0/8", 5)});
  EXPECT_EQ(set.size(), 5u) << "one rule was there twice";
  EXPECT_THAT(grounds(set, Kind::Domain, "evil.example"), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(grounds(set, Kind::Domain, "www.evil.example"), UnorderedElementsAre(1, 2));
  EXPECT_THAT(grounds(set, Kind::Ipv4, "10.1.2.3"), UnorderedElementsAre(4, 5));
}

TEST(Set, AnswersWhateverTheCaseOfLettersWhereItMeansNothing) {
  const Set set = set_of({rule(Kind::Url, "http://evil.example/AbC-dEf/Index.PHP", 1),
                          rule(Kind::Url, "http://evil.example/abc-def/index.php", 2),
                          rule(Kind::Url, "http://evil.example/other", 3), rule(Kind::FileName, "invoice.exe", 4),
                          rule(Kind::UserAgent, "evilbot/1.0", 5), rule(Kind::Email, "bad.guy@evil.example", 6),
                          rule(Kind::Mutex, "Global", 7)});
  for (const char* text : {"http://evil.example/AbC-dEf/Index.PHP", "http://evil.example/abc-def/index.php",
                           "http://evil.example/ABC-DEF/INDEX.PHP"})
    EXPECT_THAT(grounds(set, Kind::Url, text), UnorderedElementsAre(1, 2)) << text;
  EXPECT_THAT(grounds(set, Kind::Url, "http://evil.example/Other"), ElementsAre(3));
  EXPECT_THAT(grounds(set, Kind::FileName, "Invoice.EXE"), ElementsAre(4));
  EXPECT_THAT(grounds(set, Kind::UserAgent, "EvilBot/1.0"), ElementsAre(5));
  EXPECT_THAT(grounds(set, Kind::Email, "Bad.Guy@evil.example"), ElementsAre(6));
  EXPECT_THAT(grounds(set, Kind::Mutex, "global"), IsEmpty());
}

TEST(SmallLetters, AreMadeOfCapitalsAndOfNothingElse) {
  for (unsigned c = 0; c < 256; ++c) {
    const auto small = static_cast<unsigned char>(small_letter(static_cast<char>(c)));
    EXPECT_EQ(small_letters(c * 0x0101010101010101u), small * 0x0101010101010101u) << c;
    // Its neighbours must not carry into it.
    EXPECT_EQ(small_letters(0xffff'ffff'ffff'ff00u | c), 0xffff'ffff'ffff'ff00u | small) << c;
  }
}

TEST(Set, LeavesOutWhatCanNeverMatch) {
  const Set set = set_of({rule(Kind::Ipv4Range, "10.0.0.0", 1), rule(Kind::Ipv6Range, "10.0.0.0/8", 2),
                          rule(static_cast<Kind>(99), "x", 3), rule(Kind::Domain, "", 4)});
  EXPECT_EQ(set.size(), 0u);
}

TEST(Set, MayBeEmpty) {
  const Set set = set_of({});
  EXPECT_EQ(set.size(), 0u);
  EXPECT_THAT(grounds(set, Kind::Domain, "www.evil.example"), IsEmpty());
  EXPECT_THAT(grounds(set, Kind::Ipv4, "198.51.100.3"), IsEmpty());
}

TEST(Set, IsKeyedAnewEachTime) {
  EXPECT_NE(Set::compile({rule(Kind::Ipv4, "198.51.100.3", 7)}, "x"),
            Set::compile({rule(Kind::Ipv4, "198.51.100.3", 7)}, "x"));
}

std::vector<Rule> a_few_rules() {
  return {rule(Kind::Domain, "evil.example", 1), rule(Kind::Ipv4, "198.51.100.3", 2),
          rule(Kind::Ipv4Range, "10.0.0.0/8", 3), rule(Kind::Ipv4Range, "10.1.0.0/16", 4),
          rule(Kind::Ipv6Range, "2001:db8::/32", 5)};
}

TEST(OpeningASet, RefusesEveryFlippedBit) {
  const Bytes good = Set::compile(a_few_rules(), "id");
  ASSERT_TRUE(Set::open(good));
  const auto& header = *reinterpret_cast<const layout::Header*>(good.data());
  const auto in_section = [&](std::size_t at) {
    return at < sizeof header || std::any_of(header.sections.begin(), header.sections.end(), [&](const auto& place) {
             return at >= place.offset && at < place.offset + place.size;
           });
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0x10;
    const auto outcome = Set::open(bad);
    if (!in_section(at)) continue;  // the zeros between sections say nothing
    ASSERT_FALSE(outcome) << at;
    EXPECT_EQ(outcome.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(outcome.error().id, "watch.bad_set");
  }
}

TEST(OpeningASet, RefusesEveryShorterOne) {
  const Bytes good = Set::compile(a_few_rules(), "id");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(Set::open(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(Set::open(longer));
}

/// Whoever forges a set computes its digests too.
void seal(Bytes& bytes) {
  layout::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (auto& place : header.sections)
    if (place.offset <= bytes.size() && place.size <= bytes.size() - place.offset)
      place.sha256 = crypto::sha256(ByteView(bytes).subspan(place.offset, place.size)).bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  header.sha256 = crypto::sha256(ByteView(bytes).first(sizeof header - 32)).bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
}

/// Opens `a_few_rules` after a forgery with right digests; says what was found wrong.
std::string forged(const std::function<void(layout::Header&, Bytes&)>& change) {
  Bytes bytes = Set::compile(a_few_rules(), "id");
  layout::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header, bytes);
  std::memcpy(bytes.data(), &header, sizeof header);
  seal(bytes);
  const auto outcome = Set::open(bytes);
  return outcome ? "opened" : outcome.error().detail;
}

void overwrite(Bytes& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, 4);
}

TEST(OpeningASet, RefusesForgeriesWithRightDigests) {
  using layout::Header;
  using layout::Section;
  EXPECT_EQ(forged([](Header&, Bytes&) {}), "opened");
  const auto place = [](Header& h, Section s) { return h.sections[s].offset; };
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Pool].size = ~0ull; }), "section outside the block");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Table].offset += 8; }), "section outside the block");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Entries].size -= 1; }), "section of a broken size");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Entries].size -= 24; }), "number of entries");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.id_offset = 0xffffffff; }), "set id");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.kinds = 0; }), "kind of an entry");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.parent_labels = 0; }), "labels of a domain");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Table].size = 0; }), "size of the table");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.sections[Section::Filter].size = 0; }), "size of the table");
  EXPECT_EQ(forged([](Header& h, Bytes&) { h.key0 ^= 1; }), "value not in the table");
  EXPECT_EQ(forged([&](Header& h, Bytes& b) { overwrite(b, place(h, Section::Table) + 4, 1000); }),
            "slot of the table");
  EXPECT_EQ(forged([&](Header& h, Bytes& b) {
              for (std::size_t i = 0; i < h.sections[Section::Table].size; i += 8)
                overwrite(b, place(h, Section::Table) + i + 4, 1);
            }),
            "table too full");
  EXPECT_EQ(forged([&](Header& h, Bytes& b) { overwrite(b, place(h, Section::Entries) + 8, 0xfffffff0); }),
            "text of an entry");
  // Entries are sorted by kind: 0 Ipv4, 1 and 2 Ipv4Range, 3 Ipv6Range, 4 Domain.
  EXPECT_EQ(forged([&](Header& h, Bytes& b) { overwrite(b, place(h, Section::Entries) + 24 + 16, 2); }),
            "parent of a range");
  EXPECT_EQ(forged([&](Header& h, Bytes& b) { overwrite(b, place(h, Section::V4Covers), 4); }), "index of ranges");
  EXPECT_EQ(forged([&](Header& h, Bytes& b) { overwrite(b, place(h, Section::V4Starts), 0xffffffff); }),
            "index of ranges");
}

}  // namespace
}  // namespace tocsin::watch
