#include <gtest/gtest.h>

#include <thread>

#include "ground/crypto/argon2.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

// From test.c of the Argon2 reference implementation (P-H-C/phc-winner-argon2), Argon2id version 0x13.
constexpr const char* kReference =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

TEST(Password, VerifiesAStringOfTheReferenceImplementation) {
  EXPECT_TRUE(verify_password(kReference, "password"));
  EXPECT_FALSE(verify_password(kReference, "differentpassword"));
  EXPECT_FALSE(verify_password(kReference, ""));
}

TEST(Password, HashesWithTheStatedCostAndAFreshSalt) {
  const std::string first = hash_password("mật khẩu");
  EXPECT_TRUE(first.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << first;
  EXPECT_TRUE(verify_password(first, "mật khẩu"));
  EXPECT_FALSE(verify_password(first, "mat khau"));
  EXPECT_NE(first, hash_password("mật khẩu"));
}

TEST(Password, AZeroByteDoesNotEndAPassword) {
  const std::string phc = hash_password(std::string_view("a\0b", 3));
  EXPECT_TRUE(verify_password(phc, std::string_view("a\0b", 3)));
  EXPECT_FALSE(verify_password(phc, "a"));
}

TEST(Password, RefusesStringsThatWouldCostTooMuchOrAreNone) {
  const std::string tail = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  for (const char* head :
       {"$argon2id$v=19$m=4294967295,t=2,p=1", "$argon2id$v=19$m=65536,t=4294967295,p=1",
        "$argon2id$v=19$m=65536,t=2,p=64", "$argon2id$v=19$m=99999999999999999999,t=2,p=1",
        "$argon2id$v=19$m=-1,t=2,p=1", "$argon2i$v=19$m=65536,t=2,p=1", "$argon2id$v=16$m=65536,t=2,p=1"})
    EXPECT_FALSE(verify_password(head + tail, "password")) << head;
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("password", "password"));
  EXPECT_FALSE(verify_password(kReference + std::string(200, 'A'), "password"));
  EXPECT_FALSE(verify_password(std::string(kReference) + '\0', "password"));
}

TEST(Password, AtMostTwoRunAtATime) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([] { verify_password(kReference, "password"); });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most_argon2_turns_at_once(), 2u);
  EXPECT_GE(most_argon2_turns_at_once(), 1u);
}

}  // namespace
}  // namespace tocsin::crypto
