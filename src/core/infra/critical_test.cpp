// Marking hosts, and finding the one that a host of telemetry is or lies in.
#include "core/infra/critical.h"

#include <arpa/inet.h>

#include <array>
#include <random>

#include "core/infra/infra_fixture.h"

namespace tocsin::infra {
namespace {

class CriticalHosts : public InfraTest {};

TEST_P(CriticalHosts, KeepEverythingThatWasSaidOfThem) {
  CriticalHost said = host_called("198.51.100.7", "Máy chủ hồ sơ bệnh án");
  said.protected_code = "MED-U";
  said.population_served = 250'000;
  said.workaround = Workaround::Manual;
  ASSERT_EQ(refusal(said), "");
  const auto hosts = all();
  ASSERT_EQ(hosts.size(), 1u);
  const CriticalHost& kept = hosts[0];
  EXPECT_EQ(kept.host, "198.51.100.7");
  EXPECT_EQ(kept.name, said.name);
  EXPECT_EQ(kept.service, said.service);
  EXPECT_EQ(kept.sector, "HEA");
  EXPECT_EQ(kept.protected_code, "MED-U");
  EXPECT_EQ(kept.population_served, 250'000);
  EXPECT_EQ(kept.workaround, Workaround::Manual);
  EXPECT_EQ(kept.marked_by, "an");
  EXPECT_EQ(kept.marked_at, said.marked_at);
}

TEST_P(CriticalHosts, AreNormalisedWhereverTheyAreNamed) {
  const std::pair<const char*, const char*> forms[] = {
      {"10.0.0.5", "10.0.0.5"},
      {"10.0.0.77/24", "10.0.0.0/24"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:ffff::/32", "2001:db8::/32"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"Records.Hospital.EXAMPLE.", "records.hospital.example"},
      {"bệnhviện.example", "xn--bnhvin-ik8be.example"},
      {"PACS-01", "pacs-01"},
      {"scada_7", "scada_7"},
  };
  for (const auto& [written, normal] : forms) {
    const auto marked = mark_one(host_called(written));
    ASSERT_TRUE(marked) << written;
    EXPECT_EQ(marked->host, normal);
    EXPECT_EQ(where(written), normal);
    EXPECT_EQ(where(normal), normal);
    EXPECT_EQ(unmark_one(written), "") << written;
    EXPECT_EQ(where(normal), "");
  }
}

TEST_P(CriticalHosts, TheSameHostAgainReplaces) {
  ASSERT_EQ(refusal(host_called("Records.example", "Old")), "");
  CriticalHost again = host_called("RECORDS.EXAMPLE.", "New");
  again.sector = "WAT";
  again.marked_by = "linh";
  ASSERT_EQ(refusal(again), "");
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].name, "New");
  EXPECT_EQ(all()[0].sector, "WAT");
  EXPECT_EQ(all()[0].marked_by, "linh");
}

TEST_P(CriticalHosts, AreRefusedWhereTheyAreNoHosts) {
  const std::string no_hosts[] = {"",
                                  " ",
                                  "10.0.0.256",
                                  "10.0.0.999",
                                  "010.0.0.1",
                                  "10.0.0",
                                  "1.2.3.4.5",
                                  "10.0.0.0/33",
                                  "10.0.0.0/",
                                  "10.0.0.0/08",
                                  "2001:db8::/129",
                                  "2001:db8:::1",
                                  "fe80::1%eth0",
                                  "10.0.0.1:443",
                                  "http://records.example/",
                                  "two words",
                                  "..",
                                  ".",
                                  "a..b",
                                  "'; DROP TABLE critical_hosts; --",
                                  "%",
                                  "*",
                                  "records.example\n",
                                  std::string("records.example\0", 16),
                                  "\xff\xfe",
                                  "\u202eserver",
                                  std::string(254, 'a'),
                                  std::string(1 << 20, 'a'),
                                  std::string(1 << 20, '.')};
  for (const std::string& text : no_hosts) {
    EXPECT_EQ(refusal(host_called(text)), "infra.bad_host") << text.substr(0, 80);
    EXPECT_EQ(where(text), "") << text.substr(0, 80);
    EXPECT_EQ(unmark_one(text), "infra.not_marked") << text.substr(0, 80);
  }
  EXPECT_TRUE(all().empty());
}

TEST_P(CriticalHosts, AreRefusedWithUnknownCodes) {
  for (const std::string code : {"", "hea", "HEA ", "XXX", "MED-U"}) {
    CriticalHost host = host_called("10.0.0.5");
    host.sector = code;
    EXPECT_EQ(refusal(host), "infra.bad_sector") << code;
  }
  for (const std::string code : {"med-u", "MED", "HEA", "?"}) {
    CriticalHost host = host_called("10.0.0.5");
    host.protected_code = code;
    EXPECT_EQ(refusal(host), "infra.bad_protected_code") << code;
  }
  EXPECT_TRUE(all().empty());
}

TEST_P(CriticalHosts, AreRefusedWithTheCodesThatThereAre) {
  CriticalHost host = host_called("10.0.0.5");
  host.sector = "QQ";
  const auto refused = mark_one(host);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().args.size(), 2u);
  for (const std::string_view code : sectors())
    EXPECT_NE(refused.error().args[1].find(code), std::string::npos) << code;
}

TEST_P(CriticalHosts, NeedANameOfBoundedLengthAndNoNegativePopulation) {
  CriticalHost host = host_called("10.0.0.5", "");
  EXPECT_EQ(refusal(host), "infra.bad_name");
  host.name = std::string(201, 'x');
  EXPECT_EQ(refusal(host), "infra.bad_name");
  host.name = std::string(200, 'x');
  host.population_served = -1;
  EXPECT_EQ(refusal(host), "infra.bad_name");
  host.population_served = 0;
  host.service = std::string(201, 'x');
  EXPECT_EQ(refusal(host), "infra.bad_name");
  host.service = "";
  EXPECT_EQ(refusal(host), "");
  EXPECT_EQ(unmark_one("10.0.0.6"), "infra.not_marked");
}

TEST_P(CriticalHosts, TheNarrowestRangeWins) {
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "::/0", "2001:db8::/32",
                           "2001:db8:1::/48", "2001:db8:1::5"})
    ASSERT_EQ(refusal(host_called(text)), "") << text;
  EXPECT_EQ(where("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(where("10.1.2.4"), "10.1.2.0/24");
  EXPECT_EQ(where("10.1.3.4"), "10.1.0.0/16");
  EXPECT_EQ(where("10.2.3.4"), "10.0.0.0/8");
  EXPECT_EQ(where("192.0.2.1"), "0.0.0.0/0");
  EXPECT_EQ(where("::ffff:10.1.2.4"), "10.1.2.0/24");
  EXPECT_EQ(where("2001:db8:1::5"), "2001:db8:1::5");
  EXPECT_EQ(where("2001:db8:1::6"), "2001:db8:1::/48");
  EXPECT_EQ(where("2001:db8:2::6"), "2001:db8::/32");
  EXPECT_EQ(where("2002::1"), "::/0");
}

TEST_P(CriticalHosts, ARangeOfOneAddressHoldsIt) {
  ASSERT_EQ(refusal(host_called("10.0.0.5/32")), "");
  ASSERT_EQ(refusal(host_called("2001:db8::5/128")), "");
  EXPECT_NE(where("10.0.0.5"), "");
  EXPECT_NE(where("2001:db8::5"), "");
  EXPECT_EQ(where("10.0.0.4"), "");
  EXPECT_EQ(where("2001:db8::4"), "");
}

TEST_P(CriticalHosts, ANameIsItselfAndNotWhatLiesBelowIt) {
  ASSERT_EQ(refusal(host_called("hospital.example")), "");
  ASSERT_EQ(refusal(host_called("pacs")), "");
  EXPECT_EQ(where("HOSPITAL.example"), "hospital.example");
  EXPECT_EQ(where("www.hospital.example"), "");
  EXPECT_EQ(where("pacs.hospital.example"), "");
  EXPECT_EQ(where("PACS"), "pacs");
}

// Containment bit by bit, over addresses that crowd together and over addresses from everywhere.
TEST_P(CriticalHosts, AgreeWithComparingBits) {
  std::mt19937 random(5);
  struct Range {
    std::string text;
    bool v6;
    std::array<std::uint8_t, 16> bytes{};
    unsigned prefix;
  };
  const auto bit = [](const std::array<std::uint8_t, 16>& bytes, unsigned i) {
    return (bytes[i / 8] >> (7 - i % 8)) & 1;
  };
  const auto draw = [&](bool v6) {
    Range out{"", v6, {}, v6 ? 128u : 32u};
    out.bytes[0] = v6 ? 0x20 : 10;
    for (std::size_t i = 1; i < (v6 ? 16u : 4u); ++i)
      out.bytes[i] = static_cast<std::uint8_t>(random() % 3 > 0 ? random() % 2 : random());
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(v6 ? AF_INET6 : AF_INET, out.bytes.data(), text, sizeof text);
    out.text = text;
    return out;
  };
  std::vector<Range> ranges;
  for (int i = 0; i < 60; ++i) {
    Range range = draw(random() % 2 > 0);
    range.prefix = static_cast<unsigned>(8 + random() % (range.v6 ? 121 : 25));
    const auto marked = mark_one(host_called(range.text + "/" + std::to_string(range.prefix)));
    ASSERT_TRUE(marked);
    range.text = marked->host;
    ranges.push_back(range);
  }
  for (int i = 0; i < 400; ++i) {
    const Range address = draw(random() % 2 > 0);
    const Range* narrowest = nullptr;
    for (const Range& range : ranges) {
      if (range.v6 != address.v6) continue;
      bool inside = true;
      for (unsigned at = 0; at < range.prefix; ++at) inside = inside && bit(range.bytes, at) == bit(address.bytes, at);
      if (inside && (!narrowest || narrowest->prefix < range.prefix)) narrowest = &range;
    }
    EXPECT_EQ(where(address.text), narrowest ? narrowest->text : "") << address.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, CriticalHosts, ::testing::ValuesIn(test_support::all_engines()),
                         test_support::engine_name);

}  // namespace
}  // namespace tocsin::infra
