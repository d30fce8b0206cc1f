#include "cmd/tocsin/followed_logs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/folder.h"

namespace tocsin::cmd {
namespace {

namespace fs = std::filesystem;

class FollowingLogs : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file("logs/" + name); }
  void SetUp() override { fs::create_directory(folder_.file("logs")); }
  void append(const std::string& name, std::string_view text) {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  void rename(const std::string& from, const std::string& to) { fs::rename(path(from), path(to)); }

  /// What one round over all the files of the folder whose names begin so handed over.
  std::string read(FollowedLogs& logs, const std::string& prefix = "dns", Duration now = base::seconds(1)) {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(folder_.file("logs")))
      if (entry.path().filename().string().starts_with(prefix)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    logs.look(paths, now);
    std::string out;
    for (auto log = logs.open().begin(); log != logs.open().end();) {
      const auto here = log++;
      const telemetry::Follower::OnStart on_start = [](auto, auto) {};
      const telemetry::Follower::OnChunk on_chunk = [&](std::string_view chunk) {
        out += chunk;
        return true;
      };
      const bool news = here->is_left ? here->follower.poll_to_the_end(on_start, on_chunk).value()
                                      : here->follower.poll(on_start, on_chunk).value();
      if (!news && here->is_left) logs.let_go(here);
    }
    return out;
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(FollowingLogs, ReadsAFileOnceUnderWhateverNameThePatternFindsIt) {
  FollowedLogs logs({});
  append("dns.log", "1\n");
  EXPECT_EQ(read(logs), "1\n");
  append("dns.log", "2\n");
  rename("dns.log", "dns-26-11-22_13.00.00.log");
  EXPECT_EQ(read(logs), "2\n");
  append("dns.log", "3\n");
  append("dns-26-11-22_13.00.00.log", "late\n");
  EXPECT_EQ(read(logs), "late\n3\n");
  rename("dns-26-11-22_13.00.00.log", "dns.log.2");
  rename("dns.log", "dns.log.1");
  append("dns.log", "4\n");
  EXPECT_EQ(read(logs), "4\n");
  EXPECT_EQ(read(logs), "");
  EXPECT_EQ(logs.open().size(), 3u);
}

TEST_F(FollowingLogs, ReadsAFileOnceThatWasRotatedIntoThePatternWhileNobodyLooked) {
  FollowedLogs before({});
  append("dns.log", "1\n");
  read(before);
  append("dns.log", "2\n");
  for (const char* rotated : {"dns-old.log", "dns.log.1"}) {  // before and after the name of the new one
    rename("dns.log", rotated);
    append("dns.log", "3\n");
    FollowedLogs after(before.positions());
    const std::string got = read(after);
    EXPECT_TRUE(got == "2\n3\n" || got == "3\n2\n") << got;
    fs::remove(path("dns.log"));
    rename(rotated, "dns.log");
  }
}

TEST_F(FollowingLogs, ReadsAFileToItsEndThatWasRotatedOutOfThePattern) {
  FollowedLogs logs({});
  append("dns.log", "1\n");
  EXPECT_EQ(read(logs), "1\n");
  rename("dns.log", "old.log");
  append("old.log", "late\nunfinished");
  EXPECT_EQ(read(logs), "late\n") << "its writer may go on";
  append("dns.log", "new\n");
  EXPECT_EQ(read(logs), "unfinished\nnew\n");
  EXPECT_EQ(read(logs), "");
  EXPECT_EQ(logs.open().size(), 1u);
  rename("old.log", "dns-old.log");  // only now the pattern fits
  EXPECT_EQ(read(logs), "");
}

TEST_F(FollowingLogs, FinishesTheFileThatWasRotatedOutOfThePatternWhileNobodyLooked) {
  FollowedLogs before({});
  append("dns.log", "1\n");
  read(before);
  append("dns.log", "2\n");
  rename("dns.log", "old.log");
  append("dns.log", "3\n");
  FollowedLogs after(before.positions());
  EXPECT_EQ(read(after), "3\n2\n");
  read(after);
  EXPECT_EQ(after.open().size(), 1u);
}

TEST_F(FollowingLogs, SaysThatARememberedFileIsGone) {
  FollowedLogs before({});
  append("dns.log", "1\n");
  read(before);
  append("dns.log", "2\n");
  fs::create_directory(folder_.file("elsewhere"));
  fs::rename(path("dns.log"), folder_.file("elsewhere/dns.log"));
  testing::internal::CaptureStderr();
  FollowedLogs after(before.positions());
  EXPECT_EQ(read(after), "");
  EXPECT_EQ(read(after), "");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("dns.log: the file that was read up to byte 2 is gone"), std::string::npos) << said;
  EXPECT_EQ(said.find("is gone"), said.rfind("is gone")) << "once";
  EXPECT_EQ(after.positions().size(), 1u) << "it may come back";
  fs::rename(folder_.file("elsewhere/dns.log"), path("dns.log"));
  EXPECT_EQ(read(after), "2\n");
}

TEST_F(FollowingLogs, BeginsAnewAndSaysSoWhereTheInodeHoldsAnotherLog) {
  FollowedLogs before({});
  append("dns.log", "1\n");
  read(before);
  std::ofstream(path("dns.log"), std::ios::trunc) << "another\n";
  testing::internal::CaptureStderr();
  FollowedLogs after(before.positions());
  EXPECT_EQ(read(after), "another\n");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("is another file since"), std::string::npos);
  EXPECT_EQ(after.positions().size(), 1u);
}

TEST_F(FollowingLogs, GoesOnWithADeletedFileOnlyWhileItsWriterDoes) {
  FollowedLogs logs({});
  append("dns.log", "1\n");
  std::ofstream writer(path("dns.log"), std::ios::app);
  read(logs);
  fs::remove(path("dns.log"));
  writer << "2\n" << std::flush;
  EXPECT_EQ(read(logs, "dns", base::minutes(1)), "2\n");
  EXPECT_EQ(logs.open().size(), 1u);
  read(logs, "dns", base::minutes(20));
  EXPECT_TRUE(logs.open().empty());
}

TEST_F(FollowingLogs, FollowsAFileWithTwoNamesOnce) {
  append("dns.log", "1\n");
  fs::create_hard_link(path("dns.log"), path("dns-too.log"));
  fs::create_symlink(path("dns.log"), path("dns-link.log"));
  FollowedLogs logs({});
  EXPECT_EQ(read(logs), "1\n");
}

}  // namespace
}  // namespace tocsin::cmd
