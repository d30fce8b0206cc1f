#include "ground/store/sqlite/fault_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <vector>

#include "ground/base/result.h"

namespace tocsin::store::sqlite {
namespace {

constexpr std::int64_t kSectorBytes = 512;  // the smallest unit that a disk writes whole
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Write {
  std::int64_t offset;
  std::vector<char> bytes;
  bool is_truncation;  ///< to `offset`
};

/// What a power cut would leave of a file.
struct Shadow {
  std::vector<char> synced;
  std::vector<Write> since;
  std::int64_t size = 0;  ///< of the file as the running program sees it

  static void apply(std::vector<char>& content, std::int64_t offset, const char* bytes, std::size_t count) {
    const auto end = static_cast<std::size_t>(offset) + count;
    if (content.size() < end) content.resize(end);
    std::memcpy(content.data() + offset, bytes, count);
  }

  void sync() {
    for (const Write& write : since) {
      if (write.is_truncation)
        synced.resize(static_cast<std::size_t>(write.offset));
      else
        apply(synced, write.offset, write.bytes.data(), write.bytes.size());
    }
    since.clear();
  }

  /// Draws for each sector of each write since the last sync whether it reached the disk.
  void lose(std::mt19937_64& random) {
    const std::uint64_t mood = random() % 4;  // nothing is lost, everything is lost, twice: some of it
    const auto survives = [&] { return mood == 0 || (mood != 1 && random() % 2 == 0); };
    for (const Write& write : since) {
      if (write.is_truncation) {
        if (survives()) synced.resize(static_cast<std::size_t>(write.offset));
        continue;
      }
      std::int64_t at = write.offset;
      const std::int64_t end = write.offset + static_cast<std::int64_t>(write.bytes.size());
      while (at < end) {
        const std::int64_t sector_end = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
        if (survives())
          apply(synced, at, write.bytes.data() + (at - write.offset), static_cast<std::size_t>(sector_end - at));
        at = sector_end;
      }
    }
    since.clear();
    size = static_cast<std::int64_t>(synced.size());
  }
};

}  // namespace

struct FaultDisk::State {
  std::string name;
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;

  mutable std::mutex mutex;
  std::mt19937_64 random;
  std::map<std::string, Shadow> shadows;  ///< by path
  std::uint64_t operations = 0;
  std::uint64_t cut_at = kNever;
  bool power = true;
  std::uint64_t free_bytes = kNever;
  std::uint64_t failing_syncs = 0;
  bool syncs_are_lies = false;

  /// Counts the operation. False where the power is off; `cut_here` where it goes off with this one.
  bool advance(bool& cut_here) {
    cut_here = false;
    if (!power) return false;
    ++operations;
    cut_here = operations >= cut_at;
    if (cut_here) power = false;
    return true;
  }
};

namespace {

using State = FaultDisk::State;

/// SQLite gives us szOsFile bytes: this, then the wrapped file.
struct File {
  sqlite3_file base;
  State* disk;
  const char* path;  ///< owned by SQLite and alive as long as the file; null for a nameless temporary file
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& file_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}
State& state_of(sqlite3_vfs* vfs) {
  return *static_cast<State*>(vfs->pAppData);
}
const sqlite3_io_methods& real_methods(sqlite3_file* file) {
  return *file_of(file).real()->pMethods;
}

int close(sqlite3_file* file) {
  return real_methods(file).xClose(file_of(file).real());
}

int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  File& mine = file_of(file);
  {
    std::lock_guard lock(mine.disk->mutex);
    if (!mine.disk->power) return SQLITE_IOERR_READ;
  }
  return real_methods(file).xRead(mine.real(), out, count, offset);
}

int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  File& mine = file_of(file);
  State& disk = *mine.disk;
  std::lock_guard lock(disk.mutex);
  bool cut_here = false;
  if (!disk.advance(cut_here)) return SQLITE_IOERR_WRITE;
  if (!mine.path) return cut_here ? SQLITE_IOERR_WRITE : real_methods(file).xWrite(mine.real(), data, count, offset);
  Shadow& shadow = disk.shadows[mine.path];
  const std::int64_t grows = std::max<std::int64_t>(0, offset + count - shadow.size);
  if (disk.free_bytes != kNever) {
    if (static_cast<std::uint64_t>(grows) > disk.free_bytes) return SQLITE_FULL;
    disk.free_bytes -= static_cast<std::uint64_t>(grows);
  }
  const char* bytes = static_cast<const char*>(data);
  shadow.since.push_back({offset, {bytes, bytes + count}, false});  // also of a cut write some sectors may survive
  shadow.size += grows;
  return cut_here ? SQLITE_IOERR_WRITE : real_methods(file).xWrite(mine.real(), data, count, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& mine = file_of(file);
  State& disk = *mine.disk;
  std::lock_guard lock(disk.mutex);
  bool cut_here = false;
  if (!disk.advance(cut_here)) return SQLITE_IOERR_TRUNCATE;
  if (mine.path) {
    Shadow& shadow = disk.shadows[mine.path];
    shadow.since.push_back({size, {}, true});
    if (disk.free_bytes != kNever && shadow.size > size)
      disk.free_bytes += static_cast<std::uint64_t>(shadow.size - size);
    shadow.size = size;
  }
  return cut_here ? SQLITE_IOERR_TRUNCATE : real_methods(file).xTruncate(mine.real(), size);
}

int sync(sqlite3_file* file, int) {
  File& mine = file_of(file);
  State& disk = *mine.disk;
  std::lock_guard lock(disk.mutex);
  bool cut_here = false;
  if (!disk.advance(cut_here) || cut_here) return SQLITE_IOERR_FSYNC;
  if (disk.failing_syncs > 0) {
    --disk.failing_syncs;
    return SQLITE_IOERR_FSYNC;
  }
  if (mine.path && !disk.syncs_are_lies) disk.shadows[mine.path].sync();
  return SQLITE_OK;  // the shadow is the disk here: the machine's own need not be asked
}

int file_size(sqlite3_file* file, sqlite3_int64* out) {
  return real_methods(file).xFileSize(file_of(file).real(), out);
}
int lock(sqlite3_file* file, int level) {
  return real_methods(file).xLock(file_of(file).real(), level);
}
int unlock(sqlite3_file* file, int level) {
  return real_methods(file).xUnlock(file_of(file).real(), level);
}
int check_reserved_lock(sqlite3_file* file, int* out) {
  return real_methods(file).xCheckReservedLock(file_of(file).real(), out);
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  // These would change the file behind our back.
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  return real_methods(file).xFileControl(file_of(file).real(), operation, argument);
}

int sector_size(sqlite3_file*) {
  return kSectorBytes;
}
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// The shared index of the log is memory, not disk: it does not survive a power cut, and SQLite does not rely on it.
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return real_methods(file).xShmMap(file_of(file).real(), region, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real_methods(file).xShmLock(file_of(file).real(), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real_methods(file).xShmBarrier(file_of(file).real());
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real_methods(file).xShmUnmap(file_of(file).real(), remove);
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,  // without the memory mapping of version 3, which would go past us
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  State& disk = state_of(vfs);
  File& mine = file_of(file);
  mine = {};
  {
    std::lock_guard guard(disk.mutex);
    if (!disk.power) return SQLITE_CANTOPEN;
  }
  const int code = disk.real->xOpen(disk.real, path, mine.real(), flags, flags_out);
  if (code != SQLITE_OK) return code;
  mine.base.pMethods = &kMethods;
  mine.disk = &disk;
  mine.path = path;
  if (!path) return SQLITE_OK;
  std::lock_guard guard(disk.mutex);
  const auto [shadow, is_new] = disk.shadows.try_emplace(path);
  if (is_new) {
    // What was there before this disk existed counts as synced.
    std::ifstream before(path, std::ios::binary);
    shadow->second.synced.assign(std::istreambuf_iterator<char>(before), {});
    shadow->second.size = static_cast<std::int64_t>(shadow->second.synced.size());
  }
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* path, int /*sync_folder*/) {
  State& disk = state_of(vfs);
  std::lock_guard guard(disk.mutex);
  bool cut_here = false;
  if (!disk.advance(cut_here) || cut_here) return SQLITE_IOERR_DELETE;
  disk.shadows.erase(path);
  return disk.real->xDelete(disk.real, path, 0);
}

int access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return state_of(vfs).real->xAccess(state_of(vfs).real, path, flags, out);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return state_of(vfs).real->xFullPathname(state_of(vfs).real, path, size, out);
}
int randomness(sqlite3_vfs* vfs, int count, char* out) {
  // The salts of the log come from here: with the seed of the disk, a run can be repeated.
  State& disk = state_of(vfs);
  std::lock_guard guard(disk.mutex);
  for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk.random());
  return count;
}
int sleep(sqlite3_vfs* vfs, int microseconds) {
  return state_of(vfs).real->xSleep(state_of(vfs).real, microseconds);
}
int current_time(sqlite3_vfs* vfs, double* out) {
  return state_of(vfs).real->xCurrentTime(state_of(vfs).real, out);
}
int current_time_64(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return state_of(vfs).real->xCurrentTimeInt64(state_of(vfs).real, out);
}
int last_error(sqlite3_vfs* vfs, int size, char* out) {
  return state_of(vfs).real->xGetLastError(state_of(vfs).real, size, out);
}

}  // namespace

FaultDisk::FaultDisk(std::string vfs_name, std::uint64_t seed) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.name = std::move(vfs_name);
  state.random.seed(seed);
  state.real = sqlite3_vfs_find(nullptr);
  state.vfs = {};
  state.vfs.iVersion = 2;
  state.vfs.szOsFile = static_cast<int>(sizeof(File)) + state.real->szOsFile;
  state.vfs.mxPathname = state.real->mxPathname;
  state.vfs.zName = state.name.c_str();
  state.vfs.pAppData = &state;
  state.vfs.xOpen = open;
  state.vfs.xDelete = remove;
  state.vfs.xAccess = access;
  state.vfs.xFullPathname = full_path;
  state.vfs.xRandomness = randomness;
  state.vfs.xSleep = sleep;
  state.vfs.xCurrentTime = current_time;
  state.vfs.xCurrentTimeInt64 = current_time_64;
  state.vfs.xGetLastError = last_error;
  CHECK(sqlite3_vfs_register(&state.vfs, 0) == SQLITE_OK);
}

FaultDisk::~FaultDisk() {
  sqlite3_vfs_unregister(&state_->vfs);
}

std::uint64_t FaultDisk::operations() const {
  std::lock_guard guard(state_->mutex);
  return state_->operations;
}

void FaultDisk::cut_power_at(std::uint64_t operation) {
  std::lock_guard guard(state_->mutex);
  state_->cut_at = operation;
}

bool FaultDisk::has_power() const {
  std::lock_guard guard(state_->mutex);
  return state_->power;
}

void FaultDisk::restart() {
  std::lock_guard guard(state_->mutex);
  for (auto& [path, shadow] : state_->shadows) {
    shadow.lose(state_->random);
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(shadow.synced.data(), static_cast<std::streamsize>(shadow.synced.size()));
  }
  state_->power = true;
  state_->cut_at = kNever;
}

void FaultDisk::limit_space(std::uint64_t bytes) {
  std::lock_guard guard(state_->mutex);
  state_->free_bytes = bytes;
}

void FaultDisk::lift_space_limit() {
  limit_space(kNever);
}

void FaultDisk::fail_syncs(std::uint64_t count) {
  std::lock_guard guard(state_->mutex);
  state_->failing_syncs = count;
}

void FaultDisk::lie_about_syncs() {
  std::lock_guard guard(state_->mutex);
  state_->syncs_are_lies = true;
}

}  // namespace tocsin::store::sqlite
