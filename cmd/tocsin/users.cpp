// Accounts of persons, and keys of programs.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr const char* kRoleNames = "administrator, signatory, analyst, duty_officer, legal_adviser, auditor, observer";

class UserCommands final : public Group {
 public:
  explicit UserCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& user = menu.group("user", "Accounts, roles, keys of programs");
    CLI::App& add = menu.api_command(
        &user, "add", "Make an account; prints a single-use log-in link",
        "  tocsin user add minh --display-name \"Nguyen Duc Minh\" --role analyst --role duty_officer --language vi",
        [this] { return this->add(); });
    add_name(add);
    add.add_option("--display-name", display_name_, "Full name; default: the account's");
    add.add_option("--role", roles_, kRoleNames)->required()->delimiter(',');
    add.add_option("--language", language_, "en, fr or vi")->capture_default_str();
    menu.api_command(&user, "list", "All accounts", "  tocsin user list", [this] { return list(); });
    add_name(menu.api_command(&user, "link", "A new single-use log-in link; the way back in for the last administrator",
                              "  tocsin user link admin --data /var/lib/tocsin", [this] { return link(); }));
    CLI::App& off = menu.api_command(&user, "disable", "Off-boarding: sessions, links, keys of the account end at once",
                                     "  tocsin user disable minh", [this] { return disable(); });
    add_name(off);
    off.add_flag("--yes", yes_, "Do not ask before disabling");
    off.add_flag("--end-keys", end_keys_, "Also where the account has made API keys: they end with it");
    add_name(menu.api_command(&user, "enable",
                              "Let a disabled account come back with its roles; prints a single-use log-in link",
                              "  tocsin user enable minh\n\n"
                              "Sessions, keys and authenticator of before stay ended. A signatory gets a new key with "
                              "the new password: it may\n"
                              "sign a day later, and after `tocsin party renew`.",
                              [this] { return enable(); }));
    CLI::App& roles = menu.api_command(&user, "roles", "Give an account exactly these roles",
                                       "  tocsin user roles minh analyst duty_officer", [this] { return set_roles(); });
    add_name(roles);
    roles.add_option("roles", roles_, kRoleNames)->required()->delimiter(',');

    CLI::App* key = user.add_subcommand("key", "Keys of programs: sensors, importers, readers");
    key->require_subcommand(1);
    CLI::App& key_add = menu.api_command(key, "add", "Make a key; it is shown once",
                                         "  tocsin user key add border --scope sensor --days 365 --out border.key",
                                         [this] { return add_key(); });
    key_add.add_option("name", name_, "What it is for; a sensor key is bound to the sensor of this name")->required();
    key_add.add_option("--scope", scope_, "sensor, read, import or metrics")->required();
    key_add.add_option("--days", days_, "Good for so many days")->capture_default_str();
    key_add.add_option("--out", file_, "Write the key into this file (mode 0600) instead of printing it");
    menu.api_command(key, "list", "All keys, without their secrets", "  tocsin user key list",
                     [this] { return list_keys(); });
    CLI::App& revoke = menu.api_command(key, "revoke", "End a key at once", "  tocsin user key revoke 6f0e2b7d9c554c1e",
                                        [this] { return revoke_key(); });
    revoke.add_option("id", name_, "Id of the key")->required();
  }

 private:
  void add_name(CLI::App& command) { command.add_option("name", name_, "Account")->required(); }

  Result<void> report(const json::Value& answer, const std::string& sentence) {
    if (common_.json)
      print_json(answer);
    else
      print_line(sentence);
    return {};
  }

  Result<void> add() {
    Client client = TRY(Client::open(common_));
    const json::Value made =
        TRY(client.post("/api/users", json::Object{{"name", name_},
                                                   {"display_name", display_name_.empty() ? name_ : display_name_},
                                                   {"roles", json::Array(roles_.begin(), roles_.end())},
                                                   {"language", language_}}));
    return report(made, fmt::format("{}\n{}\nGood once, within 24 hours.", printable(name_), text_of(made, "link")));
  }

  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value users = TRY(client.get("/api/users"));
    if (common_.json) {
      print_json(users);
      return {};
    }
    Table table({"account", "name", "roles", "language", "state"});
    for (const auto& user : list_of(users, "items")) {
      std::string roles;
      for (const auto& role : list_of(user, "roles"))
        if (role.string() != nullptr) roles += (roles.empty() ? "" : ", ") + *role.string();
      table.add({text_of(user, "name"), text_of(user, "display_name"), roles, text_of(user, "language"),
                 user.boolean_or("disabled", false) ? "disabled" : "active"});
    }
    table.print();
    return {};
  }

  Result<void> link() {
    Client client = TRY(Client::open(common_));
    const json::Value made = TRY(client.post("/api/users/" + path_segment(name_) + "/link", json::Object{}));
    return report(made,
                  text_of(made, "link") + "\nGood once, within 24 hours; earlier links of the account have ended.");
  }

  Result<void> disable() {
    TRY_VOID(confirm("Disable " + printable(name_) + ", ending its sessions and keys at once", yes_));
    Client client = TRY(Client::open(common_));
    return report(
        TRY(client.post("/api/users/" + path_segment(name_) + "/disable", json::Object{{"end_keys", end_keys_}})),
        printable(name_) + " is disabled");
  }

  Result<void> enable() {
    Client client = TRY(Client::open(common_));
    const json::Value made = TRY(client.post("/api/users/" + path_segment(name_) + "/enable", json::Object{}));
    return report(made, fmt::format("{} may come back\n{}\nGood once, within 24 hours.", printable(name_),
                                    text_of(made, "link")));
  }

  Result<void> set_roles() {
    Client client = TRY(Client::open(common_));
    return report(TRY(client.post("/api/users/" + path_segment(name_) + "/roles",
                                  json::Object{{"roles", json::Array(roles_.begin(), roles_.end())}})),
                  printable(name_) + " has these roles now");
  }

  Result<void> add_key() {
    Client client = TRY(Client::open(common_));
    const json::Value made =
        TRY(client.post("/api/keys", json::Object{{"name", name_}, {"scope", scope_}, {"days", days_}}));
    if (file_.empty())
      return report(made, fmt::format("{}\nShown only now. Its id is {}.", text_of(made, "key"), text_of(made, "id")));
    TRY_VOID(base::write_file_durably(file_, text_of(made, "key") + "\n", 0600));
    return report(json::Object{{"id", text_of(made, "id")}, {"file", file_}},
                  fmt::format("{}  key {}", file_, text_of(made, "id")));
  }

  Result<void> list_keys() {
    Client client = TRY(Client::open(common_));
    const json::Value keys = TRY(client.get("/api/keys"));
    if (common_.json) {
      print_json(keys);
      return {};
    }
    Table table({"key", "name", "scope", "expires", "last used"});
    for (const auto& key : list_of(keys, "items"))
      table.add({text_of(key, "id"), text_of(key, "name"), text_of(key, "scope"), when(text_of(key, "expires")),
                 when(text_of(key, "last_used"))});
    table.print();
    return {};
  }

  Result<void> revoke_key() {
    Client client = TRY(Client::open(common_));
    return report(TRY(client.ask({"DELETE", "/api/keys/" + path_segment(name_)})), "The key has ended");
  }

  Common& common_;
  std::string name_, display_name_, language_ = "en", scope_, file_;
  std::vector<std::string> roles_;
  std::int64_t days_ = 365;
  bool yes_ = false, end_keys_ = false;
};

}  // namespace

std::unique_ptr<Group> user_commands(Menu& menu) {
  return std::make_unique<UserCommands>(menu);
}

}  // namespace tocsin::cmd
