#include <algorithm>
#include <array>

#include "core/infra/critical.h"

namespace tocsin::infra {
namespace {

// Thresholds, version 1. A hit shows risk, so rows that need observed harm are never met here.
constexpr std::int64_t kLargeOperatorPersons = 100'000;

constexpr std::array<std::string_view, 31> kSectors = {
    "ENE-E", "ENE-G", "ENE-O", "ENE-N", "WAT", "WWT", "FOO", "HEA", "TEL", "DIG", "FIN",
    "TRA-A", "TRA-R", "TRA-L", "TRA-M", "LOG", "GOV", "DEF", "EMS", "CHE", "ENV", "MED",
    "CUL",   "SPA",   "EDU",   "MAN",   "URB", "ELE", "REL", "ICT", "OTH"};
constexpr std::array<std::string_view, 22> kProtected = {
    "CIV-P", "CIV-O", "MED-P", "MED-U", "MED-T", "MED-D", "WS",  "EMB", "HUM-P", "HUM-O", "UN",
    "DAN",   "SUR",   "CUL",   "ENV",   "CDF",   "JRN",   "DET", "CHD", "ZON",   "NEU",   "DAT"};

// Services on which life and limb depend directly.
bool sustains_life(const CriticalHost& host) {
  constexpr std::array<std::string_view, 5> kCodes = {"MED-U", "MED-T", "MED-D", "SUR", "DAN"};
  constexpr std::array<std::string_view, 4> kLifeSectors = {"HEA", "WAT", "EMS", "ENE-N"};
  return std::find(kCodes.begin(), kCodes.end(), host.protected_code) != kCodes.end() ||
         std::find(kLifeSectors.begin(), kLifeSectors.end(), host.sector) != kLifeSectors.end();
}

}  // namespace

std::span<const std::string_view> sectors() {
  return kSectors;
}
std::span<const std::string_view> protected_codes() {
  return kProtected;
}
bool is_sector(std::string_view code) {
  return std::find(kSectors.begin(), kSectors.end(), code) != kSectors.end();
}
bool is_protected_code(std::string_view code) {
  return std::find(kProtected.begin(), kProtected.end(), code) != kProtected.end();
}

Severity assess(const CriticalHost& host) {
  Severity met{2, "severity.scope.single_entity"};
  const auto meet = [&](int level, std::string_view row) {
    if (level > met.level) met = {level, std::string(row)};
  };
  if (host.population_served >= kLargeOperatorPersons) meet(3, "severity.scope.large_operator");
  if (sustains_life(host) && host.workaround != Workaround::Full) meet(3, "severity.life.health_damage_plausible");
  if (sustains_life(host) && host.workaround == Workaround::None && host.population_served >= kLargeOperatorPersons)
    meet(4, "severity.life.serious_injury_plausible");
  return met;
}

}  // namespace tocsin::infra
