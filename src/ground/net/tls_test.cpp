// Real TLS with both sides: our server, our client.
#include <gtest/gtest.h>

#include "ground/crypto/crypto.h"
#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

Response hello(const Request& request) {
  Response out;
  out.body = request.client_key_pin ? request.client_key_pin->hex() : "nobody";
  return out;
}

class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::initialise(); }

  const crypto::TlsIdentity server_identity_ = crypto::make_self_signed("server", 30);
  const Digest server_pin_ = crypto::spki_pin(server_identity_.certificate_pem).value();

  std::unique_ptr<Server> serve(bool ask_client_certificate) const {
    ServerOptions options;
    options.tls = server_identity_;
    options.ask_client_certificate = ask_client_certificate;
    return must_start(options, hello);
  }
  ClientOptions pinned() const {
    ClientOptions out = loopback();
    out.pinned_keys = {server_pin_};
    return out;
  }
};

TEST_F(Tls, ThePinnedKeyIsEnough) {
  const auto server = serve(false);
  Client client(pinned());
  const auto answer = client.send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_TRUE(answer) << base::describe(answer.error());
  EXPECT_EQ(answer->body, "nobody");
}

TEST_F(Tls, AnotherKeyIsTheWrongKey) {
  const auto server = serve(false);
  ClientOptions options = pinned();
  options.pinned_keys = {crypto::sha256("another")};
  Client client(options);
  const auto answer = client.send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "net.wrong_key");
  EXPECT_EQ(answer.error().args, std::vector<std::string>{"127.0.0.1"});
  options.pinned_keys.push_back(server_pin_);
  EXPECT_TRUE(Client(options).send("GET", url(*server, "/", "https"), {}, ""));
}

TEST_F(Tls, WithoutPinAnUnknownAuthorityIsRefused) {
  const auto server = serve(false);
  const auto answer = Client(loopback()).send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "net.unreachable");
}

TEST_F(Tls, TheServerLearnsThePinOfTheClient) {
  const auto server = serve(true);
  ClientOptions options = pinned();
  options.identity = crypto::make_self_signed("client", 30);
  const Digest pin = crypto::spki_pin(options.identity->certificate_pem).value();
  Client client(options);
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.send("GET", url(*server, "/", "https"), {}, "");
    ASSERT_TRUE(answer) << base::describe(answer.error());
    EXPECT_EQ(answer->body, pin.hex());
  }
  // Whether a certificate is needed is for the handler to say.
  EXPECT_EQ(Client(pinned()).send("GET", url(*server, "/", "https"), {}, "")->body, "nobody");
}

}  // namespace
}  // namespace tocsin::net::testing
