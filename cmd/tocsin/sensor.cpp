#include "cmd/tocsin/sensor.h"

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "cmd/tocsin/file_search.h"
#include "cmd/tocsin/followed_logs.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/sensor_link.h"
#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

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

class FollowingSensor {
 public:
  FollowingSensor(const SensorOptions& options, Spool& spool, SensorLink& link, Totals& totals)
      : options_(options),
        spool_(spool),
        link_(link),
        totals_(totals),
        findings_(totals),
        scanner_(link.set()),
        logs_(spool.positions()) {}

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
    TRY_VOID(spool_.save_positions(logs_.positions()));
    return {};
  }

 private:
  Result<bool> read_all(const std::atomic<bool>& stop) {
    bool anything = false;
    logs_.look(expand(options_.files), steady());
    totals_.files = logs_.opened();
    for (auto log = logs_.open().begin(); log != logs_.open().end() && !stop;) {
      const auto here = log++;
      const bool news = read_new(*here);
      anything = anything || news;
      if (here->is_left && !news) logs_.let_go(here);
      if (findings_.are_many()) TRY_VOID(write_down());
    }
    return anything;
  }

  bool read_new(FollowedLog& log) {
    Result<void> fed;
    const telemetry::LineReader::Each each = [&](const auto& context, const auto& candidates) {
      scanner_.line(log.follower.path(), context, candidates, [&](const watch::Hit& hit) { findings_.hit(hit); });
    };
    const telemetry::Follower::OnStart on_start = [&](std::string_view head, std::uint64_t lines_before) {
      log.reader.emplace(options_.format);
      log.reader->resume(head, lines_before);
      log.seen = log.reader->counts();
      log.in_trouble = false;
    };
    const telemetry::Follower::OnChunk on_chunk = [&](std::string_view chunk) {
      if (auto outcome = log.reader->feed(chunk, each); !outcome) fed = std::move(outcome);
      return !findings_.are_many();
    };
    const auto polled =
        log.is_left ? log.follower.poll_to_the_end(on_start, on_chunk) : log.follower.poll(on_start, on_chunk);
    findings_.read(since(log.seen, log.reader->counts()));
    log.seen = log.reader->counts();
    if (!polled || !fed) {
      if (!log.in_trouble)
        base::log_warning("{}: {}", log.follower.path(), base::describe(polled ? fed.error() : polled.error()));
      log.in_trouble = true;  // said once; it may become readable
    }
    if (!polled || !*polled) return false;
    log.last_news = steady();
    moved_ = true;
    return true;
  }

  Result<void> write_down() {
    const Duration now = steady();
    const bool due = now >= next_report_ && retry_ == kFirstRetry;  // nothing to tell a node that is away
    if (findings_.rows() > 0 || due) {
      TRY_VOID(spool_.add(findings_.take(logs_.positions(), link_.set().id())));
      next_report_ = from_now(kReportEvery);
      moved_ = false;
    } else if (moved_ && now >= next_save_) {
      TRY_VOID(spool_.save_positions(logs_.positions()));
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
  FollowedLogs logs_;
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
  const auto paths = expand(options.files);
  if (paths.empty()) return fail(ErrorCode::NotFound, "cli.no_file_fits", {options.files.front()});
  TRY_VOID(FileSearch(options, spool, link.set(), totals).run(paths));
  totals.took = Duration{steady().us - begin.us};
  if (!options.dry_run) TRY_VOID(send_patiently(link, totals, options));
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
