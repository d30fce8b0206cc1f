#include "core/people/people_fixture.h"

namespace tocsin::people {
namespace {

class Audit : public PeopleTest {
 protected:
  void record(std::string_view target) {
    const AuditEntry entry{.time = now(),
                           .who = "an",
                           .via = "session",
                           .action = "publish",
                           .target = std::string(target),
                           .outcome = "ok"};
    const auto done = write([&](store::Transaction& tx) { return audit(tx, entry); });
    ASSERT_TRUE(done) << base::describe(done.error());
  }
  std::vector<AuditEntry> trail(std::int64_t before, int limit) {
    const auto entries = read([&](store::Transaction& tx) { return audit_trail(tx, before, limit); });
    EXPECT_TRUE(entries);
    return entries ? *entries : std::vector<AuditEntry>{};
  }
};

TEST_F(Audit, IsReadNewestFirstInPages) {
  for (int i = 0; i < 5; ++i) {
    record("target " + std::to_string(i));
    pass(base::seconds(1));
  }
  const auto first = trail(0, 3);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].target, "target 4");
  EXPECT_EQ(first[0].who, "an");
  EXPECT_EQ(first[0].via, "session");
  EXPECT_EQ(first[0].action, "publish");
  EXPECT_EQ(first[0].outcome, "ok");
  EXPECT_EQ(first[0].time, now() - base::seconds(1));
  const auto second = trail(first[2].row, 3);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0].target, "target 1");
  EXPECT_TRUE(trail(second[1].row, 3).empty());
}

TEST_F(Audit, HasPagesOfBoundedSize) {
  for (int i = 0; i < 3; ++i) record("x");
  EXPECT_EQ(trail(0, -1).size(), 1u);
  EXPECT_EQ(trail(-5, std::numeric_limits<int>::max()).size(), 3u);
}

TEST_F(Audit, KeepsHostileTextAsPlainText) {
  record("an\nan session login - ok");
  record(std::string_view("\x1b[2J\0\xff\xc3\u202e", 10));
  record(std::string(199, 'a') + "é");
  const auto entries = trail(0, 10);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].target, "an?an session login - ok");
  EXPECT_EQ(entries[1].target, "?[2J????");
  EXPECT_EQ(entries[0].target, std::string(199, 'a')) << "cut between letters, not within one";
}

}  // namespace
}  // namespace tocsin::people
