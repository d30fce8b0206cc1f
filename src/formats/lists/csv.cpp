#include <algorithm>
#include <array>
#include <vector>

#include "formats/lists/csv_record.h"
#include "formats/lists/lines.h"
#include "formats/lists/type_words.h"
#include "ground/base/utf8.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kMaxNoteBytes = 1000;

constexpr std::array<std::string_view, 5> kTypeColumns{"type", "indicator_type", "ioc_type", "kind", "itype"};
constexpr std::array<std::string_view, 6> kNoteColumns{"description", "desc", "comment", "comments", "note", "notes"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct ValueColumn {
  std::size_t column;
  TypeWord type;
};

struct Header {
  std::vector<ValueColumn> values;
  std::optional<std::size_t> type, note;
};

// A row is a header where a cell names a column of values, and none is a value itself: in a list without a header such
// a name is the type of one value.
std::optional<Header> header_of(const std::vector<std::string>& cells) {
  Header out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string name = lower(trimmed(cells[i]));
    if (observable::recognise(name)) return std::nullopt;
    if (is_one_of(kTypeColumns, name)) {
      out.type = i;
    } else if (is_one_of(kNoteColumns, name)) {
      out.note = i;
    } else if (const auto type = type_word(name)) {
      out.values.push_back({i, *type});
    }
  }
  if (out.values.empty()) return std::nullopt;
  return out;
}

// A word that names a type is the value of none, though it could be read as a host's or a file's name: what stands
// there is a column of types.
std::optional<observable::Value> typed_value(TypeWord type, std::string_view text) {
  return type_word(text) ? std::nullopt : value_of(type, text);
}

class CsvReader {
 public:
  CsvReader(std::string_view text, char separator, const Sink& sink) : records_(text, separator), sink_(sink) {}

  Result<void> read() {
    bool first = true;
    for (;;) {
      const auto step = records_.next();
      if (step == CsvRecords::Step::End) return {};
      if (step == CsvRecords::Step::TooLong) {
        refuse(sink_, records_.line(), "lists.too_long", records_.raw());
        continue;
      }
      if (std::exchange(first, false)) {
        header_ = header_of(records_.cells());
        if (header_) continue;
      }
      if (!(header_ ? with_header() : without_header())) return {};
    }
  }

 private:
  std::string_view cell(std::size_t column) const {
    return column < records_.cells().size() ? trimmed(records_.cells()[column]) : std::string_view();
  }
  bool give(observable::Value value, std::string_view text, std::string_view note) {
    std::string written = written_otherwise(value, text);
    return sink_.entry(
        {std::move(value), std::move(written), "", base::first_bytes(note, kMaxNoteBytes), records_.line()});
  }

  // Of the cell before, else of the one behind: most lists write the type first.
  std::optional<TypeWord> type_beside(std::size_t column) const {
    const auto before = column > 0 ? type_word(cell(column - 1)) : std::nullopt;
    return before ? before : type_word(cell(column + 1));
  }
  std::optional<observable::Value> value_without_header(std::size_t column) const {
    const std::string_view text = cell(column);
    const auto type = type_beside(column);
    if (!type) return observable::recognise(text);
    auto value = typed_value(*type, text);
    // A name without a dot is more likely some word beside the value than a host.
    const bool is_a_word =
        value && value->kind == observable::Kind::Domain && value->text.find('.') == std::string::npos;
    return is_a_word ? std::nullopt : value;
  }

  // False where the sink wants no more.
  bool without_header() {
    for (std::size_t i = 0; i < records_.cells().size(); ++i)
      if (auto value = value_without_header(i)) return give(std::move(*value), cell(i), "");
    refuse(sink_, records_.line(), "lists.unknown_value", records_.raw());
    return true;
  }

  bool with_header() {
    const std::string_view note = header_->note ? cell(*header_->note) : std::string_view();
    bool any = false;
    for (const auto& [column, column_type] : header_->values) {
      const std::string_view text = cell(column);
      if (text.empty()) continue;
      any = true;
      TypeWord type = column_type;
      if (type.type == Type::Any && header_->type) {
        const auto named = type_word(cell(*header_->type));
        if (!named) {
          refuse(sink_, records_.line(), "lists.unknown_type", records_.raw());
          continue;
        }
        type = *named;
      }
      auto value = typed_value(type, text);
      if (!value) {
        refuse(sink_, records_.line(), "lists.unknown_value", records_.raw());
        continue;
      }
      if (!give(std::move(*value), text, note)) return false;
    }
    if (!any) refuse(sink_, records_.line(), "lists.unknown_value", records_.raw());
    return true;
  }

  CsvRecords records_;
  const Sink& sink_;
  std::optional<Header> header_;
};

// The separator of the first line that is no comment.
char separator_in(std::string_view text) {
  Lines lines(text);
  for (std::string_view line; lines.next(line);)
    if (!is_comment(line)) return separator_of(line.substr(0, kMaxLineBytes));
  return kNoSeparator;
}

}  // namespace

Result<void> read_csv(std::string_view text, const Sink& sink) {
  return CsvReader(text, separator_in(text), sink).read();
}

bool looks_like_csv(std::string_view head) {
  constexpr std::size_t kRowsToTry = 50;
  CsvRecords records(head, separator_in(head));
  std::size_t rows = 0, tables = 0;
  while (rows < kRowsToTry) {
    const auto step = records.next();
    if (step == CsvRecords::Step::End) break;
    if (step == CsvRecords::Step::TooLong) continue;
    const auto& cells = records.cells();
    if (rows++ == 0 && header_of(cells)) return true;
    const bool value = std::any_of(cells.begin(), cells.end(),
                                   [](const auto& cell) { return observable::recognise(trimmed(cell)).has_value(); });
    if (cells.size() > 1 && value) ++tables;
  }
  // Some URLs of a plain list hold a comma; most rows of a table hold its separator.
  return 2 * tables > rows;
}

}  // namespace tocsin::lists
