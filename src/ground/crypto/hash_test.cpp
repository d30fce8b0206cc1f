#include <gtest/gtest.h>

#include <thread>

#include "ground/crypto/crypto.h"
#include "ground/crypto/test_bytes.h"

namespace tocsin::crypto {
namespace {

// FIPS 180-4 examples, as published by NIST.
TEST(Sha256, GivesTheDigestsOfFips180) {
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, StreamGivesTheSameDigestInAnyChunking) {
  const std::string million(1'000'000, 'a');
  for (std::size_t chunk : {1u, 63u, 64u, 65u, 100'000u}) {
    Sha256Stream stream;
    for (std::size_t at = 0; at < million.size(); at += chunk)
      stream.add(base::as_bytes(std::string_view(million).substr(at, chunk)));
    EXPECT_EQ(stream.finish().hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") << chunk;
  }
}

TEST(Sha256, StreamStartsAnewAfterItsDigest) {
  Sha256Stream stream;
  stream.add(base::as_bytes("xyz"));
  stream.finish();
  stream.add(base::as_bytes("abc"));
  EXPECT_EQ(stream.finish(), sha256("abc"));
}

TEST(Sha256, ThreadsDoNotDisturbOneAnother) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&wrong, t] {
      const Digest expected = sha256(std::string(static_cast<std::size_t>(t) * 100, 'x'));
      for (int i = 0; i < 2000; ++i)
        wrong[static_cast<std::size_t>(t)] += sha256(std::string(static_cast<std::size_t>(t) * 100, 'x')) != expected;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

// RFC 4231 sections 4.2, 4.3 and 4.7.
TEST(HmacSha256, GivesTheMacsOfRfc4231) {
  EXPECT_EQ(hmac_sha256(Bytes(20, 0x0b), base::as_bytes("Hi There")).hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?")).hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hmac_sha256(Bytes(131, 0xaa), base::as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")).hex(),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 9562 appendix A.4.
TEST(Uuid5, GivesTheExampleOfRfc9562) {
  const std::string dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  EXPECT_EQ(uuid5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_NE(uuid5(dns, "www.example.org"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(EqualInConstantTime, SeesLengthsAndEveryByte) {
  const Bytes a(33, 7);
  EXPECT_TRUE(equal_in_constant_time(a, Bytes(33, 7)));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time(a, Bytes(32, 7)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    Bytes b = a;
    b[i] ^= 0x80;
    EXPECT_FALSE(equal_in_constant_time(a, b)) << i;
  }
}

}  // namespace
}  // namespace tocsin::crypto
