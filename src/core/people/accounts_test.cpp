#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;

class Accounts : public PeopleTest {};

TEST_F(Accounts, AreFoundAsTheyWereCreated) {
  User user = user_with("an.nguyen", {Role::DutyOfficer, Role::Analyst, Role::Analyst});
  user.display_name = "Nguyễn Thị An";
  user.language = "vi";
  user.theme = "dark";
  ASSERT_TRUE(create(user));
  const auto found = find("an.nguyen");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->display_name, "Nguyễn Thị An");
  EXPECT_THAT(found->roles, ElementsAre(Role::Analyst, Role::DutyOfficer));
  EXPECT_EQ(found->language, "vi");
  EXPECT_EQ(found->theme, "dark");
  EXPECT_EQ(found->created, now());
  EXPECT_FALSE(found->has_password);
  EXPECT_FALSE(found->has_totp);
  EXPECT_FALSE(found->disabled);
  EXPECT_FALSE(found->founding);
}

TEST_F(Accounts, RefuseHostileNames) {
  for (const std::string_view name :
       {"", "a", "An", "an nguyen", "-rf", "..", ".an", "_an", "key:abc", "an\n", "an'--", "än", "a/b", "an%00",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_EQ(error_id(create(user_with(name, {}))), "people.bad_name") << name;
  EXPECT_EQ(error_id(create(user_with(std::string_view("an\0b", 4), {}))), "people.bad_name");
  EXPECT_EQ(count_rows("people_accounts"), 0);
}

TEST_F(Accounts, RefuseDisplayNamesThatLookLikeAnother) {
  for (const std::string_view display_name :
       {"An\u202eimda", "An\u200b", "An\nadministrator", " An", "An ", "\xff\xfe", "An\xe2\x80", "\u2066An"}) {
    User user = user_with("an", {});
    user.display_name = display_name;
    EXPECT_EQ(error_id(create(user)), "people.bad_display_name") << display_name;
  }
  User user = user_with("an", {});
  user.display_name = std::string(121, 'a');
  EXPECT_EQ(error_id(create(user)), "people.bad_display_name");
  user.display_name = "";
  ASSERT_TRUE(create(user));
  EXPECT_EQ(find("an")->display_name, "an");
}

TEST_F(Accounts, KeepTheirNameForEver) {
  enrol("an", {Role::Analyst});
  EXPECT_EQ(error_id(create(user_with("an", {}))), "people.name_taken");
  ASSERT_TRUE(disable("an"));
  EXPECT_EQ(error_id(create(user_with("an", {}))), "people.name_taken");
}

TEST_F(Accounts, AreMissingWhereTheyAreMissing) {
  EXPECT_EQ(error_id(find("an")), "people.no_user");
  EXPECT_EQ(error_id(disable("an")), "people.no_user");
  EXPECT_EQ(error_id(give_roles("an", {Role::Administrator})), "people.no_user");
  EXPECT_EQ(error_id(change_password("an")), "people.no_user");
  EXPECT_EQ(error_id(link_for("an")), "people.no_user");
  EXPECT_EQ(find("\x01\x02").error().args, std::vector<std::string>{"??"});
}

TEST_F(Accounts, AreListedByName) {
  enrol("binh", {Role::Observer});
  enrol("an", {Role::Administrator, Role::Auditor});
  ASSERT_TRUE(disable("binh"));
  const auto all = read([](store::Transaction& tx) { return users(tx); });
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, "an");
  EXPECT_THAT((*all)[0].roles, ElementsAre(Role::Administrator, Role::Auditor));
  EXPECT_FALSE((*all)[0].disabled);
  EXPECT_EQ((*all)[1].name, "binh");
  EXPECT_TRUE((*all)[1].disabled);
}

TEST_F(Accounts, KeepTheLastAdministrator) {
  enrol("an", {Role::Administrator, Role::Auditor});
  enrol("binh", {Role::Analyst});
  EXPECT_EQ(error_id(give_roles("an", {Role::Auditor})), "people.last_administrator");
  EXPECT_EQ(error_id(disable("an")), "people.last_administrator");
  ASSERT_TRUE(give_roles("binh", {Role::Administrator}));
  EXPECT_TRUE(give_roles("an", {Role::Auditor}));
  EXPECT_EQ(error_id(disable("binh")), "people.last_administrator");
}

TEST_F(Accounts, DoNotCountADisabledAdministrator) {
  enrol("an", {Role::Administrator});
  enrol("binh", {Role::Administrator});
  ASSERT_TRUE(disable("an"));
  EXPECT_EQ(error_id(disable("binh")), "people.last_administrator");
  EXPECT_EQ(error_id(give_roles("binh", {})), "people.last_administrator");
  EXPECT_TRUE(disable("an")) << "once more changes nothing";
}

TEST_F(Accounts, LoseARoleAtOnce) {
  enrol("an", {Role::Analyst});
  const auto session = log_in("an", true);
  ASSERT_TRUE(session);
  EXPECT_TRUE(may(*identity(session->token), Action::Publish));
  ASSERT_TRUE(give_roles("an", {Role::Observer}));
  EXPECT_FALSE(may(*identity(session->token), Action::Publish));
}

TEST_F(Accounts, EndWithEverythingTheyHold) {
  enrol("an", {Role::Administrator});
  enrol("binh", {Role::Signatory, Role::Analyst});
  const auto session = log_in("binh", true);
  ASSERT_TRUE(session);
  enrol_totp("binh");
  ASSERT_TRUE(write([&](store::Transaction& tx) -> Result<void> {
    return set_person_key(tx, "binh", {.key = {}, .sealed_seed = "sealed", .since = now()});
  }));
  const auto key = make_key("icu-tap", "sensor", "binh");
  const auto kept_key = make_key("er-tap", "sensor", "an");
  const auto link = link_for("binh");
  ASSERT_TRUE(key && kept_key && link);

  ASSERT_TRUE(disable("binh"));
  EXPECT_EQ(error_id(identity(session->token)), "people.no_session");
  EXPECT_EQ(error_id(key_identity(key->text)), "people.bad_key");
  EXPECT_TRUE(key_identity(kept_key->text));
  EXPECT_EQ(error_id(follow_link(*link)), "people.bad_link");
  const auto person = read([](store::Transaction& tx) { return person_key(tx, "binh"); });
  EXPECT_TRUE(person && !*person);
  EXPECT_EQ(error_id(log_in("binh", true)), "people.wrong_login");
  EXPECT_EQ(error_id(link_for("binh")), "people.account_disabled");
  EXPECT_EQ(error_id(change_password("binh")), "people.account_disabled");
  EXPECT_EQ(error_id(give_roles("binh", {Role::Administrator})), "people.account_disabled");
  EXPECT_EQ(error_id(make_key("icu-tap", "sensor", "binh")), "people.account_disabled");
  EXPECT_EQ(count_rows("people_sessions"), 0);
  EXPECT_EQ(count_rows("people_totp"), 0);
  EXPECT_EQ(count_rows("people_links"), 0);
  const auto left = find("binh");
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->disabled);
  EXPECT_FALSE(left->has_password);
  EXPECT_FALSE(left->has_totp);
}

TEST_F(Accounts, ComeBackWithTheirRolesAndNothingElseOfBefore) {
  enrol("an", {Role::Administrator});
  enrol("binh", {Role::Analyst, Role::Auditor});
  const auto session = log_in("binh", true);
  ASSERT_TRUE(session);
  enrol_totp("binh");
  const auto key = make_key("icu-tap", "sensor", "binh");
  const auto link = link_for("binh");
  ASSERT_TRUE(key && link);
  EXPECT_EQ(error_id(enable("binh")), "people.not_disabled");
  EXPECT_EQ(error_id(enable("nobody")), "people.no_user");
  ASSERT_TRUE(disable("binh"));
  ASSERT_TRUE(enable("binh"));
  const auto back = find("binh");
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->disabled || back->has_password || back->has_totp);
  EXPECT_THAT(back->roles, ElementsAre(Role::Analyst, Role::Auditor));
  EXPECT_EQ(error_id(identity(session->token)), "people.no_session");
  EXPECT_EQ(error_id(key_identity(key->text)), "people.bad_key");
  EXPECT_EQ(error_id(follow_link(*link)), "people.bad_link");
  EXPECT_EQ(error_id(log_in("binh", true)), "people.wrong_login") << "a password has to be chosen anew";
  const auto fresh = link_for("binh");
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(follow_link(*fresh));
  ASSERT_TRUE(change_password("binh"));
  EXPECT_TRUE(log_in("binh", true));
}

TEST_F(Accounts, KeepKnownPreferencesOnly) {
  enrol("an", {Role::Observer});
  const auto prefer = [&](std::optional<std::string> language, std::optional<std::string> theme) {
    return write([&](store::Transaction& tx) { return set_preferences(tx, "an", {language, theme, {}}); });
  };
  EXPECT_TRUE(prefer("fr", std::nullopt));
  EXPECT_TRUE(prefer(std::nullopt, "light"));
  EXPECT_EQ(find("an")->language, "fr");
  EXPECT_EQ(find("an")->theme, "light");
  for (const char* language : {"", "e", "EN", "xx", "de", "../../etc/passwd", "en-US\"><script>", "english"})
    EXPECT_EQ(error_id(prefer(language, std::nullopt)), "people.bad_language") << language;
  for (const char* theme : {"", "pink", "dark "})
    EXPECT_EQ(error_id(prefer(std::nullopt, theme)), "people.bad_theme") << theme;
  EXPECT_EQ(prefer("xx", std::nullopt).error().args, (std::vector<std::string>{"xx", "en, fr, vi"}));
  EXPECT_EQ(find("an")->language, "fr");
}

TEST_F(Accounts, SpeakALanguageThatHasACatalogue) {
  User user;
  user.name = "binh";
  user.roles = {Role::Observer};
  user.language = "xx";
  const auto make = [&] { return write([&](store::Transaction& tx) { return create_user(tx, user, now()); }); };
  EXPECT_EQ(error_id(make()), "people.bad_language");
  user.language = "fr";
  EXPECT_TRUE(make());
}

// Its catalogue may have gone with another version.
TEST_F(Accounts, OfALanguageThatIsNotKnownChangeTheRestOfTheirPreferences) {
  enrol("an", {Role::Observer});
  ASSERT_TRUE(write([](store::Transaction& tx) { return tx.run("UPDATE people_accounts SET language = 'xx'"); }));
  EXPECT_TRUE(write([](store::Transaction& tx) { return set_preferences(tx, "an", {.theme = "dark"}); }));
  EXPECT_EQ(find("an")->theme, "dark");
}

TEST_F(Accounts, KeepPreferencesThatNobodyHasNamed) {
  enrol("an", {Role::Observer});
  EXPECT_TRUE(find("an")->single_keys);
  const auto prefer = [&](const Preferences& wanted) {
    return write([&](store::Transaction& tx) { return set_preferences(tx, "an", wanted); });
  };
  EXPECT_TRUE(prefer({.single_keys = false}));
  EXPECT_TRUE(prefer({.theme = "dark"}));
  EXPECT_FALSE(find("an")->single_keys);
  EXPECT_EQ(find("an")->theme, "dark");
}

}  // namespace
}  // namespace tocsin::people
