// Laws of the inside of a backup: what is read are the files of a node, each once and whole; what was written is read.
// The seal is left out, because it costs Argon2id; crypto_fuzz has it.
#include <set>

#include "doors/node/backup.h"
#include "ground/crypto/crypto.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

void check(std::string_view plain) {
  const auto files = node::read_backup(plain);
  if (!files) return test_support::check_refusal(files.error());
  std::set<std::string> names;
  std::string content;
  for (const node::BackupFile& file : *files) {
    CHECK(file.name == "node.toml" || file.name == "tocsin.db" || file.name.starts_with("keys/"));
    CHECK(file.name.find("..") == std::string::npos && names.insert(file.name).second);
    content += file.bytes;
  }
  CHECK(names.size() == 13 && plain.ends_with(content));
  CHECK(node::write_backup(*files) == node::write_backup(*node::read_backup(node::write_backup(*files))));
}

std::vector<node::BackupFile> good() {
  std::vector<node::BackupFile> out;
  for (const std::string_view name : node::backup_names())
    out.push_back({std::string(name), "<" + std::string(name) + ">"});
  return out;
}

}  // namespace

/// The first byte: 0 takes the rest as the inside, 1 as changes of bytes of a good one, otherwise as edits of its
/// index.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  std::string plain = node::write_backup(good());
  CHECK(node::read_backup(plain));
  if (mode == 0) plain = input.rest();
  if (mode == 1) test_support::edit_bytes(plain, input);
  if (mode > 1) {
    const std::size_t line = plain.find('\n');
    const std::size_t head = std::stoul(plain.substr(0, line));
    const auto index = json::parse(std::string_view(plain).substr(line + 1, head));
    const std::string edited = json::write(test_support::edited(*index, input));
    plain = std::to_string(edited.size()) + "\n" + edited + plain.substr(line + 1 + head);
  }
  check(plain);
  return 0;
}
