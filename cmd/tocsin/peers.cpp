// Meeting other parties: invitations, the verification number, quarantine.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr std::uint64_t kMaxInvitation = 1u << 20;

class PeerCommands final : public Group {
 public:
  explicit PeerCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& peer = menu.group("peer", "Other parties");
    CLI::App& invite = menu.api_command(&peer, "invite", "Write our invitation, to hand to another party",
                                        "  tocsin peer invite --out us.invitation\n  tocsin peer invite --out -",
                                        [this] { return this->invite(); });
    invite.add_option("--out", file_, "File to write (-: standard output); default: the name the node gives it");

    CLI::App& accept = menu.api_command(&peer, "accept", "Take another party's invitation",
                                        "  tocsin peer accept neighbour.invitation\n"
                                        "  tocsin peer accept lab.invitation --allow-address 192.0.2.7",
                                        [this] { return this->accept(); });
    accept.add_option("file", file_, "The invitation (-: standard input)")->required();
    accept.add_option("--allow-address", address_, "A private or loopback address that this peer may have");

    CLI::App& verify =
        menu.api_command(&peer, "verify", "Compare the verification number that the other side reads to you",
                         "  tocsin peer verify \"Neighbour CERT\" --method in_person\n\n"
                         "Asks for the sixty digits. Hear them from a person you know, face to face or by calling a "
                         "number you already had;\n"
                         "read yours to them from `tocsin peer show`. Nothing skips this: it is what keeps a stranger "
                         "from standing between you.",
                         [this] { return this->verify(); });
    add_party(verify);
    verify.add_option("--method", method_, "in_person or call_back")->required();

    menu.api_command(&peer, "list", "All peers: state, last contact, what waits for them",
                     "  tocsin peer list\n  tocsin peer list --json", [this] { return list(); });
    add_party(menu.api_command(&peer, "show", "One peer, with the verification number to read to them",
                               "  tocsin peer show \"Neighbour CERT\"", [this] { return show(); }));

    CLI::App& quarantine =
        menu.api_command(&peer, "quarantine", "Stop content of a peer, both ways, at once",
                         "  tocsin peer quarantine \"Neighbour CERT\" --reason \"key may be stolen\"\n"
                         "  tocsin peer quarantine \"Neighbour CERT\" --off --reason \"new keys verified\"",
                         [this] { return this->quarantine(); });
    add_party(quarantine);
    quarantine.add_option("--reason", reason_, "Why; it stands in the audit trail")->required();
    quarantine.add_flag("--off", off_, "End the quarantine");

    CLI::App& address =
        menu.api_command(&peer, "address", "Confirm a private or loopback address of a peer",
                         "  tocsin peer address \"Hospital\" 10.20.0.5", [this] { return this->confirm_address(); });
    add_party(address);
    address.add_option("address", address_, "The address")->required();

    CLI::App& ledger =
        menu.api_command(&peer, "ledger", "What went to a peer and came from it, and how far it got",
                         "  tocsin peer ledger \"Hospital\" --limit 20", [this] { return this->ledger(); });
    add_party(ledger);
    Menu::add_limit(ledger, limit_);
  }

 private:
  void add_party(CLI::App& command) {
    command.add_option("party", party_, "Party id, its beginning, or the party's name")->required();
  }

  Result<void> invite() {
    Client client = TRY(Client::open(common_));
    const json::Value answer = TRY(client.get("/api/invitation"));
    const auto content = base::from_base64(answer.text("content"));
    if (!content) return fail(ErrorCode::Malformed, "cli.bad_answer", {"200"});
    if (file_.empty()) file_ = std::filesystem::path(answer.text("file_name")).filename();
    if (file_ == "-") {
      fmt::print("{}", base::as_text(*content));
      return {};
    }
    TRY_VOID(base::write_file_durably(file_, base::as_text(*content), 0644));
    if (common_.json) {
      print_json(answer);
      return {};
    }
    print_line(fmt::format("Invitation   {}", file_));
    print_line(fmt::format("Fingerprint  {}", text_of(answer, "fingerprint")));
    print_line(fmt::format("Endpoint     {}", text_of(answer, "endpoint")));
    print_line("Hand the file over by any way. It is no secret; what counts is the verification number afterwards.");
    return {};
  }

  Result<void> accept() {
    const std::string content = TRY(base::read_file(file_, kMaxInvitation));
    Client client = TRY(Client::open(common_));
    json::Object body{{"invitation", base::to_base64(base::as_bytes(content))}};
    if (!address_.empty()) body.set("allow_address", address_);
    const json::Value peer = TRY(client.post("/api/peers", std::move(body)));
    if (common_.json) {
      print_json(peer);
      return {};
    }
    print_line(fmt::format("{}  {} ({}, {})", text_of(peer, "party_id"), printable(text_of(peer, "name")),
                           text_of(peer, "kind"), text_of(peer, "country")));
    print_line("Next: read the verification number to each other (`tocsin peer show`, then `tocsin peer verify`).");
    return {};
  }

  Result<void> verify() {
    Client client = TRY(Client::open(common_));
    const std::string party = TRY(find_party(client, party_));
    const std::string number = TRY(ask_line("Verification number, as the other side reads it"));
    const json::Value peer = TRY(client.post("/api/peers/" + path_segment(party) + "/verify",
                                             json::Object{{"number", number}, {"method", method_}}));
    return report(peer, fmt::format("{} is verified.", printable(text_of(peer, "name"))));
  }

  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value peers = TRY(client.get("/api/peers"));
    if (common_.json) {
      print_json(peers);
      return {};
    }
    Table table({"party", "name", "state", "last contact", "queued", "late", "because"});
    for (const auto& peer : list_of(peers, "items"))
      table.add({text_of(peer, "party_id").substr(0, 12), text_of(peer, "name"), text_of(peer, "state"),
                 when(text_of(peer, "last_contact")), text_of(peer, "queued"), text_of(peer, "late"),
                 text_of(peer, "late_reason", "message")});
    table.print();
    return {};
  }

  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value peer = TRY(client.get("/api/peers/" + path_segment(TRY(find_party(client, party_)))));
    if (common_.json) {
      print_json(peer);
      return {};
    }
    print_line(fmt::format("Party         {}", text_of(peer, "party_id")));
    print_line(fmt::format("Name          {} ({}, {})", printable(text_of(peer, "name")), text_of(peer, "kind"),
                           text_of(peer, "country")));
    print_line(fmt::format("State         {}", text_of(peer, "state")));
    print_line(fmt::format("Endpoint      {}", printable(text_of(peer, "endpoint"))));
    print_line(
        fmt::format("Last contact  {}; {} queued", when(text_of(peer, "last_contact")), text_of(peer, "queued")));
    if (const std::string reason = text_of(peer, "late_reason", "message"); !reason.empty())
      print_line(fmt::format("Late          {}", printable(reason)));
    print_line(fmt::format("Its log       {} leaves, {}", text_of(peer, "checkpoint", "size"),
                           text_of(peer, "checkpoint", "state")));
    print_line(fmt::format("Number        {}", printable(text_of(peer, "verification_number"))));
    return {};
  }

  Result<void> quarantine() {
    Client client = TRY(Client::open(common_));
    const std::string party = TRY(find_party(client, party_));
    const json::Value peer = TRY(client.post("/api/peers/" + path_segment(party) + "/quarantine",
                                             json::Object{{"on", !off_}, {"reason", reason_}}));
    TRY_VOID(report(peer, fmt::format("{} is {}.", printable(text_of(peer, "name")), text_of(peer, "state"))));
    if (common_.json || off_) return {};
    print_line(fmt::format("Sent to it before: {} statements", peer.integer_or("already_sent_total", 0)));
    return {};
  }

  Result<void> confirm_address() {
    Client client = TRY(Client::open(common_));
    const std::string party = TRY(find_party(client, party_));
    const json::Value peer =
        TRY(client.post("/api/peers/" + path_segment(party) + "/address", json::Object{{"address", address_}}));
    return report(peer, fmt::format("{} may be reached at {}.", printable(text_of(peer, "name")), address_));
  }

  Result<void> ledger() {
    Client client = TRY(Client::open(common_));
    const std::string party = TRY(find_party(client, party_));
    const json::Value rows = TRY(client.list("/api/peers/" + path_segment(party) + "/ledger", {}, limit_));
    if (common_.json) {
      print_json(rows);
      return {};
    }
    Table table({"time", "", "kind", "state", "position", "bytes", "statement", "because"});
    for (const auto& row : list_of(rows, "items"))
      table.add({when(text_of(row, "time")), text_of(row, "direction"), text_of(row, "kind"), text_of(row, "state"),
                 text_of(row, "position"), text_of(row, "size"), text_of(row, "digest").substr(0, 16),
                 text_of(row, "reason", "message")});
    table.print();
    return {};
  }

  Result<void> report(const json::Value& answer, const std::string& sentence) {
    if (common_.json)
      print_json(answer);
    else
      print_line(sentence);
    return {};
  }

  Common& common_;
  std::string file_, party_, address_, method_, reason_;
  bool off_ = false;
  std::int64_t limit_ = 50;
};

}  // namespace

std::unique_ptr<Group> peer_commands(Menu& menu) {
  return std::make_unique<PeerCommands>(menu);
}

}  // namespace tocsin::cmd
