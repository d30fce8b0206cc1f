// Telemetry carries bytes that attackers choose. A string that is not quite JSON (a lone surrogate, ill-formed UTF-8)
// must not make a sensor blind for the rest of its line: it is repaired with replacement characters, not refused.
#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "ground/base/utf8.h"
#include "ground/json/json.h"

namespace tocsin::json {
namespace {

namespace sj = simdjson::ondemand;

constexpr unsigned kMaxDepth = 64;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view trimmed(std::string_view token) {
  const auto last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// RFC 8259 section 6.
bool is_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

void append_code_point(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::optional<unsigned> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  unsigned code = 0;
  const auto [at, problem] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (problem != std::errc{} || at != text.data() + 4) return std::nullopt;
  return code;
}

// False for an escape that JSON does not have; lone surrogates become replacement characters.
bool unescape(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      const std::size_t stop = std::min(text.find('\\', i), text.size());
      out.append(text.substr(i, stop - i));
      i = stop;
      continue;
    }
    if (i + 1 >= text.size()) return false;
    const char c = text[i + 1];
    i += 2;
    if (c != 'u') {
      constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
      const auto which = kFrom.find(c);
      if (which == std::string_view::npos) return false;
      out += kTo[which];
      continue;
    }
    const auto code = hex4(text.substr(i));
    if (!code) return false;
    i += 4;
    if (*code < 0xD800 || *code > 0xDFFF) {
      append_code_point(out, *code);
      continue;
    }
    const auto low = text.substr(i, 2) == "\\u" ? hex4(text.substr(i + 2)) : std::nullopt;
    if (*code <= 0xDBFF && low && *low >= 0xDC00 && *low <= 0xDFFF) {
      append_code_point(out, 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00));
      i += 6;
    } else {
      out += kReplacement;
    }
  }
  return true;
}

// Ill-formed bytes become '?', which needs no more room than they had.
void repair_utf8(std::string_view line, char* out) {
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = base::utf8_sequence(line.substr(i));
    if (length == 0) out[i] = '?';
    i += length == 0 ? 1 : length;
  }
}

}  // namespace

struct LeafReader::Impl {
  sj::parser parser;
  std::string padded;   // the line and the room that simdjson reads beyond it
  std::string path;     // of the leaf at hand
  std::string scratch;  // an unescaped string
  std::string name_scratch;
  const std::function<void(std::string_view, std::string_view)>* each = nullptr;

  bool leaf(std::string_view text) {
    (*each)(path, text);
    return true;
  }

  bool text_leaf(std::string_view token) {
    if (token.size() < 2 || token.back() != '"') return false;
    const std::string_view inner = token.substr(1, token.size() - 2);
    if (inner.find('\\') == std::string_view::npos) return leaf(inner);
    return unescape(inner, scratch) && leaf(scratch);
  }

  // The name as it stands between its quotes; simdjson's own unescaping would refuse lone surrogates.
  bool append_name(const char* start) {
    const char* limit = padded.data() + padded.size();
    const char* end = start;
    while (end < limit && *end != '"') end += *end == '\\' ? 2 : 1;
    if (end >= limit) return false;
    const std::string_view name(start, static_cast<std::size_t>(end - start));
    if (name.find('\\') == std::string_view::npos) {
      path.append(name);
      return true;
    }
    if (!unescape(name, name_scratch)) return false;
    path.append(name_scratch);
    return true;
  }

  bool read_object(sj::object object, unsigned depth) {
    const std::size_t parent = path.size();
    for (auto field : object) {
      sj::raw_json_string name;
      if (field.key().get(name) != simdjson::SUCCESS) return false;
      if (parent > 0) path += '.';
      if (!append_name(name.raw())) return false;
      sj::value value;
      if (field.value().get(value) != simdjson::SUCCESS || !read_value(value, depth)) return false;
      path.resize(parent);
    }
    return true;
  }

  bool read_array(sj::array array, unsigned depth) {
    const std::size_t parent = path.size();
    std::size_t index = 0;
    for (auto element : array) {
      sj::value value;
      if (element.get(value) != simdjson::SUCCESS) return false;
      char digits[24];
      if (parent > 0) path += '.';
      path.append(digits, std::to_chars(digits, digits + sizeof digits, index++).ptr);
      if (!read_value(value, depth)) return false;
      path.resize(parent);
    }
    return true;
  }

  bool read_value(sj::value& value, unsigned depth) {
    sj::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == sj::json_type::object) {
      sj::object object;
      return depth < kMaxDepth && value.get_object().get(object) == simdjson::SUCCESS && read_object(object, depth + 1);
    }
    if (type == sj::json_type::array) {
      sj::array array;
      return depth < kMaxDepth && value.get_array().get(array) == simdjson::SUCCESS && read_array(array, depth + 1);
    }
    const std::string_view token = trimmed(value.raw_json_token());
    switch (type) {
      case sj::json_type::string:
        return text_leaf(token);
      case sj::json_type::number:
        return is_number(token) && leaf(token);
      case sj::json_type::boolean:
        return (token == "true" || token == "false") && leaf(token);
      default:
        return token == "null";
    }
  }

  bool read_line() {
    sj::document document;
    auto problem = parser.iterate(padded.data(), size, padded.size()).get(document);
    if (problem == simdjson::UTF8_ERROR) {
      repair_utf8({padded.data(), size}, padded.data());
      problem = parser.iterate(padded.data(), size, padded.size()).get(document);
    }
    sj::object object;
    if (problem != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) return false;
    // Where the object was all there is, simdjson has no location left to name.
    return read_object(object, 1) && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  std::size_t size = 0;  // of the line within `padded`
};

LeafReader::LeafReader() : impl_(new Impl) {}
LeafReader::~LeafReader() {
  delete impl_;
}
LeafReader::LeafReader(LeafReader&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}

bool LeafReader::read(std::string_view line,
                      const std::function<void(std::string_view path, std::string_view text)>& each) {
  Impl& impl = *impl_;
  if (impl.padded.size() < line.size() + simdjson::SIMDJSON_PADDING)
    impl.padded.resize(line.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(impl.padded.data(), line.data(), line.size());
  std::memset(impl.padded.data() + line.size(), ' ', simdjson::SIMDJSON_PADDING);
  impl.size = line.size();
  impl.path.clear();
  impl.each = &each;
  const bool read = impl.read_line();
  impl.each = nullptr;
  return read;
}

}  // namespace tocsin::json
