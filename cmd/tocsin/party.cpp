// A party comes to be, serves, and says who it is.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "doors/node/config.h"
#include "ground/base/file.h"
#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

std::atomic<bool> stop_serving{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

void request_stop(int) {
  stop_serving = true;
}

bool is_country(std::string_view text) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  return text.size() == 2 && is_capital(text[0]) && is_capital(text[1]);
}

/// "linh=Phạm Gia Linh" -> account and name.
journeys::FoundingSignatory signatory_from(const std::string& text) {
  const auto equals = text.find('=');
  return {text.substr(0, equals), equals == std::string::npos ? text : text.substr(equals + 1), ""};
}

class PartyCommands final : public Group {
 public:
  explicit PartyCommands(Menu& menu) : common_(menu.common()) {
    add_init(menu);
    CLI::App& serve =
        menu.command(nullptr, "serve", "Run the node: people, peers and the console, until SIGTERM or Ctrl-C",
                     "  tocsin serve --data /var/lib/tocsin", [this] { return this->serve(); });
    serve.add_option("--ready-fd", ready_fd_, "Write the line READY to this descriptor once all listeners are up")
        ->type_name("N");
    CLI::App& party = menu.group("party", "Who we are");
    menu.api_command(&party, "show", "Our identity, keys and endpoints, as peers know them",
                     "  tocsin party show\n  tocsin party show --json | jq .party_id", [this] { return show(); });
    CLI::App& version = menu.command(nullptr, "version", "Say which version this is", "  tocsin version",
                                     [this] { return say_version(); });
    version.add_flag("--json", common_.json, "For programs");
  }

 private:
  void add_init(Menu& menu) {
    CLI::App& init =
        menu.command(nullptr, "init", "Found a party: data folder, keys, first administrator, founding signatories",
                     "  tocsin init --data ./cert --name \"National Response Centre\" --kind cert --country VN \\\n"
                     "              --signatory linh=\"Pham Gia Linh\" --signatory an=\"Tran Minh An\"\n"
                     "  printf '%s\\n' \"$ROOT\" \"$LINH\" \"$AN\" | tocsin init ...    passwords from a pipe, in the "
                     "order asked\n\n"
                     "Asks for the passphrase of the root key, then for the password of each signatory.",
                     [this] { return this->init(); });
    auto& founding = request_.founding;
    init.add_option("--name", founding.name.en, "Name of the party, in English");
    init.add_option("--name-fr", founding.name.fr, "... in French");
    init.add_option("--name-vi", founding.name.vi, "... in Vietnamese");
    init.add_option("--kind", kind_,
                    "state_authority, cert, ministry, operator, humanitarian, international or regional")
        ->capture_default_str();
    init.add_option("--country", founding.country, "Two capital letters, ISO 3166-1")->type_name("CC");
    init.add_option("--sector", founding.sectors, "Sectors of the party's constituency (HEA, WAT, ENE-E ...)");
    init.add_option("--people-listen", request_.config.people_listen, "Where people reach the node")
        ->capture_default_str();
    init.add_option("--peers-listen", request_.config.peers_listen, "Where peers reach it")->capture_default_str();
    init.add_option("--host", hosts_,
                    "Names and addresses that people type; they stand in the certificate. With a port where something "
                    "in front of the "
                    "node listens on another one: soc.example.org:443");
    init.add_option("--endpoint", founding.endpoints,
                    "URL that peers call (https://ADDRESS:PORT); none given: from --peers-listen");
    init.add_flag("--no-endpoint", no_endpoint_, "Peers cannot call us: we call them");
    init.add_option("--administrator", founding.administrator, "Account of the first administrator")
        ->capture_default_str();
    init.add_option("--language", founding.language, "Language of the first accounts: en, fr, vi")
        ->capture_default_str();
    init.add_option("--signatory", signatories_,
                    "Founding signatory, ACCOUNT=FULL NAME: two (an operator: one is enough)");
    init.add_option("--root-file", request_.root_file,
                    "Where the sealed root key goes; default: root.sealed in the data folder");
    init.add_option("--next-root-file", request_.next_root_file,
                    "Where the next root key goes, which can follow the first where that is lost or stolen; default: "
                    "next-root.sealed in the data folder");
    init.add_option("--pull-seconds", request_.config.pull_seconds, "How often peers are asked for what waits there")
        ->capture_default_str();
    init.add_option("--root-passphrase-file", root_passphrase_file_,
                    "Read the root passphrase from this file (- or /dev/fd/N)");
    init.add_flag("--json", common_.json, "For programs");
  }

  Result<void> init() {
    auto& founding = request_.founding;
    const auto kind = trust::party_kind_from_name(kind_);
    if (!kind) return fail(ErrorCode::Malformed, "cli.usage.kind", {kind_});
    founding.kind = *kind;
    if (founding.name.in("en").empty()) founding.name.en = TRY(ask_line("Name of the party, in English"));
    if (founding.country.empty()) founding.country = TRY(ask_line("Country (two letters, ISO 3166-1)"));
    if (!is_country(founding.country)) return fail(ErrorCode::Malformed, "cli.usage.country", {founding.country});
    while (signatories_.size() < trust::signatories_needed(*kind))
      signatories_.push_back(TRY(ask_line("Founding signatory (ACCOUNT=FULL NAME)")));
    if (!hosts_.empty()) request_.config.names = hosts_;
    if (founding.endpoints.empty() && !no_endpoint_) founding.endpoints = {"https://" + request_.config.peers_listen};
    founding.root_passphrase = TRY(ask_secret("Passphrase for the root key", root_passphrase_file_, Typed::Twice));
    founding.signatories.clear();
    for (const std::string& text : signatories_) {
      auto person = signatory_from(text);
      person.password = TRY(ask_secret("Password of signatory " + person.name, "", Typed::Twice));
      founding.signatories.push_back(std::move(person));
    }
    request_.folder = common_.folder;
    const node::InitOutcome made = TRY(node::init(request_));
    if (common_.json) {
      print_json(json::Object{{"party_id", made.founded.party.text()},
                              {"link", made.link},
                              {"root_file", made.root_file},
                              {"next_root_file", made.next_root_file},
                              {"folder", common_.folder}});
      return {};
    }
    print_line(fmt::format("Party       {}", made.founded.party.text()));
    print_line(fmt::format("Folder      {}", common_.folder));
    print_line(fmt::format("Root key    {}", made.root_file));
    print_line(fmt::format("Next root   {}", made.next_root_file));
    print_line(
        "            Move these two files to two safe places away from the machine; daily work needs neither, and");
    print_line("            the second makes good the loss of the first.");
    print_line(fmt::format("Log-in      {}", made.link));
    print_line(
        fmt::format("            For {}, once, within 24 hours, while the node serves.", founding.administrator));
    print_line(fmt::format("Next        tocsin serve --data {}", common_.folder));
    return {};
  }

  Result<void> serve() {
    base::set_log_level(base::LogLevel::Info);
    struct sigaction action {};
    action.sa_handler = request_stop;
    for (const int signal : {SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    auto node = TRY(node::Node::open(common_.folder));
    const auto addresses = TRY(node::authorities(node->config()));
    return node->serve(stop_serving, [&] {
      print_line(fmt::format("people  https://{}/", addresses.front()));
      print_line(fmt::format("peers   https://{}", node->config().peers_listen));
      print_line(fmt::format("console {}", node::socket_path(common_.folder)));
      std::fflush(stdout);
      if (ready_fd_ < 0) return;
      constexpr std::string_view kReady = "READY\n";
      if (::write(ready_fd_, kReady.data(), kReady.size()) != static_cast<ssize_t>(kReady.size()))
        base::log_warning("nobody listens on descriptor {}", ready_fd_);
    });
  }

  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value party = TRY(client.get("/api/party"));
    if (common_.json) {
      print_json(party);
      return {};
    }
    const json::Value* name = party.find("name");
    print_line(fmt::format("Party       {}", text_of(party, "party_id")));
    print_line(fmt::format(
        "Name        {}",
        printable(name != nullptr && name->object() != nullptr ? name->text("en") : text_of(party, "name"))));
    print_line(fmt::format("Kind        {}, {}", text_of(party, "kind"), text_of(party, "country")));
    for (const auto& endpoint : list_of(party, "endpoints"))
      if (endpoint.string() != nullptr) print_line(fmt::format("Endpoint    {}", printable(*endpoint.string())));
    print_line(fmt::format("Descriptor  version {}, issued {}, expires {}", text_of(party, "version"),
                           when(text_of(party, "issued")), when(text_of(party, "expires"))));
    print_line(
        fmt::format("Log         epoch {}, {} leaves", text_of(party, "log", "epoch"), text_of(party, "log", "size")));
    for (const auto& key : list_of(party, "keys"))
      print_line(fmt::format("Key         {:<10} {}", text_of(key, "use"), text_of(key, "key")));
    for (const auto& person : list_of(party, "signatories"))
      print_line(fmt::format("Signatory   {} ({})", printable(text_of(person, "name")),
                             printable(text_of(person, "display_name"))));
    return {};
  }

  Result<void> say_version() {
    if (common_.json)
      print_json(json::Object{{"name", "tocsin"}, {"version", TOCSIN_VERSION}, {"protocol", 1}});
    else
      print_line("tocsin " TOCSIN_VERSION);
    return {};
  }

  Common& common_;
  node::InitRequest request_;
  std::string kind_ = "cert", root_passphrase_file_;
  std::vector<std::string> hosts_, signatories_;
  bool no_endpoint_ = false;
  int ready_fd_ = -1;
};

}  // namespace

std::unique_ptr<Group> party_commands(Menu& menu) {
  return std::make_unique<PartyCommands>(menu);
}

}  // namespace tocsin::cmd
