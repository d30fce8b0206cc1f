// What peers may ask of us, and who is a peer.
#include "doors/node/peers_door.h"

#include <gtest/gtest.h>

#include "core/exchange/exchange_fixture.h"
#include "core/trust/parties.h"
#include "doors/node/schema.h"
#include "ground/json/json.h"
#include "journeys/sync.h"

namespace tocsin::node {
namespace {

using trust::testing::kNow;

constexpr int kLeaves = 300;

class AtThePeersDoor : public ::testing::Test {
 protected:
  AtThePeersDoor() {
    context_.db = db_.get();
    context_.clock = &clock_;
    context_.self = {trust::testing::party_of(10), &keys_};
    EXPECT_TRUE(db_->write([&](store::Transaction& tx) -> Result<void> {
      epoch_ = TRY(exchange::open_epoch(tx, kNow));
      trust::Descriptor own = trust::testing::descriptor_of(10), peer = trust::testing::descriptor_of(30);
      own.log.id = epoch_;
      peer.tls_pins = {pin_};
      TRY_VOID(trust::store_own(tx, signed_by(10, own), kNow));
      TRY(trust::take_descriptor(tx, signed_by(30, peer), kNow));
      for (int leaf = 0; leaf < kLeaves; ++leaf)
        TRY(exchange::append_leaf(tx, crypto::sha256(std::to_string(leaf)), "message", kNow));
      return {};
    }));
    set_state("verified");
  }
  static trust::VerifiedDescriptor signed_by(std::uint8_t root, const trust::Descriptor& descriptor) {
    return *trust::verify_descriptor(trust::sign_descriptor(trust::testing::key_of(root), descriptor));
  }
  void set_state(std::string_view state) {
    EXPECT_TRUE(db_->write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run("UPDATE parties SET state = ? WHERE own = 0", state));
      return {};
    }));
  }
  net::Response ask(const std::string& method, const std::string& path, const std::string& body = "") {
    net::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.client_key_pin = asks_with_;
    return door_.answer(request);
  }
  /// "404 log.no_tile"; the body of an error is exactly what docs/protocol.md section 11 says.
  static std::string refusal(const net::Response& response) {
    const auto body = json::parse(response.body);
    EXPECT_TRUE(body && body->find("error")) << response.body;
    if (!body || !body->find("error")) return std::to_string(response.status);
    for (const auto& [name, value] : *body->find("error")->object())
      EXPECT_TRUE(name == "code" || name == "id" || name == "args" || name == "envelope" || name == "statement")
          << name;
    return std::to_string(response.status) + " " + body->find("error")->text("id");
  }

  const Digest pin_ = crypto::sha256(std::string_view("the peer's TLS key"));
  std::optional<Digest> asks_with_ = pin_;
  std::unique_ptr<store::Database> db_ = trust::testing::open_memory(all_migrations());
  trust::OwnKeys keys_ = exchange::testing::keys_of(10);
  base::ManualClock clock_{kNow};
  journeys::Context context_;
  std::string epoch_;
  PeersDoor door_{context_};
};

constexpr std::pair<const char*, const char*> kRequests[] = {
    {"POST", "/exchange/v1/deliver"}, {"GET", "/exchange/v1/pull"},  {"POST", "/exchange/v1/receipts"},
    {"GET", "/log/v1/checkpoint"},    {"GET", "/log/v1/tile/0/000"}, {"GET", "/none"}};

TEST_F(AtThePeersDoor, IsShutToKeysNobodyPinned) {
  for (const std::optional<Digest>& key :
       {std::optional<Digest>{}, std::optional(Digest{}), std::optional(crypto::sha256(std::string_view("pin")))}) {
    asks_with_ = key;
    for (const auto& [method, path] : kRequests) {
      const net::Response answer = ask(method, path);
      EXPECT_EQ(refusal(answer), "401 peers.unknown_key") << path;
      EXPECT_TRUE(answer.last) << path;
    }
  }
}

TEST_F(AtThePeersDoor, IsShutToWhomNobodyHasVerified) {
  set_state("invited");
  for (const auto& [method, path] : kRequests)
    EXPECT_EQ(refusal(ask(method, path)), "403 delivery.not_verified_here") << path;
}

TEST_F(AtThePeersDoor, GivesNothingToWhomIsSuspended) {
  set_state("suspended");
  EXPECT_EQ(ask("GET", "/exchange/v1/pull").status, 204);
}

TEST_F(AtThePeersDoor, KnowsNoOtherPathsAndMethods) {
  for (const auto& [method, path] : {std::pair{"GET", "/"},
                                     {"GET", "/api/session"},
                                     {"GET", "/exchange/v1/deliver"},
                                     {"POST", "/exchange/v1/pull"},
                                     {"PUT", "/exchange/v1/receipts"},
                                     {"GET", "/exchange/v1/pull/"},
                                     {"GET", "/exchange/v2/pull"},
                                     {"POST", "/log/v1/checkpoint"}})
    EXPECT_EQ(refusal(ask(method, path)), "404 sync.no_such_path") << method << path;
  for (const char* path :
       {"/log/v1/", "/log/v1/checkpoints", "/log/v1/tile", "/log/v1/tile/", "/log/v1/tile/entries/000"})
    EXPECT_EQ(refusal(ask("GET", path)), "404 log.no_tile") << path;
}

TEST_F(AtThePeersDoor, AnswersHostileBodiesWithRefusals) {
  for (const std::string& body : {std::string(), std::string("D"), std::string(64, '\0'), std::string(64, '\xff'),
                                  std::string("D\0\0\xff\xff\xff\xff", 7), std::string(1u << 20, 'S')}) {
    EXPECT_EQ(ask("POST", "/exchange/v1/deliver", body).status, 400) << body.substr(0, 8);
    EXPECT_LT(ask("POST", "/exchange/v1/receipts", body).status, 500);
  }
}

TEST_F(AtThePeersDoor, APeerThatAsksWithoutEndWaitsUntilItsShareHasGrownAgain) {
  int answered = 0;
  while (answered < 5000 && ask("GET", "/exchange/v1/pull").status == 204) ++answered;
  EXPECT_EQ(answered, 1200);
  EXPECT_EQ(refusal(ask("GET", "/exchange/v1/pull")), "429 peers.too_many_requests");
  net::Request head;
  head.client_key_pin = pin_;
  ASSERT_TRUE(door_.refuse(head)) << "before a body is received";
  clock_.advance(base::seconds(1));
  EXPECT_FALSE(door_.refuse(head));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("GET", "/exchange/v1/pull").status, 204);
  EXPECT_EQ(ask("GET", "/exchange/v1/pull").status, 429);
}

TEST_F(AtThePeersDoor, APeerThatRepeatsLargeBodiesWaitsUntilTheyArePaidFor) {
  const std::string body(60u << 20, 'S');
  int taken = 0;
  while (taken < 50 && ask("POST", "/exchange/v1/deliver", body).status == 400) ++taken;
  EXPECT_EQ(taken, 5) << "300 MiB where 256 MiB are for a minute";
  clock_.advance(base::minutes(1));
  EXPECT_EQ(ask("POST", "/exchange/v1/deliver", body).status, 400);
}

TEST_F(AtThePeersDoor, ShowsACheckpointThatOpensWithOurLogKey) {
  const auto shown = ask("GET", "/log/v1/checkpoint");
  ASSERT_EQ(shown.status, 200);
  const auto head =
      merkle::open_checkpoint(shown.body, exchange::origin(context_.self.party, epoch_), keys_.log.public_key());
  ASSERT_TRUE(head) << base::describe(head.error());
  EXPECT_EQ(head->size, static_cast<std::uint64_t>(kLeaves));
}

TEST_F(AtThePeersDoor, ShowsExactlyTheTilesThatTheLogHas) {
  for (const auto& [path, width] :
       {std::pair{"0/000", 256}, {"0/000.p/1", 1}, {"0/000.p/255", 255}, {"0/001.p/44", 44}, {"1/000.p/1", 1}}) {
    const auto tile = ask("GET", "/log/v1/tile/" + std::string(path));
    EXPECT_EQ(tile.status, 200) << path;
    EXPECT_EQ(tile.body.size(), static_cast<std::size_t>(width) * 32) << path;
  }
  EXPECT_EQ(ask("GET", "/log/v1/tile/0/001.p/44").body.substr(0, 32),
            std::string(base::as_text(merkle::leaf_hash(crypto::sha256(std::string("256")).view()).view())));
  for (const char* path : {"0/001.p/45",
                           "0/001",
                           "0/002",
                           "0/002.p/1",
                           "1/000",
                           "1/000.p/2",
                           "1/001.p/1",
                           "2/000.p/1",
                           "7/000.p/1",
                           "8/000.p/1",
                           "63/000.p/1",
                           "64/000.p/1",
                           "0/000.p/0",
                           "0/000.p/256",
                           "-1/000",
                           "0/0",
                           "0/x000/000",
                           "0/../000",
                           "0/000/",
                           "0/x018/x446/x744/x073/x709/x551/615",
                           "0/x072/x057/x594/x037/x927/936",
                           "0/x999/x999/x999/x999/x999/x999/999"})
    EXPECT_EQ(refusal(ask("GET", "/log/v1/tile/" + std::string(path))), "404 log.no_tile") << path;
}

}  // namespace
}  // namespace tocsin::node
