#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {
namespace {

namespace fs = std::filesystem;

class ReadFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tocsin-read-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view content) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  /// Compressed by libarchive's writer, one member or several one after the other.
  std::string compressed(const std::string& name, int (*filter)(archive*), std::string_view content) {
    const auto path = (folder_ / name).string();
    archive* writer = archive_write_new();
    EXPECT_EQ(archive_write_set_format_raw(writer), ARCHIVE_OK);
    EXPECT_EQ(filter(writer), ARCHIVE_OK);
    EXPECT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(writer, content.data(), content.size()), static_cast<la_ssize_t>(content.size()));
    archive_entry_free(entry);
    archive_write_close(writer);
    archive_write_free(writer);
    return path;
  }

  static Result<std::string> whole(const std::string& path) {
    std::string out;
    TRY_VOID(read_file(path, [&](std::string_view chunk) {
      out += chunk;
      return true;
    }));
    return out;
  }

  static std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
};

std::string sample() {
  std::string out;
  for (int i = 0; i < 300'000; ++i) out += "line " + std::to_string(i) + "\n";
  return out;
}

TEST_F(ReadFile, TellsCompressionByContentNotByName) {
  const std::string content = sample();
  EXPECT_EQ(whole(write("plain.gz", content)), content);
  EXPECT_EQ(whole(compressed("a", archive_write_add_filter_gzip, content)), content);
  EXPECT_EQ(whole(compressed("b", archive_write_add_filter_xz, content)), content);
  EXPECT_EQ(whole(compressed("c.log", archive_write_add_filter_zstd, content)), content);
  EXPECT_EQ(whole(write("empty", "")), "");
  EXPECT_EQ(whole(write("one", "x")), "x");
}

TEST_F(ReadFile, ReadsJoinedMembersAsOneStream) {
  for (const auto filter :
       {archive_write_add_filter_gzip, archive_write_add_filter_xz, archive_write_add_filter_zstd}) {
    const std::string a = bytes_of(compressed("a", filter, "first\n")),
                      b = bytes_of(compressed("b", filter, "second\n"));
    EXPECT_EQ(whole(write("joined", a + b)), "first\nsecond\n");
  }
}

TEST_F(ReadFile, SaysThatCompressedDataIsCut) {
  for (const auto filter :
       {archive_write_add_filter_gzip, archive_write_add_filter_xz, archive_write_add_filter_zstd}) {
    const std::string good = bytes_of(compressed("a", filter, sample()));
    const auto outcome = whole(write("cut", good.substr(0, good.size() / 2)));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().id, "telemetry.bad_compression");
  }
}

// gzip is left out: libarchive does not compare its checksum, so damage shows only where deflate itself breaks.
TEST_F(ReadFile, SaysThatCompressedDataIsDamaged) {
  std::string damaged = bytes_of(compressed("a", archive_write_add_filter_xz, sample()));
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 64; ++i)
    damaged[i] = static_cast<char>(~damaged[i]);
  const auto outcome = whole(write("damaged", damaged));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().id, "telemetry.bad_compression");
}

TEST_F(ReadFile, NamesAFileThatIsNotThere) {
  const auto outcome = whole((folder_ / "missing").string());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::NotFound);
  EXPECT_EQ(outcome.error().id, "file.read");
  EXPECT_FALSE(whole(folder_.string())) << "a folder is no file";
}

TEST_F(ReadFile, StopsWhereTheCallerHasEnough) {
  int calls = 0;
  EXPECT_TRUE(read_file(write("plain", std::string(8 << 20, 'x')), [&](std::string_view) {
    ++calls;
    return false;
  }));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tocsin::telemetry
