#include "formats/lists/csv_record.h"

#include <algorithm>
#include <array>

#include "formats/lists/lines.h"

namespace tocsin::lists {

char separator_of(std::string_view line) {
  constexpr std::array kSeparators{',', ';', '\t', '|'};
  std::array<std::size_t, kSeparators.size()> counts{};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    for (std::size_t i = 0; i < kSeparators.size(); ++i)
      if (!quoted && c == kSeparators[i]) ++counts[i];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  return *most == 0 ? kNoSeparator : kSeparators[static_cast<std::size_t>(most - counts.begin())];
}

CsvRecords::CsvRecords(std::string_view text, char separator) : rest_(text), size_(0), separator_(separator) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  size_ = rest_.size();
}

bool CsvRecords::is_passed_over(std::string_view line) const {
  const std::string_view text = trimmed(line);
  if (separator_ == ';' && text.starts_with(';')) return false;  // an empty first cell
  return is_comment(line);
}

CsvRecords::Step CsvRecords::next() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    line_ = next_line_;
    const bool too_long = line.size() > kMaxLineBytes;
    if (too_long || is_passed_over(line.substr(0, line.find('\r')))) {
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++next_line_;
      if (!too_long) continue;
      raw_ = line;
      return Step::TooLong;
    }
    // A search for a quote's end that failed is not made again for the lines that it went over: otherwise a hostile
    // file would cost the limit's square.
    const std::size_t limit = std::min(rest_.size(), kMaxLineBytes);
    if (at() < stray_until_ || !read_cells(limit)) {
      stray_until_ = std::max(stray_until_, at() + limit);
      read_cells(end);
    }
    return Step::Record;
  }
  return Step::End;
}

// Consumes one record. False, and nothing consumed, where a quoted cell goes on beyond `limit` bytes, unless that is
// where the line ends.
bool CsvRecords::read_cells(std::size_t limit) {
  cells_.clear();
  std::string cell;
  std::size_t i = 0, line_ends = 0;
  bool quoted = false;
  for (; i < limit; ++i) {
    const char c = rest_[i];
    if (quoted) {
      if (c == '"' && i + 1 < limit && rest_[i + 1] == '"') {
        cell += c;
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        line_ends += c == '\n' ? 1 : 0;
        cell += c;
      }
    } else if (c == '"' && trimmed(cell).empty()) {
      quoted = true;
      cell.clear();
    } else if (c == separator_ && separator_ != kNoSeparator) {
      cells_.push_back(std::exchange(cell, {}));
    } else if (c == '\n') {
      break;
    } else {
      cell += c;
    }
  }
  i = std::min(i, limit);
  const bool at_line_end = i == rest_.size() || rest_[i] == '\n';
  if (!at_line_end || (quoted && line_ends > 0)) return false;
  raw_ = rest_.substr(0, i);
  if (raw_.ends_with('\r')) raw_.remove_suffix(1);
  if (cell.ends_with('\r')) cell.pop_back();
  cells_.push_back(std::move(cell));
  rest_.remove_prefix(std::min(i + 1, rest_.size()));
  next_line_ += line_ends + 1;
  return true;
}

}  // namespace tocsin::lists
