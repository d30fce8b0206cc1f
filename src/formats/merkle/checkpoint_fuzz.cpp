// Laws: a note of foreign bytes is never taken for one of our key; a signed checkpoint opens to itself, and no longer
// once any of its bits is changed; a tile path has one spelling.
#include <cstdint>
#include <string>

#include "formats/merkle/merkle.h"
#include "formats/merkle/note.h"

namespace {

using namespace tocsin;

const crypto::SigningKey& key() {
  static const auto made = crypto::SigningKey::generate();  // unknown to the corpus: nobody can have signed
  return made;
}

std::uint64_t take_number(ByteView& data) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8 && !data.empty(); ++i, data = data.subspan(1)) out = out << 8 | data.front();
  return out;
}

void signed_checkpoint_opens_only_unchanged(ByteView data) {
  const std::uint64_t size = take_number(data) >> 1, where = take_number(data);
  std::string origin(base::as_text(data));
  std::erase(origin, '\n');
  if (origin.empty() || !merkle::is_note_text(origin)) return;
  const Digest root = size == 0 ? merkle::empty_root() : crypto::sha256(data);
  const merkle::Checkpoint head{origin, size, root};
  std::string note = merkle::sign_checkpoint(head, "fuzz.example/log", key());
  const auto opened = merkle::open_checkpoint(note, "fuzz.example/log", key().public_key());
  CHECK(opened && *opened == head);
  const std::size_t bit = where % (note.size() * 8);
  note[bit / 8] = static_cast<char>(note[bit / 8] ^ (1 << bit % 8));
  CHECK(!merkle::open_checkpoint(note, "fuzz.example/log", key().public_key()));
}

// The text of a well-signed note, whatever it is, is read or refused; what is read can be written and read again.
void signed_text_is_read_or_refused(std::string_view text) {
  if (!text.ends_with('\n') || !merkle::is_note_text(text) || text.size() > 64 * 1024) return;
  const auto opened = merkle::open_checkpoint(merkle::sign_note(text, "n", key()), "n", key().public_key());
  if (!opened) return;
  const auto again = merkle::open_checkpoint(merkle::sign_checkpoint(*opened, "n", key()), "n", key().public_key());
  CHECK(again && *again == *opened);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const std::string_view text = base::as_text(bytes);
  CHECK(!merkle::open_checkpoint(text, "fuzz.example/log", key().public_key()));
  signed_text_is_read_or_refused(text);
  signed_checkpoint_opens_only_unchanged(bytes);
  if (const auto id = merkle::parse_tile_path(text)) CHECK(merkle::tile_path(id->level, id->index, id->width) == text);
  return 0;
}
