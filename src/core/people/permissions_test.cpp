#include "core/people/permissions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ground/base/file.h"

namespace tocsin::people {
namespace {

using testing::ElementsAre;

constexpr std::string_view kReviewedFile = TOCSIN_SOURCE_DIR "/testdata/people/permissions.txt";
constexpr std::string_view kScopes[] = {"sensor", "read", "import", "metrics"};

std::vector<Action> all_actions() {
  std::vector<Action> out;
  for (int i = 0; i <= static_cast<int>(Action::FetchSet); ++i) out.push_back(static_cast<Action>(i));
  return out;
}

std::vector<Role> all_roles() {
  std::vector<Role> out;
  for (int i = 0; i <= static_cast<int>(Role::Observer); ++i) out.push_back(static_cast<Role>(i));
  return out;
}

Identity person(std::vector<Role> roles) {
  Identity out;
  out.user = "an";
  out.via = "session";
  out.roles = std::move(roles);
  return out;
}

Identity key_with_scope(std::string_view scope) {
  const auto actions = actions_of_scope(scope);
  Identity out;
  out.user = "key:0123456789abcdef";
  out.via = "key";
  out.key_scope.assign(actions->begin(), actions->end());
  return out;
}

/// As a reviewer reads it, decided by may() and nothing else.
std::string permissions_as_text() {
  std::string out =
      "Who may do what. Written by people_test with TOCSIN_UPDATE_GOLDEN=1; see src/core/people/README.md.\n\n";
  for (const Action action : all_actions()) {
    out += fmt::format("{:18}", name(action));
    for (const Role role : all_roles())
      if (may(person({role}), action)) out += fmt::format(" {}", name(role));
    for (const std::string_view scope : kScopes)
      if (may(key_with_scope(scope), action)) out += fmt::format(" key:{}", scope);
    out += '\n';
  }
  return out;
}

TEST(Permissions, AreThoseThatWereReviewed) {
  const std::string actual = permissions_as_text();
  const std::string path(kReviewedFile);
  if (base::environment("TOCSIN_UPDATE_GOLDEN")) {
    ASSERT_TRUE(base::write_file_durably(path, actual, 0644));
    GTEST_SKIP() << "written, not compared: " << path;
  }
  const auto reviewed = base::read_file(path, 1 << 20);
  ASSERT_TRUE(reviewed) << base::describe(reviewed.error());
  EXPECT_EQ(*reviewed, actual) << "If this change is meant, run TOCSIN_UPDATE_GOLDEN=1 people_test and have the "
                                  "difference of the file reviewed.";
}

TEST(Permissions, ListsJustWhatMayBeDone) {
  Identity analyst = person({Role::Analyst});
  const std::vector<Action> listed = permitted(analyst);
  for (const Action action : all_actions())
    EXPECT_EQ(std::count(listed.begin(), listed.end(), action), may(analyst, action) ? 1 : 0) << name(action);
  analyst.must_set_password = true;
  EXPECT_THAT(permitted(analyst), testing::IsEmpty());
}

TEST(Permissions, KeepRunningTheNodeApartFromSpeakingForTheParty) {
  const Identity administrator = person({Role::Administrator});
  for (const Action action : {Action::Publish, Action::Retract, Action::SignAgreement, Action::SeeHits})
    EXPECT_FALSE(may(administrator, action)) << name(action);
  for (const Role role : all_roles()) {
    const Identity who = person({role});
    EXPECT_EQ(may(who, Action::SignAgreement), role == Role::Signatory) << name(role);
    for (const Action action : {Action::ManagePeers, Action::ManageUsers, Action::ManageKeys, Action::Backup})
      EXPECT_EQ(may(who, action), role == Role::Administrator) << name(role) << ' ' << name(action);
  }
}

TEST(Permissions, OfSeveralRolesAreTheirUnion) {
  const Identity who = person({Role::Auditor, Role::DutyOfficer});
  EXPECT_TRUE(may(who, Action::SeeLog));
  EXPECT_TRUE(may(who, Action::AcknowledgeAlert));
  EXPECT_FALSE(may(who, Action::Import));
}

TEST(Permissions, OfNobodyAreNone) {
  for (const Action action : all_actions()) {
    EXPECT_FALSE(may(Identity{}, action));
    EXPECT_FALSE(may(person({}), action));
  }
}

TEST(Permissions, OfAKeyComeFromItsScopeAndOfAPersonFromRoles) {
  Identity key = key_with_scope("sensor");
  key.roles = {Role::Administrator};
  EXPECT_FALSE(may(key, Action::ManageUsers));
  Identity who = person({Role::Observer});
  who.key_scope = {Action::Publish};
  EXPECT_FALSE(may(who, Action::Publish));
}

TEST(Permissions, OfAConsoleAreThoseOfTheNamedUser) {
  Identity who = person({Role::Analyst});
  who.via = "console";
  EXPECT_TRUE(may(who, Action::Publish));
  EXPECT_FALSE(may(who, Action::ManageUsers));
}

TEST(Permissions, RefusalNamesWhoMay) {
  const auto refused = permit(person({Role::Observer}), Action::Publish);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "people.not_permitted");
  EXPECT_THAT(refused.error().args, ElementsAre("publish", "analyst, duty_officer"));
}

TEST(Permissions, OfAKeyThatDoNotReachAreNoMatterOfRoles) {
  EXPECT_EQ(permit(key_with_scope("sensor"), Action::SeeMetrics).error().id, "people.key_scope");
  EXPECT_TRUE(permit(key_with_scope("metrics"), Action::SeeMetrics));
  EXPECT_FALSE(may(key_with_scope("metrics"), Action::SeeLog)) << "figures, and nothing that was said";
}

TEST(Permissions, WaitForThePassword) {
  Identity who = person({Role::Administrator});
  who.must_set_password = true;
  for (const Action action : all_actions()) {
    EXPECT_FALSE(may(who, action));
    EXPECT_EQ(permit(who, action).error().id, "people.must_set_password");
  }
}

TEST(Roles, AreReadAsTheyAreWritten) {
  for (const Role role : all_roles()) EXPECT_EQ(role_from_name(name(role)), role);
  EXPECT_EQ(name(Role::DutyOfficer), "duty_officer");
  for (const std::string_view word : {"", "Administrator", "root", "administrator "})
    EXPECT_EQ(role_from_name(word), std::nullopt) << word;
}

}  // namespace
}  // namespace tocsin::people
