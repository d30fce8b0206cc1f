// The growing logs of a sensor: which file is which, whatever they are called by now. A file is known by its inode and
// by what it held, so that one that is rotated is neither read twice, under its old name and its new one, nor left
// before its end.
#pragma once

#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/tocsin/spool.h"

namespace tocsin::cmd {

/// One file that grows. Its reader begins anew where the file does.
struct FollowedLog {
  explicit FollowedLog(telemetry::Follower opened) : follower(std::move(opened)) {}
  telemetry::Follower follower;
  std::optional<telemetry::LineReader> reader{std::in_place};
  telemetry::Counts seen;  ///< of the reader, already told
  bool in_trouble = false;
  bool is_named = false;  ///< one of the paths is still this file
  bool is_left = false;   ///< its name is another file's: to be read to its end and let go
  Duration last_news;     ///< on the steady clock
};

class FollowedLogs {
 public:
  explicit FollowedLogs(const Positions& positions);

  /// Which files have these names now: opens new ones, goes on with those whose positions are known, and notices those
  /// that were renamed or replaced. One that was renamed within its folder while nobody looked is gone on with; of one
  /// that cannot be found the log says so.
  void look(const std::vector<std::string>& paths, Duration now);
  std::list<FollowedLog>& open() { return open_; }
  /// It was read to its end and is left.
  void let_go(std::list<FollowedLog>::iterator log);

  /// Of all that is open, and of what may be met again.
  Positions positions() const;
  std::size_t opened() const { return opened_; }  ///< so far

 private:
  struct Remembered {
    telemetry::Position position;  ///< without a path where it was read to its end and left
    bool is_missed = false;        ///< it was looked for in vain, and that was said
  };
  FollowedLog* with(telemetry::FileIdentity identity);
  void begin(const std::string& path, std::uint64_t inode);
  void add(telemetry::Follower follower, const std::string& path);
  void look_for_renamed();
  void trouble(const std::string& path, const Error& error);

  std::list<FollowedLog> open_;
  std::list<Remembered> remembered_;  ///< the oldest first
  std::set<std::string> in_trouble_;  ///< paths that could not be opened: said once
  std::size_t opened_ = 0;
};

}  // namespace tocsin::cmd
