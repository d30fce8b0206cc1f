#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

class PersonKeys : public PeopleTest {
 protected:
  void found(std::string_view name) {
    User user = user_with(name, {Role::Signatory});
    user.founding = true;
    ASSERT_TRUE(create(user));
    ASSERT_TRUE(change_password(name));
  }
  static crypto::PublicKey some_key() { return crypto::SigningKey::generate().public_key(); }
  Result<void> give_key(std::string_view name, const crypto::PublicKey& key, std::string_view sealed, bool founding) {
    return write([&](store::Transaction& tx) {
      return set_person_key(tx, name, {key, std::string(sealed), now(), founding});
    });
  }
  PersonKey key_of(std::string_view name) {
    const auto key = read([&](store::Transaction& tx) { return person_key(tx, name); });
    EXPECT_TRUE(key && *key);
    return key && *key ? **key : PersonKey{};
  }
  std::string refusal(std::string_view name) { return error_id(may_approve(*find(name), key_of(name), now())); }
};

TEST_F(PersonKeys, OfFoundersApproveAtOnce) {
  found("an");
  const auto key = some_key();
  ASSERT_TRUE(give_key("an", key, "sealed", true));
  EXPECT_EQ(key_of("an").key, key);
  EXPECT_EQ(key_of("an").sealed_seed, "sealed");
  EXPECT_EQ(refusal("an"), "");
}

TEST_F(PersonKeys, OfFoundersWhoWereDisabledWaitADayLikeOfAnybodyElse) {
  found("an");
  const auto before = some_key();
  ASSERT_TRUE(give_key("an", before, "sealed", true));
  ASSERT_TRUE(disable("an"));
  ASSERT_TRUE(enable("an"));
  const auto left = read([](store::Transaction& tx) { return person_key(tx, "an"); });
  EXPECT_TRUE(left && !*left);
  for (const auto& key : {before, some_key()}) {
    ASSERT_TRUE(give_key("an", key, "sealed", true));
    EXPECT_EQ(refusal("an"), "people.signatory_too_new");
  }
  pass(base::hours(24));
  EXPECT_EQ(refusal("an"), "");
}

TEST_F(PersonKeys, OfLaterAccountsWaitADay) {
  enrol("an", {Role::Signatory});
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true)) << "to claim to be founding does not make it so";
  EXPECT_FALSE(key_of("an").founding);
  EXPECT_EQ(refusal("an"), "people.signatory_too_new");
  pass(base::seconds(24 * 3600 - 1));
  EXPECT_EQ(refusal("an"), "people.signatory_too_new");
  pass(base::seconds(1));
  EXPECT_EQ(refusal("an"), "");
}

TEST_F(PersonKeys, OfAdministratorsNeverApprove) {
  found("an");
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  ASSERT_TRUE(give_roles("an", {Role::Administrator, Role::Signatory}));
  pass(base::days(30));
  EXPECT_EQ(refusal("an"), "people.administrator_cannot_sign");
}

TEST_F(PersonKeys, KeepTheirAgeUnderANewPassword) {
  found("an");
  const auto key = some_key();
  ASSERT_TRUE(give_key("an", key, "sealed", true));
  const Time since = key_of("an").since;
  pass(base::hours(3));
  ASSERT_TRUE(give_key("an", key, "sealed anew", false));
  EXPECT_EQ(key_of("an").sealed_seed, "sealed anew");
  EXPECT_EQ(key_of("an").since, since);
  EXPECT_EQ(refusal("an"), "");
}

TEST_F(PersonKeys, MadeByWhoTookOverAFoundersAccountWait) {
  found("an");
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  pass(base::days(100));
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  EXPECT_FALSE(key_of("an").founding);
  EXPECT_EQ(refusal("an"), "people.signatory_too_new");
}

TEST_F(PersonKeys, EndWithTheRoleAndWaitWhenItComesBack) {
  found("an");
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  pass(base::days(100));
  ASSERT_TRUE(give_roles("an", {Role::Observer}));
  EXPECT_EQ(count_rows("people_person_keys"), 0);
  ASSERT_TRUE(give_roles("an", {Role::Signatory}));
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  EXPECT_EQ(refusal("an"), "people.signatory_too_new");
}

TEST_F(PersonKeys, AreForSignatories) {
  enrol("an", {Role::LegalAdviser});
  EXPECT_EQ(error_id(give_key("an", some_key(), "sealed", false)), "people.not_signatory");
  EXPECT_EQ(error_id(give_key("nobody", some_key(), "sealed", false)), "people.no_user");
  EXPECT_EQ(error_id(may_approve(*find("an"), PersonKey{}, now())), "people.not_signatory");
}

TEST_F(PersonKeys, OfTheDisabledApproveNothingEvenIfStillAtHand) {
  found("an");
  ASSERT_TRUE(give_key("an", some_key(), "sealed", true));
  const PersonKey key = key_of("an");
  ASSERT_TRUE(disable("an"));
  EXPECT_EQ(error_id(may_approve(*find("an"), key, now())), "people.not_signatory");
}
TEST(PersonKeysUnderANewPassword, AreTheSameOnesWhereTheOldPasswordOpensThem) {
  const crypto::SigningKey signing = crypto::SigningKey::generate();
  const PersonKey before{signing.public_key(), crypto::seal_with_passphrase("the old one", signing.seed()), Time{1},
                         true};
  const PersonKey same = key_under(before, "the old one", "the new one", Time{2});
  EXPECT_EQ(same.key, before.key);
  EXPECT_EQ(same.since, before.since);
  EXPECT_TRUE(same.founding);
  const auto seed = crypto::open_with_passphrase("the new one", same.sealed_seed);
  ASSERT_TRUE(seed);
  EXPECT_EQ(crypto::SigningKey::from_seed(*seed).public_key(), before.key);
  for (const char* current : {"", "a wrong guess"}) {
    const PersonKey other = key_under(before, current, "the new one", Time{2});
    EXPECT_NE(other.key, before.key) << current;
    EXPECT_EQ(other.since, Time{2});
    EXPECT_FALSE(other.founding);
  }
  EXPECT_FALSE(key_under(std::nullopt, "", "the new one", Time{2}).founding);
}

TEST(Signatories, HaveTheRoleAndAreNeverAdministratorsOrDisabled) {
  User user;
  EXPECT_FALSE(is_signatory(user));
  user.roles = {Role::Signatory, Role::Analyst};
  EXPECT_TRUE(is_signatory(user));
  user.disabled = true;
  EXPECT_FALSE(is_signatory(user));
  user.disabled = false;
  user.roles.push_back(Role::Administrator);
  EXPECT_FALSE(is_signatory(user));
}

}  // namespace
}  // namespace tocsin::people
