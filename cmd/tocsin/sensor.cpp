#include "cmd/tocsin/sensor.h"

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "cmd/tocsin/output.h"
#include "cmd/tocsin/sensor_link.h"
#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

constexpr std::size_t kRowsPerRound = 20'000;
constexpr std::size_t kRowsShown = 1000;
constexpr Duration kSavePositionsEvery = base::seconds(10);
constexpr Duration kReportEvery = base::minutes(1);  // also without hits, so that the node sees the sensor live
constexpr Duration kFirstRetry = base::seconds(1);
constexpr Duration kLongestRetry = base::minutes(1);
constexpr Duration kNoNews = base::seconds(1);  // a node that starts beside its sensor

Duration steady() {
  return base::system_clock().steady();
}
Duration from_now(Duration d) {
  return {steady().us + d.us};
}

void sleep_for(Duration duration) {
  ::usleep(static_cast<useconds_t>(duration.us));
}

/// Files and patterns, in order, each once. A pattern that fits nothing yet is no error: the file may come.
std::vector<std::string> expand(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& path) {
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
  };
  for (const std::string& pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      add(pattern);
      continue;
    }
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) add(found.gl_pathv[i]);
    ::globfree(&found);
  }
  return out;
}

/// The whole of a file as it is now. Nothing for what is no file with a content of its own, such as a pipe.
std::optional<telemetry::Position> whole(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return telemetry::Position{path, found.st_ino, static_cast<std::uint64_t>(found.st_size)};
}

/// What was found since the last round, and the sum of it all.
class Findings {
 public:
  explicit Findings(Totals& totals) : totals_(totals) {}
  void hit(const watch::Hit& hit) {
    ++totals_.hits;
    folder_.add(hit);
  }
  void read(const telemetry::Counts& counts) {
    totals_.lines += counts.lines;
    totals_.bytes += counts.bytes;
    totals_.unreadable += counts.unreadable;
    lines_ += static_cast<std::int64_t>(counts.lines);
    bytes_ += static_cast<std::int64_t>(counts.bytes);
  }
  std::size_t rows() const { return folder_.size(); }
  Round take(Positions positions, std::string_view set_id) {
    Round out{folder_.take(), std::move(positions), lines_, bytes_, std::string(set_id)};
    for (const auto& row : out.hits)
      if (totals_.rows.size() < kRowsShown) totals_.rows.push_back(row);
    lines_ = bytes_ = 0;
    return out;
  }

 private:
  Totals& totals_;
  watch::Folder folder_;
  std::int64_t lines_ = 0, bytes_ = 0;
};

/// A node that is away comes back: tries again and again, until `stop`, and no longer than `patience` where there is
/// one.
Result<void> patiently(const std::function<Result<void>()>& step, std::optional<Duration> patience,
                       const std::atomic<bool>& stop) {
  const Duration begin = steady();
  bool said = false;
  for (Duration pause = base::milliseconds(200);; pause = std::min(kLongestRetry, Duration{pause.us * 2})) {
    const auto done = step();
    if (done || exit_code(done.error()) != kUnreachable) return done;
    const std::int64_t waited = steady().us - begin.us;
    if (patience && waited + pause.us > patience->us) return done;
    if (!said && waited > kNoNews.us) {
      base::log_warning("waiting for the node: {}", base::describe(done.error()));
      said = true;
    }
    for (const Duration until = from_now(pause); !stop && steady() < until;) sleep_for(base::milliseconds(50));
    if (stop) return done;
  }
}

Result<void> send_patiently(SensorLink& link, Totals& totals, const SensorOptions& options) {
  const std::atomic<bool> never = false;
  const auto sent = patiently([&] { return link.send(totals); }, options.patience, never);
  if (!sent && exit_code(sent.error()) == kUnreachable)
    print_note(fmt::format("What was found is kept in {} and goes with the next run.", options.state));
  return sent;
}

/// One file that grows. Its reader begins anew where the file does.
struct Followed {
  explicit Followed(const std::string& path, std::optional<telemetry::Position> from)
      : follower(path, std::move(from)) {}
  telemetry::Follower follower;
  std::optional<telemetry::LineReader> reader{std::in_place};
  telemetry::Counts seen;  ///< of the reader, already told
  bool in_trouble = false;
};

class FollowingSensor {
 public:
  FollowingSensor(const SensorOptions& options, Spool& spool, SensorLink& link, Totals& totals)
      : options_(options),
        spool_(spool),
        link_(link),
        totals_(totals),
        findings_(totals),
        scanner_(link.set()),
        positions_(spool.positions()) {}

  Result<void> run(const std::atomic<bool>& stop) {
    Duration next_set = from_now(options_.refetch_every);
    bool more = true;
    while (!stop && (more || !options_.once)) {
      more = TRY(read_all(stop));
      TRY_VOID(write_down());
      hand_over();
      if (steady() >= next_set) {
        refresh_set();
        next_set = from_now(options_.refetch_every);
      }
      for (const Duration until = from_now(options_.poll_every); !stop && !more && !options_.once && steady() < until;)
        sleep_for(base::milliseconds(50));
    }
    TRY_VOID(spool_.save_positions(positions_));
    return {};
  }

 private:
  Result<bool> read_all(const std::atomic<bool>& stop) {
    bool anything = false;
    for (const std::string& path : expand(options_.files)) {
      if (stop) break;
      auto [entry, fresh] = files_.try_emplace(path, nullptr);
      if (fresh) {
        const auto known = positions_.find(path);
        entry->second =
            std::make_unique<Followed>(path, known != positions_.end() ? std::optional(known->second) : std::nullopt);
        ++totals_.files;
      }
      anything = read_new(path, *entry->second) || anything;
      if (findings_.rows() >= kRowsPerRound) TRY_VOID(write_down());
    }
    return anything;
  }

  bool read_new(const std::string& path, Followed& file) {
    Result<void> fed;
    const telemetry::LineReader::Each each = [&](const auto& context, const auto& candidates) {
      scanner_.line(path, context, candidates, [&](const watch::Hit& hit) { findings_.hit(hit); });
    };
    const auto polled = file.follower.poll(
        [&] {
          file.reader.emplace();
          file.seen = {};
          file.in_trouble = false;
        },
        [&](std::string_view chunk) {
          if (auto outcome = file.reader->feed(chunk, each); !outcome) fed = std::move(outcome);
        });
    const telemetry::Counts& now = file.reader->counts();
    findings_.read({now.bytes - file.seen.bytes, now.lines - file.seen.lines, now.unreadable - file.seen.unreadable});
    file.seen = now;
    if (!polled || !fed) {
      if (!file.in_trouble) base::log_warning("{}: {}", path, base::describe(polled ? fed.error() : polled.error()));
      file.in_trouble = true;  // said once; it may become readable
    }
    if (!polled || !*polled) return false;
    positions_[path] = file.follower.position();
    moved_ = true;
    return true;
  }

  Result<void> write_down() {
    const Duration now = steady();
    const bool due = now >= next_report_ && retry_ == kFirstRetry;  // nothing to tell a node that is away
    if (findings_.rows() > 0 || due) {
      TRY_VOID(spool_.add(findings_.take(positions_, link_.set().id())));
      next_report_ = from_now(kReportEvery);
      moved_ = false;
    } else if (moved_ && now >= next_save_) {
      TRY_VOID(spool_.save_positions(positions_));
      next_save_ = from_now(kSavePositionsEvery);
      moved_ = false;
    }
    return {};
  }

  void hand_over() {
    if (steady() < next_send_) return;
    const auto sent = link_.send(totals_);
    if (sent) {
      if (retry_ > kFirstRetry) base::log_info("the node takes hits again");
      retry_ = kFirstRetry;
      return;
    }
    if (retry_ == kFirstRetry) base::log_warning("hits wait in {}: {}", options_.state, base::describe(sent.error()));
    next_send_ = from_now(retry_);
    retry_ = std::min(kLongestRetry, Duration{retry_.us * 2});
  }

  void refresh_set() {
    const auto fresh = link_.refresh();
    if (!fresh) base::log_warning("the set could not be fetched: {}", base::describe(fresh.error()));
    if (!fresh || !*fresh) return;
    scanner_.swap(link_.set());
    base::log_info("new set {}: {} values", link_.set().id(), link_.set().size());
  }

  const SensorOptions& options_;
  Spool& spool_;
  SensorLink& link_;
  Totals& totals_;
  Findings findings_;
  watch::Scanner scanner_;
  Positions positions_;
  std::map<std::string, std::unique_ptr<Followed>> files_;
  bool moved_ = false;
  Duration next_report_ = steady(), next_save_ = steady(), next_send_ = steady(), retry_ = kFirstRetry;
};

void note_set(Totals& totals, const watch::Set& set) {
  totals.set_id = set.id();
  totals.indicators = set.size();
}

}  // namespace

Result<Totals> watch_once(const SensorOptions& options) {
  Totals totals;
  Spool spool = TRY(Spool::open(options.state, options.name));
  SensorLink link(options, spool);
  TRY(link.refresh());
  note_set(totals, link.set());
  const Duration begin = steady();
  Findings findings(totals);
  const auto keep = [&](Round round) { return options.dry_run ? Result<void>() : spool.add(std::move(round)); };
  const auto paths = expand(options.files);
  if (paths.empty()) return fail(ErrorCode::NotFound, "cli.no_file_fits", {options.files.front()});
  std::size_t finished_before = 0;
  {
    Progress progress("watching");
    for (const std::string& path : paths) {
      const auto file = whole(path);
      if (file && spool.is_finished(*file, link.set().id())) {
        ++finished_before;
        continue;
      }
      const std::uint64_t hits_before = totals.hits;
      const auto scanned = watch::scan_file(
          link.set(), path, [&](const watch::Hit& hit) { findings.hit(hit); },
          [&](const watch::ScanCounts& counts) {
            const double seconds = static_cast<double>(steady().us - begin.us) / 1e6;
            const double bytes = static_cast<double>(totals.bytes + counts.read.bytes);
            progress.show(totals.files, paths.size(),
                          fmt::format("{:.0f} MB, {:.0f} MB/s, {} hits  {}", bytes / 1e6,
                                      bytes / 1e6 / std::max(seconds, 1e-3), totals.hits, path));
          });
      if (scanned) {
        ++totals.files;
        findings.read(scanned->read);
      } else {
        totals.troubles.push_back(path + ": " + explain(scanned.error()));
      }
      if (file && (scanned || totals.hits > hits_before)) spool.finish(*file, link.set().id());
      if (findings.rows() >= kRowsPerRound) TRY_VOID(keep(findings.take(spool.positions(), link.set().id())));
    }
  }
  totals.took = Duration{steady().us - begin.us};
  TRY_VOID(keep(findings.take(spool.positions(), link.set().id())));
  if (options.dry_run) return totals;
  TRY_VOID(send_patiently(link, totals, options));
  TRY_VOID(spool.end_run());
  if (finished_before > 0)
    print_note(fmt::format("{} files had been read by a run that was cut short; this one went on after them.",
                           finished_before));
  return totals;
}

Result<Totals> watch_on(const SensorOptions& options, const std::atomic<bool>& stop) {
  Totals totals;
  Spool spool = TRY(Spool::open(options.state, options.name));
  SensorLink link(options, spool);
  // Sensor and node may start together, and a file that grows does not wait: what it says meanwhile is read later.
  const auto first_set = patiently(
      [&]() -> Result<void> {
        TRY(link.refresh());
        return {};
      },
      options.once ? std::optional(options.patience) : std::nullopt, stop);
  if (!first_set && stop) return totals;
  TRY_VOID(first_set);
  const Duration begin = steady();
  base::log_info("watching with set {}: {} values", link.set().id(), link.set().size());
  TRY_VOID(FollowingSensor(options, spool, link, totals).run(stop));
  note_set(totals, link.set());
  totals.took = Duration{steady().us - begin.us};
  if (options.once) TRY_VOID(send_patiently(link, totals, options));
  return totals;
}

}  // namespace tocsin::cmd
