#include "formats/observable/address.h"

#include <gtest/gtest.h>

#include "formats/observable/observable.h"

namespace tocsin::observable {
namespace {

std::string rewritten(std::string_view text) {
  const auto address = parse_address(text);
  return address ? format(*address) : "<none>";
}

// The examples of RFC 5952, sections 1, 2 and 4.
TEST(Address, IsWrittenAsRfc5952Says) {
  EXPECT_EQ(rewritten("2001:0db8::0001"), "2001:db8::1");
  EXPECT_EQ(rewritten("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  EXPECT_EQ(rewritten("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(rewritten("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(rewritten("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  EXPECT_EQ(rewritten("2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:1"), "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1");
  EXPECT_EQ(rewritten("0:0:0:0:0:0:0:0"), "::");
  EXPECT_EQ(rewritten("::1"), "::1");
  EXPECT_EQ(rewritten("1::"), "1::");
  EXPECT_EQ(rewritten("::1.2.3.4"), "::102:304");
}

TEST(Address, MappedBecomesIpv4) {
  EXPECT_EQ(rewritten("::ffff:198.51.100.3"), "198.51.100.3");
  EXPECT_EQ(parse_ip_or_range("::FFFF:c633:6403"), (Value{Kind::Ipv4, "198.51.100.3"}));
  EXPECT_EQ(parse_ip_or_range("::ffff:198.51.100.3/120"), (Value{Kind::Ipv4Range, "198.51.100.0/24"}));
  EXPECT_EQ(normalise(Kind::Ipv6, "::ffff:198.51.100.3"), std::nullopt);
}

TEST(Address, RefusesOtherSpellings) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4",
                           "fe80::1%eth0", ":::", "1::2::3", "12345::", "[::1]", "2001:db8::1/64"})
    EXPECT_EQ(rewritten(text), "<none>") << text;
  EXPECT_EQ(rewritten(std::string_view("1.2.3.4\0x", 9)), "<none>");
}

TEST(Network, ClearsHostBits) {
  EXPECT_EQ(parse_ip_or_range("198.51.100.77/24"), (Value{Kind::Ipv4Range, "198.51.100.0/24"}));
  EXPECT_EQ(parse_ip_or_range("255.255.255.255/0"), (Value{Kind::Ipv4Range, "0.0.0.0/0"}));
  EXPECT_EQ(parse_ip_or_range("198.51.100.77/31"), (Value{Kind::Ipv4Range, "198.51.100.76/31"}));
  EXPECT_EQ(parse_ip_or_range("2001:db8:ffff::1/33"), (Value{Kind::Ipv6Range, "2001:db8:8000::/33"}));
  EXPECT_EQ(parse_ip_or_range("198.51.100.77/32"), (Value{Kind::Ipv4, "198.51.100.77"}));
  EXPECT_EQ(parse_ip_or_range("::1/128"), (Value{Kind::Ipv6, "::1"}));
}

TEST(Network, RefusesBadLengths) {
  for (const char* text : {"1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/+8", "1.2.3.4/8 ", "::/129",
                           "/8", "1.2.3.4/8/8", "1.2.3/8"})
    EXPECT_EQ(parse_ip_or_range(text), std::nullopt) << text;
}

TEST(Network, ContainsExactlyItsAddresses) {
  const auto network = *parse_network("198.51.100.64/26");
  EXPECT_TRUE(contains(network, *parse_address("198.51.100.64")));
  EXPECT_TRUE(contains(network, *parse_address("198.51.100.127")));
  EXPECT_FALSE(contains(network, *parse_address("198.51.100.128")));
  EXPECT_FALSE(contains(network, *parse_address("198.51.100.63")));
  EXPECT_FALSE(contains(*parse_network("::/0"), *parse_address("198.51.100.64")));
}

TEST(NormalIpv4, IsReadAsANumber) {
  EXPECT_EQ(parse_normal_ipv4("1.2.3.4"), 0x01020304u);
  EXPECT_EQ(parse_normal_ipv4("255.255.255.255"), 0xffffffffu);
  for (const char* text : {"1.2.3", "1.2.3.", "01.2.3.4", "1.2.3.256", "1.2.3.1234", "1.2.3.4x", "1..3.4", "1.2.3.4."})
    EXPECT_EQ(parse_normal_ipv4(text), std::nullopt) << text;
}

}  // namespace
}  // namespace tocsin::observable
