#include "doors/api/health.h"

#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "core/people/people.h"
#include "core/trust/trust_fixture.h"
#include "core/watch/hits.h"
#include "doors/api/api_fixture.h"

namespace tocsin::api::testing {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

/// A disk of a few MiB below the folder; gone with the object.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=8m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  void fill(std::uint64_t bytes) { std::ofstream(folder_ + "/filled") << std::string(bytes, 'x'); }

 private:
  const std::string folder_;
  bool mounted_ = false;
};

class Health : public ::testing::Test {
 protected:
  /// What the node says to its administrator at the console.
  json::Value ask(const journeys::Context& context, const std::string& data_folder) {
    Settings settings;
    settings.data_folder = data_folder;
    net::Request request;
    request.method = "GET";
    request.path = "/api/health";
    request.remote_address = "unix";
    request.headers = {{"x-tocsin-as", "administrator"}};
    const auto response = Router(context, std::move(settings)).console(request);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).value_or(json::Value());
  }
  /// "good" or "bad", and what is said of it.
  static std::string check(const json::Value& health, std::string_view name) {
    for (const auto& one : *health.find("checks")->array())
      if (one.text("name") == name)
        return (one.boolean_or("ok", false) ? "good: " : "bad: ") + std::string(one.text("message"));
    return "none";
  }
  /// A verified peer whose descriptor ends so soon.
  trust::PartyId take(std::uint8_t number, Duration left) {
    const Time now = world_.context().now();
    trust::Descriptor theirs = trust::testing::descriptor_of(number);
    theirs.expires = now + left;
    const auto done = world_.db().write([&](store::Transaction& tx) -> Result<void> {
      const auto signed_one = trust::sign_descriptor(trust::testing::key_of(number), theirs);
      TRY(trust::take_descriptor(tx, TRY(trust::verify_descriptor(signed_one)), now));
      const auto own = TRY(trust::own_party(tx));
      return trust::verify_peer(
          tx, theirs.party,
          trust::verification_number(own.id, own.descriptor.first_root(), theirs.party, theirs.first_root()),
          trust::VerificationMethod::CallBack, "linh", now);
    });
    EXPECT_TRUE(done) << base::describe(done.error());
    return theirs.party;
  }

  World world_;
  test_support::TemporaryFolder folder_;
};

TEST_F(Health, SaysWhenTheDiskRunsFull) {
  SmallDisk disk(folder_.file("data"));
  if (!disk.mounted()) GTEST_SKIP() << "this account may not mount a small disk";
  const auto said = [&] { return check(ask(world_.context(), folder_.file("data")), "disk"); };
  EXPECT_EQ(said(), "good: Free where the data folder lies: 8.0\u00a0MiB of 8.0\u00a0MiB.");
  disk.fill(7 * kMiB + 512 * 1024);
  EXPECT_THAT(said(), ::testing::StartsWith("bad: Only 512.0\u00a0KiB of 8.0\u00a0MiB are left"));
  disk.fill(8 * kMiB);
  EXPECT_THAT(said(), ::testing::HasSubstr("Make room at once"));
  EXPECT_EQ(ask(world_.context(), folder_.file("data")).text("status"), "degraded");
}

TEST_F(Health, SaysThatItCannotReadTheDisk) {
  EXPECT_THAT(check(ask(world_.context(), folder_.file("absent")), "disk"), ::testing::StartsWith("bad: "));
}

TEST_F(Health, SaysWhenTheCertificateForBrowsersEnds) {
  journeys::Context context = world_.context();
  context.clock = &base::system_clock();  // certificates know no other
  auto keys = trust::OwnKeys::generate({"node.example"});
  ASSERT_TRUE(keys);
  context.self.keys = &*keys;
  EXPECT_THAT(check(ask(context, folder_.file("")), "certificate"), ::testing::StartsWith("good: "));
  const auto short_lived = crypto::issue_server_certificate(keys->authority, {"node.example"}, 29);
  ASSERT_TRUE(short_lived);
  keys->people_tls = *short_lived;
  EXPECT_THAT(check(ask(context, folder_.file("")), "certificate"), ::testing::StartsWith("bad: "));
}

TEST_F(Health, SaysWhenTooFewMaySign) {
  const auto said = [&] { return check(ask(world_.context(), folder_.file("")), "signatories"); };
  const auto change = [&](const char* sql) {
    ASSERT_TRUE(world_.db().write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run(sql));
      return {};
    }));
  };
  change("DELETE FROM people_roles WHERE role = 'signatory'");
  change(
      "INSERT INTO people_roles (account, role) SELECT name, 'signatory' FROM people_accounts WHERE name NOT IN "
      "(SELECT "
      "account FROM people_roles WHERE role = 'administrator') ORDER BY name LIMIT 2");
  EXPECT_EQ(said(), "good: There are enough signatories: 2 of 1 needed.") << "it is a small operator";
  change(
      "UPDATE people_accounts SET disabled_at = 1 WHERE name IN (SELECT account FROM people_roles WHERE role = "
      "'signatory')");
  EXPECT_THAT(said(),
              ::testing::StartsWith("bad: Signatories needed to approve an agreement here: 1; who can: 0. Without"));
}

TEST_F(Health, NamesThePeersWhoseDescriptorsEnd) {
  const auto said = [&] { return check(ask(world_.context(), folder_.file("")), "peer_descriptors"); };
  take(20, base::days(31));
  EXPECT_EQ(said(), "good: The descriptions of all peers are valid.");
  take(40, base::days(29));
  take(60, base::days(5));
  const std::string answer = said();
  EXPECT_THAT(answer, ::testing::StartsWith("bad: "));
  EXPECT_THAT(answer,
              ::testing::AnyOf(::testing::HasSubstr("Party 40, Party 60"), ::testing::HasSubstr("Party 60, Party 40")));
  EXPECT_THAT(answer, ::testing::Not(::testing::HasSubstr("Party 20")));
}

TEST_F(Health, NamesTheAgreementsThatEndUnlessALaterVersionGoesOn) {
  const trust::PartyId own = world_.context().self.party, peer = take(20, base::days(365));
  trust::Agreement agreement = trust::testing::agreement_between({own, peer});
  const auto keep = [&](Duration left, const std::vector<trust::PartyId>& signers) {
    agreement.terms.until = world_.context().now() + left;
    ASSERT_TRUE(world_.db().write([&](store::Transaction& tx) -> Result<void> {
      TRY_VOID(trust::keep_agreement(tx, agreement, own, world_.context().now()));
      for (const trust::PartyId& party : signers)
        TRY_VOID(trust::add_signature(tx, agreement.id, agreement.version, party, Digest{}, world_.context().now()));
      return {};
    }));
  };
  const auto said = [&] { return check(ask(world_.context(), folder_.file("")), "agreements"); };
  keep(base::days(29), {own});
  EXPECT_THAT(said(), ::testing::StartsWith("good: ")) << "it was never in force";
  agreement.version = 2;
  keep(base::days(29), {own, peer});
  EXPECT_THAT(said(),
              ::testing::AllOf(::testing::StartsWith("bad: "), ::testing::HasSubstr("Early warning (2026-12-20")));
  journeys::Context later = world_.context();
  base::ManualClock clock(later.now() + base::days(40));
  later.clock = &clock;
  EXPECT_THAT(check(ask(later, folder_.file("")), "agreements"), ::testing::StartsWith("bad: ")) << "it has ended";
  agreement.version = 3;
  keep(base::days(300), {own});
  EXPECT_THAT(said(), ::testing::StartsWith("bad: ")) << "one has not signed yet";
  agreement.version = 4;
  keep(base::days(300), {own, peer});
  EXPECT_THAT(said(), ::testing::StartsWith("good: "));
}

TEST_F(Health, NamesTheSensorsThatAreSilentAndSinceWhen) {
  journeys::Context context = world_.context();
  base::ManualClock clock(context.now());
  context.clock = &clock;
  const auto said = [&] { return check(ask(context, folder_.file("")), "sensors"); };
  const auto report = [&](const std::string& sensor) {
    ASSERT_TRUE(world_.db().write([&](store::Transaction& tx) {
      return watch::note_sensor(tx, {sensor, "set", clock.now(), 0, 0, 0});
    }));
  };
  EXPECT_THAT(said(), ::testing::StartsWith("good: ")) << "its key is new";
  report("sensor1");
  report("local");  // somebody looked through logs once: nothing is expected of a sensor without a key
  clock.advance(base::minutes(14));
  EXPECT_THAT(said(), ::testing::StartsWith("good: "));
  clock.advance(base::minutes(1));
  EXPECT_THAT(said(), ::testing::HasSubstr(": sensor1 (2026-11-21 03:14 UTC)."));
  clock.advance(base::days(31));
  EXPECT_THAT(said(), ::testing::HasSubstr("sensor1")) << "its key has expired, and that may be why";
  report("sensor1");
  EXPECT_THAT(said(), ::testing::StartsWith("good: "));
}

TEST_F(Health, NamesTheKeysThatExpireUnlessOthersFollowThem) {
  journeys::Context context = world_.context();
  base::ManualClock clock(context.now());
  context.clock = &clock;
  const auto said = [&] { return check(ask(context, folder_.file("")), "keys"); };
  EXPECT_THAT(said(), ::testing::StartsWith("good: "));
  clock.advance(base::days(17));
  EXPECT_THAT(said(), ::testing::HasSubstr("read1 (2026-12-21 03:14 UTC), sensor1 ("));
  ASSERT_TRUE(world_.db().write_value([&](store::Transaction& tx) {
    return people::create_api_key(tx, "read1", "read", "administrator", 365, clock.now());
  }));
  EXPECT_THAT(said(), ::testing::AllOf(::testing::StartsWith("bad: "), ::testing::HasSubstr("sensor1"),
                                       ::testing::Not(::testing::HasSubstr("read1"))));
}

TEST_F(Health, CountsAPeerThatCannotBeAskedAmongTheLate) {
  const trust::PartyId peer = take(20, base::days(365));
  const auto said = [&] { return check(ask(world_.context(), folder_.file("")), "peers"); };
  ASSERT_EQ(said(), "good: All peers are up to date.");
  const auto note = [&](const auto& what) { ASSERT_TRUE(world_.db().write(what)); };
  note([&](store::Transaction& tx) {
    return trust::note_failure(tx, peer, Error{ErrorCode::Unavailable, "net.unreachable", {}, {}},
                               world_.context().now());
  });
  EXPECT_THAT(said(), ::testing::StartsWith("bad: Peers that are late: 1."));
  note([&](store::Transaction& tx) { return trust::note_contact(tx, peer, world_.context().now()); });
  EXPECT_THAT(said(), ::testing::StartsWith("good: "));
}

}  // namespace
}  // namespace tocsin::api::testing
