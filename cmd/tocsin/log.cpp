// The tamper-evident log: what is in it, and whether it holds.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"

namespace tocsin::cmd {
namespace {

class LogCommands final : public Group {
 public:
  explicit LogCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& log = menu.group("log", "The tamper-evident record of all that was said");
    CLI::App& show = menu.api_command(&log, "show", "Epoch, size, checkpoint, the newest entries",
                                      "  tocsin log show --limit 20", [this] { return this->show(); });
    Menu::add_limit(show, limit_);
    CLI::App& verify =
        menu.api_command(&log, "verify", "Prove every leaf of our log; exit code 1 where something does not hold",
                         "  tocsin log verify\n  tocsin log verify --peers     the peers' checkpoints, too",
                         [this] { return this->verify(); });
    verify.add_flag("--peers", peers_, "Check the checkpoints that peers have shown us, too");
    CLI::App& audit = menu.api_command(&log, "audit", "Who changed what on this node", "  tocsin log audit --limit 100",
                                       [this] { return this->audit(); });
    Menu::add_limit(audit, limit_);
  }

 private:
  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value log = TRY(client.list("/api/log", {}, limit_));
    if (common_.json) {
      print_json(log);
      return {};
    }
    print_line(
        fmt::format("Epoch {}, {} leaves, root {}", text_of(log, "epoch"), text_of(log, "size"), text_of(log, "root")));
    Table table({"leaf", "statement", "kind", "time", "state"});
    for (const auto& entry : list_of(log, "items"))
      table.add({text_of(entry, "index"), text_of(entry, "digest"), text_of(entry, "kind"),
                 when(text_of(entry, "time")), text_of(entry, "state")});
    table.print();
    say_peers(log);
    return {};
  }

  static void say_peers(const json::Value& answer) {
    for (const auto& peer : list_of(answer, "peers"))
      print_line(fmt::format("{}: {}{}", printable(text_of(peer, "name")), text_of(peer, "state"),
                             text_of(peer, "detail").empty() ? "" : " - " + printable(text_of(peer, "detail"))));
  }

  Result<void> verify() {
    Client client = TRY(Client::open(common_));
    const json::Value answer = TRY(client.post("/api/log/verify", json::Object{{"peers", peers_}}));
    if (common_.json) {
      print_json(answer);
    } else {
      print_line(fmt::format(
          "{} leaves: {} present, {} erased with a record, {} unexplained; root {}; {} ms", text_of(answer, "leaves"),
          text_of(answer, "present"), list_of(answer, "erased").size(), list_of(answer, "unexplained").size(),
          answer.boolean_or("root_matches", false) ? "matches" : "DIFFERS", text_of(answer, "took_ms")));
      say_peers(answer);
    }
    return answer.boolean_or("ok", false) ? Result<void>{} : fail(ErrorCode::Corrupt, "cli.log_does_not_hold");
  }

  Result<void> audit() {
    Client client = TRY(Client::open(common_));
    const json::Value trail = TRY(client.list("/api/audit", {}, limit_));
    if (common_.json) {
      print_json(trail);
      return {};
    }
    Table table({"time", "who", "via", "action", "target", "outcome"});
    for (const auto& entry : list_of(trail, "items"))
      table.add({when(text_of(entry, "time")), text_of(entry, "who"), text_of(entry, "via"), text_of(entry, "action"),
                 text_of(entry, "target"), text_of(entry, "outcome")});
    table.print();
    return {};
  }

  Common& common_;
  bool peers_ = false;
  std::int64_t limit_ = 20;
};

}  // namespace

std::unique_ptr<Group> log_commands(Menu& menu) {
  return std::make_unique<LogCommands>(menu);
}

}  // namespace tocsin::cmd
