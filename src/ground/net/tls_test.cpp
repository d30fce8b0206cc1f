// Real TLS with both sides: our server, our client.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <thread>

#include "ground/base/file.h"
#include "ground/crypto/crypto.h"
#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

Response hello(const Request& request) {
  Response out;
  out.body = request.client_key_pin ? request.client_key_pin->hex() : "nobody";
  return out;
}

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freer<::SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freer<::SSL_free>>;

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  return fd;
}

/// Greets as a bare OpenSSL client of one version, offering these protocols (RFC 7301 wire form); what was agreed, or
/// "refused".
std::string greet(std::uint16_t port, int version, std::string_view protocols) {
  const Context context(::SSL_CTX_new(::TLS_client_method()));
  ::SSL_CTX_set_min_proto_version(context.get(), version);
  ::SSL_CTX_set_max_proto_version(context.get(), version);
  ::SSL_CTX_set_security_level(context.get(), 0);
  const Session session(::SSL_new(context.get()));
  const base::ByteView offered = base::as_bytes(protocols);
  if (!offered.empty()) ::SSL_set_alpn_protos(session.get(), offered.data(), static_cast<unsigned>(offered.size()));
  const int fd = connect_to(port);
  ::SSL_set_fd(session.get(), fd);
  std::string out = "refused";
  if (::SSL_connect(session.get()) == 1) {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(session.get(), &chosen, &size);
    out = std::string(::SSL_get_version(session.get())) + " " + std::string(base::as_text({chosen, size}));
  }
  ::close(fd);
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
  EXPECT_EQ(answer.error().id, "net.untrusted_certificate");
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

TEST_F(Tls, VersionsAndProtocols) {
  const auto people = serve(false);
  EXPECT_EQ(greet(people->port(), TLS1_3_VERSION, "\x08http/1.1"), "TLSv1.3 http/1.1");
  EXPECT_EQ(greet(people->port(), TLS1_2_VERSION, "\x02h2\x08http/1.1"), "TLSv1.2 http/1.1");
  EXPECT_EQ(greet(people->port(), TLS1_3_VERSION, ""), "TLSv1.3 ");
  EXPECT_EQ(greet(people->port(), TLS1_3_VERSION, "\x02h2"), "refused");
  EXPECT_EQ(greet(people->port(), TLS1_1_VERSION, ""), "refused");
  const auto peers = serve(true);
  EXPECT_EQ(greet(peers->port(), TLS1_3_VERSION, "\x08http/1.1"), "TLSv1.3 http/1.1");
  EXPECT_EQ(greet(peers->port(), TLS1_2_VERSION, "\x08http/1.1"), "refused");
}

TEST_F(Tls, ACertificateWithoutItsKeyProvesNothing) {
  const auto server = serve(true);
  ClientOptions options = pinned();
  options.identity = crypto::make_self_signed("victim", 30);
  options.identity->key_pem = crypto::make_self_signed("thief", 30).key_pem;
  EXPECT_FALSE(Client(options).send("GET", url(*server, "/", "https"), {}, ""));
}

TEST_F(Tls, AWrongServerDoesNotLearnWhoWeAre) {
  const crypto::TlsIdentity wrong = crypto::make_self_signed("wrong", 30);
  const Context context(::SSL_CTX_new(::TLS_server_method()));
  const auto load = [&](const std::string& pem, auto read) {
    return read(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  X509* certificate = load(wrong.certificate_pem, [](BIO* bio) {
    X509* out = ::PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    return out;
  });
  EVP_PKEY* key = load(wrong.key_pem, [](BIO* bio) {
    EVP_PKEY* out = ::PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    return out;
  });
  ::SSL_CTX_use_certificate(context.get(), certificate);
  ::SSL_CTX_use_PrivateKey(context.get(), key);
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
  bool saw_certificate = false;
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_cert_verify_callback(
      context.get(),
      [](X509_STORE_CTX*, void* saw) {
        *static_cast<bool*>(saw) = true;
        return 1;
      },
      &saw_certificate);

  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&name), size), 0);
  ASSERT_EQ(::listen(listener, 2), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size);
  std::thread serving([&] {
    for (int i = 0; i < 2; ++i) {
      const int fd = ::accept(listener, nullptr, nullptr);
      const Session session(::SSL_new(context.get()));
      ::SSL_set_fd(session.get(), fd);
      ::SSL_accept(session.get());
      ::close(fd);
    }
  });
  const std::string address = "https://127.0.0.1:" + std::to_string(ntohs(name.sin_port)) + "/";
  ClientOptions options = pinned();
  options.identity = crypto::make_self_signed("client", 30);
  const auto refused = Client(options).send("GET", address, {}, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "net.wrong_key");
  EXPECT_FALSE(saw_certificate);
  // The same server sees it when its key is the pinned one: so the test can fail.
  options.pinned_keys = {crypto::spki_pin(wrong.certificate_pem).value()};
  EXPECT_FALSE(Client(options).send("GET", address, {}, ""));
  serving.join();
  EXPECT_TRUE(saw_certificate);
  ::close(listener);
}

TEST_F(Tls, OurOwnAuthorityAloneIsTrusted) {
  const crypto::TlsIdentity authority = crypto::make_authority("authority", 30);
  ServerOptions options;
  options.tls = crypto::issue_server_certificate(authority, {"127.0.0.1", "localhost"}, 30).value();
  const auto server = must_start(options, hello);
  ClientOptions trusting = loopback();
  trusting.ca_pem = authority.certificate_pem;
  const auto answer = Client(trusting).send("GET", url(*server, "/", "https"), {}, "");
  EXPECT_TRUE(answer) << base::describe(answer.error());
  trusting.ca_pem = crypto::make_authority("another", 30).certificate_pem;
  const auto refused = Client(trusting).send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "net.untrusted_certificate");
  EXPECT_EQ(refused.error().code, ErrorCode::Unauthenticated) << "not to be tried again";
  EXPECT_NE(refused.error().args.at(1).find("issued by CN=authority"), std::string::npos);
}

TEST_F(Tls, ACertificateForAnotherNameIsNotTaken) {
  const crypto::TlsIdentity authority = crypto::make_authority("authority", 30);
  ServerOptions options;
  options.tls = crypto::issue_server_certificate(authority, {"elsewhere.example"}, 30).value();
  const auto server = must_start(options, hello);
  ClientOptions trusting = loopback();
  trusting.ca_pem = authority.certificate_pem;
  const auto refused = Client(trusting).send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "net.wrong_name");
}

TEST_F(Tls, WhatACertificateCallsItselfCannotMoveTheCursor) {
  ServerOptions options;
  options.tls = crypto::make_self_signed("evil\x1b[2J\xe2\x80\xae", 30);
  const auto server = must_start(options, hello);
  ClientOptions trusting = loopback();
  trusting.ca_pem = crypto::make_authority("another", 30).certificate_pem;
  const auto refused = Client(trusting).send("GET", url(*server, "/", "https"), {}, "");
  ASSERT_FALSE(refused);
  const std::string& said = refused.error().args.at(1);
  EXPECT_NE(said.find("evil"), std::string::npos) << said;
  EXPECT_TRUE(std::all_of(said.begin(), said.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) << said;
}

TEST_F(Tls, BigBodiesAndFilesPassBothWays) {
  const Folder folder;
  ASSERT_TRUE(base::write_file_durably(folder.file("big"), std::string(5'000'000, 'f')));
  ServerOptions options;
  options.tls = server_identity_;
  const auto server = must_start(options, [&](const Request& request) {
    Response out;
    if (request.method == "GET")
      out.file_path = folder.file("big");
    else
      out.body = request.body;
    return out;
  });
  Client client(pinned());
  std::string body;
  for (int i = 0; body.size() < 6'000'000; ++i) body += std::to_string(i);
  EXPECT_TRUE(client.send("POST", url(*server, "/", "https"), {}, body).value().body == body);
  EXPECT_TRUE(client.send("GET", url(*server, "/", "https"), {}, "").value().body == std::string(5'000'000, 'f'));
}

TEST_F(Tls, EventsFlowAndStopEndsThem) {
  ServerOptions options;
  options.tls = server_identity_;
  const auto server = must_start(options, [](const Request&) {
    Response out;
    out.topic = "t";
    return out;
  });
  std::string heard;
  bool spoke = false;
  const auto answer = Client(pinned()).stream("GET", url(*server, "/", "https"), {}, "", [&](std::string_view chunk) {
    heard += chunk;
    if (!std::exchange(spoke, true)) {
      server->broadcast("t", "a", "1");
      server->broadcast("t", "a", "2");
    }
    return heard.find("data: 2") == std::string::npos;
  });
  EXPECT_TRUE(answer) << base::describe(answer.error());
  EXPECT_EQ(count(heard, "event: a"), 2u);
  const auto ended = Client(pinned()).stream("GET", url(*server, "/", "https"), {}, "", [&](std::string_view) {
    server->stop();
    return true;
  });
  // How a stream without length ends is not an answer; that it ends is what counts.
  EXPECT_EQ(ended ? ended->status : 200, 200);
}

TEST_F(Tls, GarbageHalfGreetingsAndEarlyLeaversAreDropped) {
  ServerOptions options;
  options.tls = server_identity_;
  options.header_timeout = base::milliseconds(200);
  const auto server = must_start(options, hello);
  EXPECT_NE(ask(server->port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n").substr(0, 5), "HTTP/");
  EXPECT_EQ(ask(server->port(), "\x16\x03\x01"), "");
  EXPECT_EQ(ask(server->port(), ""), "");
  { RawSocket leaves(server->port()); }
  EXPECT_TRUE(Client(pinned()).send("GET", url(*server, "/", "https"), {}, ""));
}

TEST_F(Tls, RefusesAnIdentityThatDoesNotFit) {
  ServerOptions options;
  options.tls = server_identity_;
  options.tls->key_pem = crypto::make_self_signed("other", 30).key_pem;
  EXPECT_EQ(Server::start(options, hello).error().id, "net.bad_tls_identity");
  options.tls->certificate_pem = "nonsense";
  EXPECT_EQ(Server::start(options, hello).error().id, "net.bad_tls_identity");
  options.tls.reset();
  options.ask_client_certificate = true;
  EXPECT_EQ(Server::start(options, hello).error().id, "net.client_certificate_needs_tls");
}

}  // namespace
}  // namespace tocsin::net::testing
