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
  std::string_view text;   ///< normal form of observable but for case (no allocation where the log has it already)
  std::string_view field;  ///< "id.resp_h", "dns.rrname"
};

/// What is known about the line besides its candidates.
struct LineContext {
  std::uint64_t line = 0;        ///< from 1, within the file
  std::optional<Time> time;      ///< the event's own time
  std::string_view log;          ///< "conn", "dns", EVE event_type
  std::string_view local_host;   ///< who asked, the client (as text), empty where unknown
  std::string_view remote_host;  ///< who was asked, the server
  /// The private address that a private client, a proxy of ours, says it asks for; empty where there is none. From
  /// outside anybody may say so.
  std::string_view forwarded_for;
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
  /// Goes on in the middle of a log, before anything is fed: takes the lines with which it begins and that begin with
  /// '#', without which a Zeek log has no columns, and counts from those that were read before.
  void resume(std::string_view head, std::uint64_t lines_before);
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
/// Whether a content begins as gzip, xz or zstd do.
bool is_compressed(std::string_view head);
/// As read_file, of bytes that lie in memory; `name` is for people.
Result<void> unpack(const std::string& name, std::string_view bytes,
                    const std::function<bool(std::string_view chunk)>& on_chunk);

/// How far a log was read, in whole lines, so that a saved position never cuts one.
struct Position {
  std::string path;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  ///< first byte not yet handled; of the unpacked content where the file is compressed
  std::uint64_t lines = 0;   ///< before it
  std::string print;         ///< of the content before it, see content_print.h
};

/// Which file it is while it is open. Not for a state that outlives the machine's next start: device numbers do not.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

/// As much of the beginning of a log as may be needed for its columns.
constexpr std::size_t kLogHeadBytes = 64 * 1024;

/// Follows one growing plain file, whatever becomes of its name: what is appended, through truncation. Whole lines.
/// Error ids: file.read, telemetry.not_a_file.
class Follower {
 public:
  /// Goes on at `from` where the file holds before it what it held then, at its beginning otherwise.
  static Result<Follower> open(const std::string& path, const std::optional<Position>& from = {});
  ~Follower();
  Follower(Follower&&) noexcept;

  /// The file begins, or goes on after so many lines: take a new reader. `head` is what it begins with, for
  /// LineReader::resume(); empty at the beginning.
  using OnStart = std::function<void(std::string_view head, std::uint64_t lines_before)>;
  using OnChunk = std::function<bool(std::string_view chunk)>;  ///< false: enough for now
  /// Hands over what came since; returns whether there was anything.
  Result<bool> poll(const OnStart& on_start, const OnChunk& on_chunk);
  /// Of a file that nobody writes any more: also a last line without line feed, which is given one.
  Result<bool> poll_to_the_end(const OnStart& on_start, const OnChunk& on_chunk);

  void set_path(const std::string& path);  ///< it was renamed
  const std::string& path() const;
  bool resumed() const;     ///< where it was opened
  bool is_deleted() const;  ///< it has no name any more
  FileIdentity identity() const;
  Position position() const;

 private:
  struct Impl;
  explicit Follower(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The end of a plain file as it is now, its bytes uninterpreted and its lines uncounted: whoever finds the same again
/// finds the same file. Nothing for what is no plain file.
std::optional<Position> end_of_file(const std::string& path);

}  // namespace tocsin::telemetry
