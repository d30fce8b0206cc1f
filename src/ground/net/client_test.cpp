// Our client against servers that lie, stall or stand where they must not.
#include "ground/net/client.h"

#include <cstdlib>
#include <functional>
#include <thread>

#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

/// Accepts one connection after the other on loopback, reads until an empty line, and says what the test wants.
class FakeServer {
 public:
  explicit FakeServer(std::string answer, bool then_close = true)
      : answer_(std::move(answer)), then_close_(then_close) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&name), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int fd : held_) ::close(fd);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  std::string last_request() const { return request_; }  ///< after the call that made it

 private:
  void serve() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      request_ = request;
      std::string_view rest = answer_;
      while (!rest.empty()) {
        const ssize_t put = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (put <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(put));
      }
      if (then_close_)
        ::close(fd);
      else
        held_.push_back(fd);
    }
  }

  const std::string answer_;
  const bool then_close_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string request_;
  std::vector<int> held_;
  std::thread thread_;
};

std::string id_of(const Result<ClientResponse>& answer) {
  return answer ? "fine" : answer.error().id;
}

TEST(Client, RefusesAddressesThatNobodyAllowed) {
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const std::string port = std::to_string(server.port());
  Client client(ClientOptions{});
  for (const char* host : {"127.0.0.1",
                           "[::1]",
                           "[::ffff:127.0.0.1]",
                           "0.0.0.0",
                           "[::]",
                           "localhost",
                           "127.1",
                           "0x7f000001",
                           "2130706433",
                           "017700000001",
                           "10.0.0.1",
                           "169.254.169.254",
                           "[fe80::1]",
                           "[fc00::1]",
                           "224.0.0.1",
                           "[ff02::1]",
                           "[64:ff9b::7f00:1]",
                           "[2002:7f00:1::]",
                           "192.168.1.1",
                           "100.64.0.1"}) {
    const auto answer = client.send("GET", "http://" + std::string(host) + ":" + port + "/", {}, "");
    EXPECT_EQ(id_of(answer), "net.private_address") << host;
  }
  EXPECT_EQ(server.last_request(), "");
}

TEST(Client, SpeaksToAPrivateAddressThatWasAllowedAndToNoOther) {
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ClientOptions options;
  options.allowed_private_addresses = {"127.0.0.1"};
  Client client(options);
  EXPECT_EQ(id_of(client.send("GET", server.url(), {}, "")), "fine");
  const auto other = client.send("GET", "http://127.0.0.2:" + std::to_string(server.port()) + "/", {}, "");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().id, "net.private_address");
  EXPECT_EQ(other.error().args, std::vector<std::string>{"127.0.0.2"});
  options.allowed_private_addresses = {"::ffff:127.0.0.1"};
  EXPECT_EQ(id_of(Client(options).send("GET", server.url(), {}, "")), "fine");
}

TEST(Client, DoesNotFollowRedirects) {
  FakeServer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const auto answer = Client(loopback()).send("GET", server.url(), {}, "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->header("location"), "http://127.0.0.1:1/");
}

TEST(Client, RefusesOtherProtocolsAndCredentialsInUrls) {
  Client client(loopback());
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "ldap://127.0.0.1",
                          "smb://127.0.0.1/x", "http://user:pass@127.0.0.1/", "http://user@127.0.0.1/", "", "http://",
                          "//x", "http:///path", "http://[::1", "http://a b/"})
    EXPECT_EQ(id_of(client.send("GET", url, {}, "")), "net.bad_url") << url;
  EXPECT_EQ(id_of(client.send("GET", std::string("http://a\0b/", 11), {}, "")), "net.bad_url");
}

TEST(Client, NamesWhatCannotBeReached) {
  const auto answer = Client(loopback()).send("GET", "http://127.0.0.1:1/", {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "net.unreachable");
  EXPECT_EQ(answer.error().args.at(0), "127.0.0.1");
}

TEST(Client, LimitsTheAnswer) {
  ClientOptions options = loopback();
  options.max_response_bytes = 1000;
  const std::string chunk = "3e8\r\n" + std::string(1000, 'x') + "\r\n";
  FakeServer announced("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  FakeServer chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n");
  FakeServer until_close("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'));
  FakeServer headers("HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\nContent-Length: 0\r\n\r\n");
  std::string endless = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5000; ++i) endless += "X-Header-" + std::to_string(i) + ": some value\r\n";
  FakeServer many_headers(endless + "Content-Length: 0\r\n\r\n");
  for (const FakeServer* server : {&announced, &chunked, &until_close, &headers, &many_headers})
    EXPECT_EQ(id_of(Client(options).send("GET", server->url(), {}, "")), "net.response_too_large");
  FakeServer fits("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n");
  EXPECT_EQ(Client(options).send("GET", fits.url(), {}, "").value().body.size(), 1000u);
}

TEST(Client, DoesNotWaitForever) {
  ClientOptions options = loopback();
  options.total_timeout = base::milliseconds(200);
  FakeServer silent("", false);
  FakeServer stalls("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false);
  EXPECT_EQ(id_of(Client(options).send("GET", silent.url(), {}, "")), "net.timeout");
  EXPECT_EQ(id_of(Client(options).send("GET", stalls.url(), {}, "")), "net.timeout");
  options.total_timeout = base::seconds(1);
  EXPECT_EQ(id_of(Client(options).stream("GET", stalls.url(), {}, "", [](std::string_view) { return true; })),
            "net.timeout");
}

TEST(Client, GarbageAndCutAnswersAreErrors) {
  FakeServer garbage("SSH-2.0-OpenSSH_9.2\r\n");
  FakeServer nothing("");
  FakeServer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  FakeServer cut_chunk("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  for (const FakeServer* server : {&garbage, &nothing, &cut, &cut_chunk})
    EXPECT_EQ(id_of(Client(loopback()).send("GET", server->url(), {}, "")), "net.unreachable");
}

TEST(Client, TakesTheLastAnswerAfterInformationalOnes) {
  FakeServer server(
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late:  2 \r\nX-Empty:\r\nContent-Length: "
      "2\r\n\r\nok");
  const auto answer = Client(loopback()).send("GET", server.url(), {}, "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->header("x-early"), "");
  EXPECT_EQ(answer->header("x-late"), "2");
}

TEST(Client, SendsWhatItIsToldAndNothingElse) {
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Client client(loopback());
  ASSERT_TRUE(client.send("POST", server.url() + "a?b=c", {{"X-One", "1"}, {"X-Empty", ""}}, "body"));
  EXPECT_EQ(server.last_request().substr(0, server.last_request().find("\r\n")), "POST /a?b=c HTTP/1.1");
  EXPECT_NE(server.last_request().find("X-One: 1\r\n"), std::string::npos);
  EXPECT_NE(server.last_request().find("X-Empty:\r\n"), std::string::npos);
  EXPECT_NE(server.last_request().find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_EQ(server.last_request().find("Content-Type"), std::string::npos);
  ASSERT_TRUE(client.send("DELETE", server.url(), {}, ""));
  EXPECT_TRUE(server.last_request().starts_with("DELETE / HTTP/1.1\r\n"));
  EXPECT_EQ(server.last_request().find("Content-Length"), std::string::npos);
  ASSERT_TRUE(client.send("PUT", server.url(), {{"Content-Type", "text/x"}}, ""));
  EXPECT_NE(server.last_request().find("Content-Length: 0\r\n"), std::string::npos);
  EXPECT_NE(server.last_request().find("Content-Type: text/x\r\n"), std::string::npos);
  ASSERT_TRUE(client.send("HEAD", server.url(), {}, ""));
  EXPECT_TRUE(server.last_request().starts_with("HEAD / HTTP/1.1\r\n"));
  ASSERT_TRUE(client.send("GET", server.url(), {}, ""));
  EXPECT_TRUE(server.last_request().starts_with("GET / HTTP/1.1\r\n"));
}

TEST(Client, RefusesHeadersThatWouldBecomeTwo) {
  Client client(loopback());
  const std::string url = "http://127.0.0.1:1/";
  EXPECT_EQ(id_of(client.send("GET", url, {{"X", "a\r\nAuthorization: b"}}, "")), "net.bad_header");
  EXPECT_EQ(id_of(client.send("GET", url, {{"X", std::string("a\0b", 3)}}, "")), "net.bad_header");
  EXPECT_EQ(id_of(client.send("GET", url, {{"X: y\r\nZ", "a"}}, "")), "net.bad_header");
  EXPECT_EQ(id_of(client.send("GET", url, {{"", "a"}}, "")), "net.bad_header");
  EXPECT_EQ(id_of(client.send("GET / HTTP/1.1\r\nX: y\r\n\r\n", url, {}, "")), "net.bad_header");
}

TEST(Client, IgnoresTheProxyOfTheEnvironment) {
  FakeServer proxy("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, proxy.url().c_str(), 1);
  const auto answer = Client(loopback()).send("GET", server.url(), {}, "");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "direct");
}

TEST(Client, ConnectsThroughItsProxyWhateverTheEnvironmentExempts) {
  FakeServer proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  ClientOptions options;
  options.proxy = proxy.url();
  ::setenv("no_proxy", "*", 1);
  const auto answer = Client(options).send("GET", "http://exchange.example/x", {{"Authorization", "secret"}}, "");
  ::unsetenv("no_proxy");
  EXPECT_EQ(id_of(answer), "net.unreachable");
  EXPECT_TRUE(proxy.last_request().starts_with("CONNECT exchange.example:80 HTTP/1.1\r\n")) << proxy.last_request();
  EXPECT_EQ(proxy.last_request().find("secret"), std::string::npos);
  EXPECT_EQ(id_of(Client(options).send("GET", "http://10.0.0.1/", {}, "")), "net.private_address");
  EXPECT_EQ(id_of(Client(options).send("GET", "http://0x7f.1/", {}, "")), "net.private_address");
  EXPECT_EQ(id_of(Client(options).send("GET", "http://[::ffff:10.0.0.1]/", {}, "")), "net.private_address");
  options.proxy = "socks5://127.0.0.1:1";
  EXPECT_NE(id_of(Client(options).send("GET", "http://exchange.example/", {}, "")), "fine");
}

TEST(Client, ReadsThroughAProxyThatAgrees) {
  FakeServer proxy(
      "HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ClientOptions options;
  options.proxy = proxy.url();
  const auto answer = Client(options).send("GET", "http://exchange.example/x", {}, "");
  ASSERT_TRUE(answer) << base::describe(answer.error());
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->header("x-proxy"), "");
}

TEST(Client, AFailedStreamKeepsItsBodyForTheCaller) {
  FakeServer server("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope");
  bool called = false;
  const auto answer = Client(loopback()).stream("GET", server.url(), {}, "", [&](std::string_view) {
    called = true;
    return true;
  });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->body, "nope");
  EXPECT_FALSE(called);
}

TEST(Client, OneFailureDoesNotSpoilTheNextCall) {
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Client client(loopback());
  EXPECT_EQ(id_of(client.send("GET", "http://127.0.0.1:1/", {}, "")), "net.unreachable");
  EXPECT_EQ(id_of(client.send("GET", server.url(), {}, "")), "fine");
  Client moved(std::move(client));
  EXPECT_EQ(id_of(moved.send("GET", server.url(), {}, "")), "fine");
}

TEST(Client, KeysAreNotCheckedInPlainHttp) {
  FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ClientOptions options = loopback();
  options.pinned_keys = {Digest{}};
  EXPECT_EQ(id_of(Client(options).send("GET", server.url(), {}, "")), "net.plain_http_refused");
  EXPECT_EQ(server.last_request(), "");
}

}  // namespace
}  // namespace tocsin::net::testing
