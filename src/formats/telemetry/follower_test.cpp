#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {
namespace {

namespace fs = std::filesystem;

class Following : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tocsin-follow-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = (folder_ / "conn.log").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void append(std::string_view text) { std::ofstream(path_, std::ios::app | std::ios::binary) << text; }
  void rotate() { fs::rename(path_, path_ + ".1"); }

  /// What one poll handed over, "|" where the file began anew.
  static std::string poll(Follower& follower) {
    std::string out;
    const auto got = follower.poll([&] { out += '|'; }, [&](std::string_view chunk) { out += chunk; });
    EXPECT_TRUE(got);
    return out;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(Following, HandsOverWholeLinesAsTheyCome) {
  Follower follower(path_, {});
  EXPECT_EQ(poll(follower), "");
  append("a\nb");
  EXPECT_EQ(poll(follower), "|a\n");
  EXPECT_EQ(follower.position().offset, 2u);
  EXPECT_EQ(poll(follower), "");
  append("b\nc\n");
  EXPECT_EQ(poll(follower), "bb\nc\n");
  EXPECT_EQ(follower.position().offset, 7u);
}

TEST_F(Following, FinishesTheOldFileBeforeTheNewOneOfARotation) {
  Follower follower(path_, {});
  append("a\n");
  EXPECT_EQ(poll(follower), "|a\n");
  append("late\nunfinished");
  rotate();
  append("new\n");
  EXPECT_EQ(poll(follower), "late\nunfinished|new\n");
  EXPECT_EQ(follower.position().offset, 4u);
}

TEST_F(Following, WaitsForAVanishedFile) {
  Follower follower(path_, {});
  append("a\n");
  EXPECT_EQ(poll(follower), "|a\n");
  append("b\n");
  fs::remove(path_);
  EXPECT_EQ(poll(follower), "b\n") << "what was written before it vanished is still there";
  EXPECT_EQ(poll(follower), "");
  append("c\n");
  EXPECT_EQ(poll(follower), "|c\n");
}

TEST_F(Following, BeginsAnewAfterTruncation) {
  Follower follower(path_, {});
  append("aaaa\nbbbb\n");
  EXPECT_EQ(poll(follower), "|aaaa\nbbbb\n");
  fs::resize_file(path_, 0);
  append("c\n");
  EXPECT_EQ(poll(follower), "|c\n");
}

TEST_F(Following, ResumesWithTheHeaderOfTheLog) {
  std::optional<Position> saved;
  {
    Follower follower(path_, {});
    append("#fields\tx\n#types\taddr\n1\n");
    EXPECT_EQ(poll(follower), "|#fields\tx\n#types\taddr\n1\n");
    saved = follower.position();
  }
  append("2\n");
  Follower again(path_, saved);
  EXPECT_EQ(poll(again), "|#fields\tx\n#types\taddr\n2\n");
  append("3\n");
  EXPECT_EQ(poll(again), "3\n");
}

TEST_F(Following, FindsTheFileThatWasRotatedWhileNobodyLooked) {
  std::optional<Position> saved;
  {
    Follower follower(path_, {});
    append("1\n");
    poll(follower);
    saved = follower.position();
  }
  append("2\n");
  rotate();
  append("3\n");
  Follower again(path_, saved);
  EXPECT_EQ(poll(again), "|2\n|3\n");
}

TEST_F(Following, StartsOverWhereThePositionLiesBeyondTheFile) {
  append("1\n");
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  Follower follower(path_, Position{path_, found.st_ino, 1000});
  EXPECT_EQ(poll(follower), "|1\n");
}

TEST_F(Following, IgnoresThePositionOfAnotherPath) {
  append("1\n2\n");
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  Follower follower(path_, Position{"/elsewhere", found.st_ino, 2});
  EXPECT_EQ(poll(follower), "|1\n2\n");
}

TEST_F(Following, HandsOverLinesLongerThanOneRead) {
  Follower follower(path_, {});
  const std::string line = std::string(1 << 20, 'x') + "\n";
  append("a\n" + line);
  EXPECT_EQ(poll(follower), "|a\n" + line);
  const std::string endless(9 << 20, 'y');
  append(endless);
  EXPECT_EQ(poll(follower).size(), 8u << 20) << "a line without end is handed over in parts";
}

TEST_F(Following, RefusesWhatIsNoPlainFile) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Follower follower(path_, {});
  const auto outcome = follower.poll([] {}, [](std::string_view) {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().id, "telemetry.not_a_file");
}

}  // namespace
}  // namespace tocsin::telemetry
