// A million indicators that others published, against the logs of others: the compiled set must say exactly what plain
// maps and loops say. Nothing in the data is ever contacted.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unordered_set>

#include "core/watch/naive_set_fixture.h"
#include "core/watch/scan.h"
#include "ground/base/clock.h"

namespace tocsin::watch {
namespace {

namespace fs = std::filesystem;
using observable::Kind;

fs::path data_folder() {
  return base::environment("TOCSIN_DATA").value_or(std::string(TOCSIN_SOURCE_DIR) + "/../shared/data");
}

/// The first column of every line of a list, plain or compressed.
std::vector<std::string> first_columns(const fs::path& path) {
  std::string content;
  EXPECT_TRUE(telemetry::read_file(path, [&](std::string_view chunk) {
    content += chunk;
    return true;
  })) << path;
  std::vector<std::string> out;
  std::string_view rest = content;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (!line.starts_with('#')) out.emplace_back(line.substr(0, line.find_first_of("\t,\r ")));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::vector<Rule> indicators(const fs::path& folder) {
  std::vector<Rule> out;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    for (const std::string& text : first_columns(file.path()))
      if (auto value = observable::recognise(text)) out.push_back({std::move(*value), out.size(), out.size() % 7 != 0});
  }
  return out;
}

std::vector<fs::path> logs(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const char* part : {"zeek", "suricata"})
    for (const auto& file : fs::recursive_directory_iterator(folder / part))
      if (file.is_regular_file()) out.push_back(file.path());
  return out;
}

telemetry::Counts read_log(const fs::path& file, const telemetry::LineReader::Each& each) {
  telemetry::LineReader reader;
  EXPECT_TRUE(telemetry::read_file(file, [&](std::string_view chunk) {
    const auto fed = reader.feed(chunk, each);
    EXPECT_TRUE(fed) << file;
    return fed.has_value();
  })) << file;
  EXPECT_TRUE(reader.finish(each)) << file;
  return reader.counts();
}

/// Every different value that the logs show.
std::vector<observable::Value> values_shown(const std::vector<fs::path>& files, telemetry::Counts& counts) {
  std::unordered_set<std::string> seen;
  std::vector<observable::Value> out;
  for (const auto& file : files) {
    const telemetry::Counts read = read_log(file, [&](const auto&, const auto& candidates) {
      for (const auto& candidate : candidates)
        if (seen.insert(static_cast<char>(candidate.kind) + std::string(candidate.text)).second)
          out.push_back({candidate.kind, std::string(candidate.text)});
    });
    counts.lines += read.lines;
    counts.unreadable += read.unreadable;
  }
  return out;
}

class RealData : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(data_folder() / "ioc")) GTEST_SKIP() << "no foreign data at " << data_folder();
  }
};

TEST_F(RealData, SetSaysWhatPlainMapsAndLoopsSay) {
  std::vector<Rule> rules = indicators(data_folder() / "ioc");
  EXPECT_GT(rules.size(), 980'000u);
  // The lists have few ranges, so some are made around their own addresses, nested where they fall so.
  for (std::size_t i = 0; i < 400; ++i) {
    const auto& near = rules[i * 1000].value;
    const auto length = near.kind == Kind::Ipv6 ? 28 + i % 37 : 6 + i % 25;
    if (near.kind != Kind::Ipv4 && near.kind != Kind::Ipv6) continue;
    if (auto range = observable::parse_ip_or_range(near.text + '/' + std::to_string(length)))
      rules.push_back({std::move(*range), rules.size(), true});
  }
  telemetry::Counts counts;
  const auto shown = values_shown(logs(data_folder()), counts);
  EXPECT_GT(counts.lines, 200'000u);
  EXPECT_EQ(counts.unreadable, 0u);
  EXPECT_GT(shown.size(), 30'000u);
  // Values of the logs themselves, so that every kind has something to meet.
  for (std::size_t i = 0; i < shown.size(); i += 50) rules.push_back({shown[i], rules.size(), i % 100 == 0});

  auto set = Set::open(Set::compile(rules, "real"));
  ASSERT_TRUE(set) << base::describe(set.error());
  const testing::NaiveSet oracle(rules);
  std::size_t met = 0;
  std::vector<Entry> found;
  for (const auto& value : shown) {
    found.clear();
    set->probe(value.kind, value.text, found);
    std::vector<std::uint64_t> got, expected = oracle.probe(value.kind, value.text);
    for (const Entry& entry : found) got.push_back(entry.grounds);
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(got, expected) << observable::name(value.kind) << ' ' << value.text;
    met += !got.empty();
  }
  EXPECT_GT(met, shown.size() / 50);
}

TEST_F(RealData, FindsTheBeaconOfTheDay) {
  // 73.54.23.243 -> 64.225.56.201 is the command and control of this capture, by its publisher's own words.
  auto set = Set::open(Set::compile({{{Kind::Ipv4, "64.225.56.201"}, 1, true}}, "c2"));
  ASSERT_TRUE(set);
  Folder folder;
  Scanner scanner(*set);
  std::size_t hits = 0;
  read_log(data_folder() / "zeek/c2-beacon-2024-04-19/conn.log.xz", [&](const auto& context, const auto& candidates) {
    scanner.line("conn.log", context, candidates, [&](const Hit& hit) {
      ++hits;
      folder.add(hit);
    });
  });
  EXPECT_GT(hits, 10'000u);
  const auto rows = folder.take();
  const auto victim =
      std::find_if(rows.begin(), rows.end(), [](const FoldedHit& r) { return r.first.host == "73.54.23.243"; });
  ASSERT_NE(victim, rows.end());
  EXPECT_GT(victim->count, 100u);
  EXPECT_EQ(victim->first.log, "conn");
  ASSERT_TRUE(victim->first_time && victim->last_time);
  EXPECT_GT((*victim->last_time - *victim->first_time).us, base::hours(1).us);
}

TEST_F(RealData, ADownloadConcernsWhoeverDownloaded) {
  // Suricata names the server as src_ip of the file; 172.16.0.131 fetched it.
  auto set = Set::open(Set::compile({{{Kind::FileName, "ncsi.txt"}, 1, true}}, "file"));
  ASSERT_TRUE(set);
  Scanner scanner(*set);
  std::vector<std::string> hosts;
  read_log(data_folder() / "suricata/sunnystation-2022-02-23.eve.json.xz",
           [&](const auto& context, const auto& candidates) {
             scanner.line("eve.json", context, candidates, [&](const Hit& hit) {
               if (hit.log == "fileinfo") hosts.push_back(hit.host);
             });
           });
  EXPECT_FALSE(hosts.empty());
  for (const std::string& host : hosts) EXPECT_TRUE(host.starts_with("172.16.")) << host;
}

}  // namespace
}  // namespace tocsin::watch
