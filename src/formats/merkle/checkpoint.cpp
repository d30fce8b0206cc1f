#include <charconv>

#include "formats/merkle/merkle.h"
#include "formats/merkle/note.h"

namespace tocsin::merkle {
namespace {

// Stores keep sizes in signed 64-bit integers, as most log software does.
constexpr Size kMaxSize = static_cast<Size>(INT64_MAX);

// Takes one line off the front, without its line feed; nothing where none is left.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<Size> parse_size(std::string_view text) {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  Size out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out > kMaxSize) return std::nullopt;
  return out;
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto origin = take_line(text), size_line = take_line(text), root_line = take_line(text);
  if (!origin || origin->empty() || !size_line || !root_line) return std::nullopt;
  const auto size = parse_size(*size_line);
  const auto root_bytes = base::from_base64(*root_line);
  const auto root = root_bytes ? Digest::from(*root_bytes) : std::nullopt;
  if (!size || !root || (*size == 0 && *root != empty_root())) return std::nullopt;
  // Extension lines are opaque, but never empty.
  while (!text.empty())
    if (const auto line = take_line(text); !line || line->empty()) return std::nullopt;
  return Checkpoint{std::string(*origin), *size, *root};
}

}  // namespace

std::string sign_checkpoint(const Checkpoint& checkpoint, std::string_view key_name, const crypto::SigningKey& key) {
  const std::string text = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
                           base::to_base64(checkpoint.root.view()) + "\n";
  CHECK(parse_checkpoint(text) == checkpoint);  // what we sign, others can read
  return sign_note(text, key_name, key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view key_name, const crypto::PublicKey& key) {
  const auto parsed = parse_note(note);
  if (!parsed) return fail(ErrorCode::Malformed, "log.bad_checkpoint", {}, "not a signed note");
  // The specification says to ignore the text unless it is signed: look at nothing before that.
  if (!is_signed_by(*parsed, key_name, key)) return fail(ErrorCode::Unauthenticated, "log.bad_signature");
  auto checkpoint = parse_checkpoint(parsed->text);
  if (!checkpoint) return fail(ErrorCode::Malformed, "log.bad_checkpoint", {}, "not a tree head");
  return std::move(*checkpoint);
}

Result<Checkpoint> read_stored_checkpoint(std::string_view note, std::string_view origin) {
  const auto parsed = parse_note(note);
  auto checkpoint = parsed ? parse_checkpoint(parsed->text) : std::nullopt;
  if (!checkpoint) return fail(ErrorCode::Malformed, "log.bad_checkpoint", {}, "not a tree head");
  if (checkpoint->origin != origin) return fail(ErrorCode::NotFound, "log.none");
  return std::move(*checkpoint);
}

}  // namespace tocsin::merkle
