// The severity of a sign of an attack, against the rows of the humanitarian impact scale that such a sign can meet:
//
//   level  life and limb                          scope
//   4      death or serious injury plausible      -
//   3      considerable harm to health plausible  a region or a large operator
//   2      risk only                              a single essential entity
//
// The other columns need observed harm, and levels 5, 1 and 0 too.
#include <gmock/gmock.h>

#include <set>

#include "core/infra/infra_fixture.h"

namespace tocsin::infra {
namespace {

// The codes of the design, in its order; written here once more on purpose.
const std::vector<std::string> kProtectedCodes = {"CIV-P", "CIV-O", "MED-P", "MED-U", "MED-T", "MED-D", "WS",  "EMB",
                                                  "HUM-P", "HUM-O", "UN",    "DAN",   "SUR",   "CUL",   "ENV", "CDF",
                                                  "JRN",   "DET",   "CHD",   "ZON",   "NEU",   "DAT"};
const std::vector<std::string> kSectorCodes = {
    "ENE-E", "ENE-G", "ENE-O", "ENE-N", "WAT", "WWT", "FOO", "HEA", "TEL", "DIG", "FIN", "TRA-A", "TRA-R", "TRA-L",
    "TRA-M", "LOG",   "GOV",   "DEF",   "EMS", "CHE", "ENV", "MED", "CUL", "SPA", "EDU", "MAN",   "URB",   "ELE"};

struct Row {
  const char* sector;
  const char* protected_code;
  Workaround workaround;
  std::int64_t population;
  int level;
  const char* row;
};

TEST(Severity, IsTheHighestRowThatIsMet) {
  const auto none = Workaround::None, manual = Workaround::Manual, partial = Workaround::Partial,
             full = Workaround::Full;
  const Row rows[] = {
      {"EDU", "", none, 0, 2, "severity.scope.single_entity"},
      {"EDU", "", none, 99'999, 2, "severity.scope.single_entity"},
      {"EDU", "", none, 100'000, 3, "severity.scope.large_operator"},
      {"EDU", "", full, 100'000, 3, "severity.scope.large_operator"},
      {"HEA", "", full, 0, 2, "severity.scope.single_entity"},
      {"HEA", "", partial, 0, 3, "severity.life.health_damage_plausible"},
      {"HEA", "", manual, 0, 3, "severity.life.health_damage_plausible"},
      {"HEA", "", none, 0, 3, "severity.life.health_damage_plausible"},
      {"HEA", "", none, 99'999, 3, "severity.life.health_damage_plausible"},
      {"HEA", "", none, 100'000, 4, "severity.life.serious_injury_plausible"},
      {"HEA", "", manual, 1'000'000'000, 3, "severity.scope.large_operator"},
      {"HEA", "", full, 1'000'000'000, 3, "severity.scope.large_operator"},
      {"WAT", "", none, 100'000, 4, "severity.life.serious_injury_plausible"},
      {"ENE-N", "", none, 100'000, 4, "severity.life.serious_injury_plausible"},
      {"ENE-E", "", none, 100'000, 3, "severity.scope.large_operator"},
      {"GOV", "MED-U", none, 100'000, 4, "severity.life.serious_injury_plausible"},
      {"ENE-E", "DAN", none, 100'000, 4, "severity.life.serious_injury_plausible"},
      {"FOO", "SUR", partial, 0, 3, "severity.life.health_damage_plausible"},
      {"GOV", "CUL", none, 0, 2, "severity.scope.single_entity"},
  };
  for (const Row& row : rows) {
    CriticalHost host = host_called("10.0.0.5");
    host.sector = row.sector;
    host.protected_code = row.protected_code;
    host.workaround = row.workaround;
    host.population_served = row.population;
    const Severity severity = assess(host);
    EXPECT_EQ(severity.level, row.level) << row.sector << row.protected_code << row.population;
    EXPECT_EQ(severity.row, row.row) << row.sector << row.protected_code << row.population;
  }
}

// Over everything that can be said of a host: never a level that needs observed harm, never less for more harm, and the
// same row always at the same level.
TEST(Severity, StaysWithinWhatASignCanShowAndGrowsWithHarm) {
  const std::set<std::pair<int, std::string>> scale = {{2, "severity.scope.single_entity"},
                                                       {3, "severity.scope.large_operator"},
                                                       {3, "severity.life.health_damage_plausible"},
                                                       {4, "severity.life.serious_injury_plausible"}};
  std::set<std::pair<int, std::string>> met;
  std::vector<std::string> codes = kProtectedCodes;
  codes.push_back("");
  CriticalHost host = host_called("10.0.0.5");
  for (const auto& sector : kSectorCodes)
    for (const auto& code : codes) {
      host.sector = sector;
      host.protected_code = code;
      int previous = 0;
      for (const auto workaround : {Workaround::Full, Workaround::Partial, Workaround::Manual, Workaround::None}) {
        host.workaround = workaround;
        int smaller = 0;
        for (const std::int64_t population : {0, 1, 99'999, 100'000, 2'000'000'000}) {
          host.population_served = population;
          const Severity severity = assess(host);
          met.emplace(severity.level, severity.row);
          EXPECT_GE(severity.level, smaller);
          smaller = severity.level;
        }
        EXPECT_GE(smaller, previous);
        previous = smaller;
      }
    }
  EXPECT_EQ(met, scale);
}

TEST(Severity, KnowsTheCodesOfTheDesignAndNoOthers) {
  for (const auto& code : kProtectedCodes) EXPECT_TRUE(is_protected_code(code)) << code;
  for (const auto& code : kSectorCodes) EXPECT_TRUE(is_sector(code)) << code;
  for (const std::string code : {"", "HEA,WAT", "med-u", "ENE", "TRA"}) {
    EXPECT_FALSE(is_sector(code)) << code;
    EXPECT_FALSE(is_protected_code(code)) << code;
  }
}

TEST(Workarounds, HaveNamesThatComeBack) {
  for (const auto workaround : {Workaround::None, Workaround::Manual, Workaround::Partial, Workaround::Full})
    EXPECT_EQ(workaround_from_name(name(workaround)), workaround);
  EXPECT_EQ(name(Workaround::Partial), "partial");
  for (const char* text : {"", "None", "full ", "0"}) EXPECT_FALSE(workaround_from_name(text)) << text;
}

}  // namespace
}  // namespace tocsin::infra
