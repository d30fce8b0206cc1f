// Speaking to a peer over the network, where it is reached and where not.
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::ElementsAre;

class Reaching : public Three {
 protected:
  /// Binh, listening for An.
  std::unique_ptr<net::Server> listen() {
    net::ServerOptions options;
    options.tls = binh_.context().self.keys->peer_tls;
    options.ask_client_certificate = true;
    return must(net::Server::start(options, [this](const net::Request& request) {
      ++asked_;
      PeerAnswer answer = request.path == kDeliverPath ? answer_delivery(binh_.context(), an_.id(), request.body)
                          : request.path == kPullPath  ? answer_pull(binh_.context(), an_.id())
                                                       : answer_receipts(binh_.context(), an_.id(), request.body);
      net::Response out;
      out.status = answer.status;
      if (!answer.type.empty()) out.headers.emplace_back("content-type", answer.type);
      out.body = std::move(answer.body);
      return out;
    }));
  }
  static std::string endpoint(std::uint16_t port) { return "https://127.0.0.1:" + std::to_string(port); }
  /// Where nobody listens any more.
  std::string silent() {
    const auto server = listen();
    const std::uint16_t port = server->port();
    server->stop();
    return endpoint(port);
  }
  net::Client client() {
    trust::Party peer = this->peer();
    peer.allowed_address = "127.0.0.1";
    return net::Client(client_options(*an_.context().self.keys, peer, ""));
  }
  trust::Party peer() {
    return an_.get([&](store::Transaction& tx) { return trust::party(tx, binh_.id()); });
  }

  std::atomic<int> asked_ = 0;
};

TEST_F(Reaching, GoesOnToTheNextEndpointAndStaysWithTheOneThatWorked) {
  const auto server = listen();
  net::Client client = this->client();
  Route route{{silent(), silent(), endpoint(server->port())}};
  for (const char* value : {"198.51.100.7", "198.51.100.8"}) {
    ASSERT_TRUE(an_.publish(an_.import({value})));
    const auto pushed = push_once(an_.context(), binh_.id(), client, route);
    ASSERT_TRUE(pushed) << base::describe(pushed.error());
    EXPECT_EQ(*pushed, Exchanged::Something);
    EXPECT_EQ(route.at, 2u);
  }
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.7", "198.51.100.8"));
  EXPECT_EQ(peer().failures, 0) << "an endpoint that is down is no trouble while another works";

  must(binh_.publish(binh_.import({"198.51.100.9"}), with_an_));
  route.at = 0;
  EXPECT_EQ(must(pull_once(an_.context(), binh_.id(), client, route)), Exchanged::Something);
  EXPECT_EQ(route.at, 2u);
  EXPECT_EQ(an_.matches().size(), 3u);
}

TEST_F(Reaching, ComesBackToAnEarlierEndpointWhenTheLaterOneIsGone) {
  auto first = listen(), second = listen();
  net::Client client = this->client();
  Route route{{endpoint(first->port()), endpoint(second->port())}, 1};
  second->stop();
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  ASSERT_TRUE(push_once(an_.context(), binh_.id(), client, route));
  EXPECT_EQ(route.at, 0u);
}

TEST_F(Reaching, NobodyIsOneFailureWithTheReasonOfTheEndpointTriedFirst) {
  net::Client client = this->client();
  Route route{{silent(), "https://192.168.7.7:1", silent()}, 1};
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  const auto pushed = push_once(an_.context(), binh_.id(), client, route);
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().id, "net.private_address");
  EXPECT_EQ(route.at, 1u);
  EXPECT_EQ(peer().failures, 1);
  EXPECT_EQ(peer().failure_id, "net.private_address");
}

TEST_F(Reaching, ARefusalIsAnAnswerAndIsNotAskedForAgainElsewhere) {
  const auto server = listen();
  net::Client client = this->client();
  Route route{{endpoint(server->port()), endpoint(server->port())}};
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"})));
  binh_.set_state(an_, trust::PeerState::Suspended);
  EXPECT_EQ(push_once(an_.context(), binh_.id(), client, route).error().id, "delivery.suspended");
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(route.at, 0u);
}

}  // namespace
}  // namespace tocsin::journeys::testing
