// What the command line offers. One class a group of commands holds their arguments and does them; the menu remembers
// which one the person chose.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/result.h"

namespace tocsin::cmd {

/// What every command that speaks to a node may be told.
struct Common {
  std::string folder;  ///< data folder of the node
  std::string as;      ///< account in whose name the console asks
  bool json = false;   ///< print what the node answered, for programs
};

class Menu {
 public:
  using Action = std::function<Result<void>()>;

  explicit Menu(CLI::App& app);

  /// A word that only leads to others: "peer". The same one again, where two classes have commands under it.
  CLI::App& group(const std::string& name, const std::string& description);
  /// A command that needs no node and no folder; `examples` are whole lines. `under` null: at the top.
  CLI::App& bare_command(CLI::App* under, const std::string& name, const std::string& description,
                         const std::string& examples, Action action);
  /// The same with --data.
  CLI::App& command(CLI::App* under, const std::string& name, const std::string& description,
                    const std::string& examples, Action action);
  /// The same for one that asks the API: with --as and --json, too.
  CLI::App& api_command(CLI::App* under, const std::string& name, const std::string& description,
                        const std::string& examples, Action action);

  /// --limit of a list.
  static void add_limit(CLI::App& command, std::int64_t& limit);

  Common& common() { return common_; }
  const Action& chosen() const { return chosen_; }

 private:
  CLI::App& app_;
  Common common_;
  Action chosen_;
};

/// Each time an option stands there it takes one value: what follows may be what the command is about.
void take_one_value_each(CLI::App& app);

/// Where the words begin with one that leads nowhere: what to tell whoever wrote it. With the nearest command, where
/// one is near.
std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

/// Commands that belong together. They live as long as the menu: their arguments are theirs.
class Group {
 public:
  virtual ~Group() = default;
};

std::unique_ptr<Group> party_commands(Menu& menu);      ///< init, serve, party show, version
std::unique_ptr<Group> key_commands(Menu& menu);        ///< party renew, party announce, key ..., root ...
std::unique_ptr<Group> backup_commands(Menu& menu);     ///< backup, restore, recovery ...
std::unique_ptr<Group> health_commands(Menu& menu);     ///< health
std::unique_ptr<Group> peer_commands(Menu& menu);       ///< peer ...
std::unique_ptr<Group> agreement_commands(Menu& menu);  ///< agreement ...
std::unique_ptr<Group> intel_commands(Menu& menu);      ///< import, search, show
std::unique_ptr<Group> publish_commands(Menu& menu);    ///< publish, retract, retractions, statements
std::unique_ptr<Group> statement_commands(Menu& menu);  ///< statement ...
std::unique_ptr<Group> host_commands(Menu& menu);       ///< host ...
std::unique_ptr<Group> watch_commands(Menu& menu);      ///< watch
std::unique_ptr<Group> alert_commands(Menu& menu);      ///< alert ...
std::unique_ptr<Group> log_commands(Menu& menu);        ///< log ...
std::unique_ptr<Group> user_commands(Menu& menu);       ///< user ...

}  // namespace tocsin::cmd
