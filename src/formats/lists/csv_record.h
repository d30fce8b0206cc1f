// Inside this room: records of a CSV file (RFC 4180, with the separators that are met in the wild).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lists {

/// The separator (',', ';', tab or '|') that stands most often in the line outside quotes; kNoSeparator where none
/// does.
inline constexpr char kNoSeparator = '\0';
char separator_of(std::string_view line);

class CsvRecords {
 public:
  enum class Step { Record, TooLong, End };

  CsvRecords(std::string_view text, char separator);
  /// The next record that is neither blank nor a comment. A quoted cell may hold line ends; where its end does not come
  /// within kMaxLineBytes the quote was a stray one, and the line is read by itself. TooLong: a line beyond that limit.
  Step next();

  const std::vector<std::string>& cells() const { return cells_; }
  std::string_view raw() const { return raw_; }  ///< the record as written
  std::size_t line() const { return line_; }     ///< where it begins, from 1

 private:
  bool is_passed_over(std::string_view line) const;
  bool read_cells(std::size_t limit);
  std::size_t at() const { return size_ - rest_.size(); }

  std::string_view rest_;
  std::size_t size_;             // of the whole text
  std::size_t stray_until_ = 0;  // up to here no quoted cell goes on over a line end
  const char separator_;
  std::size_t next_line_ = 1, line_ = 0;
  std::string_view raw_;
  std::vector<std::string> cells_;
};

}  // namespace tocsin::lists
