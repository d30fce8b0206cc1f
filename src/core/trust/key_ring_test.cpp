// New keys follow others, and none that was announced is lost, wherever the power fails.
#include "core/trust/key_ring.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/trust/trust_fixture.h"
#include "ground/base/file.h"
#include "tests/support/folder.h"

namespace tocsin::trust {
namespace {

class Ring : public ::testing::Test {
 protected:
  Ring() {
    crypto::initialise();
    EXPECT_TRUE(OwnKeys::generate({"localhost"}).value().save(keys()));
    ring_ = open();
    own_ = testing::descriptor_of(10);
    name(ring_->in_force());
  }
  std::string keys() const { return folder_.file("keys"); }
  std::unique_ptr<KeyRing> open() const { return KeyRing::open(keys()).value(); }
  void name(const OwnKeys& in_force) {
    own_.statement_key = in_force.statement.public_key();
    own_.log_key = in_force.log.public_key();
    own_.exercise_key = in_force.exercise.public_key();
    own_.tls_pins = {crypto::spki_pin(in_force.peer_tls.certificate_pem).value()};
  }
  /// The descriptor names the key that is to follow.
  void announce(KeyUse use) {
    const Bytes key = ring_->next(use).value();
    if (use == KeyUse::Statement) own_.statement_key = *crypto::PublicKey::from(key);
    if (use == KeyUse::Log) own_.log_key = *crypto::PublicKey::from(key);
    if (use == KeyUse::Exercise) own_.exercise_key = *crypto::PublicKey::from(key);
    if (use == KeyUse::Tls) own_.tls_pins = {*Digest::from(key)};
  }
  static std::vector<Bytes> all(const OwnKeys& keys) {
    std::vector<Bytes> out;
    for (const KeyUse use : kKeyUses) out.push_back(keys.announced(use).value());
    return out;
  }

  test_support::TemporaryFolder folder_;
  std::unique_ptr<KeyRing> ring_;
  Descriptor own_;
};

TEST_F(Ring, AKeyThatIsToFollowStaysTheSameUntilItDoes) {
  const auto before = all(ring_->in_force());
  const Bytes next = ring_->next(KeyUse::Statement).value();
  EXPECT_NE(next, before[0]);
  EXPECT_EQ(ring_->next(KeyUse::Statement).value(), next);
  EXPECT_EQ(open()->next(KeyUse::Statement).value(), next) << "also for who opens the folder again";
  EXPECT_EQ(all(ring_->in_force()), before) << "and is in force for nothing";
  EXPECT_TRUE(ring_->is_waiting(KeyUse::Statement, next));
  EXPECT_FALSE(ring_->is_waiting(KeyUse::Log, next));
  EXPECT_FALSE(ring_->is_waiting(KeyUse::Statement, before[0]));
}

TEST_F(Ring, WhatTheDescriptorNamesIsInForceWhereverThePowerFails) {
  for (const KeyUse use : kKeyUses) announce(use);
  std::vector<Bytes> announced;
  for (const KeyUse use : kKeyUses) announced.push_back(ring_->next(use).value());
  {  // stored, and nothing else done
    const auto again = open();
    ASSERT_TRUE(again->adopt(own_));
    EXPECT_EQ(all(again->in_force()), announced);
  }
  ASSERT_TRUE(ring_->adopt(own_));
  EXPECT_EQ(all(ring_->in_force()), announced);
  // Half of what settle() does: a certificate beside another one's key.
  std::filesystem::copy_file(keys() + "/next/tls/peer.crt", keys() + "/peer.crt",
                             std::filesystem::copy_options::overwrite_existing);
  {
    const auto again = open();
    ASSERT_TRUE(again->adopt(own_));
    EXPECT_EQ(all(again->in_force()), announced);
    EXPECT_EQ(again->in_force().peer_tls.key_pem, ring_->in_force().peer_tls.key_pem);
  }
  ASSERT_TRUE(ring_->settle());
  ASSERT_TRUE(ring_->settle()) << "nothing is left to do";
  const auto again = open();
  ASSERT_TRUE(again->adopt(own_));
  EXPECT_EQ(all(again->in_force()), announced);
  for (const KeyUse use : kKeyUses) EXPECT_NE(again->next(use).value(), again->in_force().announced(use).value());
}

TEST_F(Ring, KeysBeforeStayValidForWhoHoldsThem) {
  const OwnKeys& before = ring_->in_force();
  const auto key = before.statement.public_key();
  announce(KeyUse::Statement);
  ASSERT_TRUE(ring_->adopt(own_));
  EXPECT_EQ(before.statement.public_key(), key);
  EXPECT_NE(ring_->in_force().statement.public_key(), key);
  ring_->put_back(before);
  EXPECT_EQ(ring_->in_force().statement.public_key(), key);
  ASSERT_TRUE(ring_->adopt(own_)) << "it can be tried again";
  EXPECT_NE(ring_->in_force().statement.public_key(), key);
}

TEST_F(Ring, AKeyThatIsNowhereIsAnErrorAndChangesNothing) {
  const auto before = all(ring_->in_force());
  announce(KeyUse::Log);
  own_.statement_key = testing::key_of(99).public_key();
  const auto adopted = ring_->adopt(own_);
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().id, "keys.not_here");
  EXPECT_EQ(adopted.error().args, std::vector<std::string>{"statement"});
  EXPECT_EQ(all(ring_->in_force()), before);
}

}  // namespace
}  // namespace tocsin::trust
