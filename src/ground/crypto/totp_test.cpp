#include <gtest/gtest.h>

#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

const Bytes kSecret = base::to_bytes("12345678901234567890");

// RFC 6238 appendix B, SHA-1 rows; our six digits are the last six of its eight.
TEST(Totp, GivesTheCodesOfRfc6238) {
  EXPECT_EQ(totp_code(kSecret, 59), "287082");
  EXPECT_EQ(totp_code(kSecret, 1111111109), "081804");
  EXPECT_EQ(totp_code(kSecret, 1111111111), "050471");
  EXPECT_EQ(totp_code(kSecret, 1234567890), "005924");
  EXPECT_EQ(totp_code(kSecret, 2000000000), "279037");
  EXPECT_EQ(totp_code(kSecret, 20000000000), "353130");
}

TEST(Totp, AcceptsOneStepBeforeAndAfterAndNamesTheStep) {
  const std::int64_t now = 1111111111, step = now / 30;
  for (std::int64_t offset : {-1, 0, 1})
    EXPECT_EQ(check_totp(kSecret, totp_code(kSecret, now + offset * 30), now), step + offset);
  EXPECT_EQ(check_totp(kSecret, totp_code(kSecret, now - 60), now), std::nullopt);
  EXPECT_EQ(check_totp(kSecret, totp_code(kSecret, now + 60), now), std::nullopt);
}

TEST(Totp, RefusesWhatIsNoCode) {
  const std::int64_t now = 1111111111;
  const std::string good = totp_code(kSecret, now);
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "0", " " + good, good + " ", std::string("94287082")})
    EXPECT_EQ(check_totp(kSecret, bad, now), std::nullopt) << bad;
}

TEST(Totp, NothingMatchesWithoutASecretOrBeforeTheEpoch) {
  EXPECT_EQ(check_totp({}, "328482", 1111111111), std::nullopt);
  EXPECT_EQ(check_totp(kSecret, "755224", 0), std::nullopt);
  EXPECT_EQ(check_totp(kSecret, "755224", -30), std::nullopt);
}

}  // namespace
}  // namespace tocsin::crypto
