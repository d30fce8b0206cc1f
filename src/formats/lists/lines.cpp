#include "formats/lists/lines.h"

#include <algorithm>

#include "ground/base/utf8.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kShownBytes = 200;  // of a refused line

}  // namespace

Lines::Lines(std::string_view text) : rest_(text) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

bool Lines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return true;
}

namespace {

// Spreadsheets leave no-break spaces behind: as UTF-8, as Latin-1 (then the byte A0 stands alone), or as Mac Roman (CA,
// which at an end cannot be the start of a UTF-8 character).
std::size_t blank_at_end(std::string_view text) {
  if (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\xCA')) return 1;
  if (text.ends_with("\xC2\xA0")) return 2;
  const bool alone = text.size() < 2 || static_cast<unsigned char>(text[text.size() - 2]) < 0x80;
  return text.ends_with('\xA0') && alone ? 1 : 0;
}
std::size_t blank_at_start(std::string_view text) {
  if (text.starts_with(' ') || text.starts_with('\t') || text.starts_with('\xA0')) return 1;
  return text.starts_with("\xC2\xA0") ? 2 : 0;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (const std::size_t length = blank_at_start(text)) text.remove_prefix(length);
  while (const std::size_t length = blank_at_end(text)) text.remove_suffix(length);
  return text;
}

std::string_view unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? trimmed(text.substr(1, text.size() - 2)) : text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_comment(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() || text[0] == '#' || text[0] == ';' || text.starts_with("//");
}

void refuse(const Sink& sink, std::size_t line, std::string_view reason, std::string_view text) {
  if (sink.refusal) sink.refusal({line, std::string(reason), base::first_bytes(text, kShownBytes)});
}

std::string written_otherwise(const observable::Value& value, std::string_view text) {
  using observable::Kind;
  const bool keeps_case = value.kind != Kind::Email && value.kind != Kind::FileName && value.kind != Kind::UserAgent;
  if (keeps_case || value.text == text || lower(text) != value.text) return {};
  return std::string(text);
}

}  // namespace tocsin::lists
