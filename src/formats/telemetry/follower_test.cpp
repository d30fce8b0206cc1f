#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "formats/telemetry/content_print.h"
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
  void rewrite(std::string_view text) { std::ofstream(path_, std::ios::trunc | std::ios::binary) << text; }
  Follower opened(const std::optional<Position>& from = {}) { return Follower::open(path_, from).value(); }

  struct Handed {
    std::string text;
    Follower::OnStart on_start() {
      return [this](std::string_view head, std::uint64_t lines) {
        text += '|';
        if (lines > 0) text += std::string(head) + ">" + std::to_string(lines) + ">";
      };
    }
    Follower::OnChunk on_chunk() {
      return [this](std::string_view chunk) {
        text += chunk;
        return true;
      };
    }
  };

  /// What one poll handed over: "|" where the file began, "|HEAD>LINES>" where it went on.
  static std::string poll(Follower& follower) {
    Handed out;
    EXPECT_TRUE(follower.poll(out.on_start(), out.on_chunk()));
    return out.text;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(Following, HandsOverWholeLinesAsTheyCome) {
  append("a\nb");
  Follower follower = opened();
  EXPECT_EQ(poll(follower), "|a\n");
  EXPECT_EQ(follower.position().offset, 2u);
  EXPECT_EQ(poll(follower), "");
  append("b\nc\n");
  EXPECT_EQ(poll(follower), "bb\nc\n");
  EXPECT_EQ(follower.position().offset, 7u);
  EXPECT_EQ(follower.position().lines, 3u);
}

TEST_F(Following, StaysWithTheFileWhateverBecomesOfItsName) {
  append("a\n");
  Follower follower = opened();
  EXPECT_EQ(poll(follower), "|a\n");
  append("b\n");
  fs::rename(path_, path_ + ".1");
  append("new\n");
  EXPECT_EQ(poll(follower), "b\n");
  fs::remove(path_ + ".1");
  EXPECT_EQ(poll(follower), "");
}

TEST_F(Following, EndsTheLastLineOfAFileThatIsAtItsEnd) {
  append("a\nunfinished");
  Follower follower = opened();
  EXPECT_EQ(poll(follower), "|a\n");
  Handed out;
  EXPECT_TRUE(follower.poll_to_the_end(out.on_start(), out.on_chunk()).value());
  EXPECT_EQ(out.text, "unfinished\n");
  EXPECT_EQ(follower.position().offset, 12u);
  EXPECT_FALSE(follower.poll_to_the_end(out.on_start(), out.on_chunk()).value());
  EXPECT_EQ(out.text, "unfinished\n");
}

TEST_F(Following, HandsOverNoMoreThanIsWanted) {
  const std::string much = std::string(1000, 'x') + "\n";
  for (int i = 0; i < 1000; ++i) append(much);
  Follower follower = opened();
  std::size_t got = 0;
  const auto little = [&](std::string_view chunk) {
    got += chunk.size();
    return false;
  };
  ASSERT_TRUE(follower.poll([](auto, auto) {}, little).value());
  EXPECT_LT(got, 300'000u);
  EXPECT_EQ(follower.position().offset, got) << "what follows is handed over by the next poll";
  while (follower.poll([](auto, auto) { FAIL(); }, little).value()) continue;
  EXPECT_EQ(got, 1000 * much.size());
}

TEST_F(Following, BeginsAnewAfterTruncation) {
  append("aaaa\nbbbb\n");
  Follower follower = opened();
  EXPECT_EQ(poll(follower), "|aaaa\nbbbb\n");
  rewrite("c\n");
  EXPECT_EQ(poll(follower), "|c\n");
  rewrite("dddd\neeee\n");
  EXPECT_EQ(poll(follower), "|dddd\neeee\n") << "it has grown past the position meanwhile";
}

TEST_F(Following, ResumesWithTheHeadOfTheLogAndItsLines) {
  append("#fields\tx\n#types\taddr\n1\n");
  std::optional<Position> saved;
  {
    Follower follower = opened();
    EXPECT_EQ(poll(follower), "|#fields\tx\n#types\taddr\n1\n");
    saved = follower.position();
  }
  append("2\n");
  Follower again = opened(saved);
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(poll(again), "|#fields\tx\n#types\taddr\n1\n>3>2\n");
  append("3\n");
  EXPECT_EQ(poll(again), "3\n");
  EXPECT_EQ(again.position().lines, 5u);
}

TEST_F(Following, ResumesFarInALogAsWellAsAtItsBeginning) {
  for (int i = 0; i < 20'000; ++i) append(std::to_string(i) + "\n");
  Follower follower = opened();
  poll(follower);
  const Position saved = follower.position();
  append("more\n");
  Follower again = opened(saved);
  EXPECT_TRUE(again.resumed());
  EXPECT_TRUE(poll(again).ends_with(">20000>more\n"));
}

TEST_F(Following, NeverGoesOnInTheMiddleOfAnotherContent) {
  const std::string head = "#fields\tx\n#types\taddr\n", old_lines(5000, '1'), new_lines(9000, '2');
  rewrite(head + old_lines + "\n");
  Follower follower = opened();
  poll(follower);
  const Position saved = follower.position();
  rewrite(head + new_lines + "\n");  // the same inode: it was copied, cut, and has grown past the position
  Follower cut = opened(saved);
  EXPECT_FALSE(cut.resumed());
  EXPECT_EQ(poll(cut), "|" + head + new_lines + "\n");
  rewrite("1\n");
  Follower shorter = opened(saved);
  EXPECT_EQ(poll(shorter), "|1\n") << "the position lies beyond the file";
}

TEST_F(Following, HandsOverLinesLongerThanOneRead) {
  const std::string line = std::string(1 << 20, 'x') + "\n";
  append("a\n" + line);
  Follower follower = opened();
  EXPECT_EQ(poll(follower), "|a\n" + line);
  const std::string endless(9 << 20, 'y');
  append(endless);
  EXPECT_EQ(poll(follower).size(), 8u << 20) << "a line without end is handed over in parts";
}

TEST_F(Following, RefusesWhatIsNoPlainFile) {
  EXPECT_EQ(Follower::open(path_).error().code, ErrorCode::NotFound);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Follower::open(path_).error().id, "telemetry.not_a_file");
  EXPECT_FALSE(end_of_file(path_));
}

TEST_F(Following, KnowsAFileByItsEnd) {
  append(std::string(10'000, 'x'));
  const Position before = end_of_file(path_).value();
  EXPECT_EQ(end_of_file(path_)->print, before.print);
  EXPECT_EQ(before.offset, 10'000u);
  append("y");
  EXPECT_NE(end_of_file(path_)->print, before.print);
  rewrite(std::string(9'999, 'x') + "y");
  EXPECT_NE(end_of_file(path_)->print, before.print);
}

TEST(ContentPrint, IsIndifferentToChunks) {
  std::string content;
  for (int i = 0; content.size() < 9000; ++i) content += std::to_string(i);
  const std::string whole = ContentPrint(content.size(), std::string_view(content).substr(0, ContentPrint::kHeadBytes),
                                         std::string_view(content).substr(content.size() - ContentPrint::kTailBytes))
                                .text();
  for (const std::size_t size : {1u, 7u, 1023u, 1025u, 4095u, 4096u, 4097u, 9999u}) {
    ContentPrint print;
    for (std::size_t at = 0; at < content.size(); at += size) print.add(std::string_view(content).substr(at, size));
    EXPECT_EQ(print.text(), whole) << size;
  }
}

}  // namespace
}  // namespace tocsin::telemetry
