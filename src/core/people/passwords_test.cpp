#include <gtest/gtest.h>

#include "core/people/people.h"

namespace tocsin::people {
namespace {

TEST(NewPassword, IsTakenWhereItIsLongAndNobodysFirstGuess) {
  for (const std::string_view password :
       {"seven quiet herons", "mưa rào tháng bảy", "vh7-Kq2.mtR9", "trois tortues lentes", "b8#Lw0!pQz4&",
        "the password is a heron on the roof"})
    EXPECT_TRUE(check_new_password("an", password)) << password;
}

TEST(NewPassword, IsRefusedWhereItIsShort) {
  for (const std::string_view password : {"", "vh7-Kq2.mtR", "mưa rào bảy"}) {
    const auto refused = check_new_password("an", password);
    ASSERT_FALSE(refused) << password;
    EXPECT_EQ(refused.error().id, "people.weak_password");
    EXPECT_EQ(refused.error().args, (std::vector<std::string>{"12", "an"}));
  }
}

TEST(NewPassword, IsRefusedWhereItIsGuessedFirst) {
  for (const std::string_view password :
       {"password1234", "Password2026!", "P@ssw0rd-P@ssw0rd", "administrator", "aaaaaaaaaaaaaaaa", "123456789012345",
        "abcdefghijklmnop", "qwertyuiop123", "tocsin-admin-1", "correct horse battery staple", "motdepasse2026",
        "matkhau123456", "abababababababab", "            "})
    EXPECT_FALSE(check_new_password("an", password)) << password;
}

TEST(NewPassword, IsRefusedWhereItIsTheNameOfTheAccount) {
  EXPECT_FALSE(check_new_password("thi.an.nguyen", "thi.an.nguyen"));
  EXPECT_FALSE(check_new_password("nguyenthian", "NguyenThiAn2026"));
  EXPECT_TRUE(check_new_password("an", "banana boat in anger")) << "a name of two letters is in many words";
}

TEST(NewPassword, IsRefusedWhereHashingItWouldCost) {
  const auto refused = check_new_password("an", std::string(1025, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "people.password_too_long");
}

}  // namespace
}  // namespace tocsin::people
