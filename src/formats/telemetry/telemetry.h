// Telemetry of others: Zeek TSV and JSON, Suricata EVE; plain, .gz, .xz, .zst; whole files, standard input, files that
// grow. A reader turns each line into typed candidate values for the matcher; it keeps nothing. One reader a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/observable/observable.h"
#include "ground/base/clock.h"
#include "ground/base/result.h"

namespace tocsin::telemetry {

enum class Format { ZeekTsv, ZeekJson, SuricataEve };
std::string_view name(Format format);  ///< "zeek-tsv", "zeek-json", "suricata-eve"

/// One value that a line shows. Views live until the next line.
struct Candidate {
  observable::Kind kind;
  std::string_view text;   ///< normal form of observable (no allocation where the log has it already)
  std::string_view field;  ///< "id.resp_h", "dns.rrname"
};

/// What is known about the line besides its candidates.
struct LineContext {
  std::uint64_t line = 0;        ///< from 1, within the file
  std::optional<Time> time;      ///< the event's own time
  std::string_view log;          ///< "conn", "dns", EVE event_type
  std::string_view local_host;   ///< the originator: id.orig_h, src_ip (as text), empty where unknown
  std::string_view remote_host;  ///< the responder
};

struct Counts {
  std::uint64_t bytes = 0, lines = 0, unreadable = 0;  ///< unreadable lines are counted, never fatal
};

/// Feeds lines in any chunking. Decides the format from the first line that shows it unless told; those before it are
/// unreadable.
class LineReader {
 public:
  using Each = std::function<void(const LineContext&, const std::vector<Candidate>&)>;
  explicit LineReader(std::optional<Format> format = {});
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  /// Goes on in the middle of a log, before anything is fed: the lines at its head that begin with '#', without which a
  /// Zeek log has no columns, and how many lines were read before.
  void resume(std::string_view header, std::uint64_t lines_before);
  /// Complete lines are handled at once, a partial last one waits. Malformed (telemetry.unrecognised) where none of the
  /// first hundred lines shows the format.
  Result<void> feed(std::string_view chunk, const Each& each);
  /// The last line without line feed, at the end of a file. telemetry.unrecognised where no line has shown the format.
  Result<void> finish(const Each& each);
  const Counts& counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a file ("-": standard input), decompressing by its content (gzip, xz, zstd; libarchive), in chunks.
/// Error ids: file.read, telemetry.bad_compression.
Result<void> read_file(const std::string& path, const std::function<bool(std::string_view chunk)>& on_chunk);

/// Follows growing plain files: what is appended, through rotation (new inode) and truncation. Positions are those of
/// complete lines, so that a saved position never cuts one. A file that was renamed within its folder while nobody
/// looked is finished before the new one. Error ids: file.read, telemetry.not_a_file.
struct Position {
  std::string path;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  ///< first byte not yet handled
};
class Follower {
 public:
  Follower(std::string path, std::optional<Position> from);
  ~Follower();
  Follower(Follower&&) noexcept;
  /// Hands over what came since; returns whether there was anything. A vanished file is waited for. `on_start` is
  /// called when a file begins (the first, after rotation, after truncation): end the old reader, take a new one. After
  /// a resume the lines at its head that begin with '#' are handed over once more, because without them a Zeek log has
  /// no columns.
  Result<bool> poll(const std::function<void()>& on_start, const std::function<void(std::string_view chunk)>& on_chunk);
  Position position() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::telemetry
