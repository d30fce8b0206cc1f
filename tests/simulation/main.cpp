// tocsin-sim: many sovereign nodes in one process, and one seed that decides everything that happens to them.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "ground/base/log.h"
#include "ground/crypto/crypto.h"
#include "tests/simulation/mutants.h"
#include "tests/simulation/world.h"

namespace {

using namespace tocsin;

char present_seed[64];

// A broken invariant of the program itself ends the process: which seed it was must be known.
void on_abort(int) {
  (void)!::write(STDERR_FILENO, present_seed, std::strlen(present_seed));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1, seeds = 100;
  simulation::Setting setting;
  std::string mutant;
  bool lists_mutants = false;
  CLI::App app{
      "Simulates parties that exchange statements while disks, lines and one of them fail. Exit code 0: every "
      "invariant held in every seed; 1: one did not, its seed is printed; 2: wrong usage."};
  app.add_option("--first", first, "First seed");
  app.add_option("--seeds", seeds, "How many, one after the other");
  app.add_option("--parties", setting.parties, "How many parties, 2 to 193")->check(CLI::Range(2, 193));
  app.add_option("--mutant", mutant, "Switch on a deliberate fault");
  app.add_flag("--mutants", lists_mutants, "List the deliberate faults");
  app.add_option("--keep", setting.keep, "Folder for the databases of a seed in which an invariant broke");
  app.add_flag("--tell", setting.tells, "Each step on standard error");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (lists_mutants) {
    for (const auto& each : simulation::all_mutants())
      std::printf("%-28s %s\n", std::string(each.name).c_str(), each.says.c_str());
    return 0;
  }
  if (!mutant.empty()) {
    setting.mutant = simulation::mutant_named(mutant);
    if (!setting.mutant) {
      std::fprintf(stderr, "there is no mutant %s; --mutants lists them\n", mutant.c_str());
      return 2;
    }
  }
  crypto::initialise();
  base::set_log_level(base::LogLevel::Error);
  std::signal(SIGABRT, on_abort);
  simulation::Cast cast;
  std::size_t steps = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    std::snprintf(present_seed, sizeof present_seed, "seed %llu\n", static_cast<unsigned long long>(seed));
    const auto outcome = simulation::World(cast, seed, setting).run();
    steps += outcome.steps;
    if (!outcome.broken) continue;
    std::printf("seed %llu, step %zu: %s\n", static_cast<unsigned long long>(seed), outcome.steps,
                outcome.broken->c_str());
    return 1;
  }
  std::printf("%llu seeds, %zu parties, %zu steps: every invariant held\n", static_cast<unsigned long long>(seeds),
              setting.parties, steps);
  return 0;
}
