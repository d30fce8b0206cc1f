// What is critical here: severity and deadlines of alerts come from it.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "core/infra/critical.h"

namespace tocsin::cmd {
namespace {

std::string listed(std::span<const std::string_view> codes) {
  return fmt::format("{}", fmt::join(codes, ", "));
}

class HostCommands final : public Group {
 public:
  explicit HostCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& host = menu.group("host", "Machines that the population depends on");
    CLI::App& mark = menu.api_command(
        &host, "mark", "Say that a machine or a network is critical, and for what",
        "  tocsin host mark 10.1.4.20 --name \"Ward monitors\" --service \"Intensive care\" --sector HEA \\\n"
        "      --protected-code MED-U --population 120000 --workaround none --as linh",
        [this] { return this->mark(); });
    mark.add_option("host", host_, "Address, network (10.1.4.0/24) or name, as the logs show it")->required();
    mark.add_option("--name", name_, "What people call it")->required();
    mark.add_option("--service", service_, "The service that depends on it")->required();
    mark.add_option("--sector", sector_, "Sector code: " + listed(infra::sectors()))->required();
    mark.add_option("--protected-code", protected_code_,
                    "Category of humanitarian law: " + listed(infra::protected_codes()));
    mark.add_option("--population", population_, "How many people the service serves");
    mark.add_option("--workaround", workaround_, "none, manual, partial or full");
    menu.api_command(&host, "list", "All that is marked", "  tocsin host list --as linh", [this] { return list(); });
    CLI::App& unmark = menu.api_command(&host, "unmark", "It is critical no more",
                                        "  tocsin host unmark 10.1.4.20 --as linh", [this] { return this->unmark(); });
    unmark.add_option("host", host_, "As it was marked")->required();
  }

 private:
  Result<void> mark() {
    json::Object body{{"host", host_}, {"name", name_}, {"service", service_}, {"sector", sector_}};
    if (!protected_code_.empty()) body.set("protected_code", protected_code_);
    if (population_ >= 0) body.set("population_served", population_);
    if (!workaround_.empty()) body.set("workaround", workaround_);
    Client client = TRY(Client::open(common_));
    const json::Value made = TRY(client.post("/api/hosts", std::move(body)));
    if (common_.json)
      print_json(made);
    else
      print_line(fmt::format("{} is marked: an attack on it has at least severity {}", printable(text_of(made, "host")),
                             text_of(made, "severity_floor")));
    const json::Value* raised = made.find("alerts");
    if (!common_.json && raised && raised->array() && !raised->array()->empty())
      print_line("Sensors have seen something on it before; it stands in an alert now: tocsin alert list");
    return {};
  }

  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value hosts = TRY(client.get("/api/hosts"));
    if (common_.json) {
      print_json(hosts);
      return {};
    }
    Table table({"host", "name", "service", "sector", "protected", "people", "severity from", "marked by"});
    for (const auto& host : list_of(hosts, "items"))
      table.add({text_of(host, "host"), text_of(host, "name"), text_of(host, "service"), text_of(host, "sector"),
                 text_of(host, "protected_code"), text_of(host, "population"), text_of(host, "severity_floor"),
                 text_of(host, "marked_by")});
    table.print();
    return {};
  }

  Result<void> unmark() {
    Client client = TRY(Client::open(common_));
    const json::Value answer = TRY(client.ask({"DELETE", "/api/hosts", {{"host", host_}}}));
    if (common_.json)
      print_json(answer);
    else
      print_line(fmt::format("{} is marked no more", printable(host_)));
    return {};
  }

  Common& common_;
  std::string host_, name_, service_, sector_, protected_code_, workaround_;
  std::int64_t population_ = -1;
};

}  // namespace

std::unique_ptr<Group> host_commands(Menu& menu) {
  return std::make_unique<HostCommands>(menu);
}

}  // namespace tocsin::cmd
