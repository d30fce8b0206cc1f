// One value a line; what stands behind " #" is its description.
#include "formats/lists/lines.h"

#include "ground/base/utf8.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kMaxNoteBytes = 1000;

// A URL may hold '#' too: only one behind a blank starts a remark.
std::size_t remark_at(std::string_view line) {
  for (std::size_t i = 1; i < line.size(); ++i)
    if (line[i] == '#' && (line[i - 1] == ' ' || line[i - 1] == '\t')) return i;
  return std::string_view::npos;
}

}  // namespace

Result<void> read_plain(std::string_view text, const Sink& sink) {
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.size() > kMaxLineBytes) {
      refuse(sink, lines.number(), "lists.too_long", line);
      continue;
    }
    if (is_comment(line)) continue;
    const std::size_t remark = remark_at(line);
    const std::string_view given = unquoted(trimmed(line.substr(0, remark)));
    auto value = observable::recognise(given);
    if (!value) {
      refuse(sink, lines.number(), "lists.unknown_value", line);
      continue;
    }
    const std::string_view note = remark == std::string_view::npos ? std::string_view() : line.substr(remark + 1);
    std::string written = written_otherwise(*value, given);
    if (!sink.entry({std::move(*value), std::move(written), "", base::first_bytes(trimmed(note), kMaxNoteBytes),
                     lines.number()}))
      return {};
  }
  return {};
}

}  // namespace tocsin::lists
