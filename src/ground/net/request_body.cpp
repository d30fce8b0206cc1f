#include "ground/net/request_body.h"

#include <algorithm>

#include "ground/net/field.h"

namespace tocsin::net {
namespace {

constexpr std::size_t kMaxSizeDigits = 16;  // 64 bits

tl::unexpected<Refusal> malformed() {
  return refuse(400, ErrorCode::Malformed);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyReader::BodyReader(const RequestHead& head, std::uint64_t limit_bytes)
    : is_chunked_(head.is_chunked),
      limit_bytes_(limit_bytes),
      step_(head.is_chunked           ? Step::Size
            : head.content_length > 0 ? Step::Data
                                      : Step::Done),
      left_(head.content_length) {}

Outcome<bool> BodyReader::read(std::string_view input, std::size_t& consumed) {
  consumed = 0;
  if (!is_chunked_ && left_ > limit_bytes_ - std::min<std::uint64_t>(limit_bytes_, body_.size()))
    return refuse(413, ErrorCode::TooLarge);
  while (step_ != Step::Done) {
    std::size_t used = 0;
    const Outcome<bool> moved = take_step(input.substr(consumed), used);
    consumed += used;
    if (!moved) return tl::unexpected(moved.error());
    if (!*moved) return false;
  }
  return true;
}

/// False where `input` is too short for the next step.
Outcome<bool> BodyReader::take_step(std::string_view input, std::size_t& consumed) {
  if (step_ == Step::Data) {
    consumed = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    body_.append(input.substr(0, consumed));
    left_ -= consumed;
    if (left_ == 0) step_ = is_chunked_ ? Step::DataEnd : Step::Done;
    return left_ == 0;
  }
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos) {
    if (input.size() > kMaxChunkLineBytes) return malformed();
    return false;
  }
  if (end > kMaxChunkLineBytes || end == 0 || input[end - 1] != '\r') return malformed();
  const std::string_view line = input.substr(0, end - 1);
  consumed = end + 1;
  if (!is_field_value(line)) return malformed();
  if (step_ == Step::Size) return begin_chunk(line);
  if (step_ == Step::Trailer) return drop_trailer(line);
  if (!line.empty()) return malformed();
  step_ = Step::Size;
  return true;
}

Outcome<bool> BodyReader::begin_chunk(std::string_view line) {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  for (; digits < line.size() && hex_value(line[digits]) >= 0; ++digits) {
    if (digits == kMaxSizeDigits) return malformed();
    size = size << 4 | static_cast<std::uint64_t>(hex_value(line[digits]));
  }
  if (digits == 0 || (digits < line.size() && line[digits] != ';')) return malformed();
  if (size > limit_bytes_ - body_.size()) return refuse(413, ErrorCode::TooLarge);
  left_ = size;
  step_ = size == 0 ? Step::Trailer : Step::Data;
  return true;
}

Outcome<bool> BodyReader::drop_trailer(std::string_view line) {
  if (line.empty()) {
    step_ = Step::Done;
    return true;
  }
  trailer_bytes_ += line.size();
  const std::string_view name = line.substr(0, line.find(':'));
  // A framing field here is an attempt to be read differently by somebody else.
  const bool is_framing = same_name(name, "content-length") || same_name(name, "transfer-encoding");
  if (trailer_bytes_ > kMaxTrailerBytes || name.size() == line.size() || !is_token(name) || is_framing)
    return malformed();
  return true;
}

}  // namespace tocsin::net
