#include "cmd/tocsin/menu.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cmd/tocsin/output.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr const char* kSystemFolder = "/var/lib/tocsin";
constexpr const char* kLocalFolder = "./tocsin-data";
constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kSlips = 2;  // more letters apart, and it is another word

// How many letters have to be added, left out, changed or swapped with their neighbour.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last, now(b.size() + 1);
  std::iota(now.begin(), now.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, now);
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now.back();
}

// Empty where none is near: a short word has to keep more than half of its letters.
std::string nearest(std::string_view word, const std::vector<const CLI::App*>& commands) {
  std::string out;
  std::size_t least = std::min(kSlips, word.size() / 2) + 1;
  for (const CLI::App* command : commands)
    if (const std::size_t apart = slips(word, command->get_name()); apart < least) {
      least = apart;
      out = command->get_name();
    }
  return out;
}

std::string at_least_one(const std::string& given) {
  const bool is_none = given.find_first_not_of('0') == std::string::npos;
  return is_none || given.starts_with('-') ? fmt::format("{} was given; write 1 or more", given) : "";
}

}  // namespace

Menu::Menu(CLI::App& app) : app_(app) {
  common_.folder =
      base::environment("TOCSIN_DATA_DIR").value_or(base::exists(kSystemFolder) ? kSystemFolder : kLocalFolder);
  common_.as = base::environment("TOCSIN_AS").value_or("admin");
}

void take_one_value_each(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (!option->get_positional() && option->get_expected_max() > 1) option->allow_extra_args(false);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) take_one_value_each(*command);
}

std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  std::string path = "tocsin";
  for (const std::string& word : words) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || word.starts_with('-')) return std::nullopt;  // what follows are arguments
    const auto known = std::find_if(commands.begin(), commands.end(),
                                    [&](const CLI::App* command) { return command->get_name() == word; });
    if (known == commands.end()) {
      const std::string near = word.size() > kMaxWord ? "" : nearest(word, commands);
      return fmt::format("there is no command “{} {}”.{} All of them: {} --help", path,
                         printable(word.substr(0, kMaxWord)),
                         near.empty() ? "" : fmt::format(" Did you mean “{} {}”?", path, near), path);
    }
    path += " " + word;
    at = *known;
  }
  return std::nullopt;
}

CLI::App& Menu::group(const std::string& name, const std::string& description) {
  for (CLI::App* known : app_.get_subcommands([&](const CLI::App* app) { return app->get_name() == name; }))
    return *known;
  CLI::App* made = app_.add_subcommand(name, description);
  made->require_subcommand(1);
  return *made;
}

CLI::App& Menu::bare_command(CLI::App* under, const std::string& name, const std::string& description,
                             const std::string& examples, Action action) {
  CLI::App* made = (under != nullptr ? under : &app_)->add_subcommand(name, description);
  made->footer("Examples:\n" + examples);
  made->callback([this, action = std::move(action)] { chosen_ = action; });
  return *made;
}

CLI::App& Menu::command(CLI::App* under, const std::string& name, const std::string& description,
                        const std::string& examples, Action action) {
  CLI::App& made = bare_command(under, name, description, examples, std::move(action));
  made.add_option("--data", common_.folder, "Data folder of the node (or TOCSIN_DATA_DIR)")
      ->type_name("DIR")
      ->capture_default_str();
  return made;
}

CLI::App& Menu::api_command(CLI::App* under, const std::string& name, const std::string& description,
                            const std::string& examples, Action action) {
  CLI::App& made = command(under, name, description, examples, std::move(action));
  made.add_option("--as", common_.as, "Account to ask as (or TOCSIN_AS)")->type_name("NAME")->capture_default_str();
  made.add_flag("--json", common_.json, "Print the node's answer as JSON");
  return made;
}

void Menu::add_limit(CLI::App& command, std::int64_t& limit) {
  command.add_option("--limit", limit, "At most so many")->check(at_least_one)->capture_default_str();
}

}  // namespace tocsin::cmd
