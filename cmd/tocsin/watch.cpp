// The sensor's command.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "cmd/tocsin/output.h"
#include "cmd/tocsin/sensor.h"
#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

constexpr std::size_t kRowsPrinted = 20;

std::atomic<bool> stop_watching{false};

void request_stop(int) {
  stop_watching = true;
}

constexpr telemetry::Format kFormats[] = {telemetry::Format::ZeekTsv, telemetry::Format::ZeekJson,
                                          telemetry::Format::SuricataEve};

std::vector<std::string> format_names() {
  std::vector<std::string> out;
  for (const telemetry::Format format : kFormats) out.emplace_back(telemetry::name(format));
  return out;
}

std::string default_state() {
  if (auto folder = base::environment("STATE_DIRECTORY")) return *folder;  // of systemd's StateDirectory=
  return "./tocsin-sensor";
}

std::string machine_name() {
  char name[65] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != 0 ? name : "local";
}

// Rows that are not accepted are each accounted for: a person must not have to guess why a hit raised nothing.
std::vector<std::string> what_became_of_hits(const Totals& totals) {
  std::vector<std::string> out;
  if (totals.reported == 0) return out;
  out.push_back(fmt::format("{} rows reported (hits of one value, host and log are one row), {} accepted by the node",
                            totals.reported, totals.accepted));
  const auto left_out = [&](std::uint64_t count, std::string_view why) {
    if (count > 0) out.push_back(fmt::format("  {} left out: {}", count, why));
  };
  left_out(totals.retracted, "their indicators were retracted or revoked since this sensor got its set");
  left_out(totals.unknown, "their indicators are not here for sensors (any more)");
  left_out(totals.repeated, "an earlier run had reported them already; they count once");
  return out;
}

class WatchCommands final : public Group {
 public:
  explicit WatchCommands(Menu& menu) : common_(menu.common()) {
    options_.state = default_state();
    options_.name = machine_name();
    CLI::App& watch = menu.api_command(
        nullptr, "watch", "Match logs against the node's indicators; hits go home, telemetry stays",
        "  tocsin watch /var/log/zeek/2026-11-20/*.log.gz --as linh       one day, once, against the "
        "node of this machine\n"
        "  tocsin watch --follow '/var/log/zeek/current/*.log' --node https://tocsin.example:8443 "
        "--key-file border.key --ca ca.pem\n"
        "  zcat eve.json.gz | tocsin watch - --as linh\n"
        "  tocsin watch --dry-run conn.log --as linh                      what would be found; nobody is told\n\n"
        "Reads Zeek TSV and JSON and Suricata EVE; plain, .gz, .xz, .zst. What was found is kept in "
        "--state until the node has\n"
        "it; a crash or a node that is away loses nothing and counts nothing twice: a run that was cut short\n"
        "is gone on with by the next one, and a file that was searched is searched again only for what was\n"
        "appended, where the set of indicators is another one, or with --again: what it showed before then\n"
        "counts once more. Only pipes and standard input cannot be known again.",
        [this] { return this->watch(); });
    watch.add_option("files", options_.files, "Files, patterns, or - for standard input")->required();
    watch.add_flag("--follow", options_.follow,
                   "Go on with what is appended, through rotation, until SIGTERM or Ctrl-C");
    watch.add_flag("--again", options_.again, "Also files that an earlier run has searched with the same indicators")
        ->excludes("--follow");
    watch
        .add_flag("--dry-run", options_.dry_run,
                  "Only say what would be found: nothing is kept, nothing is told to the node")
        ->excludes("--follow");
    watch.add_flag("--once", options_.once, "With --follow: what is new since the last run, then stop");
    watch
        .add_option("--format", format_,
                    "Of every file: zeek-tsv, zeek-json or suricata-eve; default: told from its first lines")
        ->check(CLI::IsMember(format_names()));
    watch.add_option("--name", options_.name, "Name of this sensor (a key names its own)")->capture_default_str();
    watch.add_option("--state", options_.state, "Folder for positions, hits on their way, the last set")
        ->type_name("DIR")
        ->capture_default_str();
    watch.add_option("--node", remote_.url, "A node elsewhere: https://NAME:PORT")->type_name("URL");
    watch.add_option("--key-file", remote_.key_file, "File with the API key of this sensor")->type_name("FILE");
    watch
        .add_option("--ca", remote_.ca_file,
                    "Authority of that node's certificate: keys/authority.crt of its data folder; default: the "
                    "system's")
        ->type_name("FILE");
    watch.add_option("--refetch", refetch_seconds_, "Seconds between two looks for a new set")
        ->capture_default_str()
        ->check(CLI::Range(1, 86400));
    watch
        .add_option("--patience", patience_seconds_,
                    "Seconds to wait for a node that is away; with --follow, its first set is waited for without end")
        ->capture_default_str()
        ->check(CLI::Range(0, 86400));
  }

 private:
  Result<void> watch() {
    const bool reads_input = std::find(options_.files.begin(), options_.files.end(), "-") != options_.files.end();
    if (options_.follow && reads_input) return fail(ErrorCode::Malformed, "cli.usage.follow_input");
    if (options_.once && !options_.follow) options_.once = false;  // once is what happens anyway
    if (remote_.url.empty() != remote_.key_file.empty()) return fail(ErrorCode::Malformed, "cli.usage.node_and_key");
    if (!remote_.url.empty()) options_.remote = remote_;
    options_.common = common_;
    for (const telemetry::Format format : kFormats)
      if (telemetry::name(format) == format_) options_.format = format;
    options_.refetch_every = base::seconds(refetch_seconds_);
    options_.patience = base::seconds(patience_seconds_);
    ::signal(SIGPIPE, SIG_IGN);
    if (options_.dry_run) return watch_dry();
    if (!options_.follow) return report(TRY(watch_once(options_)));
    base::set_log_level(base::LogLevel::Info);
    struct sigaction action {};
    action.sa_handler = request_stop;
    for (const int signal : {SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
    return report(TRY(watch_on(options_, stop_watching)));
  }

  // In a state folder of its own, so that it can be asked beside the sensor that runs.
  Result<void> watch_dry() {
    std::string folder = std::filesystem::temp_directory_path() / "tocsin-watch-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr)
      return fail(ErrorCode::Unavailable, "file.folder", {folder, std::strerror(errno)});
    options_.state = folder;
    const auto totals = watch_once(options_);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return report(TRY(totals));
  }

  Result<void> report(const Totals& totals) const {
    const double seconds = std::max(static_cast<double>(totals.took.us) / 1e6, 1e-6);
    const double rate = static_cast<double>(totals.bytes) / 1e6 / seconds;
    for (const std::string& trouble : totals.troubles) print_note(printable(trouble));
    if (common_.json)
      print_json(as_json(totals, seconds, rate));
    else
      say(totals, seconds, rate);
    if (!totals.troubles.empty())
      return fail(ErrorCode::Malformed, "cli.files_unreadable", {std::to_string(totals.troubles.size())});
    if (totals.refused > 0)
      return fail(ErrorCode::Malformed, "cli.hits_refused", {std::to_string(totals.refused), options_.state});
    return {};
  }

  static json::Value as_json(const Totals& totals, double seconds, double rate) {
    json::Array rows;
    for (const auto& row : totals.rows)
      rows.push_back(json::Object{{"value", row.first.value},
                                  {"kind", observable::name(row.first.kind)},
                                  {"host", row.first.host},
                                  {"log", row.first.log},
                                  {"count", static_cast<std::int64_t>(row.count)}});
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return json::Object{{"files", number(totals.files)},
                        {"searched_before", number(totals.searched_before)},
                        {"gone_on", number(totals.gone_on)},
                        {"lines", number(totals.lines)},
                        {"bytes", number(totals.bytes)},
                        {"unreadable", number(totals.unreadable)},
                        {"hits", number(totals.hits)},
                        {"rows", std::move(rows)},
                        {"reported", number(totals.reported)},
                        {"accepted", number(totals.accepted)},
                        {"retracted", number(totals.retracted)},
                        {"unknown", number(totals.unknown)},
                        {"repeated", number(totals.repeated)},
                        {"refused", number(totals.refused)},
                        {"alerts", json::Array(totals.alerts.begin(), totals.alerts.end())},
                        {"set", totals.set_id},
                        {"indicators", totals.indicators},
                        {"seconds", seconds},
                        {"mb_per_s", rate}};
  }

  // Values only where a person has called for one run: a follower's output ends in a journal.
  void say(const Totals& totals, double seconds, double rate) const {
    if (!options_.follow && !totals.rows.empty()) {
      Table table({"value", "host", "log", "hits", "first at"});
      for (std::size_t i = 0; i < totals.rows.size() && i < kRowsPrinted; ++i) {
        const auto& row = totals.rows[i];
        table.add({row.first.value, row.first.host, row.first.log, std::to_string(row.count),
                   fmt::format("{}:{}", row.first.file, row.first.line)});
      }
      table.print();
      if (totals.rows.size() > kRowsPrinted)
        print_line(fmt::format("... and {} more rows", totals.rows.size() - kRowsPrinted));
    }
    print_line(fmt::format("{} files, {} lines ({} unreadable), {} in {:.2f} s: {:.0f} MB/s against {} values; {} hits",
                           totals.files, totals.lines, totals.unreadable, bytes_text(totals.bytes), seconds, rate,
                           totals.indicators, totals.hits));
    if (totals.searched_before > 0)
      print_line(fmt::format("{} files left out: already searched with these indicators; --again searches them anew",
                             totals.searched_before));
    if (totals.gone_on > 0)
      print_line(fmt::format("{} files were gone on with where an earlier run had stopped", totals.gone_on));
    for (const std::string& line : what_became_of_hits(totals)) print_line(line);
    for (const std::string& alert : totals.alerts)
      print_line(fmt::format("alert {}: see `tocsin alert show {}`", alert, alert));
  }

  Common& common_;
  SensorOptions options_;
  Remote remote_;
  std::string format_;
  int refetch_seconds_ = 15, patience_seconds_ = 60;
};

}  // namespace

std::unique_ptr<Group> watch_commands(Menu& menu) {
  return std::make_unique<WatchCommands>(menu);
}

}  // namespace tocsin::cmd
