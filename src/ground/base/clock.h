// Time, randomness and environment come through here, so that tests and the simulation can replace them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/bytes.h"

namespace tocsin::base {

/// Microseconds since 1970-01-01T00:00:00Z (POSIX: no leap seconds). Stored as INTEGER.
struct Time {
  std::int64_t us = 0;
  auto operator<=>(const Time&) const = default;
};

struct Duration {
  std::int64_t us = 0;
  auto operator<=>(const Duration&) const = default;
};

constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Duration milliseconds(std::int64_t n) {
  return {n * 1'000};
}
constexpr Duration minutes(std::int64_t n) {
  return seconds(n * 60);
}
constexpr Duration hours(std::int64_t n) {
  return minutes(n * 60);
}
constexpr Duration days(std::int64_t n) {
  return hours(n * 24);
}
constexpr Time operator+(Time time, Duration d) {
  return {time.us + d.us};
}
constexpr Time operator-(Time time, Duration d) {
  return {time.us - d.us};
}
constexpr Duration operator-(Time a, Time b) {
  return {a.us - b.us};
}

/// "2026-11-21T03:14:00.123456Z": what we write. Always UTC, six digits.
std::string to_rfc3339(Time time);
/// "YYYY-MM-DDTHH:MM:SS[.fraction]Z" with real calendar days; nothing else. Fractions beyond microseconds are cut.
std::optional<Time> from_rfc3339(std::string_view text);
/// ISO 8601 durations of days, hours, minutes, seconds: "P1D", "PT15M", "PT1H30M".
std::optional<Duration> from_iso_duration(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;         ///< wall clock; may jump
  virtual Duration steady() const = 0;  ///< since an unknown point; never goes back
};

/// The machine's own clock. Thread safe.
const Clock& system_clock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  Duration steady() const override { return steady_; }
  void advance(Duration d) {
    now_ = now_ + d;
    steady_.us += d.us;
  }

 private:
  Time now_;
  Duration steady_;
};

/// Cryptographically secure randomness. Thread safe; blocks only at boot.
void random_bytes(std::uint8_t* out, std::size_t size);
template <typename Fixed>
Fixed random_fixed() {
  Fixed out;
  random_bytes(out.bytes.data(), Fixed::kSize);
  return out;
}

/// Time-ordered unique id, RFC 9562 version 7: "0193...-....-7...". Monotonic within a millisecond is not promised.
std::string uuid7(Time now);
/// RFC 9562 version 4.
std::string uuid4();
/// True for the 36-character lower-case form of any RFC 9562 UUID.
bool is_uuid(std::string_view text);

std::optional<std::string> environment(const char* name);

}  // namespace tocsin::base

namespace tocsin {
using base::Clock;
using base::Duration;
using base::Time;
}  // namespace tocsin
