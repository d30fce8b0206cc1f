// Parties meet by invitations.
#include "journeys/found.h"

#include "core/exchange/record.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

class Invitations : public Three {
 protected:
  static std::string invitation_with(const trust::Signed& descriptor) {
    std::string records;
    exchange::append_record(records, exchange::RecordType::Descriptor, descriptor);
    return exchange::armour(records);
  }
  trust::PeerState chi_at_binh() {
    return binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); }).state;
  }
};

TEST_F(Invitations, OfAKnownPeerChangeNothing) {
  const std::string known = chi_.get([](store::Transaction& tx) { return invitation(tx); });
  const auto accepted = accept_invitation(binh_.context(), {known, "", kAnalyst});
  ASSERT_TRUE(accepted) << base::describe(accepted.error());
  EXPECT_EQ(*accepted, chi_.id());
  EXPECT_EQ(chi_at_binh(), trust::PeerState::Verified);
}

TEST_F(Invitations, ThatShowASecondDescriptorOfOneVersionAreRefusedAndSuspendThePeer) {
  trust::Descriptor other = chi_.get([](store::Transaction& tx) { return trust::own_party(tx); }).descriptor;
  other.name.en = "Another name";
  const std::string second = invitation_with(trust::sign_descriptor(root_of_chi(), other));
  ASSERT_EQ(chi_at_binh(), trust::PeerState::Verified);
  const auto accepted = accept_invitation(binh_.context(), {second, "10.1.4.20", kAnalyst});
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().id, "descriptor.two_of_one_version");
  EXPECT_EQ(chi_at_binh(), trust::PeerState::Suspended);
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); }).allowed_address, "");
  const auto trail = binh_.get([](store::Transaction& tx) { return people::audit_trail(tx, 0, 1); });
  EXPECT_EQ(trail.at(0).action + " " + trail.at(0).outcome, "peer_accept descriptor.two_of_one_version");
}

TEST_F(Invitations, HoldOneDescriptorAndNothingElse) {
  const trust::Signed own = chi_.get([](store::Transaction& tx) { return trust::own_party(tx); }).descriptor_signed;
  std::string two;
  for (int i = 0; i < 2; ++i) exchange::append_record(two, exchange::RecordType::Descriptor, own);
  for (const std::string& text : {exchange::armour(two), exchange::armour("")})
    EXPECT_EQ(accept_invitation(binh_.context(), {text, "", kAnalyst}).error().id, "peers.not_an_invitation");
}

}  // namespace
}  // namespace tocsin::journeys::testing
