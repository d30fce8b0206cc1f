#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Login : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    enrol("an", {Role::Analyst});
    enrol("binh", {Role::Observer});
  }
  LoginMaterial begin(std::string_view name) {
    const auto material = read([&](store::Transaction& tx) { return begin_login(tx, name, "192.0.2.1", now()); });
    EXPECT_TRUE(material);
    return material ? *material : LoginMaterial{};
  }
};

TEST_F(Login, OpensASessionOfTheAccount) {
  const auto session = log_in("an", true);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->user.name, "an");
  EXPECT_FALSE(session->must_set_password);
  const auto who = identity(session->token);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "an");
  EXPECT_EQ(who->via, "session");
  EXPECT_THAT(who->roles, ElementsAre(Role::Analyst));
  EXPECT_FALSE(who->must_set_password);
}

TEST_F(Login, CostsTheSameWithoutAnAccount) {
  const std::string real = crypto::hash_password("nobody's password");
  const auto parameters = [](const std::string& phc) { return phc.substr(0, phc.find('$', phc.find("m="))); };
  for (const std::string_view name : {"nobody", "", "../an", "an'--"}) {
    const LoginMaterial material = begin(name);
    EXPECT_FALSE(material.exists);
    EXPECT_EQ(parameters(material.phc), parameters(real));
    EXPECT_EQ(material.phc.size(), real.size()) << "libsodium must read it, else it answers at once";
    EXPECT_FALSE(crypto::verify_password(material.phc, ""));
  }
  EXPECT_TRUE(begin("an").exists);
}

TEST_F(Login, IsRefusedWhereThereIsNoPassword) {
  ASSERT_TRUE(create(user_with("chi", {Role::Administrator})));
  EXPECT_FALSE(begin("chi").exists);
  EXPECT_EQ(error_id(log_in("chi", true)), "people.wrong_login");
  EXPECT_EQ(error_id(log_in("nobody", true)), "people.wrong_login") << "even if the dummy were matched";
}

TEST_F(Login, ChecksARealPassword) {
  const std::string phc = crypto::hash_password("seven quiet herons");
  ASSERT_TRUE(write([&](store::Transaction& tx) { return set_password(tx, "an", phc, now()); }));
  const LoginMaterial material = begin("an");
  EXPECT_TRUE(crypto::verify_password(material.phc, "seven quiet herons"));
  EXPECT_FALSE(crypto::verify_password(material.phc, "seven quiet heron"));
}

TEST_F(Login, MakesTheGuesserWait) {
  fail_log_ins(10, "an");
  const auto refused = log_in("an", true);
  EXPECT_EQ(error_id(refused), "people.too_many_attempts");
  EXPECT_EQ(refused.error().code, ErrorCode::TooFast);
  EXPECT_THAT(refused.error().args, ElementsAre("15"));
  pass(base::minutes(14));
  EXPECT_THAT(log_in("an", true).error().args, ElementsAre("1"));
  pass(base::minutes(1));
  EXPECT_TRUE(log_in("an", true));
}

TEST_F(Login, LetsThePersonInFromAnotherSource) {
  fail_log_ins(10, "an", "203.0.113.7");
  EXPECT_EQ(error_id(log_in("an", true, "203.0.113.7")), "people.too_many_attempts");
  EXPECT_TRUE(log_in("an", true, "192.0.2.1"));
  EXPECT_TRUE(log_in("binh", true, "203.0.113.7")) << "nor are others of that source kept out";
}

TEST_F(Login, CountsASourceOverAllNames) {
  for (int i = 0; i < 50; ++i) fail_log_ins(1, "guess" + std::to_string(i), "203.0.113.7");
  EXPECT_EQ(error_id(log_in("an", true, "203.0.113.7")), "people.too_many_attempts");
  EXPECT_TRUE(log_in("an", true, "203.0.113.8"));
}

TEST_F(Login, CountsOneSubscribersAddressesAsOneSource) {
  for (int i = 0; i < 10; ++i) fail_log_ins(1, "an", "2001:db8:1:2::" + std::to_string(i + 1));
  EXPECT_EQ(error_id(log_in("an", true, "2001:db8:1:2:ffff::1")), "people.too_many_attempts");
  EXPECT_TRUE(log_in("an", true, "2001:db8:1:3::1"));
  fail_log_ins(10, "binh", "::ffff:198.51.100.1");
  EXPECT_EQ(error_id(log_in("binh", true, "198.51.100.1")), "people.too_many_attempts");
}

TEST_F(Login, DoesNotTellByItsPatienceWhichNamesExist) {
  fail_log_ins(10, "nobody", "203.0.113.7");
  EXPECT_EQ(error_id(log_in("nobody", false, "203.0.113.7")), "people.too_many_attempts");
}

TEST_F(Login, WaitsLongerForWhoNeverStops) {
  int guesses = 0;
  for (int quarter = 0; quarter < 24 * 4 - 1; ++quarter) {
    while (error_id(log_in("an", false)) == "people.wrong_login") ++guesses;
    pass(base::minutes(15));
  }
  EXPECT_EQ(guesses, 40);
  pass(base::hours(24));
  EXPECT_TRUE(log_in("an", true));
}

TEST_F(Login, AdmitsNoBurstBeyondTheLimit) {
  // All have passed the first half before any is counted.
  for (int i = 0; i < 20; ++i) begin("an");
  int judged = 0;
  for (int i = 0; i < 20; ++i) {
    const auto outcome =
        write([&](store::Transaction& tx) { return finish_login(tx, "an", i == 19, "", "192.0.2.1", now()); });
    ASSERT_TRUE(outcome);
    ASSERT_FALSE(*outcome) << "the right password came too late";
    if (outcome->error().id == "people.wrong_login") ++judged;
  }
  EXPECT_EQ(judged, 10);
}

TEST_F(Login, ForgetsFailuresOfWhoProvesToBeRight) {
  fail_log_ins(9, "an");
  ASSERT_TRUE(log_in("an", true));
  fail_log_ins(10, "an");
  EXPECT_EQ(error_id(log_in("an", true)), "people.too_many_attempts");
}

TEST_F(Login, DoesNotLetAnOwnAccountPayForGuessingAtOthers) {
  for (int i = 0; i < 49; ++i) {
    fail_log_ins(1, "guess" + std::to_string(i));
    ASSERT_TRUE(log_in("binh", true));
  }
  fail_log_ins(1, "an");
  EXPECT_EQ(error_id(log_in("binh", true)), "people.too_many_attempts");
}

TEST_F(Login, IsNotLockedByAClockThatWasSetBack) {
  pass(base::days(365));
  fail_log_ins(10, "an");
  pass(base::days(-365));
  EXPECT_TRUE(log_in("an", true));
}

TEST_F(Login, CountsPasswordsAskedAgainWithinASession) {
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(write([&](store::Transaction& tx) { return count_wrong_password(tx, "an", "192.0.2.1", now()); }));
  const auto next = read([&](store::Transaction& tx) { return begin_login(tx, "an", "192.0.2.1", now()); });
  EXPECT_EQ(error_id(next), "people.too_many_attempts");
}

TEST_F(Login, KeepsNoHostileName) {
  const std::string hostile = "'; DROP TABLE people_accounts; --" + std::string(100'000, 'x');
  fail_log_ins(3, hostile, std::string(5000, '\n'));
  fail_log_ins(3, std::string_view("a\0b", 3));
  fail_log_ins(3, "\xff\xff");
  const auto longest = read([](store::Transaction& tx) {
    return tx.integer("SELECT MAX(LENGTH(account) + LENGTH(source)) FROM people_failures");
  });
  ASSERT_TRUE(longest && *longest);
  EXPECT_LE(**longest, 128);
  EXPECT_TRUE(log_in("an", true));
}

class Sessions : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    enrol("an", {Role::Analyst});
  }
  std::string open() {
    const auto session = log_in("an", true);
    EXPECT_TRUE(session);
    return session ? session->token : "";
  }
};

TEST_F(Sessions, HaveATokenOf256BitsThatIsNotStored) {
  const std::string token = open();
  const auto raw = base::from_base64url(token);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->size(), 32u);
  EXPECT_NE(token, open());
  std::string stored;
  ASSERT_TRUE(read([&](store::Transaction& tx) {
    return tx.each("SELECT token FROM people_sessions",
                   [&](const store::Row& row) { stored += base::as_text(row.blob(0)); });
  }));
  EXPECT_EQ(stored.size(), 64u);
  EXPECT_THAT(stored, Not(HasSubstr(base::as_text(*raw))));
  EXPECT_THAT(stored, HasSubstr(base::as_text(crypto::sha256(token).view())));
}

TEST_F(Sessions, EndAfterAnIdleHour) {
  const std::string token = open();
  pass(base::seconds(3600 - 1));
  EXPECT_TRUE(identity(token));
  pass(base::seconds(1));
  EXPECT_EQ(error_id(identity(token)), "people.no_session");
  ASSERT_TRUE(note(token));
  EXPECT_EQ(error_id(identity(token)), "people.no_session") << "a late note wakes nothing";
}

TEST_F(Sessions, EndAfterTwelveHoursOfUse) {
  const std::string token = open();
  for (int i = 0; i < 23; ++i) {
    pass(base::minutes(30));
    ASSERT_TRUE(identity(token)) << i;
    ASSERT_TRUE(note(token));
  }
  pass(base::minutes(30));
  EXPECT_EQ(error_id(identity(token)), "people.no_session");
}

TEST_F(Sessions, AskForANoteOncePerMinute) {
  const std::string token = open();
  EXPECT_FALSE(identity(token)->use_is_old);
  pass(base::minutes(1));
  EXPECT_TRUE(identity(token)->use_is_old);
  ASSERT_TRUE(note(token));
  EXPECT_FALSE(identity(token)->use_is_old);
}

TEST_F(Sessions, EndWhenTold) {
  const std::string one = open(), other = open();
  ASSERT_TRUE(write([&](store::Transaction& tx) { return end_session(tx, one); }));
  EXPECT_EQ(error_id(identity(one)), "people.no_session");
  EXPECT_TRUE(identity(other));
}

TEST_F(Sessions, AreNotOpenedByGuesses) {
  const std::string token = open();
  for (const std::string& guess :
       {std::string(), std::string("'"), token + "A", token.substr(1), std::string(1 << 20, 'A'), std::string("\0", 1),
        crypto::sha256(token).hex(), crypto::sha256(token).base64url()})
    EXPECT_EQ(error_id(identity(guess)), "people.no_session");
}

TEST_F(Sessions, HaveACsrfTokenOfTheirOwn) {
  const auto one = log_in("an", true), other = log_in("an", true);
  ASSERT_TRUE(one && other);
  const auto csrf = [&](std::string_view token) {
    return read([&](store::Transaction& tx) { return session_csrf(tx, token); });
  };
  EXPECT_EQ(csrf(one->token), one->csrf);
  EXPECT_NE(one->csrf, other->csrf);
  EXPECT_NE(one->csrf, one->token);
  EXPECT_EQ(error_id(csrf("x")), "people.no_session");
}

TEST_F(Sessions, EndWithAChangeOfPasswordExceptTheOneThatAsked) {
  const std::string asking = open(), stolen = open();
  ASSERT_TRUE(change_password("an", asking));
  EXPECT_TRUE(identity(asking));
  EXPECT_EQ(error_id(identity(stolen)), "people.no_session");
  ASSERT_TRUE(change_password("an"));
  EXPECT_EQ(error_id(identity(asking)), "people.no_session");
}

TEST_F(Sessions, OfAnotherAccountAreNotKeptByAChangeOfPassword) {
  enrol("binh", {});
  const auto binh = log_in("binh", true);
  const std::string an = open();
  ASSERT_TRUE(binh);
  ASSERT_TRUE(change_password("an", binh->token));
  EXPECT_EQ(error_id(identity(an)), "people.no_session");
  EXPECT_TRUE(identity(binh->token)) << "nor ended by it";
}

TEST_F(Sessions, OfOneAccountAreFew) {
  const std::string first = open();
  std::string last;
  for (int i = 0; i < 16; ++i) {
    pass(base::seconds(1));
    last = open();
  }
  EXPECT_EQ(count_rows("people_sessions"), 16);
  EXPECT_EQ(error_id(identity(first)), "people.no_session");
  EXPECT_TRUE(identity(last));
}

TEST_F(Sessions, AreForgottenWithLinksAndAttemptsWhenTheyHaveExpired) {
  open();
  fail_log_ins(2, "an");
  ASSERT_TRUE(link_for("an"));
  const auto forget = [&] { return write([&](store::Transaction& tx) { return forget_expired(tx, now()); }); };
  ASSERT_TRUE(forget());
  EXPECT_EQ(count_rows("people_sessions") + count_rows("people_links") + count_rows("people_failures"), 4);
  pass(base::minutes(60));
  ASSERT_TRUE(forget());
  EXPECT_EQ(count_rows("people_sessions"), 0);
  EXPECT_EQ(count_rows("people_links") + count_rows("people_failures"), 3);
  pass(base::hours(23));
  ASSERT_TRUE(forget());
  EXPECT_EQ(count_rows("people_links") + count_rows("people_failures"), 0);
}

}  // namespace
}  // namespace tocsin::people
