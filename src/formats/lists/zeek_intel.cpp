// Files of Zeek's intelligence framework: tab-separated, columns named by a "#fields" line.
#include <vector>

#include "formats/lists/lines.h"
#include "formats/lists/type_words.h"
#include "ground/base/utf8.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
constexpr std::size_t kMaxNoteBytes = 1000;  // of source and description

struct Columns {
  std::size_t indicator = kAbsent, type = kAbsent, source = kAbsent, description = kAbsent;
  bool known() const { return indicator != kAbsent && type != kAbsent; }
};

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto tab = line.find('\t');
    out.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return out;
    line.remove_prefix(tab + 1);
  }
}

Columns columns_of(std::string_view fields) {
  Columns out;
  const auto names = cells_of(fields);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "indicator") out.indicator = i;
    if (names[i] == "indicator_type") out.type = i;
    if (names[i] == "meta.source") out.source = i;
    if (names[i] == "meta.desc") out.description = i;
  }
  return out;
}

}  // namespace

Result<void> read_zeek_intel(std::string_view text, const Sink& sink) {
  constexpr std::string_view kFields = "#fields\t";
  Columns columns;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.size() > kMaxLineBytes) {
      refuse(sink, lines.number(), "lists.too_long", line);
      continue;
    }
    if (line.starts_with(kFields)) {
      columns = columns_of(line.substr(kFields.size()));
      continue;
    }
    if (is_comment(line)) continue;
    if (!columns.known()) return fail(ErrorCode::Malformed, "lists.no_fields", {std::to_string(lines.number())});
    const auto cells = cells_of(line);
    const auto cell = [&](std::size_t column) {  // "-" is Zeek's unset field
      const std::string_view found = column < cells.size() ? cells[column] : std::string_view();
      return found == "-" ? std::string_view() : found;
    };
    const auto type = zeek_type(cell(columns.type));
    if (!type) {
      refuse(sink, lines.number(), "lists.unknown_type", line);
      continue;
    }
    auto value = value_of(*type, trimmed(cell(columns.indicator)));
    if (!value) {
      refuse(sink, lines.number(), "lists.unknown_value", line);
      continue;
    }
    std::string written = written_otherwise(*value, trimmed(cell(columns.indicator)));
    if (!sink.entry({std::move(*value), std::move(written), base::first_bytes(cell(columns.source), kMaxNoteBytes),
                     base::first_bytes(cell(columns.description), kMaxNoteBytes), lines.number()}))
      return {};
  }
  return {};
}

}  // namespace tocsin::lists
