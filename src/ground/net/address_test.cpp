#include "ground/net/address.h"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

bool is_public(const char* text) {
  const auto address = parse_ip(text);
  EXPECT_TRUE(address) << text;
  return address && address->is_public();
}

TEST(Address, PublicOnesArePublic) {
  for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                           "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
                           "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111",
                           "2001:4860:4860::8888", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1"})
    EXPECT_TRUE(is_public(text)) << text;
}

// IANA special-purpose registries, both families, and every way in which IPv4 hides in IPv6.
TEST(Address, SpecialOnesAreNot) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.7",
                           "203.0.113.9",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3",
                           "::ffff:169.254.169.254",
                           "::ffff:0.0.0.0",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:2::1",
                           "2001:10::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "2002:a00:1::1",
                           "2002:c0a8:101::1",
                           "3fff::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "ff02::1",
                           "5f00::1",
                           "::2"})
    EXPECT_FALSE(is_public(text)) << text;
}

TEST(Address, OneAddressHasOneValueHoweverItIsWritten) {
  EXPECT_EQ(parse_ip("10.0.0.1"), parse_ip("::ffff:10.0.0.1"));
  EXPECT_EQ(parse_ip("::ffff:10.0.0.1")->text(), "10.0.0.1");
  EXPECT_EQ(parse_ip("2001:DB8:0::1")->text(), "2001:db8::1");
}

TEST(Address, RefusesWhatIsNoNumericAddress) {
  for (const char* text : {"", "localhost", "1.2.3", "0x7f.0.0.1", "127.1", "1.2.3.4.5", "256.1.1.1", "fe80::1%lo",
                           "[::1]", " 1.2.3.4", "1.2.3.4 ", "01.2.3.4"})
    EXPECT_FALSE(parse_ip(text)) << text;
  EXPECT_FALSE(parse_ip(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Address, KnowsLoopbackAndSources) {
  EXPECT_TRUE(parse_ip("127.8.8.8")->is_loopback());
  EXPECT_TRUE(parse_ip("::1")->is_loopback());
  EXPECT_TRUE(parse_ip("::ffff:127.0.0.1")->is_loopback());
  EXPECT_FALSE(parse_ip("::")->is_loopback());
  EXPECT_FALSE(parse_ip("0.0.0.0")->is_loopback());
  EXPECT_TRUE(parse_ip("0.0.0.0")->is_unspecified());
  EXPECT_EQ(parse_ip("2001:db8:1:2:3::4")->source(), parse_ip("2001:db8:1:2::")->source());
  EXPECT_NE(parse_ip("2001:db8:1:2::1")->source(), parse_ip("2001:db8:1:3::1")->source());
  EXPECT_NE(parse_ip("192.0.2.1")->source(), parse_ip("192.0.2.2")->source());
}

}  // namespace
}  // namespace tocsin::net
