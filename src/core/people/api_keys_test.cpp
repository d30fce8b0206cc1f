#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

class ApiKeys : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    enrol("an", {Role::Administrator});
  }
  Result<void> revoke(std::string_view id) {
    return write([&](store::Transaction& tx) { return revoke_api_key(tx, id); });
  }
};

TEST_F(ApiKeys, OfASensorFetchTheSetAndSendHitsOnly) {
  const auto made = make_key("icu-tap", "sensor", "an");
  ASSERT_TRUE(made);
  const auto who = key_identity(made->text);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "key:" + made->key.id);
  EXPECT_EQ(who->via, "key");
  EXPECT_EQ(who->sensor, "icu-tap");
  EXPECT_TRUE(who->roles.empty()) << "a key has nothing of its maker's roles";
  EXPECT_THAT(who->key_scope, UnorderedElementsAre(Action::FetchSet, Action::SendHits));
  EXPECT_TRUE(permit(*who, Action::SendHits));
  const auto refused = permit(*who, Action::SeeIntelligence);
  EXPECT_EQ(error_id(refused), "people.key_scope");
  EXPECT_EQ(refused.error().code, ErrorCode::Forbidden);
}

TEST_F(ApiKeys, OfOtherScopesDoWhatTheScopeSays) {
  const auto reading = make_key("siem", "read", "an"), importing = make_key("feeds", "import", "an");
  ASSERT_TRUE(reading && importing);
  EXPECT_THAT(key_identity(reading->text)->key_scope,
              UnorderedElementsAre(Action::SeeIntelligence, Action::SeeSituation));
  EXPECT_THAT(key_identity(importing->text)->key_scope, ElementsAre(Action::Import));
  EXPECT_EQ(key_identity(reading->text)->sensor, "");
}

TEST_F(ApiKeys, ThatEndWithAnAccountAreThoseItMadeAndThatStillWork) {
  enrol("binh", {Role::Administrator});
  ASSERT_TRUE(make_key("icu-tap", "sensor", "an") && make_key("siem", "read", "binh"));
  const auto ending = [&](Time at) {
    std::vector<std::string> out;
    const auto keys = read([&](store::Transaction& tx) { return keys_ending_with(tx, "an", at); });
    for (const auto& key : *keys) out.push_back(key.name);
    return out;
  };
  EXPECT_THAT(ending(now()), ElementsAre("icu-tap"));
  EXPECT_THAT(ending(now() + base::days(3650)), testing::IsEmpty());
}

TEST_F(ApiKeys, AreWrittenAsPromisedAndKeptAsAHash) {
  const auto made = make_key("icu-tap", "sensor", "an");
  ASSERT_TRUE(made);
  EXPECT_THAT(made->text, testing::MatchesRegex("tk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"));
  std::string stored;
  ASSERT_TRUE(read([&](store::Transaction& tx) {
    return tx.each("SELECT secret FROM people_api_keys", [&](const store::Row& row) { stored = row.digest(0).hex(); });
  }));
  EXPECT_EQ(stored, crypto::sha256(std::string_view(made->text).substr(20)).hex());
}

TEST_F(ApiKeys, Expire) {
  const auto made = make_key("icu-tap", "sensor", "an", 1);
  ASSERT_TRUE(made);
  pass(base::seconds(24 * 3600 - 1));
  EXPECT_TRUE(key_identity(made->text));
  pass(base::seconds(1));
  const auto expired = key_identity(made->text);
  EXPECT_EQ(error_id(expired), "people.bad_key");
  EXPECT_EQ(expired.error().code, ErrorCode::Unauthenticated);
}

TEST_F(ApiKeys, AreNotOpenedByGuesses) {
  const auto made = make_key("icu-tap", "sensor", "an"), other = make_key("er-tap", "sensor", "an");
  ASSERT_TRUE(made && other);
  std::string altered = made->text;
  altered.back() = altered.back() == 'A' ? 'B' : 'A';
  const std::string mixed = made->text.substr(0, 20) + other->text.substr(20);
  for (const std::string& guess :
       {std::string(), std::string("tk_"), std::string("tk__"), altered, mixed, made->text + "A", made->text.substr(1),
        std::string(1 << 20, 't'), "tk_' OR 1=1 --     _" + made->text.substr(20), std::string(63, '\0')})
    EXPECT_EQ(error_id(key_identity(guess)), "people.bad_key") << guess.substr(0, 70);
}

TEST_F(ApiKeys, EndWhenRevoked) {
  const auto made = make_key("icu-tap", "sensor", "an");
  ASSERT_TRUE(made);
  ASSERT_TRUE(revoke(made->key.id));
  EXPECT_EQ(error_id(key_identity(made->text)), "people.bad_key");
  EXPECT_EQ(error_id(revoke(made->key.id)), "people.no_key");
  EXPECT_EQ(error_id(revoke("\xff")), "people.no_key");
}

TEST_F(ApiKeys, SayWhenTheyWereUsed) {
  const auto made = make_key("icu-tap", "sensor", "an");
  ASSERT_TRUE(made);
  EXPECT_TRUE(key_identity(made->text)->use_is_old);
  pass(base::seconds(5));
  ASSERT_TRUE(note(made->text));
  EXPECT_FALSE(key_identity(made->text)->use_is_old);
  const auto all = read([](store::Transaction& tx) { return api_keys(tx); });
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ((*all)[0].last_used, now());
  EXPECT_EQ((*all)[0].created_by, "an");
  EXPECT_EQ((*all)[0].scope, "sensor");
}

TEST_F(ApiKeys, RefuseWhatIsNoNameScopeOrLife) {
  EXPECT_EQ(error_id(make_key("", "sensor", "an")), "people.bad_key_name");
  EXPECT_EQ(error_id(make_key("a\nb", "sensor", "an")), "people.bad_key_name");
  EXPECT_EQ(error_id(make_key(std::string(65, 'a'), "sensor", "an")), "people.bad_key_name");
  EXPECT_EQ(error_id(make_key("x", "admin", "an")), "people.bad_key_scope");
  EXPECT_EQ(error_id(make_key("x", "", "an")), "people.bad_key_scope");
  for (const int days : {0, -1, 3651, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()})
    EXPECT_EQ(error_id(make_key("x", "read", "an", days)), "people.bad_key_days") << days;
  EXPECT_EQ(error_id(make_key("x", "read", "nobody")), "people.no_user");
}

}  // namespace
}  // namespace tocsin::people
