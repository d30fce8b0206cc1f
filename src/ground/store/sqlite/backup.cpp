#include "ground/store/sqlite/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ground/base/file.h"
#include "ground/store/sqlite/error.h"

namespace tocsin::store::sqlite {
namespace {

tl::unexpected<Error> system_failure(const std::string& path) {
  const int code = errno;
  return fail(code == ENOSPC || code == EDQUOT ? ErrorCode::Unavailable : ErrorCode::Internal, "store.backup_failed",
              {path, std::strerror(code)});
}

Result<void> create_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return system_failure(path);
  ::close(fd);
  return {};
}

Result<void> sync(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_failure(path);
  const int synced = ::fsync(fd);
  ::close(fd);
  if (synced != 0) return system_failure(path);
  return {};
}

Result<void> copy_pages(sqlite3* source, const std::string& path) {
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &target, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_backup* backup = code == SQLITE_OK ? sqlite3_backup_init(target, "main", source, "main") : nullptr;
  if (backup) {
    // One step holds one read transaction: the copy is one moment's state, and no writer waits for it.
    sqlite3_backup_step(backup, -1);
    code = sqlite3_backup_finish(backup);
  } else if (code == SQLITE_OK) {
    code = sqlite3_errcode(target);
  }
  Result<void> result;
  if (code != SQLITE_OK) result = failure(target, code, {});
  sqlite3_close(target);
  return result;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

Result<void> copy_database(sqlite3* source, const std::string& path) {
  if (base::exists(path)) return fail(ErrorCode::Conflict, "store.backup_exists", {path});
  const std::string unfinished = path + ".unfinished";
  TRY_VOID(create_private_file(unfinished));
  auto copied = copy_pages(source, unfinished);
  if (copied) copied = sync(unfinished, 0);
  // link() refuses a name that has been taken meanwhile, where rename() would replace it.
  if (copied && ::link(unfinished.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST)
      copied = fail(ErrorCode::Conflict, "store.backup_exists", {path});
    else
      copied = system_failure(path);
  }
  ::unlink(unfinished.c_str());
  TRY_VOID(copied);
  return sync(folder_of(path), O_DIRECTORY);
}

}  // namespace tocsin::store::sqlite
