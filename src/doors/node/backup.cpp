#include "doors/node/backup.h"

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

}  // namespace

Result<std::string> make_backup(store::Database& db, const std::string& folder, std::string_view passphrase) {
  const std::string copy = folder + "/backup.db.tmp";
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  TRY_VOID(db.backup_to(copy));
  json::Array index;
  std::string content;
  for (const std::string_view name : kFiles) {
    auto bytes = base::read_file(name == "tocsin.db" ? copy : folder + "/" + std::string(name), kMaxFileBytes);
    if (name == "tocsin.db") std::filesystem::remove(copy, ignored);
    if (!bytes) return tl::unexpected(bytes.error());
    json::Object entry;
    entry.set("name", name);
    entry.set("size", bytes->size());
    entry.set("sha256", crypto::sha256(*bytes).hex());
    index.push_back(std::move(entry));
    content += *bytes;
  }
  const std::string head = json::write(json::Value(std::move(index)));
  const std::string plain = std::to_string(head.size()) + "\n" + head + content;
  return std::string(kTitle) + crypto::seal_with_passphrase(passphrase, base::as_bytes(plain));
}

Result<void> unpack_backup(std::string_view sealed, std::string_view passphrase, const std::string& folder) {
  if (!sealed.starts_with(kTitle)) return fail(ErrorCode::Malformed, "restore.bad_backup");
  const Bytes opened = TRY(crypto::open_with_passphrase(passphrase, sealed.substr(kTitle.size())));
  std::string_view plain = base::as_text(opened);
  const auto line = plain.find('\n');
  std::size_t head_size = 0;
  for (char c : plain.substr(0, line)) {
    if (line == std::string_view::npos || line > 9 || c < '0' || c > '9')
      return fail(ErrorCode::Malformed, "restore.bad_backup");
    head_size = head_size * 10 + static_cast<std::size_t>(c - '0');
  }
  plain.remove_prefix(line + 1);
  if (head_size > plain.size()) return fail(ErrorCode::Malformed, "restore.bad_backup");
  const json::Value index = TRY(json::parse(plain.substr(0, head_size)));
  plain.remove_prefix(head_size);
  if (!index.array()) return fail(ErrorCode::Malformed, "restore.bad_backup");

  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder))
    return fail(ErrorCode::Conflict, "restore.not_empty", {folder});
  TRY_VOID(base::make_folder(folder));
  TRY_VOID(base::make_folder(folder + "/keys"));
  for (const auto& entry : *index.array()) {
    const std::string name = entry.text("name");
    const auto size = static_cast<std::size_t>(entry.integer_or("size", -1));
    // Only names that a backup has: a name of a file never becomes a path by itself.
    if (std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end() || size > plain.size())
      return fail(ErrorCode::Malformed, "restore.bad_backup");
    const std::string_view bytes = plain.substr(0, size);
    if (crypto::sha256(bytes).hex() != entry.text("sha256")) return fail(ErrorCode::Malformed, "restore.bad_backup");
    TRY_VOID(base::write_file_durably(folder + "/" + name, bytes, name.ends_with(".crt") ? 0644 : 0600));
    plain.remove_prefix(size);
  }
  return {};
}

}  // namespace tocsin::node
