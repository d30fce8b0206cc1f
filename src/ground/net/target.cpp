#include "ground/net/target.h"

#include <optional>

#include "ground/base/utf8.h"

namespace tocsin::net {
namespace {

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Percent-decoding of printable ASCII; a stray '%' or a NUL is an error.
std::optional<std::string> percent_decode(std::string_view raw, bool plus_is_space) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '+' && plus_is_space) {
      out += ' ';
      continue;
    }
    if (raw[i] != '%') {
      out += raw[i];
      continue;
    }
    if (raw.size() - i < 3) return std::nullopt;
    const auto high = hex_value(raw[i + 1]), low = hex_value(raw[i + 2]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

bool has_control_character(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..") return true;
    begin = end + 1;
  }
  return false;
}

bool has_encoded_slash(std::string_view raw) {
  for (std::size_t at = raw.find("%2"); at != std::string_view::npos; at = raw.find("%2", at + 1))
    if (at + 2 < raw.size() && (raw[at + 2] == 'f' || raw[at + 2] == 'F')) return true;
  return false;
}

std::optional<std::string> decode_path(std::string_view raw) {
  if (raw.empty() || raw.front() != '/' || has_encoded_slash(raw)) return std::nullopt;
  auto path = percent_decode(raw, false);
  if (!path || !base::is_utf8(*path) || has_control_character(*path) || has_dot_segment(*path)) return std::nullopt;
  return path;
}

std::optional<std::vector<std::pair<std::string, std::string>>> decode_query(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('&'), raw.size());
    const std::string_view item = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (item.empty()) continue;
    if (out.size() == kMaxQueryParameters) return std::nullopt;
    const std::size_t equals = std::min(item.find('='), item.size());
    auto name = percent_decode(item.substr(0, equals), true);
    auto value = percent_decode(item.substr(std::min(equals + 1, item.size())), true);
    if (!name || !value || !base::is_utf8(*name) || !base::is_utf8(*value)) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace

Result<Target> decode_target(std::string_view raw) {
  if (raw.size() > kMaxTargetBytes) return fail(ErrorCode::TooLarge, "net.target_too_long");
  for (const char c : raw)
    if (c <= 0x20 || c >= 0x7f || c == '#') return fail(ErrorCode::Malformed, "net.bad_target");
  const std::size_t question = std::min(raw.find('?'), raw.size());
  auto path = decode_path(raw.substr(0, question));
  auto query = decode_query(raw.substr(std::min(question + 1, raw.size())));
  if (!path || !query) return fail(ErrorCode::Malformed, "net.bad_target");
  return Target{std::move(*path), std::move(*query)};
}

}  // namespace tocsin::net
