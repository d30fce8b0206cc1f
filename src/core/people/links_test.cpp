#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

class Links : public PeopleTest {
 protected:
  void SetUp() override {
    PeopleTest::SetUp();
    ASSERT_TRUE(create(user_with("an", {Role::Administrator})));
  }
};

TEST_F(Links, OpenASessionThatPermitsNothingUntilAPasswordIsSet) {
  const auto link = link_for("an");
  ASSERT_TRUE(link);
  const auto session = follow_link(*link);
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->must_set_password);
  const auto before = identity(session->token);
  ASSERT_TRUE(before);
  EXPECT_TRUE(before->must_set_password);
  EXPECT_EQ(error_id(permit(*before, Action::SeeSituation)), "people.must_set_password");
  EXPECT_EQ(error_id(permit(*before, Action::ManageUsers)), "people.must_set_password");

  ASSERT_TRUE(change_password("an", session->token));
  const auto after = identity(session->token);
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->must_set_password);
  EXPECT_TRUE(permit(*after, Action::ManageUsers));
}

TEST_F(Links, AreGoodOnce) {
  const auto link = link_for("an");
  ASSERT_TRUE(link);
  ASSERT_TRUE(follow_link(*link));
  const auto again = follow_link(*link);
  EXPECT_EQ(error_id(again), "people.bad_link");
  EXPECT_EQ(again.error().code, ErrorCode::Unauthenticated);
}

TEST_F(Links, AreGoodForADay) {
  const auto link = link_for("an");
  ASSERT_TRUE(link);
  pass(base::hours(24));
  EXPECT_EQ(error_id(follow_link(*link)), "people.bad_link");
  pass(base::seconds(-1));
  EXPECT_TRUE(follow_link(*link));
}

TEST_F(Links, EndWhenANewerOneIsMade) {
  const auto lost = link_for("an"), sent = link_for("an");
  ASSERT_TRUE(lost && sent);
  EXPECT_EQ(error_id(follow_link(*lost)), "people.bad_link");
  EXPECT_TRUE(follow_link(*sent));
}

TEST_F(Links, EndWhenAPasswordIsSet) {
  enrol("binh", {});
  const auto link = link_for("binh");
  ASSERT_TRUE(link);
  ASSERT_TRUE(change_password("binh"));
  EXPECT_EQ(error_id(follow_link(*link)), "people.bad_link");
}

TEST_F(Links, LeaveOneSessionThatMaySetThePassword) {
  const auto first = follow_link(*link_for("an"));
  const auto second = follow_link(*link_for("an"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(error_id(identity(first->token)), "people.no_session");
  EXPECT_TRUE(identity(second->token));
}

TEST_F(Links, AreNoSessionsAndSessionsAreNoLinks) {
  const auto link = link_for("an");
  ASSERT_TRUE(link);
  EXPECT_EQ(error_id(identity(*link)), "people.no_session");
  const auto session = follow_link(*link);
  ASSERT_TRUE(session);
  EXPECT_EQ(error_id(follow_link(session->token)), "people.bad_link");
  EXPECT_EQ(error_id(follow_link("")), "people.bad_link");
  EXPECT_EQ(error_id(follow_link(std::string(100'000, '\0'))), "people.bad_link");
}

TEST_F(Links, DoNotSkipTheSecondFactor) {
  enrol("binh", {});
  enrol_totp("binh");
  const auto session = follow_link(*link_for("binh"));
  ASSERT_TRUE(session);
  ASSERT_TRUE(change_password("binh", session->token));
  EXPECT_EQ(error_id(identity(session->token)), "people.no_session");
  EXPECT_EQ(error_id(log_in("binh", true)), "people.totp_needed");
}

}  // namespace
}  // namespace tocsin::people
