#include <fmt/format.h>

#include <charconv>

#include "formats/merkle/merkle.h"

namespace tocsin::merkle {
namespace {

constexpr unsigned kTileHeight = 8, kFullWidth = 1u << kTileHeight;
constexpr unsigned kMaxLevel = 63;  // tlog-tiles

// Digits only, within `max`; leading zeros are caught by comparing with the written form.
template <typename Number>
bool read_number(std::string_view text, Number max, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out <= max;
}

bool read_index(std::string_view text, std::uint64_t& out) {
  std::string digits;
  while (text.starts_with('x')) {
    if (text.size() < 5 || text[4] != '/' || digits.size() > 20) return false;
    digits += text.substr(1, 3);
    text.remove_prefix(5);
  }
  digits += text;
  return text.size() == 3 && read_number<std::uint64_t>(digits, UINT64_MAX, out);
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t index, unsigned width) {
  CHECK(level <= kMaxLevel && width >= 1 && width <= kFullWidth);
  std::string number = fmt::format("{:03}", index % 1000);
  for (std::uint64_t rest = index / 1000; rest != 0; rest /= 1000)
    number = fmt::format("x{:03}/{}", rest % 1000, number);
  std::string out = fmt::format("{}/{}", level, number);
  if (width != kFullWidth) out += fmt::format(".p/{}", width);
  return out;
}

std::optional<TileId> parse_tile_path(std::string_view path) {
  const std::string_view whole = path;
  TileId out{0, 0, kFullWidth};
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || !read_number(path.substr(0, slash), kMaxLevel, out.level)) return std::nullopt;
  path.remove_prefix(slash + 1);
  if (const std::size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    if (!read_number(path.substr(partial + 3), kFullWidth - 1, out.width) || out.width == 0) return std::nullopt;
    path = path.substr(0, partial);
  }
  if (!read_index(path, out.index)) return std::nullopt;
  // One tile has one path: no leading zeros, no needless x000 elements.
  if (tile_path(out.level, out.index, out.width) != whole) return std::nullopt;
  return out;
}

Result<Bytes> tile(TileId id, const HashReader& read) {
  // Beyond this no tree of 2^64 leaves has hashes; below it nothing overflows.
  const unsigned height = kTileHeight * id.level;
  if (id.width < 1 || id.width > kFullWidth || id.level > 7 || id.index > (UINT64_MAX >> height >> kTileHeight))
    return fail(ErrorCode::NotFound, "log.no_tile");
  Bytes out;
  out.reserve(id.width * Digest::kSize);
  for (unsigned i = 0; i < id.width; ++i) base::append(out, TRY(read(height, id.index * kFullWidth + i)).view());
  return out;
}

}  // namespace tocsin::merkle
