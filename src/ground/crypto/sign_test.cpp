#include <gtest/gtest.h>
#include <sodium.h>

#include "ground/crypto/crypto.h"
#include "ground/crypto/test_bytes.h"

namespace tocsin::crypto {
namespace {

struct Rfc8032 {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc).
constexpr Rfc8032 kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
     "55141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
     "00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
     "027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2"
     "a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad"
     "9bef1177331a704"},
};

TEST(SigningKey, SignsAsInRfc8032) {
  for (const auto& vector : kVectors) {
    const SigningKey key = SigningKey::from_seed(hex(vector.seed));
    EXPECT_EQ(key.public_key().hex(), vector.public_key);
    EXPECT_EQ(key.sign(hex(vector.message)).hex(), vector.signature);
    EXPECT_EQ(base::to_hex(key.seed()), vector.seed);
    EXPECT_TRUE(
        verify(fixed_hex<PublicKey>(vector.public_key), hex(vector.message), fixed_hex<Signature>(vector.signature)));
  }
}

TEST(SigningKey, GeneratesKeysThatDiffer) {
  EXPECT_NE(SigningKey::generate().public_key(), SigningKey::generate().public_key());
}

TEST(SigningKey, StillSignsAfterAMove) {
  SigningKey first = SigningKey::from_seed(Bytes(32, 1));
  const PublicKey public_key = first.public_key();
  SigningKey second = SigningKey::generate();
  second = std::move(first);
  EXPECT_EQ(second.public_key(), public_key);
  EXPECT_TRUE(verify(public_key, base::as_bytes("m"), second.sign(base::as_bytes("m"))));
}

TEST(Verify, RefusesAnyChangedBit) {
  const SigningKey key = SigningKey::from_seed(Bytes(32, 5));
  const Bytes message = base::to_bytes("the bell rings");
  const Signature good = key.sign(message);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(verify(key.public_key(), message, bad)) << "signature bit " << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    PublicKey bad = key.public_key();
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(verify(bad, message, good)) << "key bit " << bit;
  }
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes bad = message;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(verify(key.public_key(), bad, good)) << "message bit " << bit;
  }
}

// The encodings of the eight points of small order, canonical and not. With the neutral element as key, (R = neutral
// element, S = 0) satisfies the bare equation for every message; with the others, for one message in eight.
TEST(Verify, RefusesKeysOfSmallOrder) {
  constexpr const char* kSmallOrder[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000080",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  };
  for (const char* r : kSmallOrder) {
    const auto signature =
        fixed_hex<Signature>(std::string(r) + "0000000000000000000000000000000000000000000000000000000000000000");
    for (const char* a : kSmallOrder)
      for (char c = 'a'; c <= 'p'; ++c)
        EXPECT_FALSE(verify(fixed_hex<PublicKey>(a), base::as_bytes(std::string_view(&c, 1)), signature)) << a << r;
  }
}

// An owner of a key can sign with R of small order; verifiers that multiply by the cofactor or not disagree on such.
TEST(Verify, RefusesAPointOfSmallOrderInTheSignature) {
  const Bytes seed(32, 9);
  const SigningKey key = SigningKey::from_seed(seed);
  const Bytes message = base::to_bytes("one meaning for all");
  Signature forged = fixed_hex<Signature>("01" + std::string(126, '0'));  // R: the neutral element

  std::uint8_t secret[64], wide[64];
  crypto_hash_sha512(secret, seed.data(), seed.size());
  secret[0] &= 248;
  secret[31] = static_cast<std::uint8_t>((secret[31] & 127) | 64);
  Bytes hashed(forged.bytes.begin(), forged.bytes.begin() + 32);
  base::append(hashed, key.public_key().view());
  base::append(hashed, message);
  crypto_hash_sha512(wide, hashed.data(), hashed.size());
  std::uint8_t h[32], a[32];
  crypto_core_ed25519_scalar_reduce(h, wide);
  std::uint8_t padded[64] = {};
  std::copy(secret, secret + 32, padded);
  crypto_core_ed25519_scalar_reduce(a, padded);
  crypto_core_ed25519_scalar_mul(forged.bytes.data() + 32, h, a);  // S = h * a, so S * B = R + h * A holds

  // The equation does hold, so that it is really the rule that refuses: compare S * B with h * A.
  std::uint8_t left[32], right[32];
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(left, forged.bytes.data() + 32), 0);
  ASSERT_EQ(crypto_scalarmult_ed25519_noclamp(right, h, key.public_key().bytes.data()), 0);
  ASSERT_EQ(base::to_hex(left), base::to_hex(right));
  EXPECT_FALSE(verify(key.public_key(), message, forged));
}

// RFC 8032 section 5.1.7: S must be below L, else one statement has two signatures and so two digests.
TEST(Verify, RefusesAScalarBeyondTheGroupOrder) {
  const SigningKey key = SigningKey::from_seed(Bytes(32, 3));
  const Signature good = key.sign(base::as_bytes("m"));
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Signature bad = good;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += bad.bytes[32 + i] + order[i];
    bad.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_TRUE(verify(key.public_key(), base::as_bytes("m"), good));
  EXPECT_FALSE(verify(key.public_key(), base::as_bytes("m"), bad));
}

// RFC 8037 appendix A.3.
TEST(Thumbprint, GivesTheExampleOfRfc8037) {
  const auto key = PublicKey::from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  ASSERT_TRUE(key);
  EXPECT_EQ(thumbprint(*key).base64url(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

}  // namespace
}  // namespace tocsin::crypto
