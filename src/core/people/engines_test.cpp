// Every statement of this room's SQL at least once on every engine; what the statements mean is tested beside the code.
#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class PeopleOnEveryEngine : public PeopleTest, public testing::WithParamInterface<test_support::Engine> {
 protected:
  PeopleOnEveryEngine() : PeopleTest(GetParam()) {}
};

TEST_P(PeopleOnEveryEngine, ComeWorkAndLeave) {
  enrol("an", {Role::Administrator});
  User founder = user_with("binh", {Role::Signatory, Role::Analyst});
  founder.founding = true;
  ASSERT_TRUE(create(founder));
  EXPECT_TRUE(find("binh")->founding);
  EXPECT_EQ(error_id(create(founder)), "people.name_taken");
  EXPECT_EQ(error_id(disable("an")), "people.last_administrator");

  const auto link = link_for("binh");
  ASSERT_TRUE(link);
  const auto invited = follow_link(*link);
  ASSERT_TRUE(invited);
  EXPECT_EQ(error_id(follow_link(*link)), "people.bad_link");
  ASSERT_TRUE(change_password("binh", invited->token));
  EXPECT_FALSE(identity(invited->token)->must_set_password);
  pass(base::minutes(2));
  EXPECT_TRUE(identity(invited->token)->use_is_old);
  ASSERT_TRUE(note(invited->token));
  EXPECT_FALSE(identity(invited->token)->use_is_old);

  const Bytes secret = enrol_totp("binh");
  fail_log_ins(10, "binh", "203.0.113.7");
  EXPECT_EQ(error_id(log_in("binh", true, "203.0.113.7")), "people.too_many_attempts");
  EXPECT_EQ(error_id(log_in("binh", true)), "people.totp_needed");
  pass(base::seconds(30));
  EXPECT_EQ(error_id(log_in("binh", true, "192.0.2.1", "000")), "people.wrong_code");
  const std::string code = code_of(secret);
  const auto session = log_in("binh", true, "192.0.2.1", code);
  ASSERT_TRUE(session) << base::describe(session.error());
  EXPECT_EQ(error_id(log_in("binh", true, "192.0.2.1", code)), "people.wrong_code");
  EXPECT_THAT(identity(session->token)->roles, ElementsAre(Role::Signatory, Role::Analyst));
  EXPECT_EQ(read([&](store::Transaction& tx) { return session_csrf(tx, session->token); }), session->csrf);
  EXPECT_EQ(count_rows("people_sessions"), 2);
  ASSERT_TRUE(write([&](store::Transaction& tx) { return end_session(tx, session->token); }));
  ASSERT_TRUE(write([](store::Transaction& tx) { return remove_totp(tx, "binh"); }));

  const auto sealed_as = [&](std::string sealed) {
    return write([&](store::Transaction& tx) { return set_person_key(tx, "binh", {{}, sealed, now(), true}); });
  };
  ASSERT_TRUE(sealed_as("sealed") && sealed_as("sealed anew"));
  const auto person = read([](store::Transaction& tx) { return person_key(tx, "binh"); });
  ASSERT_TRUE(person && *person);
  EXPECT_EQ((*person)->sealed_seed, "sealed anew");
  EXPECT_TRUE(may_approve(*find("binh"), **person, now()));

  const auto tap = make_key("icu-tap", "sensor", "binh"), siem = make_key("siem", "read", "an");
  ASSERT_TRUE(tap && siem);
  ASSERT_TRUE(note(tap->text));
  EXPECT_FALSE(key_identity(tap->text)->use_is_old);
  EXPECT_THAT(read([](store::Transaction& tx) { return api_keys(tx); }).value(), SizeIs(2));
  ASSERT_TRUE(write([&](store::Transaction& tx) { return revoke_api_key(tx, siem->key.id); }));
  EXPECT_EQ(error_id(key_identity(siem->text)), "people.bad_key");

  ASSERT_TRUE(write([](store::Transaction& tx) { return set_preferences(tx, "binh", {.language = "vi"}); }));
  EXPECT_EQ(find("binh")->language, "vi");
  EXPECT_TRUE(find("binh")->single_keys);
  ASSERT_TRUE(write([&](store::Transaction& tx) {
    return audit(
        tx, {.time = now(), .who = "an", .via = "console", .action = "disable", .target = "binh", .outcome = "ok"});
  }));
  EXPECT_THAT(read([](store::Transaction& tx) { return audit_trail(tx, 0, 10); }).value(), SizeIs(1));

  ASSERT_TRUE(disable("binh"));
  EXPECT_TRUE(find("binh")->disabled);
  EXPECT_EQ(error_id(key_identity(tap->text)), "people.bad_key");
  EXPECT_EQ(error_id(identity(invited->token)), "people.no_session");
  EXPECT_THAT(read([](store::Transaction& tx) { return users(tx); }).value(), SizeIs(2));

  pass(base::hours(24));
  ASSERT_TRUE(write([&](store::Transaction& tx) { return forget_expired(tx, now()); }));
  EXPECT_EQ(count_rows("people_failures"), 0);
}

TEST_P(PeopleOnEveryEngine, AreKeptFromHostileText) {
  enrol("an", {Role::Administrator});
  for (const std::string& hostile :
       {std::string("a\0b", 3), std::string("\xff\xfe"), std::string("'; DROP TABLE people_roles; --")}) {
    EXPECT_EQ(error_id(log_in(hostile, false, hostile)), "people.wrong_login");
    EXPECT_EQ(error_id(find(hostile)), "people.no_user");
    EXPECT_EQ(error_id(identity(hostile)), "people.no_session");
    EXPECT_EQ(error_id(key_identity(hostile)), "people.bad_key");
    EXPECT_EQ(error_id(follow_link(hostile)), "people.bad_link");
    EXPECT_EQ(error_id(write([&](store::Transaction& tx) { return revoke_api_key(tx, hostile); })), "people.no_key");
    EXPECT_TRUE(write([&](store::Transaction& tx) {
      return audit(
          tx,
          {.time = now(), .who = hostile, .via = hostile, .action = hostile, .target = hostile, .outcome = hostile});
    }));
    const auto person = read([&](store::Transaction& tx) { return person_key(tx, hostile); });
    EXPECT_TRUE(person && !*person);
    EXPECT_EQ(error_id(write([&](store::Transaction& tx) { return check_second_factor(tx, hostile, "1", now()); })),
              "people.no_user");
  }
  EXPECT_TRUE(log_in("an", true));
}

INSTANTIATE_TEST_SUITE_P(AllEngines, PeopleOnEveryEngine, testing::ValuesIn(test_support::all_engines()),
                         test_support::engine_name);

}  // namespace
}  // namespace tocsin::people
