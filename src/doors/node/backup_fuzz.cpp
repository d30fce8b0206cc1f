// Laws of the content of a backup: what is read are the files of a node, each once and whole; written again they are
// the same bytes; how the bytes are cut makes no difference. The seal is left out, because it costs Argon2id.
#include <vector>

#include "doors/node/backup_content.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

struct File {
  std::string name, content;
};

std::string written(const std::vector<File>& files) {
  std::string out;
  for (const File& file : files)
    out += node::line_before(file.name, file.content.size()) + file.content +
           node::line_after(crypto::sha256(file.content));
  return out;
}

Result<std::vector<File>> read(std::string_view content, std::size_t piece_bytes) {
  std::vector<File> out;
  std::size_t ended = 0;
  node::BackupReader reader({[&](std::string_view name) -> Result<void> {
                               CHECK(ended == out.size());
                               out.push_back({std::string(name), ""});
                               return {};
                             },
                             [&](std::string_view bytes) -> Result<void> {
                               CHECK(ended + 1 == out.size() && !bytes.empty());
                               out.back().content += bytes;
                               return {};
                             },
                             [&]() -> Result<void> {
                               ++ended;
                               return {};
                             }});
  for (; !content.empty(); content.remove_prefix(std::min(piece_bytes, content.size())))
    TRY_VOID(reader.take(content.substr(0, piece_bytes)));
  TRY_VOID(reader.finish());
  CHECK(ended == out.size());
  return out;
}

void check(std::string_view content, std::size_t piece_bytes) {
  const auto whole = read(content, content.size() + 1), cut = read(content, piece_bytes);
  CHECK(whole.has_value() == cut.has_value());
  if (!whole) return test_support::check_refusal(whole.error());
  CHECK(written(*whole) == content && written(*cut) == content);
  CHECK(whole->size() == node::backup_names().size());
  for (std::size_t i = 0; i < whole->size(); ++i) CHECK((*whole)[i].name == node::backup_names()[i]);
}

}  // namespace

/// The first byte: 0 takes the rest as the content, 1 as changes of bytes of a good one, otherwise as files under the
/// names of a node. The second: the length of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  const std::size_t piece_bytes = std::size_t{1} + input.byte();
  std::vector<File> files;
  for (const std::string_view name : node::backup_names())
    files.push_back({std::string(name), mode > 1 ? std::string(input.text()) : "<" + std::string(name) + ">"});
  std::string content = written(files);
  CHECK(read(content, piece_bytes));
  if (mode == 0) content = input.rest();
  if (mode == 1) test_support::edit_bytes(content, input);
  check(content, piece_bytes);
  return 0;
}
