// C2SP signed-note: a text and its signature lines; inside this room only.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/crypto/crypto.h"

namespace tocsin::merkle {

using KeyId = std::array<std::uint8_t, 4>;

/// First four bytes of SHA-256(name || 0x0A || 0x01 || key).
KeyId key_id(std::string_view key_name, const crypto::PublicKey& key);
/// Not empty, UTF-8, no Unicode space, no control character, no plus.
bool is_key_name(std::string_view name);
/// UTF-8 without control characters other than the line feed.
bool is_note_text(std::string_view text);

struct NoteSignature {
  std::string_view key_name;
  KeyId key_id;
  Bytes bytes;
};

/// Views into the note that was parsed. Nothing is verified yet.
struct UnverifiedNote {
  std::string_view text;  ///< with its final line feed
  std::vector<NoteSignature> signatures;
};

std::optional<UnverifiedNote> parse_note(std::string_view note);

/// True where at least one signature is of this key and every one that claims to be verifies.
bool is_signed_by(const UnverifiedNote& note, std::string_view key_name, const crypto::PublicKey& key);

/// Text, blank line and one signature line.
std::string sign_note(std::string_view text, std::string_view key_name, const crypto::SigningKey& key);

}  // namespace tocsin::merkle
