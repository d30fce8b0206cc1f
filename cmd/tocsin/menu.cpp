#include "cmd/tocsin/menu.h"

#include "ground/base/clock.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr const char* kSystemFolder = "/var/lib/tocsin";
constexpr const char* kLocalFolder = "./tocsin-data";

}  // namespace

Menu::Menu(CLI::App& app) : app_(app) {
  common_.folder =
      base::environment("TOCSIN_DATA_DIR").value_or(base::exists(kSystemFolder) ? kSystemFolder : kLocalFolder);
  common_.as = base::environment("TOCSIN_AS").value_or("admin");
}

CLI::App& Menu::group(const std::string& name, const std::string& description) {
  CLI::App* made = app_.add_subcommand(name, description);
  made->require_subcommand(1);
  return *made;
}

CLI::App& Menu::command(CLI::App* under, const std::string& name, const std::string& description,
                        const std::string& examples, Action action) {
  CLI::App* made = (under != nullptr ? under : &app_)->add_subcommand(name, description);
  made->footer("Examples:\n" + examples);
  made->add_option("--data", common_.folder, "Data folder of the node (or TOCSIN_DATA_DIR)")
      ->type_name("DIR")
      ->capture_default_str();
  made->callback([this, action = std::move(action)] { chosen_ = action; });
  return *made;
}

CLI::App& Menu::api_command(CLI::App* under, const std::string& name, const std::string& description,
                            const std::string& examples, Action action) {
  CLI::App& made = command(under, name, description, examples, std::move(action));
  made.add_option("--as", common_.as, "Account to ask as (or TOCSIN_AS)")->type_name("NAME")->capture_default_str();
  made.add_flag("--json", common_.json, "Print the node's answer as JSON");
  return made;
}

}  // namespace tocsin::cmd
