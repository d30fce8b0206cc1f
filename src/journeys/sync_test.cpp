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
  EXPECT_EQ(peer().undelivered_id, "") << "an endpoint that is down is no trouble while another works";

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
  EXPECT_EQ(peer().failures, 0) << "it was not asked for anything yet";
  EXPECT_EQ(peer().undelivered_id, "net.private_address");
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

// An answers Binh's questions and is refused: it is Binh that comes, so that Binh is heard of again and again.
class Late : public Reaching {
 protected:
  /// Why Binh is late at An: a message id, "" where it is not.
  std::string why() {
    const auto late = an_.get([&](store::Transaction& tx) -> Result<std::optional<Error>> {
      return exchange::why_late(tx, TRY(trust::party(tx, binh_.id())), an_.context().self, clock_.now());
    });
    return late ? late->id : "";
  }
  void publish_one() { ASSERT_TRUE(an_.publish(an_.import({"198.51.100.7"}))); }
};

TEST_F(Late, IsWhoRefusesWhatItFetchesUntilItsReceipt) {
  publish_one();
  EXPECT_EQ(why(), "") << "it has just been queued";
  binh_.set_state(an_, trust::PeerState::Suspended);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Refused);
  EXPECT_EQ(why(), "delivery.suspended");
  ASSERT_EQ(answer_pull(an_.context(), binh_.id()).status, 200);
  EXPECT_EQ(why(), "delivery.suspended") << "that it asks is no receipt";
  binh_.set_state(an_, trust::PeerState::Verified);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(why(), "");
  EXPECT_EQ(peer().undelivered_id, "");
}

TEST_F(Late, IsWhoRefusesWhatIsSentAlthoughItIsHeardOf) {
  const auto server = listen();
  net::Client client = this->client();
  Route route{{endpoint(server->port())}};
  publish_one();
  binh_.set_state(an_, trust::PeerState::Suspended);
  ASSERT_FALSE(push_once(an_.context(), binh_.id(), client, route));
  an_.get([&](store::Transaction& tx) -> Result<int> {
    TRY_VOID(trust::note_contact(tx, binh_.id(), clock_.now()));
    return 0;
  });
  EXPECT_EQ(why(), "delivery.suspended");
  binh_.set_state(an_, trust::PeerState::Verified);
  ASSERT_TRUE(push_once(an_.context(), binh_.id(), client, route));
  EXPECT_EQ(why(), "");
}

TEST_F(Late, ARefusalIsNoneAnyMoreWhereNothingWaits) {
  publish_one();
  binh_.set_state(an_, trust::PeerState::Suspended);
  ASSERT_EQ(hand_over(an_, binh_), Handed::Refused);
  clock_.advance(base::days(366));  // the agreement ends
  EXPECT_EQ(why(), "");
}

TEST_F(Late, IsWhoLetsThingsWait) {
  publish_one();
  ASSERT_EQ(answer_pull(an_.context(), binh_.id()).status, 200);
  clock_.advance(base::minutes(1));
  EXPECT_EQ(why(), "");
  clock_.advance(base::seconds(1));
  EXPECT_EQ(why(), "delivery.no_receipt") << "of what it fetched it says nothing";
  ASSERT_EQ(hand_over(an_, binh_), Handed::Taken);
  EXPECT_EQ(why(), "");
  publish_one();
  ASSERT_TRUE(an_.publish(an_.import({"198.51.100.8"})));
  clock_.advance(base::seconds(61));
  EXPECT_EQ(why(), "delivery.no_receipt") << "it does not ask at all";
}

TEST_F(Late, IsNotWhoMayHaveNothingNow) {
  publish_one();
  clock_.advance(base::hours(1));
  an_.set_state(binh_, trust::PeerState::Quarantined);
  EXPECT_EQ(why(), "");
  an_.set_state(binh_, trust::PeerState::Verified);
  EXPECT_EQ(why(), "delivery.no_receipt");
}

TEST_F(Late, AnAnswerWithoutANewReceiptEndsTheRound) {
  net::ServerOptions options;
  options.tls = binh_.context().self.keys->peer_tls;
  options.ask_client_certificate = true;
  const auto server = must(net::Server::start(options, [](const net::Request&) { return net::Response{}; }));
  net::Client client = this->client();
  Route route{{endpoint(server->port())}};
  publish_one();
  EXPECT_EQ(must(push_once(an_.context(), binh_.id(), client, route)), Exchanged::Nothing) << "else it began at once";
  clock_.advance(base::minutes(2));
  EXPECT_EQ(why(), "delivery.no_receipt");
}

}  // namespace
}  // namespace tocsin::journeys::testing
