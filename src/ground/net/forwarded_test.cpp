#include "ground/net/forwarded.h"

#include <gtest/gtest.h>

#include "ground/net/test_support.h"

namespace tocsin::net {
namespace {

using testing::RawSocket;

std::string last_hop(const Headers& headers) {
  const auto found = last_forwarded_for(headers);
  return found ? found->text() : "none";
}

TEST(ForwardedFor, IsTheLastHopBecauseTheProxyWroteIt) {
  EXPECT_EQ(last_hop({{"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(last_hop({{"x-forwarded-for", "127.0.0.1, unix,\t2001:db8::7 "}}), "2001:db8::7");
  EXPECT_EQ(last_hop({{"x-forwarded-for", "192.0.2.1"}, {"host", "a"}, {"x-forwarded-for", "203.0.113.9"}}),
            "203.0.113.9")
      << "a field of its own, after the one that the client sent";
}

TEST(ForwardedFor, IsNobodyWhereTheLastHopIsNoAddress) {
  for (const std::string value :
       {"", " ", ",", "203.0.113.9,", "unknown", "unix", "203.0.113.9:4711", "[2001:db8::7]", "203.0.113.256", "0x7f.1",
        "203.0.113.9 203.0.113.8", "fe80::1%eth0", "203.0.113.9;", "\"203.0.113.9\""})
    EXPECT_EQ(last_hop({{"x-forwarded-for", value}}), "none") << value;
  EXPECT_EQ(last_hop({{"x-forwarded-for", std::string("203.0.113.9\0", 12)}}), "none");
  EXPECT_EQ(last_hop({{"x-forwarded-for", std::string(1 << 16, ',')}}), "none");
  EXPECT_EQ(last_hop({{"forwarded", "for=203.0.113.9"}, {"x-real-ip", "203.0.113.9"}}), "none");
}

class Proxied : public ::testing::Test {
 protected:
  /// Who the handler is told asks, where the request bears these fields.
  std::string source(const std::vector<std::string>& trusted, const std::string& fields) {
    ServerOptions options;
    options.trusted_proxies = trusted;
    auto server = Server::start(options, [](const Request& request) {
      Response out;
      out.body = request.remote_address;
      return out;
    });
    if (!server) return server.error().id;
    RawSocket proxy((*server)->port());
    proxy.say("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + fields + "\r\n");
    std::string said;
    for (std::string more = proxy.hear(); !more.empty(); more = proxy.hear()) said += more;
    return said.substr(said.find("\r\n\r\n") + 4);
  }
};

TEST_F(Proxied, RequestsComeFromWhomTheTrustedProxyNames) {
  EXPECT_EQ(source({"192.0.2.1", "127.0.0.1"}, "X-Forwarded-For: 10.0.0.1, 203.0.113.9\r\n"), "203.0.113.9");
  EXPECT_EQ(source({"::ffff:127.0.0.1"}, "X-Forwarded-For: 203.0.113.9\r\n"), "203.0.113.9");
}

TEST_F(Proxied, RequestsOfNobodyInParticularComeFromTheProxy) {
  EXPECT_EQ(source({"127.0.0.1"}, ""), "127.0.0.1");
  EXPECT_EQ(source({"127.0.0.1"}, "X-Forwarded-For: 203.0.113.9, unix\r\n"), "127.0.0.1");
}

TEST_F(Proxied, NobodyElseNamesAnotherSource) {
  EXPECT_EQ(source({}, "X-Forwarded-For: 203.0.113.9\r\n"), "127.0.0.1");
  EXPECT_EQ(source({"192.0.2.1"}, "X-Forwarded-For: 203.0.113.9\r\n"), "127.0.0.1");
}

TEST_F(Proxied, ATrustedProxyHasAnAddressInNumbers) {
  for (const std::string address : {"", "proxy.example", "10.0.0.0/8", "127.0.0.1:443"})
    EXPECT_EQ(source({address}, ""), "net.bad_proxy_address") << address;
}

TEST(Server, CountsATrustedProxyAsNoSingleSource) {
  ServerOptions options;
  options.max_connections_per_source = 1;
  options.trusted_proxies = {"127.0.0.1"};
  auto server = Server::start(options, [](const Request&) { return Response{}; });
  ASSERT_TRUE(server);
  RawSocket first((*server)->port()), second((*server)->port());
  for (RawSocket* one : {&first, &second}) {
    ASSERT_TRUE(one->say("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(one->hear().starts_with("HTTP/1.1 200"));
  }
}

}  // namespace
}  // namespace tocsin::net
