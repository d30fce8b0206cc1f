#include "core/exchange/record.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxRecords = 20'000;

struct Lines {
  std::string_view begin, end;
  std::string_view not_one;  // message id
};
constexpr Lines kInvitation{"-----BEGIN TOCSIN INVITATION-----", "-----END TOCSIN INVITATION-----",
                            "peers.not_an_invitation"};
constexpr Lines kStatement{"-----BEGIN TOCSIN STATEMENT-----", "-----END TOCSIN STATEMENT-----", "evidence.not_one"};

constexpr const Lines& lines_of(Armour kind) {
  return kind == Armour::Invitation ? kInvitation : kStatement;
}

bool known(std::uint8_t type) {
  switch (static_cast<RecordType>(type)) {
    case RecordType::Descriptor:
    case RecordType::Statement:
    case RecordType::Envelope:
    case RecordType::Receipt:
    case RecordType::Checkpoint:
    case RecordType::Proof:
      return true;
  }
  return false;
}

std::size_t read_number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < width; ++i) out = (out << 8) | static_cast<std::uint8_t>(bytes[at + i]);
  return out;
}

}  // namespace

void append_record(std::string& out, RecordType type, const trust::Signed& object) {
  CHECK(object.jws.size() < (1u << 16) && object.payload.size() < (std::uint64_t{1} << 32));
  Bytes head;
  head.push_back(static_cast<std::uint8_t>(type));
  base::append_u16(head, static_cast<std::uint16_t>(object.jws.size()));
  base::append_u32(head, static_cast<std::uint32_t>(object.payload.size()));
  out += base::as_text(head);
  out += object.jws;
  out += object.payload;
}

Result<std::vector<Record>> read_records(std::string_view bytes) {
  constexpr std::size_t kHead = 7;
  std::vector<Record> out;
  std::size_t at = 0;
  const auto malformed = [&] { return fail(ErrorCode::Malformed, "record.malformed", {std::to_string(at)}); };
  while (at < bytes.size()) {
    if (out.size() == kMaxRecords) return fail(ErrorCode::TooLarge, "record.too_many", {std::to_string(kMaxRecords)});
    if (bytes.size() - at < kHead) return malformed();
    const auto type = static_cast<std::uint8_t>(bytes[at]);
    if (!known(type)) return fail(ErrorCode::Malformed, "record.unknown_type");
    const std::size_t jws = read_number(bytes, at + 1, 2), payload = read_number(bytes, at + 3, 4);
    if (bytes.size() - at - kHead < jws + payload) return malformed();
    out.push_back({static_cast<RecordType>(type),
                   {std::string(bytes.substr(at + kHead, jws)), std::string(bytes.substr(at + kHead + jws, payload))}});
    at += kHead + jws + payload;
  }
  return out;
}

std::string armour(std::string_view records, Armour kind) {
  const Lines& lines = lines_of(kind);
  const std::string text = base::to_base64(base::as_bytes(records));
  std::string out(lines.begin);
  out.reserve(text.size() + text.size() / 64 + 128);
  for (std::size_t i = 0; i < text.size(); i += 64) out.append("\n").append(text, i, 64);
  return out + "\n" + std::string(lines.end) + "\n";
}

Result<std::string> open_armour(std::string_view text, Armour kind) {
  const Lines& lines = lines_of(kind);
  const auto begin = text.find(lines.begin);
  const auto end = text.find(lines.end);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
    return fail(ErrorCode::Malformed, lines.not_one);
  std::string packed;
  for (char c : text.substr(begin + lines.begin.size(), end - begin - lines.begin.size()))
    if (c != '\n' && c != '\r' && c != ' ') packed += c;
  const auto bytes = base::from_base64(packed);
  if (!bytes) return fail(ErrorCode::Malformed, lines.not_one);
  return std::string(base::as_text(*bytes));
}

}  // namespace tocsin::exchange
