// Inside this room: the lines of a text, and what all readers share.
#pragma once

#include <cstddef>
#include <string_view>

#include "formats/lists/lists.h"

namespace tocsin::lists {

inline constexpr std::size_t kMaxLineBytes = 64u << 10;  // no indicator comes near; a line beyond is refused unread

/// Lines without their ends (LF or CR LF), counted from 1. A byte order mark before the first is passed over.
class Lines {
 public:
  explicit Lines(std::string_view text);
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }  ///< of the line that next() gave last

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

std::string_view trimmed(std::string_view text);   ///< without blanks, tabs and no-break spaces at both ends
std::string_view unquoted(std::string_view text);  ///< without a pair of double quotes around all of it
std::string lower(std::string_view text);          ///< ASCII letters only
/// Blank, or starting with #, ; or //.
bool is_comment(std::string_view line);
void refuse(const Sink& sink, std::size_t line, std::string_view reason, std::string_view text);

/// `text` where it is the value but for the case of letters that its normal form does not keep; else empty.
std::string written_otherwise(const observable::Value& value, std::string_view text);

Result<void> read_zeek_intel(std::string_view text, const Sink& sink);
Result<void> read_csv(std::string_view text, const Sink& sink);
Result<void> read_hosts(std::string_view text, const Sink& sink);
Result<void> read_plain(std::string_view text, const Sink& sink);

/// True where the first row names a column of values, or most rows have several cells and a value among them.
bool looks_like_csv(std::string_view head);
/// True where most of the first lines send names nowhere.
bool looks_like_hosts(std::string_view head);

}  // namespace tocsin::lists
