#include "cmd/tocsin/publishing.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"

namespace tocsin::cmd {
namespace {

class PublishCommands final : public Group {
 public:
  explicit PublishCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& publish =
        menu.api_command(nullptr, "publish", "Send items, an import or an alert to whom agreements permit",
                         "  tocsin publish --import 3 --preview --as linh      who will receive what, and why not\n"
                         "  tocsin publish 4711 4712 --as linh                 shows the same, then asks\n"
                         "  tocsin publish --alert 17 --agreement 01934c7e-... --yes --as linh\n"
                         "  tocsin publish 4713 --tlp TLP:RED --reader \"CERT of Nam:mai\" --as linh\n\n"
                         "What others gave goes on as their statement, whole, where their onward rule permits it.",
                         [this] { return this->publish(); });
    publish.add_option("items", items_, "Items to send, by their ids from search");
    publish.add_option("--import", import_, "All of an import");
    publish.add_option("--alert", alert_, "An alert");
    publish.add_option("--agreement", agreement_,
                       "Only under this agreement, by its id or its beginning; default: all in force");
    publish.add_option("--tlp", tlp_, "At least this restricted");
    publish.add_option("--onward", onward_,
                       "At most this wide: none, own_constituency, within_agreement, with_consent, free");
    publish.add_option("--reader", readers_,
                       "A person who may read TLP:RED, as PARTY:ACCOUNT: a peer by id, its beginning or name, and an "
                       "account there");
    publish.add_flag("--preview", preview_, "Only show who would receive what");
    publish.add_flag("--yes", yes_, "Do not ask before sending; a script has to say it");

    CLI::App& retract = menu.api_command(
        nullptr, "retract", "Take back an item or a statement of ours, everywhere",
        "  tocsin retract --item 4711 --reason wrong --note \"a customer's own scanner\" --as linh\n"
        "  tocsin retract --statement 9f86d081... --reason personal_data --yes --as linh\n\n"
        "Whoever holds it stops matching it, and for personal_data and source_at_risk removes it. That "
        "cannot be undone.",
        [this] { return this->retract(); });
    retract.add_option("--item", item_, "One object, in all statements that carried it");
    retract.add_option("--statement", statement_, "A whole statement, by its digest");
    retract.add_option("--reason", reason_, "wrong, narrowed, personal_data, source_at_risk or superseded")->required();
    retract.add_option("--note", note_, "For those who hold it");
    retract.add_flag("--yes", yes_, "Do not ask before taking it back; a script has to say it");

    CLI::App& retractions = menu.api_command(nullptr, "retractions", "What was taken back, and who has confirmed it",
                                             "  tocsin retractions --as linh", [this] { return this->retractions(); });
    Menu::add_limit(retractions, limit_);

    CLI::App& statements = menu.api_command(nullptr, "statements", "What was said, by us and to us, and how far it got",
                                            "  tocsin statements --direction out --kind intel --as linh",
                                            [this] { return this->statements(); });
    statements.add_option("--direction", direction_, "in or out");
    statements.add_option("--kind", kind_, "intel, alert, sighting, retract ...");
    Menu::add_limit(statements, limit_);

    CLI::App& why = menu.api_command(
        nullptr, "why", "Why something has not reached a party, or how it has",
        "  tocsin why 4711 --to \"Central Hospital\" --as linh\n"
        "  tocsin why --alert 17 --to hospital --as linh\n"
        "  tocsin why --statement 9f86d081884c7d65 --to hospital --json --as linh\n\n"
        "It names every way on which it went, waits or was refused, and what publishing it now would do. Exit code 0\n"
        "also where it has not reached them. What --as may not read is not spoken of.",
        [this] { return this->why(); });
    CLI::Option* item = why.add_option("item", item_, "The item's id, from search");
    CLI::Option* alert = why.add_option("--alert", alert_, "An alert instead")->excludes(item);
    why.add_option("--statement", statement_, "A statement instead, by its digest or its beginning")
        ->excludes(item)
        ->excludes(alert);
    why.add_option("--to", party_, "The peer, by id, its beginning or name")->required();
  }

 private:
  Result<void> publish() {
    if (items_.empty() && import_ == 0 && alert_.empty()) return fail(ErrorCode::Malformed, "cli.usage.nothing_named");
    json::Object request;
    if (!items_.empty()) request.set("items", json::Array(items_.begin(), items_.end()));
    if (import_ > 0) request.set("import_id", import_);
    for (const auto& [name, value] : {std::pair("alert", alert_), std::pair("tlp", tlp_), std::pair("onward", onward_)})
      if (!value.empty()) request.set(name, value);
    Client client = TRY(Client::open(common_));
    if (!agreement_.empty()) request.set("agreement", TRY(find_agreement(client, agreement_)));
    json::Array readers;
    for (const std::string& reader : readers_) {
      const auto [party, account] = TRY(split_reader(reader));
      readers.push_back(TRY(find_party(client, party)) + '/' + account);
    }
    if (!readers.empty()) request.set("readers", std::move(readers));
    if (preview_ || !yes_) {
      const json::Value plan = TRY(client.post("/api/publish/preview", request));
      if (preview_ && common_.json)
        print_json(plan);
      else
        say_plan(plan);
      if (preview_) return {};
      TRY_VOID(confirm("Send it", yes_));
    }
    const json::Value made = TRY(client.post("/api/publish", std::move(request)));
    if (common_.json) {
      print_json(made);
      return {};
    }
    for (const auto& statement : list_of(made, "statements"))
      print_line(fmt::format("{}  {}, {} objects, agreement {}", text_of(statement, "digest"),
                             text_of(statement, "kind"), text_of(statement, "objects"),
                             text_of(statement, "agreement")));
    const std::string names = names_of_receivers(made);
    print_line(fmt::format("{} {}", client.serving() ? "on its way to" : "waits until the node serves, for",
                           names.empty() ? "nobody" : names));
    say_notes(made);
    return {};
  }

  static void say_plan(const json::Value& plan) {
    print_line(fmt::format("{} objects, {}", text_of(plan, "objects"),
                           bytes_text(static_cast<std::uint64_t>(plan.integer_or("bytes", 0)))));
    for (const auto& recipient : list_of(plan, "recipients")) {
      print_line(fmt::format("{}: {} permitted, under \"{}\"", printable(text_of(recipient, "name")),
                             text_of(recipient, "permitted"), printable(text_of(recipient, "agreement", "title"))));
      if (const auto along = recipient.integer_or("along", 0); along > 0)
        print_line(fmt::format("  {} of these were not chosen: they stand in the same statements of others", along));
      if (const std::string names = names_of_readers(recipient); !names.empty())
        print_line(fmt::format("  TLP:RED: only for {}", names));
      for (const auto& refused : list_of(recipient, "refused"))
        print_line(fmt::format("  {} refused: {} (for instance {})", text_of(refused, "count"),
                               printable(text_of(refused, "reason", "message")),
                               printable(text_of(refused, "example"))));
    }
    for (const auto& other : list_of(plan, "not_recipients"))
      print_line(fmt::format("{}: nothing. {}", printable(text_of(other, "name")),
                             printable(text_of(other, "reason", "message"))));
    say_notes(plan);
  }

  static void say_notes(const json::Value& plan) {
    for (const auto& note : list_of(plan, "notes")) print_line(printable(text_of(note, "message")));
  }

  Result<void> retract() {
    if (item_.empty() == statement_.empty()) return fail(ErrorCode::Malformed, "cli.usage.item_or_statement");
    json::Object request{{"reason", reason_}};
    if (!item_.empty()) request.set("item", item_);
    if (!statement_.empty()) request.set("statement", statement_);
    if (!note_.empty()) request.set("note", note_);
    Client client = TRY(Client::open(common_));
    if (!yes_) {
      const std::string what =
          item_.empty() ? "statement " + printable(statement_)
                        : '"' + printable(text_of(TRY(client.get("/api/intel/" + path_segment(item_))), "name")) + '"';
      TRY_VOID(confirm("Take back " + what + " everywhere, which cannot be undone", yes_));
    }
    const json::Value made = TRY(client.post("/api/retract", std::move(request)));
    if (common_.json)
      print_json(made);
    else
      print_line(say_retraction(made));
    return {};
  }

  static std::string say_retraction(const json::Value& retraction) {
    if (text_of(retraction, "digest").empty()) return "Retracted here; it had not left this node.";
    return fmt::format("{}  {}: confirmed by {} of {} holders", text_of(retraction, "digest"),
                       text_of(retraction, "reason"), text_of(retraction, "confirmed"), text_of(retraction, "holders"));
  }

  Result<void> retractions() {
    Client client = TRY(Client::open(common_));
    const json::Value all = TRY(client.list("/api/retractions", {}, limit_));
    if (common_.json) {
      print_json(all);
      return {};
    }
    if (list_of(all, "items").empty()) print_line("Nothing has been taken back.");
    for (const auto& retraction : list_of(all, "items")) {
      print_line(say_retraction(retraction));
      for (const auto& holder : list_of(retraction, "holders_list")) {
        const std::string behind = text_of(holder, "onward_holders");
        print_line(fmt::format("  {}: {} {}{}", printable(text_of(holder, "name")), text_of(holder, "state"),
                               when(text_of(holder, "at")),
                               behind.empty() || behind == "0"
                                   ? ""
                                   : fmt::format("; behind it {} of {}", text_of(holder, "onward_confirmed"), behind)));
      }
    }
    return {};
  }

  Result<void> statements() {
    Client client = TRY(Client::open(common_));
    std::vector<std::pair<std::string, std::string>> query;
    if (!direction_.empty()) query.emplace_back("direction", direction_);
    if (!kind_.empty()) query.emplace_back("kind", kind_);
    const json::Value all = TRY(client.list("/api/statements", std::move(query), limit_));
    if (common_.json) {
      print_json(all);
      return {};
    }
    Table table({"statement", "", "kind", "author", "time", "TLP", "objects", "recipients"});
    for (const auto& one : list_of(all, "items")) {
      std::string recipients;
      for (const auto& recipient : list_of(one, "recipients"))
        recipients += fmt::format("{}{} {}", recipients.empty() ? "" : ", ", text_of(recipient, "name"),
                                  text_of(recipient, "state"));
      table.add({text_of(one, "digest").substr(0, 16), text_of(one, "direction"),
                 text_of(one, "kind") + (one.boolean_or("retracted", false) ? " (retracted)" : ""),
                 text_of(one, "author", "name"), when(text_of(one, "time")), text_of(one, "tlp"),
                 text_of(one, "objects"), recipients});
    }
    table.print();
    return {};
  }

  Result<void> why() {
    if (item_.empty() && alert_.empty() && statement_.empty()) return fail(ErrorCode::Malformed, "cli.usage.one_thing");
    Client client = TRY(Client::open(common_));
    std::vector<std::pair<std::string, std::string>> query{{"party", TRY(find_party(client, party_))}};
    for (const auto& [name, value] :
         {std::pair("item", item_), std::pair("alert", alert_), std::pair("statement", statement_)})
      if (!value.empty()) query.emplace_back(name, value);
    const json::Value answer = TRY(client.get("/api/reach", std::move(query)));
    if (common_.json) {
      print_json(answer);
      return {};
    }
    print_line(printable(text_of(answer, "says")));
    for (const auto& way : list_of(answer, "ways")) {
      const std::string title = printable(text_of(way, "title"));
      const std::string statement = text_of(way, "statement").substr(0, 16);
      print_line(fmt::format("  {:10}{}{}{}", text_of(way, "state"), statement.empty() ? "" : " statement " + statement,
                             title.empty() ? "" : fmt::format(" under “{}”", title),
                             text_of(way, "at").empty() ? "" : ", " + when(text_of(way, "at"))) +
                 (way.boolean_or("earlier", false) ? ", an earlier version" : ""));
      if (const std::string reason = text_of(way, "reason", "message"); !reason.empty())
        print_line("             " + printable(reason));
    }
    return {};
  }

  Common& common_;
  std::vector<std::string> items_, readers_;
  std::int64_t import_ = 0;
  std::string alert_, agreement_, tlp_, onward_, item_, statement_, reason_, note_, direction_, kind_, party_;
  bool preview_ = false, yes_ = false;
  std::int64_t limit_ = 50;
};

}  // namespace

std::string names_of_receivers(const json::Value& plan) {
  std::vector<std::string> names;
  for (const auto& recipient : list_of(plan, "recipients")) {
    std::string name = printable(text_of(recipient, "name"));
    // One party may be permitted under several agreements.
    if (recipient.integer_or("permitted", 0) > 0 && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string names_of_readers(const json::Value& recipient) {
  std::vector<std::string> names;
  for (const auto& reader : list_of(recipient, "readers")) {
    const std::string account = printable(text_of(reader, "account")), name = printable(text_of(reader, "name"));
    names.push_back(name == account ? account : fmt::format("{} ({})", name, account));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<std::pair<std::string, std::string>> split_reader(const std::string& text) {
  const auto colon = text.rfind(':');  // a party's name may hold one, an account's cannot
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    return fail(ErrorCode::Malformed, "cli.usage.reader", {text});
  return std::pair(text.substr(0, colon), text.substr(colon + 1));
}

std::unique_ptr<Group> publish_commands(Menu& menu) {
  return std::make_unique<PublishCommands>(menu);
}

}  // namespace tocsin::cmd
