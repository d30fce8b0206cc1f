#include "core/people/text_rules.h"

#include <utf8proc.h>

#include <algorithm>

namespace tocsin::people {
namespace {

struct CodePoint {
  std::size_t bytes;  ///< at least 1, also of what is no UTF-8
  bool plain;
};

CodePoint first_code_point(std::string_view text) {
  utf8proc_int32_t value = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());  // char may alias bytes
  const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (size <= 0) return {1, false};
  switch (utf8proc_category(value)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return {static_cast<std::size_t>(size), false};
    default:
      return {static_cast<std::size_t>(size), true};
  }
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_account_name(std::string_view text) {
  return text.size() >= 2 && text.size() <= 64 && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_plain_text(std::string_view text, std::size_t max_code_points) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  std::size_t count = 0;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (!next.plain || ++count > max_code_points) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

std::string plain_excerpt(std::string_view text, std::size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    const std::string_view kept = next.plain ? text.substr(0, next.bytes) : std::string_view("?");
    if (out.size() + kept.size() > max_bytes) break;
    out += kept;
    text.remove_prefix(next.bytes);
  }
  return out;
}

}  // namespace tocsin::people
