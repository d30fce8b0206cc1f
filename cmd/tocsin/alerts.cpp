// The queue of the duty officer.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"

namespace tocsin::cmd {
namespace {

class AlertCommands final : public Group {
 public:
  explicit AlertCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& alert = menu.group("alert", "Alerts, the most harmful first");
    CLI::App& list =
        menu.api_command(&alert, "list", "Open alerts by harm and deadline",
                         "  tocsin alert list\n  tocsin alert list --all --json", [this] { return this->list(); });
    list.add_flag("--all", all_, "Those acknowledged, too");
    Menu::add_limit(list, limit_);
    CLI::App& show = menu.api_command(&alert, "show", "One alert: hits, who was told, what happened since",
                                      "  tocsin alert show 17", [this] { return this->show(); });
    show.add_option("alert", id_, "Number of the alert")->required();
    CLI::App& ack = menu.api_command(&alert, "ack", "Acknowledge: a person has seen it; whoever sent it hears so",
                                     "  tocsin alert ack 17 --note \"calling the ward\" --as minh",
                                     [this] { return this->acknowledge(); });
    ack.add_option("alert", id_, "Number of the alert")->required();
    ack.add_option("--note", note_, "What you are doing about it");
  }

 private:
  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value alerts = TRY(client.list("/api/alerts", {{"state", all_ ? "all" : "open"}}, limit_));
    if (common_.json) {
      print_json(alerts);
      return {};
    }
    Table table({"alert", "severity", "title", "from", "host", "hits", "deadline", "state"});
    for (const auto& one : list_of(alerts, "items"))
      table.add({text_of(one, "id"), text_of(one, "severity"), text_of(one, "title"), origin(one), text_of(one, "host"),
                 text_of(one, "count"), when(text_of(one, "deadline")), text_of(one, "state")});
    table.print();
    return {};
  }

  static std::string origin(const json::Value& alert) {
    const std::string name = text_of(alert, "origin", "name");
    return name.empty() ? text_of(alert, "origin", "kind") : name;
  }

  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value alert = TRY(client.get("/api/alerts/" + path_segment(id_)));
    if (common_.json) {
      print_json(alert);
      return {};
    }
    print_line(fmt::format("{}  severity {}: {}", printable(text_of(alert, "title")), text_of(alert, "severity"),
                           printable(text_of(alert, "severity_reason", "message"))));
    print_line(fmt::format("  {}", printable(text_of(alert, "detail"))));
    print_line(fmt::format("  from {}, {}, {} hits, {} to {}", printable(origin(alert)), text_of(alert, "tlp"),
                           text_of(alert, "count"), when(text_of(alert, "first_seen")),
                           when(text_of(alert, "last_seen"))));
    print_line(fmt::format("  deadline {}, {}", when(text_of(alert, "deadline")), text_of(alert, "state")));
    for (const auto& indicator : list_of(alert, "indicators"))
      print_line(fmt::format("  indicator {}: {}", printable(text_of(indicator, "name")),
                             printable(text_of(indicator, "value"))));
    for (const auto& recipient : list_of(alert, "recipients")) print_line(say_recipient(recipient));
    const std::size_t shown = list_of(alert, "timeline").size();
    if (const auto all = alert.integer_or("timeline_total", 0); all > static_cast<std::int64_t>(shown))
      print_line(fmt::format("  the newest {} of {} entries:", shown, all));
    for (const auto& event : list_of(alert, "timeline"))
      print_line(fmt::format("  {}  {}  {}", when(text_of(event, "time")), printable(text_of(event, "who")),
                             printable(text_of(event, "what"))));
    return {};
  }

  static std::string say_recipient(const json::Value& recipient) {
    const std::string name = printable(text_of(recipient, "name")), state = text_of(recipient, "state");
    if (const std::string via = printable(text_of(recipient, "via", "name")); !via.empty())
      return fmt::format("  told {} through {}: {} {}", name, via, state, when(text_of(recipient, "at")));
    return fmt::format("  told {}: {}, deadline {}", name, state, when(text_of(recipient, "deadline")));
  }

  Result<void> acknowledge() {
    Client client = TRY(Client::open(common_));
    json::Object body;
    if (!note_.empty()) body.set("note", note_);
    const json::Value alert = TRY(client.post("/api/alerts/" + path_segment(id_) + "/ack", std::move(body)));
    if (common_.json)
      print_json(alert);
    else
      print_line(fmt::format("Acknowledged by {} at {}", printable(text_of(alert, "acknowledged_by")),
                             when(text_of(alert, "acknowledged_at"))));
    return {};
  }

  Common& common_;
  std::string id_, note_;
  bool all_ = false;
  std::int64_t limit_ = 50;
};

}  // namespace

std::unique_ptr<Group> alert_commands(Menu& menu) {
  return std::make_unique<AlertCommands>(menu);
}

}  // namespace tocsin::cmd
