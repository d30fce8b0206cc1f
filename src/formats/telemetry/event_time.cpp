#include "formats/telemetry/event_time.h"

#include <algorithm>
#include <array>

#include "formats/telemetry/digits.h"

namespace tocsin::telemetry {
namespace {

/// Seconds with a fraction. Nine digits reach the year 2001, eleven the year 5138.
std::optional<Time> parse_epoch(std::string_view text) {
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (i == 11) return std::nullopt;
    whole = whole * 10 + (text[i] - '0');
  }
  if (i == 0) return std::nullopt;
  std::int64_t micros = 0;
  if (i < text.size()) {
    if (text[i++] != '.') return std::nullopt;
    std::int64_t unit = 100'000;
    for (; i < text.size() && is_digit(text[i]); ++i, unit /= 10) micros += unit * (text[i] - '0');
    if (i < text.size()) return std::nullopt;
  }
  return Time{whole * 1'000'000 + micros};
}

/// "+0200" or "+02:00" as a duration; minutes beyond 59 and hours beyond 23 are no offset.
std::optional<Duration> parse_offset(std::string_view text) {
  if (text.size() == 6 && text[3] == ':') {
    const std::array<char, 4> digits{text[1], text[2], text[4], text[5]};
    if (!all_digits({digits.data(), 4})) return std::nullopt;
  } else if (text.size() != 5 || !all_digits(text.substr(1))) {
    return std::nullopt;
  }
  const std::size_t m = text.size() - 2;
  const int hours = (text[1] - '0') * 10 + (text[2] - '0'), minutes = (text[m] - '0') * 10 + (text[m + 1] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const Duration out = base::minutes(hours * 60 + minutes);
  return text[0] == '-' ? Duration{-out.us} : out;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-') return parse_epoch(text);
  const auto sign = text.find_last_of("+-Z");
  if (sign == std::string_view::npos || sign < 19) return base::from_rfc3339(text);
  if (text[sign] == 'Z') return base::from_rfc3339(text);
  const auto offset = parse_offset(text.substr(sign));
  std::array<char, 40> utc{};
  if (!offset || sign + 1 > utc.size()) return std::nullopt;
  std::copy_n(text.begin(), sign, utc.begin());
  utc[sign] = 'Z';
  const auto local = base::from_rfc3339({utc.data(), sign + 1});
  if (!local) return std::nullopt;
  return *local - *offset;
}

}  // namespace tocsin::telemetry
