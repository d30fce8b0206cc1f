#include "doors/node/backup.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "ground/base/file.h"
#include "ground/crypto/crypto.h"
#include "ground/json/json.h"

namespace tocsin::node {
namespace {

constexpr std::string_view kTitle = "tocsin backup 1\n";
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{8} << 30;
constexpr std::array<std::string_view, 13> kFiles = {
    "node.toml",        "keys/statement.seed", "keys/log.seed", "keys/exercise.seed", "keys/column.key",
    "keys/node.secret", "keys/peer.crt",       "keys/peer.key", "keys/authority.crt", "keys/authority.key",
    "keys/people.crt",  "keys/people.key",     "tocsin.db"};

tl::unexpected<Error> bad_backup() {
  return fail(ErrorCode::Malformed, "restore.bad_backup");
}

}  // namespace

std::span<const std::string_view> backup_names() {
  return kFiles;
}

std::string write_backup(const std::vector<BackupFile>& files) {
  json::Array index;
  std::string content;
  for (const BackupFile& file : files) {
    json::Object entry;
    entry.set("name", file.name);
    entry.set("size", file.bytes.size());
    entry.set("sha256", crypto::sha256(file.bytes).hex());
    index.push_back(std::move(entry));
    content += file.bytes;
  }
  const std::string head = json::write(json::Value(std::move(index)));
  return std::to_string(head.size()) + "\n" + head + content;
}

Result<std::vector<BackupFile>> read_backup(std::string_view plain) {
  const auto line = plain.find('\n');
  if (line == std::string_view::npos || line > 9) return bad_backup();
  std::size_t head_size = 0;
  for (char c : plain.substr(0, line)) {
    if (c < '0' || c > '9') return bad_backup();
    head_size = head_size * 10 + static_cast<std::size_t>(c - '0');
  }
  plain.remove_prefix(line + 1);
  if (head_size > plain.size()) return bad_backup();
  const json::Value index = TRY(json::parse(plain.substr(0, head_size)));
  plain.remove_prefix(head_size);
  if (!index.array() || index.array()->size() != kFiles.size()) return bad_backup();

  std::vector<BackupFile> out;
  for (const auto& entry : *index.array()) {
    const std::string name = entry.text("name");
    const auto size = static_cast<std::size_t>(entry.integer_or("size", -1));
    // Only names that a backup has: a name of a file never becomes a path by itself.
    const bool known = std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end();
    const bool again = std::any_of(out.begin(), out.end(), [&](const BackupFile& file) { return file.name == name; });
    if (!known || again || size > plain.size()) return bad_backup();
    const std::string_view bytes = plain.substr(0, size);
    if (crypto::sha256(bytes).hex() != entry.text("sha256")) return bad_backup();
    out.push_back({name, std::string(bytes)});
    plain.remove_prefix(size);
  }
  if (!plain.empty()) return bad_backup();
  return out;
}

Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase) {
  const std::string copy = folder + "/backup.db.tmp";
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  TRY_VOID(db.backup_to(copy));
  std::vector<BackupFile> files;
  for (const std::string_view name : kFiles) {
    auto bytes = base::read_file(name == "tocsin.db" ? copy : folder + "/" + std::string(name), kMaxFileBytes);
    if (name == "tocsin.db") std::filesystem::remove(copy, ignored);
    if (!bytes) return tl::unexpected(bytes.error());
    files.push_back({std::string(name), std::move(*bytes)});
  }
  return std::string(kTitle) + crypto::seal_with_passphrase(passphrase, base::as_bytes(write_backup(files)));
}

Result<void> unpack_backup(std::string_view sealed, std::string_view passphrase, const std::string& folder,
                           std::string_view database) {
  if (!sealed.starts_with(kTitle)) return bad_backup();
  const Bytes opened = TRY(crypto::open_with_passphrase(passphrase, sealed.substr(kTitle.size())));
  const std::vector<BackupFile> files = TRY(read_backup(base::as_text(opened)));
  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder))
    return fail(ErrorCode::Conflict, "restore.not_empty", {folder});
  TRY_VOID(base::make_folder(folder));
  TRY_VOID(base::make_folder(folder + "/keys"));
  for (const BackupFile& file : files) {
    const std::string name(file.name == "tocsin.db" ? database : file.name);
    TRY_VOID(base::write_file_durably(folder + "/" + name, file.bytes, name.ends_with(".crt") ? 0644 : 0600));
  }
  return {};
}

}  // namespace tocsin::node
