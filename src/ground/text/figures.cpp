#include "ground/text/figures.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tocsin::text {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";  // a number and its unit stay on one line
constexpr std::array<std::string_view, 6> kUnits = {"b", "kib", "mib", "gib", "tib", "pib"};

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<NumberForm> read_number_form(std::string_view example) {
  const std::size_t thousands_end = example.find("234"), decimal_end = example.rfind('5');
  if (!example.starts_with('1') || !example.ends_with('5') || thousands_end == std::string_view::npos)
    return std::nullopt;
  const std::size_t decimal_begin = thousands_end + 3;
  return NumberForm{std::string(example.substr(1, thousands_end - 1)),
                    std::string(example.substr(decimal_begin, decimal_end - decimal_begin))};
}

std::string grouped(std::string_view number, const NumberForm& form) {
  const bool negative = number.starts_with('-');
  const std::string_view digits = number.substr(negative ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::string(number);
  std::string out = negative ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += form.thousands;
    out += digits[i];
  }
  return out;
}

std::string size_in_words(std::string_view bytes, const NumberForm& form, const WordOf& word_of) {
  const auto count = whole_number(bytes);
  if (!count) return std::string(bytes);
  std::size_t unit = 0;
  std::uint64_t whole = *count, rest = 0;  // count = (whole + rest / 1024) of the unit, what is below left out
  // 1023.95 and above would be rounded to 1024.0, which is one of the next unit.
  while (unit + 1 < kUnits.size() && (whole >= 1024 || (unit > 0 && whole == 1023 && rest >= 973))) {
    rest = whole % 1024;
    whole /= 1024;
    ++unit;
  }
  const std::uint64_t tenths = whole * 10 + (rest * 10 + 512) / 1024;
  std::string out = grouped(std::to_string(tenths / 10), form);
  if (unit > 0) out += form.decimal + std::to_string(tenths % 10);
  return out.append(kNoBreakSpace).append(word_of("bytes", kUnits[unit]));
}

}  // namespace tocsin::text
