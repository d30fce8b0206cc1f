// Vectors of docs/protocol.md, made by another implementation: tests/foreign/make_vectors.py (hashlib and openssl).
#include <gtest/gtest.h>

#include <algorithm>

#include "core/trust/agreement.h"
#include "core/trust/descriptor.h"
#include "core/trust/signed.h"
#include "ground/base/file.h"

namespace tocsin::trust {
namespace {

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    crypto::initialise();
    const auto text = base::read_file(TOCSIN_SOURCE_DIR "/testdata/protocol/vectors.json", 1u << 20);
    ASSERT_TRUE(text) << base::describe(text.error());
    const auto parsed = json::parse(*text);
    ASSERT_TRUE(parsed) << base::describe(parsed.error());
    vectors_ = *parsed;
  }
  crypto::SigningKey key(std::size_t index) const {
    return crypto::SigningKey::from_seed(*base::from_hex((*vectors_.find("keys")->array())[index].text("seed")));
  }
  json::Value vectors_;
};

TEST_F(Vectors, KeysGiveTheirThumbprintsAndPartyIds) {
  for (std::size_t i = 0; i < 2; ++i) {
    const json::Value& expected = (*vectors_.find("keys")->array())[i];
    const crypto::PublicKey made = key(i).public_key();
    EXPECT_EQ(made.hex(), expected.text("public"));
    EXPECT_EQ(key_id(made), expected.text("thumbprint"));
    EXPECT_EQ(PartyId::of(made).text(), expected.text("party"));
  }
}

TEST_F(Vectors, SignaturesAreByteForByteTheSame) {
  const SignedType types[] = {SignedType::Statement, SignedType::Envelope, SignedType::Receipt};
  const json::Array& list = *vectors_.find("signed")->array();
  ASSERT_EQ(list.size(), std::size(types));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Signed made = sign(types[i], key(0), list[i].text("payload"));
    EXPECT_EQ(made.jws, list[i].text("jws"));
    EXPECT_EQ(made.digest().hex(), list[i].text("digest"));
    const Signed foreign{list[i].text("jws"), list[i].text("payload")};
    EXPECT_TRUE(verify(types[i], key(0).public_key(), foreign));
    EXPECT_FALSE(verify(types[i], key(1).public_key(), foreign));
    EXPECT_FALSE(verify(types[(i + 1) % 3], key(0).public_key(), foreign));
  }
}

TEST_F(Vectors, TheVerificationNumberIsTheSameFromBothSides) {
  const auto a = key(0).public_key(), b = key(1).public_key();
  EXPECT_EQ(verification_number(PartyId::of(a), a, PartyId::of(b), b), vectors_.text("verification_number"));
  EXPECT_EQ(verification_number(PartyId::of(b), b, PartyId::of(a), a), vectors_.text("verification_number"));
}

TEST_F(Vectors, AnAgreementsIdIsMadeOfItsPartiesAndItsNonce) {
  std::vector<PartyId> parties{PartyId::of(key(0).public_key()), PartyId::of(key(1).public_key())};
  std::sort(parties.begin(), parties.end());
  const json::Value& expected = *vectors_.find("agreement_id");
  EXPECT_EQ(bound_id(parties, expected.text("nonce")), expected.text("id"));
}

TEST_F(Vectors, ApprovalsSignTheDocumentsDigest) {
  const json::Value& approval = *vectors_.find("approval");
  const auto document = Digest::from_hex(approval.text("document"));
  ASSERT_TRUE(document);
  EXPECT_EQ(key(0).sign(approval_message(*document)).hex(), approval.text("signature"));
}

}  // namespace
}  // namespace tocsin::trust
