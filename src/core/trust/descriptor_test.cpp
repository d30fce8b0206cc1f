#include "core/trust/descriptor.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/trust/parties.h"
#include "core/trust/trust_fixture.h"

namespace tocsin::trust {
namespace {

using testing::descriptor_of;
using testing::key_of;
using testing::kNow;

std::string id_of(const Result<VerifiedDescriptor>& result) {
  return result ? "" : result.error().id;
}

VerifiedDescriptor verified(const crypto::SigningKey& root, const Descriptor& descriptor) {
  auto out = verify_descriptor(sign_descriptor(root, descriptor));
  CHECK(out);
  return *out;
}

RootLink link(const crypto::SigningKey& root, const crypto::PublicKey& next) {
  Bytes message = base::to_bytes("tocsin-root-link/1\n");
  base::append(message, next.view());
  return {root.public_key(), crypto::sha256(next.view()), root.sign(message)};
}

// The party of root 10 whose present root is 12, by way of 11.
Descriptor descended() {
  Descriptor d = descriptor_of(10);
  d.root = key_of(12).public_key();
  d.root_chain = {link(key_of(10), key_of(11).public_key()), link(key_of(11), d.root)};
  d.statement_key = key_of(112).public_key();  // a key has one purpose
  return d;
}

TEST(Descriptor, SurvivesTheRoundTripWhole) {
  Descriptor d = descended();
  d.name = {"Hospital", "H\u00f4pital", "B\u1ec7nh vi\u1ec7n"};
  d.kind = PartyKind::Operator;
  d.single_signatory = true;
  d.offers_witnessing = true;
  d.log.previous_checkpoint = "note\n";
  d.limits = {1u << 20, 2u << 20, 30};
  d.retired = {{"statement", key_of(99).public_key(), d.log.id, 3, 9}};
  const auto read = verify_descriptor(sign_descriptor(key_of(12), d));
  ASSERT_TRUE(read) << base::describe(read.error());
  EXPECT_EQ(write_descriptor(**read), write_descriptor(d));
  EXPECT_EQ((*read)->name.in("vi"), d.name.vi);
  EXPECT_EQ((*read)->limits.statements_per_minute, 30u);
  EXPECT_EQ((*read)->retired.at(0).last, 9u);
  EXPECT_EQ((*read)->first_root(), key_of(10).public_key());
  EXPECT_EQ((*read)->approvals_needed(), 1u);
}

TEST(Descriptor, RefusesAPartyIdThatIsNotItsFirstRoot) {
  Descriptor d = descriptor_of(10);
  d.party = testing::party_of(30);
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(10), d))), "descriptor.wrong_party");
}

TEST(Descriptor, RefusesASignatureOfAnyKeyButTheRoot) {
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(11), descriptor_of(10)))), "trust.wrong_key");
}

TEST(Descriptor, GivesEachKeyOnePurpose) {
  const auto refused = [](const std::function<void(Descriptor&)>& change) {
    Descriptor d = descriptor_of(10);
    change(d);
    return id_of(verify_descriptor(sign_descriptor(key_of(10), d)));
  };
  EXPECT_EQ(refused([](Descriptor&) {}), "");
  EXPECT_EQ(refused([](Descriptor& d) { d.log_key = d.statement_key; }), "descriptor.malformed");
  EXPECT_EQ(refused([](Descriptor& d) { d.exercise_key = d.statement_key; }), "descriptor.malformed");
  EXPECT_EQ(refused([](Descriptor& d) { d.statement_key = d.root; }), "descriptor.malformed");
  for (const char* use : {"statement", "log", "exercise"})
    EXPECT_EQ(refused([&](Descriptor& d) {
                d.retired = {{use, d.statement_key, d.log.id, 0, 9}};
              }),
              "descriptor.malformed")
        << "retired, and in force";
  EXPECT_EQ(refused([](Descriptor& d) {
              d.retired = {{"tls", key_of(99).public_key(), d.log.id, 0, 9}};
            }),
            "descriptor.malformed");
  EXPECT_EQ(refused([](Descriptor& d) {
              d.retired = {{"statement", key_of(99).public_key(), "1-00", 0, 9}};
            }),
            "descriptor.malformed");
}

TEST(Descriptor, RefusesABrokenRootChain) {
  ASSERT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(12), descended()))), "");
  Descriptor d = descended();
  d.root_chain.erase(d.root_chain.begin() + 1);  // the root in between is left out
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(12), d))), "descriptor.broken_root_chain");
  d = descended();
  d.root_chain[1].signature = d.root_chain[0].signature;
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(12), d))), "descriptor.broken_root_chain");
  d = descended();
  d.root_chain[0].next_root = crypto::sha256(key_of(66).public_key().view());  // not the successor it had announced
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(12), d))), "descriptor.broken_root_chain");
  d = descended();
  d.root = key_of(66).public_key();  // a thief's key at the end of the true chain
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(66), d))), "descriptor.broken_root_chain");
}

TEST(Descriptor, OnlyAnOperatorMayHaveOneSignatory) {
  Descriptor d = descriptor_of(10);
  d.single_signatory = true;
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(10), d))), "descriptor.malformed");
}

TEST(Descriptor, RefusesAMissingMember) {
  const auto whole = json::parse(write_descriptor(descriptor_of(10)));
  ASSERT_TRUE(whole);
  for (const auto& [member, unused] : *whole->object()) {
    json::Object partial = *whole->object();
    partial.erase(member);
    const Signed object = sign(SignedType::Descriptor, key_of(10), json::canonical(partial));
    EXPECT_EQ(id_of(verify_descriptor(object)), "descriptor.malformed") << member;
  }
}

TEST(Descriptor, RefusesTextWithoutEnd) {
  Descriptor d = descriptor_of(10);
  d.log.previous_checkpoint = std::string(65'537, 'x');
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(10), d))), "descriptor.malformed");
  d = descriptor_of(10);
  d.name = {std::string(301, 'x'), "", ""};
  EXPECT_EQ(id_of(verify_descriptor(sign_descriptor(key_of(10), d))), "descriptor.malformed");
}

TEST(Descriptor, RefusesForeignTextAsAnError) {
  for (const std::string_view payload : {"", "[]", "null", R"({"root":1})", R"({"root":"AAAA"})"})
    EXPECT_FALSE(verify_descriptor(sign(SignedType::Descriptor, key_of(10), std::string(payload)))) << payload;
}

class TakenDescriptors : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto own = verified(key_of(100), descriptor_of(100));
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) { return store_own(tx, own, kNow); }));
  }
  Result<DescriptorOutcome> take(const Descriptor& d, std::uint8_t root = 10) {
    const auto descriptor = verified(key_of(root), d);
    return database_->write_value([&](store::Transaction& tx) { return take_descriptor(tx, descriptor, kNow); });
  }
  Party stored() {
    auto found = database_->read_value([](store::Transaction& tx) { return party(tx, testing::party_of(10)); });
    CHECK(found);
    return *found;
  }
  Result<void> compare(std::string_view number) {
    return database_->write([&](store::Transaction& tx) {
      return verify_peer(tx, testing::party_of(10), number, VerificationMethod::InPerson, "an", kNow);
    });
  }
  std::string number() {
    return verification_number(testing::party_of(10), key_of(10).public_key(), testing::party_of(100),
                               key_of(100).public_key());
  }

  std::unique_ptr<store::Database> database_ = testing::open_memory({kMigrations});
};

TEST_F(TakenDescriptors, AreInvitedUntilTheNumberHasBeenCompared) {
  EXPECT_EQ(take(descriptor_of(10)), DescriptorOutcome::New);
  EXPECT_EQ(stored().state, PeerState::Invited);
  EXPECT_EQ(take(descriptor_of(10)), DescriptorOutcome::Same);
  std::string wrong = number();
  wrong[59] = wrong[59] == '0' ? '1' : '0';
  EXPECT_EQ(compare(wrong).error().id, "peers.wrong_number");
  EXPECT_EQ(compare(number().substr(1)).error().id, "peers.bad_number");
  EXPECT_EQ(compare("").error().id, "peers.bad_number");
  EXPECT_EQ(compare(number() + "x").error().id, "peers.bad_number");
  EXPECT_EQ(stored().state, PeerState::Invited);
  ASSERT_TRUE(compare(in_groups(number())));
  EXPECT_EQ(stored().state, PeerState::Verified);
  EXPECT_EQ(stored().verified_by, "an");
}

TEST_F(TakenDescriptors, AreRefusedOnceExpired) {
  Descriptor d = descriptor_of(10);
  d.expires = kNow;
  EXPECT_EQ(take(d).error().id, "descriptor.expired");
  d.expires = kNow + base::seconds(1);
  EXPECT_TRUE(take(d));
}

TEST_F(TakenDescriptors, NeverGoBackToAnEarlierVersion) {
  Descriptor second = descriptor_of(10);
  second.version = 2;
  second.name.en = "Second";
  ASSERT_EQ(take(second), DescriptorOutcome::New);
  ASSERT_TRUE(compare(number()));
  EXPECT_EQ(take(descriptor_of(10)), DescriptorOutcome::Older);
  EXPECT_EQ(stored().descriptor.version, 2u);
  EXPECT_EQ(stored().descriptor.name.en, "Second");
  second.version = 3;
  EXPECT_EQ(take(second), DescriptorOutcome::Newer);
  EXPECT_EQ(stored().descriptor.version, 3u);
  EXPECT_EQ(stored().state, PeerState::Verified) << "a newer version of a verified party needs no new comparison";
}

TEST_F(TakenDescriptors, TwoOfOneVersionSuspendThePeer) {
  ASSERT_TRUE(take(descriptor_of(10)));
  ASSERT_TRUE(compare(number()));
  Descriptor other = descriptor_of(10);
  other.name.en = "Somebody else";
  EXPECT_EQ(take(other), DescriptorOutcome::TwoOfOneVersion);
  EXPECT_EQ(stored().state, PeerState::Suspended);
  EXPECT_EQ(stored().descriptor.name.en, descriptor_of(10).name.en);
  EXPECT_EQ(take(descriptor_of(10)), DescriptorOutcome::TwoOfOneVersion) << "the first one again heals nothing";
}

TEST_F(TakenDescriptors, MayNotNameTheLineKeyOfSomebodyVerified) {
  const Digest pin = crypto::sha256(std::string_view("the key that a line shows"));
  const auto at_the_door = [&] {
    const auto who = database_->read_value([&](store::Transaction& tx) { return peer_by_pin(tx, pin); });
    return who ? who->id.text() : who.error().id;
  };
  EXPECT_EQ(at_the_door(), "peers.unknown_key");
  Descriptor squatter = descriptor_of(40), owner = descriptor_of(10);
  squatter.tls_pins.push_back(pin);
  owner.tls_pins = {pin};
  ASSERT_TRUE(take(squatter, 40)) << "nobody has verified anybody yet";
  EXPECT_EQ(at_the_door(), testing::party_of(40).text());
  ASSERT_TRUE(take(owner));
  EXPECT_EQ(at_the_door(), "peers.unknown_key") << "of two strangers neither is believed";
  ASSERT_TRUE(compare(number()));
  EXPECT_EQ(at_the_door(), testing::party_of(10).text()) << "whom persons have verified is meant";
  squatter.version = 2;
  EXPECT_EQ(take(squatter, 40).error().id, "descriptor.key_of_another");
  Descriptor another = descriptor_of(60);
  another.tls_pins = {pin};
  EXPECT_EQ(take(another, 60).error().id, "descriptor.key_of_another");
  EXPECT_EQ(at_the_door(), testing::party_of(10).text());
  const std::string theirs = verification_number(testing::party_of(40), key_of(40).public_key(), testing::party_of(100),
                                                 key_of(100).public_key());
  const auto met = database_->write([&](store::Transaction& tx) {
    return verify_peer(tx, testing::party_of(40), theirs, VerificationMethod::InPerson, "an", kNow);
  });
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().id, "descriptor.key_of_another");
}

TEST_F(TakenDescriptors, FillNoMoreThanTwoRows) {
  const auto rows = [&] {
    return database_
        ->read_value([](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM descriptors_seen"); })
        .value()
        .value_or(0);
  };
  Descriptor d = descriptor_of(10);
  for (d.version = 1; d.version < 20; ++d.version) ASSERT_TRUE(take(d));
  EXPECT_EQ(rows(), 1) << "of earlier versions none is asked for again";
  d.version = 20;
  for (int i = 0; i < 20; ++i) {
    d.name.en = "Another " + std::to_string(i);
    ASSERT_TRUE(take(d));
  }
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(take(d), DescriptorOutcome::TwoOfOneVersion);
}

TEST_F(TakenDescriptors, ARootThatHasBeenSucceededHasNoSayAnyMore) {
  ASSERT_TRUE(take(descriptor_of(10)));
  ASSERT_TRUE(compare(number()));
  Descriptor rotated = descended();
  rotated.version = 2;
  ASSERT_EQ(take(rotated, 12), DescriptorOutcome::Newer);
  Descriptor thief = descriptor_of(10);
  thief.statement_key = key_of(66).public_key();
  for (const std::uint64_t version : {2u, 3u}) {
    thief.version = version;
    EXPECT_EQ(take(thief).error().id, "descriptor.other_roots") << version;
    thief.root = key_of(11).public_key();
    thief.root_chain = {link(key_of(10), thief.root)};
    EXPECT_EQ(take(thief, 11).error().id, "descriptor.other_roots") << version << ", by the root in between";
    thief.root = key_of(10).public_key();
    thief.root_chain.clear();
  }
  EXPECT_EQ(take(descriptor_of(10)), DescriptorOutcome::Older) << "a true one that comes late is no offence";
  EXPECT_EQ(stored().descriptor.root, key_of(12).public_key());
  EXPECT_EQ(stored().state, PeerState::Verified) << "a thief cannot have a peer suspended either";
  rotated.version = 3;
  EXPECT_EQ(take(rotated, 12), DescriptorOutcome::Newer);
}

TEST_F(TakenDescriptors, AStolenRootCannotNameItsHeir) {
  ASSERT_TRUE(take(descriptor_of(10)));
  Descriptor thief = descriptor_of(10);
  thief.version = 2;
  thief.root = key_of(66).public_key();
  thief.root_chain = {link(key_of(10), thief.root)};
  EXPECT_EQ(take(thief, 66).error().id, "descriptor.other_roots") << "not the heir that was announced";
  thief = descriptor_of(10);
  thief.version = 2;
  thief.next_root = crypto::sha256(key_of(66).public_key().view());
  EXPECT_EQ(take(thief).error().id, "descriptor.other_roots") << "announced anew";
  EXPECT_EQ(stored().descriptor.version, 1u);
}

TEST_F(TakenDescriptors, AConfirmedAddressIsOneAddressInNumbers) {
  ASSERT_TRUE(take(descriptor_of(10)));
  const auto allow = [&](std::string_view address) {
    return database_->write([&](store::Transaction& tx) { return allow_address(tx, testing::party_of(10), address); });
  };
  ASSERT_TRUE(allow("FD00:0::20"));
  EXPECT_EQ(stored().allowed_address, "fd00::20");
  for (const std::string_view text : {"localhost", "10.0.0.0/8", "10.0.0.1:8444", "10.0.0.1\n", "fe80::1%eth0", " "})
    EXPECT_EQ(allow(text).error().id, "peers.bad_address") << text;
  EXPECT_EQ(stored().allowed_address, "fd00::20");
  ASSERT_TRUE(allow(""));
  EXPECT_EQ(stored().allowed_address, "");
}

TEST_F(TakenDescriptors, AnEpochOfAHigherNumberIsARestoreAndGoesOn) {
  Descriptor d = descriptor_of(10);
  ASSERT_TRUE(take(d));
  ASSERT_TRUE(compare(number()));
  d.log.id = "2-" + std::string(32, 'a');
  d.version = 50;
  EXPECT_EQ(take(d), DescriptorOutcome::Newer);
  EXPECT_EQ(stored().state, PeerState::Verified);
}

TEST_F(TakenDescriptors, TwoRestoresOfOneBackupSuspendThePeerUntilPersonsCompareAgain) {
  Descriptor d = descriptor_of(10);
  d.log.id = "2-" + std::string(32, 'a');
  ASSERT_TRUE(take(d));
  ASSERT_TRUE(compare(number()));
  for (const char* epoch : {"2-", "1-"}) {
    ++d.version;
    d.log.id = epoch + std::string(32, 'b');
    const auto outcome = take(d);
    EXPECT_EQ(outcome, DescriptorOutcome::TwoRestores) << epoch;
    EXPECT_EQ(acceptable(*outcome, d).error().id, "descriptor.two_restores");
    EXPECT_EQ(stored().state, PeerState::Suspended) << epoch;
    EXPECT_EQ(stored().descriptor.version, d.version) << "the newer one is what persons will confirm";
    EXPECT_EQ(take(d), DescriptorOutcome::Same);
    ASSERT_TRUE(compare(number()));
    EXPECT_EQ(stored().state, PeerState::Verified);
  }
}

TEST_F(TakenDescriptors, AreNeverOurselves) {
  EXPECT_EQ(take(descriptor_of(100), 100).error().id, "peers.is_ourselves");
}

TEST_F(TakenDescriptors, QuarantineSurvivesAComparisonAndIsLifted) {
  ASSERT_TRUE(take(descriptor_of(10)));
  const auto quarantine = [&](bool on, const std::string& reason = "keys stolen") {
    return database_->write(
        [&](store::Transaction& tx) { return set_quarantine(tx, testing::party_of(10), on, reason, "an", kNow); });
  };
  EXPECT_EQ(quarantine(false).error().id, "peers.not_quarantined");
  EXPECT_EQ(quarantine(true, "").error().id, "api.missing") << "without a reason";
  EXPECT_EQ(quarantine(true, std::string(1001, 'x')).error().id, "api.text_too_long");
  EXPECT_EQ(stored().state, PeerState::Invited);
  ASSERT_TRUE(quarantine(true));
  ASSERT_TRUE(compare(number()));
  EXPECT_EQ(stored().state, PeerState::Quarantined);
  ASSERT_TRUE(quarantine(false, ""));
  EXPECT_EQ(stored().state, PeerState::Verified);
}

TEST(VerificationNumber, IsTheSameFromBothSidesAndHasSixtyDigits) {
  const auto a = key_of(10).public_key(), b = key_of(30).public_key(), c = key_of(50).public_key();
  const std::string number = verification_number(PartyId::of(a), a, PartyId::of(b), b);
  EXPECT_EQ(number, verification_number(PartyId::of(b), b, PartyId::of(a), a));
  EXPECT_NE(number, verification_number(PartyId::of(a), a, PartyId::of(c), c));
  EXPECT_NE(number, verification_number(PartyId::of(a), c, PartyId::of(b), b));
  EXPECT_EQ(number.size(), 60u);
  EXPECT_EQ(number.find_first_not_of("0123456789"), std::string::npos);
  const std::string groups = in_groups(number);
  EXPECT_EQ(groups.size(), 60u + 11u);
  EXPECT_EQ(groups[5], ' ');
}

}  // namespace
}  // namespace tocsin::trust
