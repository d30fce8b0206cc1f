#include "ground/base/file_stream.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ground/base/file.h"
#include "tests/support/folder.h"

namespace tocsin::base {
namespace {

namespace fs = std::filesystem;

class FileStream : public ::testing::Test {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(here_.path()), {}));
  }
  std::string content() const { return read_file(path_, 100).value_or("-"); }

  test_support::TemporaryFolder here_;
  const std::string path_ = here_.file("file");
};

TEST_F(FileStream, AppearsOnlyWhenItIsWhole) {
  auto file = NewFile::begin(path_);
  ASSERT_TRUE(file && file->add("one ") && file->add("two"));
  EXPECT_FALSE(exists(path_));
  ASSERT_TRUE(file->finish());
  EXPECT_EQ(content(), "one two");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileStream, ThatIsGivenUpLeavesTheOldFileAndNothingElse) {
  std::ofstream(path_) << "old";
  {
    auto file = NewFile::begin(path_);
    ASSERT_TRUE(file && file->add("new"));
  }
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileStream, TakesThePlaceOfWhatAKilledProcessLeft) {
  std::ofstream(path_ + ".new") << "a half-made file, longer than the new one";
  auto file = NewFile::begin(path_);
  ASSERT_TRUE(file && file->add("whole") && file->finish());
  EXPECT_EQ(content(), "whole");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileStream, BegunTwiceIsFinishedByTheSecondAlone) {
  auto first = NewFile::begin(path_), second = NewFile::begin(path_);
  ASSERT_TRUE(first && second && first->add("first") && second->add("second"));
  EXPECT_EQ(first->finish().error().code, ErrorCode::Conflict);
  ASSERT_TRUE(second->finish());
  EXPECT_EQ(content(), "second");
}

TEST_F(FileStream, DoesNotWriteThroughALinkThatWaitsForIt) {
  std::ofstream(here_.file("precious")) << "mine";
  fs::create_symlink(here_.file("precious"), path_ + ".new");
  auto file = NewFile::begin(path_);
  ASSERT_TRUE(file && file->add("theirs") && file->finish());
  EXPECT_EQ(read_file(here_.file("precious"), 100).value_or(""), "mine");
}

TEST_F(FileStream, SaysWhichFileCannotBeWrittenAndWhy) {
  const auto nowhere = NewFile::begin(here_.file("no/such/folder/file"));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().id, "file.write");
  EXPECT_EQ(nowhere.error().code, ErrorCode::NotFound);
}

TEST_F(FileStream, IsReadInPieces) {
  std::ofstream(path_) << "abcdefg";
  auto reader = FileReader::open(path_);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), 7u);
  char piece[5];
  EXPECT_EQ(reader->read(piece).value_or(0), 5u);
  EXPECT_EQ(reader->read(piece).value_or(0), 2u);
  EXPECT_EQ(reader->read(piece).value_or(1), 0u);
  EXPECT_EQ(FileReader::open(here_.file("no")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(FileReader::open(here_.path().string()).error().id, "file.read");
}

}  // namespace
}  // namespace tocsin::base
