// tocsin: one program for the node, the sensor and the command line. It parses arguments and calls one command.
#include <cstdio>

#include "cmd/tocsin/menu.h"
#include "cmd/tocsin/output.h"
#include "ground/base/log.h"

namespace {

constexpr const char* kFooter =
    "Commands speak to the node that serves the data folder, over its unix socket, in the name of --as; where none\n"
    "serves, they open the folder themselves. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 node\n"
    "unreachable or folder in use.\n\n"
    "Begin with:  tocsin init --help";

int run(int argc, char** argv) {
  using namespace tocsin;
  CLI::App app("tocsin: alarm and intelligence exchange between sovereign nodes");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  cmd::Menu menu(app);
  const std::unique_ptr<cmd::Group> groups[] = {
      cmd::party_commands(menu),  cmd::key_commands(menu),      cmd::peer_commands(menu), cmd::agreement_commands(menu),
      cmd::intel_commands(menu),  cmd::publish_commands(menu),  cmd::host_commands(menu), cmd::watch_commands(menu),
      cmd::alert_commands(menu),  cmd::log_commands(menu),      cmd::user_commands(menu), cmd::backup_commands(menu),
      cmd::health_commands(menu), cmd::statement_commands(menu)};
  cmd::take_one_value_each(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto unknown = cmd::unknown_command(app, {argv + 1, argv + argc})) {
      std::fprintf(stderr, "tocsin: %s\n", unknown->c_str());
      return cmd::kWrongUsage;
    }
    return app.exit(error) == 0 ? cmd::kDone : cmd::kWrongUsage;  // --help is an exception, too
  }
  base::set_log_level(base::LogLevel::Warning);
  const auto outcome = menu.chosen()();
  if (outcome) return cmd::kDone;
  std::fflush(stdout);
  std::fprintf(stderr, "tocsin: %s\n", cmd::explain(outcome.error()).c_str());
  return cmd::exit_code(outcome.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // a library's: ours are values
    std::fprintf(stderr, "tocsin: unexpected: %s\n", error.what());
    return tocsin::cmd::kRefused;
  }
}
