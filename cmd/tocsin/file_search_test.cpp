#include "cmd/tocsin/file_search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/folder.h"

namespace tocsin::cmd {
namespace {

const std::string kHead = "#path\tdns\n#fields\tts\tid.orig_h\tquery\n#types\ttime\taddr\tstring\n";
const std::string kHit = "2.5\t10.0.0.1\tWWW.Evil.Example\n", kMiss = "1.5\t10.0.0.1\tgood.example\n";

class SearchingFiles : public ::testing::Test {
 protected:
  void write(std::string_view text, std::ios::openmode mode = std::ios::trunc) {
    std::ofstream(path_, mode | std::ios::binary) << text;
  }
  /// One run of the program.
  Totals search() {
    Totals totals;
    Spool spool = Spool::open(folder_.file("state"), "border").value();
    EXPECT_TRUE(FileSearch(options_, spool, set_, totals).run({path_}));
    return totals;
  }

  test_support::TemporaryFolder folder_;
  std::string path_ = folder_.file("dns.log");
  SensorOptions options_;
  watch::Set set_ =
      watch::Set::open(watch::Set::compile({{{observable::Kind::Domain, "evil.example"}, 1, true}}, "set")).value();
};

TEST_F(SearchingFiles, SaysThatAFileOfOneEndlessLineCannotBeRead) {
  write(std::string(std::size_t{5} << 20, 'x'));
  const Totals totals = search();
  EXPECT_EQ(std::tie(totals.files, totals.lines, totals.unreadable), std::tuple(0u, 1u, 1u));
  EXPECT_EQ(totals.troubles.size(), 1u);
}

TEST_F(SearchingFiles, CountsAndReports) {
  write(kHead + kMiss + kHit + "broken\n");
  const Totals totals = search();
  EXPECT_EQ(std::tie(totals.files, totals.lines, totals.unreadable, totals.hits), std::tuple(1u, 6u, 1u, 1u));
  EXPECT_EQ(totals.bytes, std::filesystem::file_size(path_));
  ASSERT_EQ(totals.rows.size(), 1u);
  EXPECT_EQ(totals.rows[0].first.seen, "www.evil.example");
  EXPECT_EQ(totals.rows[0].first.line, 5u);
  EXPECT_EQ(totals.rows[0].first.time, Time{2'500'000});
}

TEST_F(SearchingFiles, GoesOnBehindWhatEarlierRunsHaveSearched) {
  write(kHead + kHit);
  EXPECT_EQ(search().hits, 1u);
  const Totals same = search();
  EXPECT_EQ(std::tie(same.searched_before, same.files, same.hits), std::tuple(1u, 0u, 0u));
  write(kMiss + kHit, std::ios::app);
  const Totals grown = search();
  EXPECT_EQ(std::tie(grown.gone_on, grown.files, grown.hits, grown.lines), std::tuple(1u, 1u, 1u, 2u));
  ASSERT_EQ(grown.rows.size(), 1u);
  EXPECT_EQ(grown.rows[0].first.line, 6u);
  options_.again = true;
  EXPECT_EQ(search().hits, 2u);
}

TEST_F(SearchingFiles, BeginsAnewWhereTheFileIsAnotherOne) {
  write(kHead + kHit);
  search();
  write(kHead + kMiss + kHit + kHit);
  const Totals totals = search();
  EXPECT_EQ(std::tie(totals.gone_on, totals.files, totals.hits, totals.lines), std::tuple(0u, 1u, 2u, 6u));
  write(kHead);
  EXPECT_EQ(search().lines, 3u) << "it is shorter than what was read";
}

TEST_F(SearchingFiles, ReadsTheRestOfALineThatWasNotEnded) {
  write(kHead + kHit + kHit.substr(0, 20));
  EXPECT_EQ(search().hits, 1u);
  write(kHit.substr(20), std::ios::app);
  const Totals totals = search();
  EXPECT_EQ(std::tie(totals.hits, totals.unreadable), std::tuple(1u, 0u));
}

TEST_F(SearchingFiles, SaysWhichFilesCannotBeReadAndReadsThemOnceTheyCan) {
  EXPECT_EQ(search().troubles.size(), 1u) << "there is none";
  write(R"({"timestamp":"2026-11-22T00:00:00Z","dns":{"rrname":"evil.example"}})"
        "\n");
  EXPECT_EQ(search().troubles.size(), 1u) << "nothing says what it is";
  options_.format = telemetry::Format::SuricataEve;
  const Totals named = search();
  EXPECT_TRUE(named.troubles.empty());
  EXPECT_EQ(named.hits, 1u);
}

TEST_F(SearchingFiles, WritesDownWhatItFindsWhileItReads) {
  std::string log = kHead;
  for (int i = 0; i < 50'000; ++i)
    log += "2.5\t10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 255) + '.' + std::to_string(i & 255) +
           "\tevil.example\n";
  write(log);
  EXPECT_EQ(search().hits, 50'000u);
  const std::string spool = folder_.file("state/spool");
  EXPECT_GE(std::distance(std::filesystem::directory_iterator(spool), std::filesystem::directory_iterator()), 3);
  std::filesystem::remove_all(folder_.file("state"));
  options_.dry_run = true;
  EXPECT_EQ(search().hits, 50'000u);
  EXPECT_TRUE(std::filesystem::is_empty(spool));
}

}  // namespace
}  // namespace tocsin::cmd
