// Whether somebody should look after the node: the checks that the interface shows to administrators.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"

namespace tocsin::cmd {
namespace {

class HealthCommand final : public Group {
 public:
  explicit HealthCommand(Menu& menu) : common_(menu.common()) {
    menu.api_command(nullptr, "health", "How the node is; exit code 1 where somebody should look after it",
                     "  tocsin health", [this] { return show(); });
  }

 private:
  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value answer = TRY(client.get("/api/health"));
    if (common_.json) {
      print_json(answer);
    } else {
      for (const auto& check : list_of(answer, "checks")) {
        const std::string until = text_of(check, "until");
        print_line(fmt::format("{:<5} {}: {}{}", check.boolean_or("ok", false) ? "good" : "CHECK",
                               text_of(check, "name"), printable(text_of(check, "message")),
                               until.empty() ? "" : fmt::format(" ({})", when(until))));
      }
    }
    return answer.text("status") == "ok" ? Result<void>{} : fail(ErrorCode::Conflict, "cli.needs_looking_after");
  }

  Common& common_;
};

}  // namespace

std::unique_ptr<Group> health_commands(Menu& menu) {
  return std::make_unique<HealthCommand>(menu);
}

}  // namespace tocsin::cmd
