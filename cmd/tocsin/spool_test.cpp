#include "cmd/tocsin/spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cmd/tocsin/output.h"
#include "tests/support/folder.h"

namespace tocsin::cmd {
namespace {

telemetry::Position at(const std::string& path, std::uint64_t offset) {
  return {path, 7, offset, offset / 10, "print"};
}

watch::FoldedHit hit(const std::string& value, std::size_t seen_bytes = 8) {
  watch::FoldedHit out;
  out.first.grounds = {1};
  out.first.value = value;
  out.first.seen = std::string(seen_bytes, 'x');
  out.count = 2;
  return out;
}

Round round_with(std::vector<watch::FoldedHit> hits, std::uint64_t offset) {
  return {std::move(hits), {at("a.log", offset)}, 10, 100, "set"};
}

std::uint64_t offset_of(const Spool& spool) {
  return spool.positions().empty() ? 0 : spool.positions().front().offset;
}

TEST(Spool, KeepsPositionsAndHitsTogetherThroughADeath) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
  }
  Spool again = Spool::open(folder.file("state"), "border").value();
  EXPECT_EQ(offset_of(again), 100u);
  EXPECT_EQ(again.waiting().value().size(), 1u);
}

TEST(Spool, PositionsSavedAfterARoundWinOverIt) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
    ASSERT_TRUE(spool.save_positions({at("a.log", 250)}));
  }
  EXPECT_EQ(offset_of(Spool::open(folder.file("state"), "border").value()), 250u);
}

TEST(Spool, ARoundAfterSavedPositionsWinsOverThem) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.save_positions({at("a.log", 50)}));
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
  }
  EXPECT_EQ(offset_of(Spool::open(folder.file("state"), "border").value()), 100u);
}

TEST(Spool, PositionsOutliveTheLastRound) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
    ASSERT_TRUE(spool.done(spool.waiting().value().front()));
    EXPECT_TRUE(spool.waiting().value().empty());
  }
  EXPECT_EQ(offset_of(Spool::open(folder.file("state"), "border").value()), 100u);
}

TEST(Spool, KeepsEveryWordOfAPosition) {
  const test_support::TemporaryFolder folder;
  const telemetry::Position position{"a.log", 0xffff'ffff'ffff'fff5, 1'000'000, 17, "print"};
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.save_positions({position}));
  }
  const Spool again = Spool::open(folder.file("state"), "border").value();
  ASSERT_EQ(again.positions().size(), 1u);
  const telemetry::Position& kept = again.positions().front();
  EXPECT_EQ(std::tie(kept.path, kept.inode, kept.offset, kept.lines, kept.print),
            std::tie(position.path, position.inode, position.offset, position.lines, position.print));
}

TEST(Spool, KnowsHowFarFilesWereSearchedOnceTheRoundOfTheirHitsIsThere) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    spool.note({at("day.log", 300), "whole"}, "set");
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
    spool.note({{"next.log", 8, 400, 1, "print"}, ""}, "set");  // its hits were in no round yet
  }
  {
    Spool again = Spool::open(folder.file("state"), "border").value();
    const Searched* const known = again.searched(7, "set");
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->reached.offset, 300u);
    EXPECT_EQ(known->reached.lines, 30u);
    EXPECT_EQ(known->whole, "whole");
    EXPECT_EQ(again.searched(7, "another set"), nullptr) << "new indicators have to see it";
    EXPECT_EQ(again.searched(8, "set"), nullptr);
    ASSERT_TRUE(again.done(again.waiting().value().front()));
  }
  Spool later = Spool::open(folder.file("state"), "border").value();
  EXPECT_NE(later.searched(7, "set"), nullptr) << "also once everything was accepted";
  EXPECT_EQ(offset_of(later), 100u) << "how far others were followed stays";
  later.note({{"next.log", 8, 400, 1, "print"}, ""}, "another set");
  EXPECT_EQ(later.searched(7, "set"), nullptr);
}

TEST(Spool, ForgetsTheFilesThatWereSearchedLongestAgo) {
  const test_support::TemporaryFolder folder;
  Spool spool = Spool::open(folder.file("state"), "border").value();
  const auto note = [&](std::uint64_t inode) { spool.note({{"", inode, 1, 1, "print"}, "whole"}, "set"); };
  note(Spool::kMaxSearched + 7);
  ASSERT_TRUE(spool.add(round_with({}, 1)));
  for (std::uint64_t inode = 1; inode <= Spool::kMaxSearched; ++inode) note(inode);
  EXPECT_EQ(spool.searched(Spool::kMaxSearched + 7, "set"), nullptr);
  EXPECT_NE(spool.searched(1, "set"), nullptr);
}

TEST(Spool, CutsAGreatRoundIntoFilesOfWhichTheLastMakesItCount) {
  const test_support::TemporaryFolder folder;
  std::vector<watch::FoldedHit> many;
  for (int i = 0; i < 12'000; ++i) many.push_back(hit("evil" + std::to_string(i) + ".example", 2000));
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.add(round_with({hit("first.example")}, 50)));
    ASSERT_TRUE(spool.add(round_with(std::move(many), 100)));
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("state/spool"))) {
    EXPECT_LT(entry.file_size(), std::size_t{10} << 20);
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  ASSERT_GT(files.size(), 3u);
  {
    Spool whole = Spool::open(folder.file("state"), "border").value();
    EXPECT_EQ(offset_of(whole), 100u);
    ASSERT_TRUE(whole.done(whole.waiting().value().back()));  // the first round
    std::size_t hits = 0;
    std::int64_t lines = 0;
    const std::vector<Batch> batches = whole.waiting().value();
    for (const Batch& batch : batches) {
      hits += list_of(batch.body, "hits").size();
      lines += batch.body.integer_or("lines", 0);
    }
    EXPECT_LT(hits, 12'000u);
    EXPECT_EQ(lines, 10);
  }
  std::filesystem::remove(files.back());  // as if the machine had died before the last one
  std::ofstream(folder.file("state/positions.json")) << R"({"round":1,"positions":[{"inode":"7","offset":50}]})";
  const Spool cut = Spool::open(folder.file("state"), "border").value();
  EXPECT_EQ(offset_of(cut), 50u) << "its lines are read again";
  EXPECT_TRUE(cut.waiting().value().empty());
}

TEST(Spool, SendsRoundsInOrderUnderTheSameIdsUntilTheyAreDone) {
  const test_support::TemporaryFolder folder;
  Spool spool = Spool::open(folder.file("state"), "border").value();
  ASSERT_TRUE(spool.add(round_with({hit("first.example")}, 1)));
  ASSERT_TRUE(spool.add(round_with({hit("second.example")}, 2)));
  const auto once = spool.waiting().value(), twice = spool.waiting().value();
  ASSERT_EQ(once.size(), 1u);
  EXPECT_EQ(once.front().body.text("batch"), twice.front().body.text("batch"));
  EXPECT_EQ(list_of(once.front().body, "hits").front().text("value"), "first.example");
  ASSERT_TRUE(spool.done(once.front()));
  EXPECT_EQ(list_of(spool.waiting().value().front().body, "hits").front().text("value"), "second.example");
}

TEST(Spool, CutsARoundIntoBatchesThatANodeTakes) {
  const test_support::TemporaryFolder folder;
  Spool spool = Spool::open(folder.file("state"), "border").value();
  std::vector<watch::FoldedHit> hits;
  for (int i = 0; i < 2500; ++i) hits.push_back(hit("evil" + std::to_string(i) + ".example", 5000));
  ASSERT_TRUE(spool.add(round_with(std::move(hits), 1)));
  const auto batches = spool.waiting().value();
  std::size_t total = 0;
  std::int64_t lines = 0;
  for (const Batch& batch : batches) {
    EXPECT_LT(json::write(batch.body).size(), std::size_t{1} << 20);
    total += list_of(batch.body, "hits").size();
    lines += batch.body.integer_or("lines", 0);
    EXPECT_EQ(batch.last, &batch == &batches.back());
  }
  EXPECT_EQ(total, 2500u);
  EXPECT_EQ(lines, 10) << "lines are said once";
  EXPECT_LE(list_of(batches.front().body, "hits").front().text("seen").size(), 2048u);
}

TEST(Spool, NeverCutsACharacterInHalf) {
  const test_support::TemporaryFolder folder;
  Spool spool = Spool::open(folder.file("state"), "border").value();
  watch::FoldedHit wide = hit("x");
  wide.first.seen = "y";
  for (int i = 0; i < 2000; ++i) wide.first.seen += "é";
  ASSERT_TRUE(spool.add(round_with({wide}, 1)));
  const std::string seen = list_of(spool.waiting().value().front().body, "hits").front().text("seen");
  EXPECT_EQ(seen.size(), 2047u);
  EXPECT_EQ(seen.find("\xef\xbf\xbd"), std::string::npos);
}

TEST(Spool, KeepsWhatTheNodeRefusesForGood) {
  const test_support::TemporaryFolder folder;
  Spool spool = Spool::open(folder.file("state"), "border").value();
  ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 1)));
  const Batch batch = spool.waiting().value().front();
  ASSERT_TRUE(spool.set_aside(batch));
  EXPECT_TRUE(spool.waiting().value().empty());
  EXPECT_TRUE(std::filesystem::exists(folder.file("state/refused/" + batch.body.text("batch") + ".json")));
}

TEST(Spool, SaysWhichFileIsDamaged) {
  const test_support::TemporaryFolder folder;
  { ASSERT_TRUE(Spool::open(folder.file("state"), "border")); }
  std::ofstream(folder.file("state/spool/0000000000000001.json")) << "{\"round\":1,\"posit";
  const auto opened = Spool::open(folder.file("state"), "border");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().id, "spool.damaged");
}

TEST(Spool, BelongsToOneSensorAtATime) {
  const test_support::TemporaryFolder folder;
  const auto first = Spool::open(folder.file("state"), "border");
  const auto second = Spool::open(folder.file("state"), "border");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().id, "cli.state_in_use");
  EXPECT_EQ(exit_code(second.error()), kUnreachable);
}

}  // namespace
}  // namespace tocsin::cmd
