#include "formats/telemetry/zeek_tsv.h"

#include <algorithm>
#include <cstring>

#include "formats/telemetry/roles.h"

namespace tocsin::telemetry {
namespace {

// A header is written by the machine that is watched; its size is not trusted.
constexpr std::size_t kMaxColumns = 1024;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// "\xHH" and "\\"; anything else stands for itself. Writes at most text.size() bytes.
std::size_t unescape(std::string_view text, char* out) {
  char* const begin = out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_digit(text[i + 2]) >= 0 &&
        hex_digit(text[i + 3]) >= 0) {
      *out++ = static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      *out++ = '\\';
      ++i;
    } else {
      *out++ = text[i];
    }
  }
  return static_cast<std::size_t>(out - begin);
}

std::string unescaped(std::string_view text) {
  std::string out(text.size(), '\0');
  out.resize(unescape(text, out.data()));
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (out.size() <= kMaxColumns) {
    const auto at = text.find(separator);
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return out;
}

/// "set[addr]" -> "addr", true.
std::pair<std::string_view, bool> element_type(std::string_view type) {
  const auto open = type.find('[');
  if (open == std::string_view::npos || !type.ends_with(']')) return {type, false};
  return {type.substr(open + 1, type.size() - open - 2), true};
}

}  // namespace

void ZeekTsv::header(std::string_view line) {
  // "#separator \x09" is the one line whose own separator is a space.
  constexpr std::string_view kSeparator = "#separator ";
  if (line.starts_with(kSeparator)) {
    const std::string value = unescaped(line.substr(kSeparator.size()));
    if (value.size() == 1) separator_ = value[0];
    names_.clear();
    types_.clear();
    columns_.clear();
    return;
  }
  const auto at = line.find(separator_);
  if (at == std::string_view::npos) return;
  const std::string_view key = line.substr(1, at - 1), value = line.substr(at + 1);
  if (key == "set_separator") {
    set_separator_ = unescaped(value);
  } else if (key == "empty_field") {
    empty_field_ = value;
  } else if (key == "unset_field") {
    unset_field_ = value;
  } else if (key == "path") {
    path_ = value;
  } else if (key == "fields") {
    names_ = split(value, separator_);
    types_.clear();
    columns_.clear();
  } else if (key == "types") {
    types_ = split(value, separator_);
    plan();
  }
}

void ZeekTsv::plan() {
  columns_.clear();
  if (names_.size() != types_.size() || names_.size() > kMaxColumns) return;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto [type, many] = element_type(types_[i]);
    const Field field = zeek_field(names_[i], type);
    if (field.role != Role::Skip) columns_.push_back({i, field.role, many, names_[i]});
  }
  const auto is = [](Role role) { return [role](const Column& column) { return column.role == role; }; };
  if (std::none_of(columns_.begin(), columns_.end(), is(Role::SmbAction))) std::erase_if(columns_, is(Role::SmbName));
}

std::string_view ZeekTsv::decoded(std::string_view raw, Gatherer& gatherer) {
  if (raw.empty() || std::memchr(raw.data(), '\\', raw.size()) == nullptr) return raw;
  char* const out = gatherer.arena().room(raw.size());
  const std::size_t size = unescape(raw, out);
  gatherer.arena().shrink(raw.size() - size);
  return {out, size};
}

void ZeekTsv::take(const Column& column, std::string_view raw, Gatherer& gatherer) {
  if (raw == unset_field_) return;
  if (!column.many || set_separator_.size() != 1) {
    gatherer.take(column.role, decoded(raw, gatherer), column.field);
    return;
  }
  if (raw == empty_field_) return;
  for (;;) {
    const auto at = raw.find(set_separator_[0]);
    const std::string_view element = raw.substr(0, at);
    if (element != unset_field_) gatherer.take(column.role, decoded(element, gatherer), column.field);
    if (at == std::string_view::npos) return;
    raw.remove_prefix(at + 1);
  }
}

ZeekTsv::Line ZeekTsv::read(std::string_view line, Gatherer& gatherer) {
  if (line.starts_with('#')) {
    header(line);
    return Line::Header;
  }
  // Without a header nothing can be read; a log without one interesting column is read and shows nothing.
  if (types_.empty() || types_.size() != names_.size()) return Line::Unreadable;
  gatherer.context.log = path_;
  const char* at = line.data();
  const char* const end = line.data() + line.size();
  std::size_t index = 0;
  for (const Column& column : columns_) {
    for (; index < column.index; ++index) {
      const auto* const next =
          static_cast<const char*>(std::memchr(at, separator_, static_cast<std::size_t>(end - at)));
      if (next == nullptr) return Line::Unreadable;
      at = next + 1;
    }
    const auto* stop = static_cast<const char*>(std::memchr(at, separator_, static_cast<std::size_t>(end - at)));
    if (stop == nullptr) stop = end;
    take(column, {at, static_cast<std::size_t>(stop - at)}, gatherer);
  }
  return Line::Event;
}

}  // namespace tocsin::telemetry
