#include "doors/node/backup.h"

#include <filesystem>
#include <vector>

#include "doors/node/backup_content.h"
#include "ground/base/clock.h"
#include "ground/base/file.h"
#include "ground/base/file_stream.h"
#include "ground/crypto/sealed_stream.h"

namespace tocsin::node {
namespace {

namespace fs = std::filesystem;

// The line that a file begins with, and what its chunks are bound to.
constexpr std::string_view kTitle = "tocsin backup 2\n";

std::string unfinished_backups(const std::string& folder) {
  return folder + "/backup.tmp";
}

class Removed {
 public:
  explicit Removed(std::string path) : path_(std::move(path)) {}
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;
  ~Removed() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }

 private:
  const std::string path_;
};

class SealedWriter {
 public:
  SealedWriter(base::NewFile& file, crypto::StreamSealer sealer) : file_(file), sealer_(std::move(sealer)) {}

  Result<void> begin() {
    TRY_VOID(file_.add(kTitle));
    return file_.add(base::as_text(sealer_.header()));
  }

  Result<void> add(std::string_view content) {
    while (!content.empty()) {
      if (waiting_.size() == crypto::kSealedContentBytes) TRY_VOID(hand_over(crypto::ChunkPlace::Inner));
      const std::string_view part = content.substr(0, crypto::kSealedContentBytes - waiting_.size());
      waiting_ += part;
      content.remove_prefix(part.size());
    }
    return {};
  }

  Result<void> finish() {
    TRY_VOID(hand_over(crypto::ChunkPlace::Last));
    return file_.finish();
  }

 private:
  Result<void> hand_over(crypto::ChunkPlace place) {
    const Bytes sealed = sealer_.seal(base::as_bytes(waiting_), place);
    waiting_.clear();
    return file_.add(base::as_text(sealed));
  }

  base::NewFile& file_;
  crypto::StreamSealer sealer_;
  std::string waiting_;
};

Result<void> add_file(SealedWriter& out, std::string_view name, const std::string& path) {
  base::FileReader in = TRY(base::FileReader::open(path));
  if (name != kDatabaseName && in.size() > kMaxSmallFileBytes)
    return fail(ErrorCode::TooLarge, "file.too_large", {path, std::to_string(kMaxSmallFileBytes)});
  TRY_VOID(out.add(line_before(name, in.size())));
  crypto::Sha256Stream digest;
  std::vector<char> piece(crypto::kSealedContentBytes);
  std::uint64_t copied = 0;
  while (const std::size_t got = TRY(in.read(piece))) {
    copied += got;
    if (copied > in.size()) break;
    const std::string_view bytes(piece.data(), got);
    digest.add(base::as_bytes(bytes));
    TRY_VOID(out.add(bytes));
  }
  if (copied != in.size()) return fail(ErrorCode::Conflict, "backup.file_changed", {path});
  return out.add(line_after(digest.finish()));
}

}  // namespace

void remove_unfinished_backups(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(unfinished_backups(folder), ignored);
}

Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase) {
  TRY_VOID(base::make_folder(unfinished_backups(folder)));
  Bytes number(8);
  base::random_bytes(number.data(), number.size());
  const std::string sealed = unfinished_backups(folder) + "/" + base::to_hex(number), copy = sealed + ".db";
  const Removed no_copy_stays(copy);
  TRY_VOID(db.backup_to(copy));
  base::NewFile file = TRY(base::NewFile::begin(sealed));
  SealedWriter out(file, crypto::StreamSealer(passphrase, kTitle));
  TRY_VOID(out.begin());
  for (const std::string_view name : backup_names())
    TRY_VOID(add_file(out, name, name == kDatabaseName ? copy : folder + "/" + std::string(name)));
  TRY_VOID(out.finish());
  return sealed;
}

Result<void> unpack_backup(const UnpackRequest& request) {
  base::FileReader in = TRY(base::FileReader::open(request.file));
  std::vector<char> piece(kTitle.size() + crypto::kStreamHeaderBytes);
  std::uint64_t done = TRY(in.read(piece));
  const std::string_view head(piece.data(), done);
  if (done < piece.size() || !head.starts_with(kTitle)) return fail(ErrorCode::Malformed, "restore.bad_backup");
  auto opener =
      TRY(crypto::StreamOpener::begin(request.passphrase, kTitle, base::as_bytes(head.substr(kTitle.size()))));

  std::optional<base::NewFile> file;
  BackupReader reader(
      {[&](std::string_view given) -> Result<void> {
         const std::string name(given == kDatabaseName ? request.database : given);
         file.emplace(TRY(base::NewFile::begin(request.folder + "/" + name, name.ends_with(".crt") ? 0644 : 0600)));
         return {};
       },
       [&](std::string_view bytes) { return file->add(bytes); }, [&] { return file->finish(); }});
  TRY_VOID(base::make_folder(request.folder + "/keys"));
  piece.resize(crypto::kSealedChunkBytes);
  while (const std::size_t got = TRY(in.read(piece))) {
    const Bytes content = TRY(opener.open(base::as_bytes({piece.data(), got})));
    TRY_VOID(reader.take(base::as_text(content)));
    done += got;
    if (request.on_progress) request.on_progress(done, in.size());
  }
  if (!opener.complete()) return fail(ErrorCode::Malformed, "restore.bad_backup");
  return reader.finish();
}

}  // namespace tocsin::node
