#include "cmd/tocsin/followed_logs.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRemembered = 10'000;
// Its writer may go on with a file that has no name any more. It is not held open for ever.
constexpr Duration kDeletedAndQuiet = base::minutes(10);

std::optional<telemetry::FileIdentity> identity_at(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return telemetry::FileIdentity{static_cast<std::uint64_t>(found.st_dev), found.st_ino};
}

/// The file in its old folder that goes on where the position is.
std::optional<telemetry::Follower> find_renamed(const telemetry::Position& position) {
  const fs::path folder = fs::path(position.path).parent_path();
  std::error_code error;
  fs::directory_iterator entries(folder.empty() ? "." : folder, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    const std::string path = entries->path();
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_ino != position.inode) continue;
    auto opened = telemetry::Follower::open(path, position);
    if (opened && opened->resumed()) return std::move(*opened);
  }
  return std::nullopt;
}

}  // namespace

FollowedLogs::FollowedLogs(const Positions& positions) {
  for (const telemetry::Position& position : positions) remembered_.push_back({position, false});
}

void FollowedLogs::look(const std::vector<std::string>& paths, Duration now) {
  for (FollowedLog& log : open_) log.is_named = false;
  for (const std::string& path : paths) {
    const auto identity = identity_at(path);
    if (!identity) continue;  // it may come
    FollowedLog* const log = with(*identity);
    if (log == nullptr) {
      begin(path, identity->inode);
    } else if (!log->is_named) {
      log->follower.set_path(path);
      log->is_named = true;
    }
  }
  look_for_renamed();
  for (FollowedLog& log : open_) {
    const auto successor = identity_at(log.follower.path());
    const bool is_replaced = successor && *successor != log.follower.identity();
    const bool is_over = log.follower.is_deleted() && log.last_news.us + kDeletedAndQuiet.us < now.us;
    log.is_left = !log.is_named && (is_replaced || is_over);
    if (log.last_news == Duration{}) log.last_news = now;
  }
}

FollowedLog* FollowedLogs::with(telemetry::FileIdentity identity) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const FollowedLog& log) { return log.follower.identity() == identity; });
  return found == open_.end() ? nullptr : &*found;
}

// Inodes alone say little: those of deleted files are given again, and two disks have the same ones.
void FollowedLogs::begin(const std::string& path, std::uint64_t inode) {
  for (auto known = remembered_.begin(); known != remembered_.end();) {
    const auto candidate = known++;
    if (candidate->position.inode != inode) continue;
    auto opened = telemetry::Follower::open(path, candidate->position);
    if (!opened) return trouble(path, opened.error());
    const bool is_it = opened->resumed();
    if (!is_it && candidate->position.path == path)
      base::log_warning(
          "{}: was cut or is another file since it was read up to byte {}; what came after that is not "
          "known, and it is read from its beginning",
          path, candidate->position.offset);
    if (is_it || candidate->position.path == path) remembered_.erase(candidate);
    if (is_it) return add(std::move(*opened), path);
  }
  auto opened = telemetry::Follower::open(path);
  if (!opened) return trouble(path, opened.error());
  add(std::move(*opened), path);
}

void FollowedLogs::add(telemetry::Follower follower, const std::string& path) {
  in_trouble_.erase(path);
  open_.emplace_back(std::move(follower));
  open_.back().follower.set_path(path);
  open_.back().is_named = true;
  ++opened_;
}

void FollowedLogs::look_for_renamed() {
  for (auto next = remembered_.begin(); next != remembered_.end();) {
    const auto log = next++;
    const telemetry::Position& position = log->position;
    if (position.path.empty()) continue;
    const auto there = identity_at(position.path);
    if (there && there->inode == position.inode) continue;  // not followed now, or not to be opened
    if (!there && log->is_missed) continue;                 // it may come back
    if (auto renamed = find_renamed(position)) {
      add(std::move(*renamed), position.path);
      open_.back().is_named = false;
      remembered_.erase(log);
      continue;
    }
    if (!log->is_missed)
      base::log_warning("{}: the file that was read up to byte {} is gone; what came after that is not known",
                        position.path, position.offset);
    log->is_missed = true;
    if (there) remembered_.erase(log);
  }
}

// Its new name may be one of those that are followed.
void FollowedLogs::let_go(std::list<FollowedLog>::iterator log) {
  telemetry::Position position = log->follower.position();
  position.path.clear();
  open_.erase(log);
  if (position.offset > 0) remembered_.push_back({std::move(position), false});
  if (remembered_.size() > kMaxRemembered) remembered_.pop_front();
}

Positions FollowedLogs::positions() const {
  Positions out;
  for (const Remembered& log : remembered_) out.push_back(log.position);
  for (const FollowedLog& log : open_)
    if (telemetry::Position position = log.follower.position(); position.offset > 0) out.push_back(std::move(position));
  return out;
}

void FollowedLogs::trouble(const std::string& path, const Error& error) {
  if (in_trouble_.insert(path).second) base::log_warning("{}: {}", path, base::describe(error));
}

}  // namespace tocsin::cmd
