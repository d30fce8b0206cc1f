#include "formats/merkle/note.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/utf8.h"

namespace tocsin::merkle {
namespace {

constexpr std::size_t kMaxNoteBytes = 256 * 1024;
constexpr std::size_t kMaxSignatures = 100;                     // the specification wants at least 16
constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, space
constexpr std::uint8_t kEd25519 = 0x01;

// Takes one code point off the front; nothing where the text is no UTF-8.
std::optional<char32_t> take_code_point(std::string_view& text) {
  const std::size_t length = base::utf8_sequence(text);
  if (length == 0) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  char32_t out = length == 1 ? byte(0) : byte(0) & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) out = out << 6 | (byte(i) & 0x3fu);
  text.remove_prefix(length);
  return out;
}

// White_Space of Unicode 15.
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::optional<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return std::nullopt;
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  NoteSignature out;
  out.key_name = line.substr(0, space);
  const auto bytes = base::from_base64(line.substr(space + 1));
  if (!is_key_name(out.key_name) || !bytes || bytes->size() <= out.key_id.size()) return std::nullopt;
  const auto id_end = bytes->begin() + static_cast<std::ptrdiff_t>(out.key_id.size());
  std::copy(bytes->begin(), id_end, out.key_id.begin());
  out.bytes.assign(id_end, bytes->end());
  return out;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto c = take_code_point(name);
    if (!c || *c < 0x20 || *c == '+' || is_space(*c)) return false;
  }
  return true;
}

bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const auto c = take_code_point(text);
    if (!c || (*c < 0x20 && *c != '\n')) return false;
  }
  return true;
}

KeyId key_id(std::string_view key_name, const crypto::PublicKey& key) {
  Bytes input = base::to_bytes(key_name);
  input.push_back('\n');
  input.push_back(kEd25519);
  base::append(input, key.view());
  const Digest digest = crypto::sha256(input);
  KeyId out;
  std::copy_n(digest.bytes.begin(), out.size(), out.begin());
  return out;
}

std::string verifier_key(std::string_view key_name, const crypto::PublicKey& key) {
  CHECK(is_key_name(key_name));
  Bytes encoded{kEd25519};
  base::append(encoded, key.view());
  return fmt::format("{}+{}+{}", key_name, base::to_hex(key_id(key_name, key)), base::to_base64(encoded));
}

std::optional<UnverifiedNote> parse_note(std::string_view note) {
  if (note.size() > kMaxNoteBytes || !note.ends_with('\n') || !is_note_text(note)) return std::nullopt;
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return std::nullopt;
  UnverifiedNote out;
  out.text = note.substr(0, blank + 1);
  std::string_view rest = note.substr(blank + 2);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    auto signature = parse_signature_line(rest.substr(0, end));
    if (!signature || out.signatures.size() == kMaxSignatures) return std::nullopt;
    out.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  if (out.signatures.empty()) return std::nullopt;
  return out;
}

bool is_signed_by(const UnverifiedNote& note, std::string_view key_name, const crypto::PublicKey& key) {
  const KeyId id = key_id(key_name, key);
  bool found = false;
  for (const NoteSignature& line : note.signatures) {
    if (line.key_name != key_name || line.key_id != id) continue;
    const auto signature = crypto::Signature::from(line.bytes);
    if (!signature || !crypto::verify(key, base::as_bytes(note.text), *signature)) return false;
    found = true;
  }
  return found;
}

std::string sign_note(std::string_view text, std::string_view key_name, const crypto::SigningKey& key) {
  CHECK(text.ends_with('\n') && is_note_text(text) && is_key_name(key_name));
  const KeyId id = key_id(key_name, key.public_key());
  Bytes signature(id.begin(), id.end());
  base::append(signature, key.sign(base::as_bytes(text)).view());
  return fmt::format("{}\n{}{} {}\n", text, kSignaturePrefix, key_name, base::to_base64(signature));
}

}  // namespace tocsin::merkle
