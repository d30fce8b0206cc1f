#include "cmd/tocsin/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cmd/tocsin/output.h"
#include "tests/support/folder.h"

namespace tocsin::cmd {
namespace {

telemetry::Position at(const std::string& path, std::uint64_t offset) {
  return {path, 7, offset};
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
  return {std::move(hits), {{"a.log", at("a.log", offset)}}, 10, 100, "set"};
}

std::uint64_t offset_of(const Spool& spool) {
  const auto found = spool.positions().find("a.log");
  return found == spool.positions().end() ? 0 : found->second.offset;
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
    ASSERT_TRUE(spool.save_positions({{"a.log", at("a.log", 250)}}));
  }
  EXPECT_EQ(offset_of(Spool::open(folder.file("state"), "border").value()), 250u);
}

TEST(Spool, ARoundAfterSavedPositionsWinsOverThem) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    ASSERT_TRUE(spool.save_positions({{"a.log", at("a.log", 50)}}));
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

TEST(Spool, KnowsTheFilesOfARunThatWasCutShort) {
  const test_support::TemporaryFolder folder;
  {
    Spool spool = Spool::open(folder.file("state"), "border").value();
    spool.finish(at("day.log", 300), "set");
    ASSERT_TRUE(spool.add(round_with({hit("evil.example")}, 100)));
    spool.finish(at("next.log", 400), "set");  // its hits were in no round yet
  }
  {
    Spool again = Spool::open(folder.file("state"), "border").value();
    EXPECT_TRUE(again.is_finished(at("day.log", 300), "set"));
    EXPECT_FALSE(again.is_finished(at("day.log", 300), "another set")) << "new indicators have to see it";
    EXPECT_FALSE(again.is_finished(at("day.log", 301), "set")) << "it has grown";
    EXPECT_FALSE(again.is_finished({"day.log", 8, 300}, "set")) << "it is another file of that name";
    EXPECT_FALSE(again.is_finished(at("next.log", 400), "set"));
    ASSERT_TRUE(again.done(again.waiting().value().front()));
  }
  {
    Spool again = Spool::open(folder.file("state"), "border").value();
    EXPECT_TRUE(again.is_finished(at("day.log", 300), "set")) << "accepted, but the run is not over";
    ASSERT_TRUE(again.end_run());
  }
  const Spool over = Spool::open(folder.file("state"), "border").value();
  EXPECT_FALSE(over.is_finished(at("day.log", 300), "set"));
  EXPECT_EQ(offset_of(over), 100u) << "how far others were followed stays";
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
