#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;

class Totp : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    enrol("an", {Role::Signatory});
    secret_ = enrol_totp("an");
  }
  Result<void> spend(std::string_view code) {
    return TRY(write([&](store::Transaction& tx) { return check_second_factor(tx, "an", code, now()); }));
  }
  /// A code that is right neither now nor a step before or after.
  std::string wrong_code() const {
    for (int i = 0;; ++i) {
      const std::string code = "00000" + std::to_string(i);
      if (!crypto::check_totp(secret_, code, now().us / 1'000'000)) return code;
    }
  }
  Bytes secret_;
};

TEST_F(Totp, IsAskedWhereEnrolled) {
  EXPECT_TRUE(find("an")->has_totp);
  EXPECT_EQ(error_id(log_in("an", true)), "people.totp_needed");
  pass(base::seconds(30));
  EXPECT_TRUE(log_in("an", true, "192.0.2.1", code_of(secret_)));
}

TEST_F(Totp, IsNotAskedBeforeThePasswordIsRight) {
  EXPECT_EQ(error_id(log_in("an", false)), "people.wrong_login");
  pass(base::seconds(30));
  EXPECT_EQ(error_id(log_in("an", false, "192.0.2.1", code_of(secret_))), "people.wrong_login");
  EXPECT_TRUE(log_in("an", true, "192.0.2.1", code_of(secret_))) << "the refused log-in spent no code";
}

TEST_F(Totp, CodeIsGoodOnce) {
  pass(base::seconds(30));
  const std::string code = code_of(secret_);
  ASSERT_TRUE(log_in("an", true, "192.0.2.1", code));
  EXPECT_EQ(error_id(log_in("an", true, "192.0.2.1", code)), "people.wrong_code");
  EXPECT_EQ(error_id(spend(code)), "people.wrong_code") << "an approval cannot use it either";
}

TEST_F(Totp, CodeThatConfirmedIsSpent) {
  EXPECT_EQ(error_id(log_in("an", true, "192.0.2.1", code_of(secret_))), "people.wrong_code");
}

TEST_F(Totp, EarlierCodeIsSpentWithALaterOne) {
  pass(base::seconds(60));
  const std::string earlier = code_of(secret_);
  pass(base::seconds(30));
  ASSERT_TRUE(spend(code_of(secret_)));
  EXPECT_EQ(error_id(spend(earlier)), "people.wrong_code");
}

TEST_F(Totp, ToleratesAStepAndNoMore) {
  pass(base::seconds(120));
  const std::string code = code_of(secret_);
  pass(base::seconds(60));
  EXPECT_EQ(error_id(spend(code)), "people.wrong_code");
  pass(base::seconds(-30));
  EXPECT_TRUE(spend(code));
}

TEST_F(Totp, TakesACodeAsPhonesShowIt) {
  pass(base::seconds(30));
  std::string code = code_of(secret_);
  code.insert(3, " ");
  EXPECT_TRUE(spend(code));
}

TEST_F(Totp, RefusesWhatIsNoCode) {
  pass(base::seconds(30));
  for (const std::string& code : {std::string("1"), std::string("abcdef"), std::string(1 << 20, '0'),
                                  code_of(secret_) + "0", code_of(secret_).substr(1), std::string("\0\0\0\0\0\0", 6)})
    EXPECT_EQ(error_id(spend(code)), "people.wrong_code") << code.substr(0, 20);
  EXPECT_EQ(error_id(spend("")), "people.totp_needed");
}

TEST_F(Totp, ClosesTheAccountToWhoGuessesCodesFromManySources) {
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(error_id(log_in("an", true, "203.0.113." + std::to_string(i), wrong_code())), "people.wrong_code");
  pass(base::seconds(30));
  const auto refused = log_in("an", true, "192.0.2.1", code_of(secret_));
  EXPECT_EQ(error_id(refused), "people.too_many_attempts");
  EXPECT_THAT(refused.error().args, ElementsAre("60"));
  pass(base::seconds(3600 - 30));
  EXPECT_TRUE(log_in("an", true, "192.0.2.1", code_of(secret_)));
}

TEST_F(Totp, IsNotLockedByAClockThatWasSetBack) {
  pass(base::days(365));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(error_id(spend(wrong_code())), "people.wrong_code");
  pass(base::days(-364));
  EXPECT_TRUE(spend(code_of(secret_)));
}

TEST_F(Totp, CountsWrongCodesAsFailedLogIns) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(error_id(log_in("an", true, "192.0.2.1", wrong_code())), "people.wrong_code");
  pass(base::seconds(30));
  EXPECT_EQ(error_id(log_in("an", true, "192.0.2.1", code_of(secret_))), "people.too_many_attempts");
  EXPECT_TRUE(log_in("an", true, "192.0.2.2", code_of(secret_)));
}

TEST_F(Totp, IsNotExchangedByAStolenSession) {
  EXPECT_EQ(error_id(write([&](store::Transaction& tx) { return begin_totp(tx, column_key_, "an", now()); })),
            "people.totp_enrolled");
  ASSERT_TRUE(write([](store::Transaction& tx) { return remove_totp(tx, "an"); }));
  EXPECT_FALSE(find("an")->has_totp);
  EXPECT_TRUE(log_in("an", true));
  EXPECT_TRUE(spend("")) << "where nothing is enrolled, nothing is asked";
}

class TotpEnrolment : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    enrol("an", {});
  }
  Result<Bytes> begin() {
    return write([&](store::Transaction& tx) { return begin_totp(tx, column_key_, "an", now()); });
  }
  Result<void> confirm(std::string_view code, ByteView column_key) {
    return write([&](store::Transaction& tx) { return confirm_totp(tx, column_key, "an", code, now()); });
  }
};

TEST_F(TotpEnrolment, CountsOnlyWhenConfirmed) {
  const auto secret = begin();
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->size(), 20u);
  EXPECT_FALSE(find("an")->has_totp);
  EXPECT_TRUE(log_in("an", true));
  EXPECT_EQ(error_id(confirm("000", column_key_)), "people.wrong_code");
  EXPECT_FALSE(find("an")->has_totp);
}

TEST_F(TotpEnrolment, MustBeConfirmedInTime) {
  EXPECT_EQ(error_id(confirm("123456", column_key_)), "people.totp_not_begun");
  const auto secret = begin();
  ASSERT_TRUE(secret);
  pass(base::minutes(30));
  EXPECT_EQ(error_id(confirm(code_of(*secret), column_key_)), "people.totp_not_begun");
}

TEST_F(TotpEnrolment, BegunAgainForgetsTheFirstSecret) {
  const auto first = begin(), second = begin();
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_EQ(error_id(confirm(code_of(*first), column_key_)), "people.wrong_code");
  EXPECT_TRUE(confirm(code_of(*second), column_key_));
}

TEST_F(TotpEnrolment, KeepsTheSecretSealedForThisAccount) {
  const auto secret = begin();
  ASSERT_TRUE(secret);
  std::string stored;
  ASSERT_TRUE(read([&](store::Transaction& tx) {
    return tx.each("SELECT secret FROM people_totp_pending",
                   [&](const store::Row& row) { stored = base::as_text(row.blob(0)); });
  }));
  EXPECT_THAT(stored, testing::Not(testing::HasSubstr(base::as_text(*secret))));
  EXPECT_EQ(error_id(confirm(code_of(*secret), Bytes(32, 8))), "people.totp_unreadable");

  enrol("binh", {});
  ASSERT_TRUE(write([](store::Transaction& tx) {
    return tx.run("UPDATE people_totp_pending SET account = ? WHERE account = ?", "binh", "an");
  }));
  EXPECT_EQ(error_id(write([&](store::Transaction& tx) {
              return confirm_totp(tx, column_key_, "binh", code_of(*secret), now());
            })),
            "people.totp_unreadable");
}

}  // namespace
}  // namespace tocsin::people
