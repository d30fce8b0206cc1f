#include "cmd/tocsin/file_search.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/telemetry/content_print.h"

namespace tocsin::cmd {

struct FileSearch::File {
  std::string path;
  std::optional<telemetry::Position> end;  ///< before it was read; of a pipe nothing is known
};

/// One reading of a file.
struct FileSearch::Reading {
  telemetry::LineReader reader;
  telemetry::Counts seen;            ///< of the reader, already told
  telemetry::ContentPrint content;   ///< up to here
  telemetry::ContentPrint in_lines;  ///< up to the end of the last line
  std::uint64_t lines = 0;           ///< up to there
  std::string head;                  ///< while what was read before is passed over
  Result<void> fed;                  ///< what the reader says of it
};

FileSearch::FileSearch(const SensorOptions& options, Spool& spool, const watch::Set& set, Totals& totals)
    : options_(options),
      spool_(spool),
      set_(set),
      totals_(totals),
      findings_(totals),
      scanner_(set),
      begin_(base::system_clock().steady()) {}

Result<void> FileSearch::run(const std::vector<std::string>& paths) {
  of_files_ = paths.size();
  for (const std::string& path : paths) {
    const File file{path, telemetry::end_of_file(path)};
    const Searched* const known = file.end && !options_.again ? spool_.searched(file.end->inode, set_.id()) : nullptr;
    if (known != nullptr && known->whole == file.end->print) {
      ++totals_.searched_before;
      continue;
    }
    std::optional<telemetry::Position> from;
    if (known != nullptr && known->reached.offset > 0) from = known->reached;
    const Outcome outcome = TRY(search(file, from));
    if (outcome == Outcome::NotAsItWas) TRY(search(file, std::nullopt));
    if (outcome == Outcome::Read && from) ++totals_.gone_on;
    if (findings_.are_many()) TRY_VOID(keep());
  }
  return keep();
}

Result<FileSearch::Outcome> FileSearch::search(const File& file, const std::optional<telemetry::Position>& from) {
  Reading reading{telemetry::LineReader(options_.format), {}, {}, {}, 0, {}, {}};
  const std::uint64_t hits_before = totals_.hits;
  bool is_passing = from.has_value();
  Result<void> kept;
  auto read = telemetry::read_file(file.path, [&](std::string_view chunk) {
    if (is_passing) {
      if (!pass_over(reading, *from, chunk)) return reading.content.size() < from->offset;
      is_passing = false;
    }
    kept = take(file, reading, chunk);
    show_progress(file.path);
    return kept.has_value() && reading.fed.has_value();
  });
  TRY_VOID(std::move(kept));
  if (read && is_passing) return Outcome::NotAsItWas;
  if (read && reading.fed) {
    reading.fed = reading.reader.finish(each(file));
    tell(reading);
  }
  const bool is_read = read.has_value() && reading.fed.has_value();
  if (is_read)
    ++totals_.files;
  else
    totals_.troubles.push_back(file.path + ": " + explain(read ? reading.fed.error() : read.error()));
  if (is_read || totals_.hits > hits_before) note(file, reading, is_read && file.end ? file.end->print : "");
  return is_read ? Outcome::Read : Outcome::Unreadable;
}

/// Takes off the chunk what an earlier run has read. True once all of it is passed over and is what it was then.
bool FileSearch::pass_over(Reading& reading, const telemetry::Position& from, std::string_view& chunk) {
  const auto part = chunk.substr(0, from.offset - reading.content.size());
  reading.head += part.substr(0, telemetry::kLogHeadBytes - reading.head.size());
  reading.content.add(part);
  chunk.remove_prefix(part.size());
  if (reading.content.size() < from.offset || reading.content.text() != from.print) return false;
  reading.in_lines = reading.content;
  reading.lines = from.lines;
  reading.reader.resume(reading.head, from.lines);
  reading.seen = reading.reader.counts();
  return true;
}

/// An error is the spool's; that of the reader stays in the reading.
Result<void> FileSearch::take(const File& file, Reading& reading, std::string_view chunk) {
  const std::size_t whole_lines = chunk.rfind('\n') + 1;  // 0 where there is no line feed
  feed(file, reading, chunk.substr(0, whole_lines));
  if (whole_lines > 0 && reading.fed) {
    reading.in_lines = reading.content;
    reading.lines = reading.seen.lines;
    if (findings_.are_many()) {
      note(file, reading, "");
      TRY_VOID(keep());
    }
  }
  feed(file, reading, chunk.substr(whole_lines));
  return {};
}

void FileSearch::feed(const File& file, Reading& reading, std::string_view part) {
  if (!reading.fed) return;
  reading.content.add(part);
  reading.fed = reading.reader.feed(part, each(file));
  tell(reading);
}

telemetry::LineReader::Each FileSearch::each(const File& file) {
  return [&](const auto& context, const auto& candidates) {
    scanner_.line(file.path, context, candidates, [&](const watch::Hit& hit) { findings_.hit(hit); });
  };
}

void FileSearch::tell(Reading& reading) {
  findings_.read(since(reading.seen, reading.reader.counts()));
  reading.seen = reading.reader.counts();
}

void FileSearch::note(const File& file, const Reading& reading, const std::string& whole) {
  if (!file.end) return;
  const telemetry::ContentPrint& content = reading.in_lines;
  spool_.note({{file.path, file.end->inode, content.size(), reading.lines, content.text()}, whole}, set_.id());
}

Result<void> FileSearch::keep() {
  Round round = findings_.take(spool_.positions(), set_.id());
  return options_.dry_run ? Result<void>() : spool_.add(std::move(round));
}

void FileSearch::show_progress(const std::string& path) {
  const double seconds = static_cast<double>(base::system_clock().steady().us - begin_.us) / 1e6;
  const double megabytes = static_cast<double>(totals_.bytes) / 1e6;
  progress_.show(totals_.files, of_files_,
                 fmt::format("{:.0f} MB, {:.0f} MB/s, {} hits  {}", megabytes, megabytes / std::max(seconds, 1e-3),
                             totals_.hits, path));
}

}  // namespace tocsin::cmd
