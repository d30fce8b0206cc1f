#include "cmd/tocsin/output.h"

#include <gtest/gtest.h>

namespace tocsin::cmd {
namespace {

TEST(Printable, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(printable("\x1b[2Jx"), "\xef\xbf\xbd[2Jx");
  EXPECT_EQ(printable("a\u202eb\u2066c\u200ed"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd"
            "c\xef\xbf\xbd"
            "d");
  EXPECT_EQ(printable("c1:\u009b1m"),
            "c1:\xef\xbf\xbd"
            "1m");
  EXPECT_EQ(printable("two\nlines\tand a tab"), "two lines and a tab");
  EXPECT_EQ(printable("\x7f\r"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Printable, KeepsWhatPeopleWrite) {
  EXPECT_EQ(printable("Trung tâm ứng cứu; « Équipe »; 中文; 🔔"), "Trung tâm ứng cứu; « Équipe »; 中文; 🔔");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, StopsAtTheEndOfTextThatIsCutShort) {
  EXPECT_EQ(printable("a\xe2\x80"), "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(ExitCode, TellsARefusalFromANodeThatIsAway) {
  EXPECT_EQ(exit_code({ErrorCode::Unavailable, "net.unreachable", {}, {}}), kUnreachable);
  EXPECT_EQ(exit_code({ErrorCode::Conflict, "folder.locked", {}, {}}), kUnreachable);
  EXPECT_EQ(exit_code({ErrorCode::Unavailable, "cli.node_replaced", {}, {}}), kUnreachable);
  EXPECT_EQ(exit_code({ErrorCode::Forbidden, "people.not_permitted", {}, {}}), kRefused);
  EXPECT_EQ(exit_code({ErrorCode::Malformed, "cli.usage.kind", {}, {}}), kWrongUsage);
}

TEST(Explain, UsesTheNodesWordsWhereOursLackThem) {
  EXPECT_EQ(explain({ErrorCode::Forbidden, "newer.message", {}, "A newer sentence."}), "A newer sentence.");
  EXPECT_EQ(explain({ErrorCode::Conflict, "cli.not_confirmed", {}, "not this"}),
            explain({ErrorCode::Conflict, "cli.not_confirmed", {}, {}}));
}

TEST(When, IsShortAndInUtc) {
  EXPECT_EQ(when("2026-11-21T03:14:00.123456Z"), "2026-11-21 03:14:00Z");
  EXPECT_EQ(when(""), "-");
}

TEST(BytesText, HasAUnit) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
}

}  // namespace
}  // namespace tocsin::cmd
