// How fast a sensor watches Zeek logs for a million indicators, between two marks measured in the same process and in
// turns, by the processor time of its one thread: reading the same bytes from memory (the limit) and a matcher that one
// writes with care from the standard library. One JSON object a measurement on standard output.
//
//   tocsin_bench_watch [--data DIR] [--seconds N]
//
// DIR holds ioc/ (lists of indicators) and zeek/ (TSV logs, also compressed); without it both are generated.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <unordered_map>

#include "bench/generate.h"
#include "core/watch/scan.h"
#include "ground/base/clock.h"
#include "ground/json/json.h"

namespace tocsin::bench {
namespace {

namespace fs = std::filesystem;
using observable::Kind;

constexpr std::size_t kIndicators = 1'000'000;
constexpr std::size_t kGeneratedBytes = 64u << 20;
constexpr std::size_t kMinRounds = 3;

struct Input {
  std::string name;
  std::vector<watch::Rule> rules;
  std::string telemetry;
};

struct Outcome {
  std::uint64_t lines = 0, hits = 0;
};

// --- the limit: every byte is touched, nothing is done with it

Outcome read_memory(const std::string& bytes) {
  std::uint64_t sum = 0;
  const std::size_t whole = bytes.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    sum += word;
  }
  volatile std::uint64_t kept = sum;
  (void)kept;
  return {};
}

// --- what is measured: reader, set and scanner, in chunks as they come from a file

Outcome watch_all(const watch::Set& set, const std::string& bytes) {
  constexpr std::size_t kChunk = 1u << 20;
  Outcome out;
  telemetry::LineReader reader(telemetry::Format::ZeekTsv);
  watch::Scanner scanner(set);
  const std::function<void(const watch::Hit&)> on_hit = [&](const watch::Hit&) { ++out.hits; };
  const std::string file = "bench";
  const telemetry::LineReader::Each each = [&](const auto& context, const auto& candidates) {
    scanner.line(file, context, candidates, on_hit);
  };
  for (std::size_t at = 0; at < bytes.size(); at += kChunk)
    CHECK(reader.feed(std::string_view(bytes).substr(at, kChunk), each));
  CHECK(reader.finish(each));
  out.lines = reader.counts().lines;
  return out;
}

// --- the matcher that one writes with the standard library: fields as views, a hash map that is asked with views

struct ViewHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using PlainMap = std::unordered_map<std::string, std::uint64_t, ViewHash, std::equal_to<>>;

PlainMap plain_map(const std::vector<watch::Rule>& rules) {
  PlainMap out;
  out.reserve(rules.size());
  for (const auto& rule : rules) out.emplace(rule.value.text, rule.grounds);
  return out;
}

template <typename Each>
void split(std::string_view line, char separator, const Each& each) {
  for (;;) {
    const auto end = line.find(separator);
    each(line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

enum class Column { None, Value, List, Host, Path };

Column column_of(std::string_view name) {
  if (name == "host") return Column::Host;
  if (name == "uri") return Column::Path;
  if (name == "answers" || name == "tx_hosts" || name == "rx_hosts") return Column::List;
  for (const std::string_view value : {"id.orig_h", "id.resp_h", "query", "server_name", "md5", "sha1", "sha256"})
    if (name == value) return Column::Value;
  return Column::None;
}

class PlainMatcher {
 public:
  explicit PlainMatcher(const PlainMap& map) : map_(map) {}

  Outcome all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = std::min(bytes.find('\n'), bytes.size());
      line(bytes.substr(0, end));
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    return out_;
  }

 private:
  void line(std::string_view text) {
    ++out_.lines;
    if (text.starts_with("#fields\t")) {
      columns_.clear();
      split(text.substr(8), '\t', [&](std::string_view name) { columns_.push_back(column_of(name)); });
    }
    if (text.starts_with('#')) return;
    std::string_view host;
    std::size_t number = 0;
    split(text, '\t', [&](std::string_view field) {
      const Column column = number < columns_.size() ? columns_[number] : Column::None;
      ++number;
      if (column == Column::Value || column == Column::Host) look_up(field);
      if (column == Column::Host) host = field;
      if (column == Column::List) split(field, ',', [&](std::string_view part) { look_up(part); });
      if (column == Column::Path) {
        lower_.assign("http://").append(host).append(field);
        out_.hits += map_.contains(lower_);
      }
    });
  }

  // The value itself and, as for a domain, what lies above it.
  void look_up(std::string_view value) {
    lower_.resize(value.size());
    std::transform(value.begin(), value.end(), lower_.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    for (std::string_view rest = lower_;;) {
      if (map_.contains(rest)) {
        ++out_.hits;
        return;
      }
      const auto dot = rest.find('.');
      if (dot == std::string_view::npos) return;
      rest.remove_prefix(dot + 1);
    }
  }

  const PlainMap& map_;
  std::vector<Column> columns_;
  std::string lower_;
  Outcome out_;
};

// --- input

Result<std::string> whole_file(const fs::path& path) {
  std::string out;
  TRY_VOID(telemetry::read_file(path, [&](std::string_view chunk) {
    out += chunk;
    return true;
  }));
  return out;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& file : fs::recursive_directory_iterator(folder, error))
    if (file.is_regular_file()) out.push_back(file.path());
  std::sort(out.begin(), out.end());
  return out;
}

Result<Input> input_from(const fs::path& folder) {
  Input out{"data", {}, {}};
  std::unordered_map<std::string, bool> known;
  for (const auto& path : files_below(folder / "ioc")) {
    const std::string content = TRY(whole_file(path));
    split(content, '\n', [&](std::string_view line) {
      if (line.starts_with('#') || out.rules.size() == kIndicators) return;
      auto value = observable::recognise(line.substr(0, line.find_first_of("\t,\r ")));
      if (value && known.emplace(value->text, true).second)
        out.rules.push_back({std::move(*value), out.rules.size(), true});
    });
  }
  for (auto& rule : generate_rules(kIndicators - out.rules.size(), 2)) out.rules.push_back(std::move(rule));
  for (const auto& path : files_below(folder / "zeek")) {
    std::string content = TRY(whole_file(path));
    if (content.starts_with('#')) out.telemetry += content;
  }
  return out;
}

Result<Input> make_input(const std::string& folder) {
  if (!folder.empty() && fs::exists(fs::path(folder) / "zeek")) return input_from(folder);
  Input out{"generated", generate_rules(kIndicators, 1), {}};
  out.telemetry = generate_zeek(kGeneratedBytes, out.rules, 3);
  return out;
}

// --- measuring

struct Contender {
  std::string name;
  std::function<Outcome()> run;
  std::vector<double> seconds = {};
  Outcome outcome = {};

  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// Of this thread alone: on a machine that others use too, the clock on the wall measures them.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double now_seconds() {
  return static_cast<double>(base::system_clock().steady().us) / 1e6;
}

double seconds_of(const std::function<void()>& work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

void print(json::Object object) {
#ifdef __OPTIMIZE__
  object.set("optimised", true);
#else
  object.set("optimised", false);
#endif
  fmt::print("{}\n", json::write(json::Value(std::move(object))));
}

void report(const Input& input, const Contender& contender, double limit_seconds, std::uint64_t lines) {
  const double median = contender.median();
  const auto [fastest, slowest] = std::minmax_element(contender.seconds.begin(), contender.seconds.end());
  print({{"measurement", contender.name},
         {"input", input.name},
         {"indicators", input.rules.size()},
         {"bytes", input.telemetry.size()},
         {"lines", static_cast<std::int64_t>(lines)},
         {"hits", static_cast<std::int64_t>(contender.outcome.hits)},
         {"runs", contender.seconds.size()},
         {"median_cpu_seconds", median},
         {"fastest_cpu_seconds", *fastest},
         {"slowest_cpu_seconds", *slowest},
         {"mb_per_s", static_cast<double>(input.telemetry.size()) / 1e6 / median},
         {"lines_per_s", static_cast<double>(lines) / median},
         {"part_of_memory_speed", limit_seconds / median}});
}

int run(const std::string& folder, double seconds) {
  const auto input = make_input(folder);
  if (!input) {
    fmt::print(stderr, "{}\n", base::describe(input.error()));
    return 1;
  }
  Bytes compiled;
  std::optional<watch::Set> set;
  const double compile_seconds = seconds_of([&] { compiled = watch::Set::compile(input->rules, "bench"); });
  const std::size_t set_bytes = compiled.size();
  const double open_seconds = seconds_of([&] {
    if (auto opened = watch::Set::open(std::move(compiled))) set.emplace(std::move(*opened));
  });
  CHECK(set);
  print({{"measurement", "watch.compile"},
         {"input", input->name},
         {"indicators", input->rules.size()},
         {"set_bytes", set_bytes},
         {"compile_cpu_seconds", compile_seconds},
         {"open_cpu_seconds", open_seconds}});

  const PlainMap map = plain_map(input->rules);
  std::vector<Contender> contenders{
      {"watch.memory_read", [&] { return read_memory(input->telemetry); }},
      {"watch.scan", [&] { return watch_all(*set, input->telemetry); }},
      {"watch.plain_hash_map", [&] { return PlainMatcher(map).all(input->telemetry); }},
  };
  // In turns, so that whatever else the machine does meets all alike; the first round only warms up.
  const double begin = now_seconds();
  for (std::size_t round = 0; round <= kMinRounds || now_seconds() - begin < seconds; ++round)
    for (Contender& contender : contenders) {
      const double took = seconds_of([&] { contender.outcome = contender.run(); });
      if (round > 0) contender.seconds.push_back(took);
    }
  const std::uint64_t lines = contenders[1].outcome.lines;
  for (const Contender& contender : contenders) report(*input, contender, contenders[0].median(), lines);
  print({{"measurement", "watch.ratio"},
         {"input", input->name},
         {"scan_to_plain_hash_map", contenders[2].median() / contenders[1].median()},
         {"scan_to_memory", contenders[0].median() / contenders[1].median()}});
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
  std::string folder;
  double seconds = 10;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--data" && !value.empty()) {
      folder = value;
    } else if (option == "--seconds" &&
               std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc{}) {
    } else {
      fmt::print(stderr, "usage: tocsin_bench_watch [--data DIR] [--seconds N]\n");
      return 2;
    }
  }
  return tocsin::bench::run(folder, seconds);
}
