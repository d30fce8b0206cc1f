// Intelligence comes in from files and is looked up.
#include <fmt/format.h>

#include <filesystem>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "core/trust/ids.h"
#include "formats/telemetry/telemetry.h"

namespace tocsin::cmd {
namespace {

constexpr std::size_t kMaxImportBytes = std::size_t{1} << 30;  // what the node takes in one request
constexpr std::size_t kRefusalsShown = 5;

class IntelCommands final : public Group {
 public:
  explicit IntelCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& import = menu.api_command(
        nullptr, "import",
        "Take in files: STIX 2.0 and 2.1 bundles, Zeek intel, CSV, hosts files, plain lists; also .gz, .xz, .zst",
        "  tocsin import report.json --as linh\n"
        "  tocsin import *.intel --tlp TLP:GREEN --as linh\n"
        "  tocsin import feed.csv --dry-run     says what would happen\n"
        "  tocsin import --list --as linh       what was imported, by whom, and how it ended\n\n"
        "The form is recognised. What is unusable is listed; the rest is stored. An import that was cut off is listed\n"
        "as interrupted: importing the file again completes it. A dry run leaves nothing that could be listed.",
        [this] { return list_ ? list_imports() : import_files(); });
    CLI::Option* files = import.add_option("files", files_, "Files (-: standard input)");
    import.add_option("--tlp", tlp_,
                      "At least this for all; what carries no marking of its own gets it. Default there: TLP:AMBER");
    import.add_option("--pap", pap_, "Permissible actions for the same; default: PAP:GREEN");
    import.add_option("--format", format_, "stix, zeek-intel, csv, hosts or plain, where recognition is wrong");
    import.add_flag("--dry-run", dry_run_, "Only say what would happen");
    import.add_flag("--list", list_, "Say what was imported so far, the newest first")->excludes(files);
    Menu::add_limit(import, limit_);

    CLI::App& search = menu.api_command(
        nullptr, "search", "Look for intelligence by words and values",
        "  tocsin search \"cobalt strike\" --as linh\n  tocsin search 198.51.100.7 --type indicator --json --as linh",
        [this] { return this->search(); });
    search.add_option("query", query_, "Words or a value; none: the newest");
    search.add_option("--type", type_, "STIX type: indicator, malware, report ...");
    search.add_option("--source", source_, "A party: id, its beginning or name, or own");
    search.add_option("--tlp", tlp_, "Only what is marked so");
    Menu::add_limit(search, limit_);

    CLI::App& show = menu.api_command(
        nullptr, "show", "One object: where it came from, who has it, what it is related to",
        "  tocsin show 4711 --as linh\n  tocsin show 4711 --json --as linh | jq .raw", [this] { return this->show(); });
    show.add_option("item", item_, "The item's id, from search")->required();
  }

 private:
  Result<void> list_imports() {
    Client client = TRY(Client::open(common_));
    const json::Value imports = TRY(client.list("/api/imports", {}, limit_));
    if (common_.json) {
      print_json(imports);
      return {};
    }
    Table table({"import", "time", "by", "file", "form", "objects", "stored", "updated", "refused", "state"});
    for (const auto& one : list_of(imports, "items"))
      table.add({text_of(one, "import_id"), when(text_of(one, "time")), text_of(one, "by"), text_of(one, "name"),
                 text_of(one, "format"), std::to_string(objects_of(one)), text_of(one, "stored"),
                 text_of(one, "updated"), text_of(one, "refused"), state_of(one)});
    table.print();
    return {};
  }

  static std::string state_of(const json::Value& import) {
    const std::string by = text_of(import, "repeated_by");
    return text_of(import, "state") + (by.empty() ? "" : ", repeated by " + by);
  }

  static std::int64_t objects_of(const json::Value& import) {
    std::int64_t out = 0;
    for (const char* became : {"stored", "updated", "unchanged", "refused"}) out += import.integer_or(became, 0);
    return out;
  }

  Result<void> import_files() {
    if (files_.empty()) return fail(ErrorCode::Malformed, "cli.usage.no_file");
    Client client = TRY(Client::open(common_));
    json::Array reports;
    std::optional<Error> first_failure;
    Progress progress(dry_run_ ? "looking at" : "importing");
    for (std::size_t i = 0; i < files_.size(); ++i) {
      progress.show(i, files_.size(), files_[i]);
      auto report = import_one(client, files_[i]);
      if (!report) {
        // One bad file does not keep the others out.
        progress.clear();
        if (files_.size() == 1) return tl::unexpected(report.error());
        print_note(fmt::format("{}: {}", printable(files_[i]), explain(report.error())));
        if (!first_failure) first_failure = report.error();
        if (exit_code(report.error()) == kUnreachable) break;
        continue;
      }
      progress.clear();
      if (!common_.json) say(files_[i], *report);
      json::Object with_name = report->object() != nullptr ? *report->object() : json::Object{};
      with_name.set("name", files_[i]);
      reports.push_back(std::move(with_name));
    }
    if (common_.json)
      print_json(files_.size() == 1 && reports.size() == 1 ? reports.front()
                                                           : json::Value(json::Object{{"items", std::move(reports)}}));
    if (!first_failure) return {};
    if (exit_code(*first_failure) == kUnreachable) return tl::unexpected(*first_failure);
    return fail(ErrorCode::Malformed, "cli.files_refused");
  }

  Result<json::Value> import_one(Client& client, const std::string& file) {
    Call call{"POST", "/api/import", {}, {}, "application/octet-stream"};
    bool too_large = false;
    TRY_VOID(telemetry::read_file(file, [&](std::string_view chunk) {
      too_large = call.body.size() + chunk.size() > kMaxImportBytes;
      if (!too_large) call.body += chunk;
      return !too_large;
    }));
    if (too_large) return fail(ErrorCode::TooLarge, "file.too_large", {file, std::to_string(kMaxImportBytes)});
    call.query.emplace_back("name", file == "-" ? "standard input" : std::filesystem::path(file).filename().string());
    if (!tlp_.empty()) call.query.emplace_back("tlp", tlp_);
    if (!pap_.empty()) call.query.emplace_back("pap", pap_);
    if (!format_.empty()) call.query.emplace_back("format", format_);
    if (dry_run_) call.query.emplace_back("dry_run", "1");
    return client.ask(call);
  }

  void say(const std::string& file, const json::Value& report) const {
    const auto& refused = list_of(report, "refused");
    print_line(fmt::format("{}: {}, {} objects: {} stored, {} updated, {} unchanged, {} refused{}", printable(file),
                           text_of(report, "format"), text_of(report, "objects"), text_of(report, "stored"),
                           text_of(report, "updated"), text_of(report, "unchanged"), text_of(report, "refused_count"),
                           dry_run_ ? " (dry run)" : fmt::format("; import {}", text_of(report, "import_id"))));
    if (report.boolean_or("needs_tlp", false))
      print_line(fmt::format("  some objects carry no TLP; they are handled as {}. Say --tlp to choose.",
                             text_of(report, "tlp")));
    for (std::size_t i = 0; i < refused.size() && i < kRefusalsShown; ++i)
      print_line(fmt::format("  refused at {}: {} {}", text_of(refused[i], "at"),
                             printable(text_of(refused[i], "text")), printable(text_of(refused[i], "message"))));
    if (const auto all = report.integer_or("refused_count", 0); all > static_cast<std::int64_t>(kRefusalsShown))
      print_line(fmt::format("  ... and {} more (--json lists the first {})",
                             all - static_cast<std::int64_t>(kRefusalsShown), refused.size()));
    const auto say_findings = [&](bool of_matching) {
      for (const auto& finding : list_of(report, "findings"))
        if ((text_of(finding, "level") == "matching") == of_matching)
          print_line(fmt::format("  {} {} times, first at {}: {}", text_of(finding, "level"), text_of(finding, "count"),
                                 printable(text_of(finding, "pointer")), printable(text_of(finding, "message"))));
    };
    say_findings(false);
    if (text_of(report, "not_matched") == "0" && text_of(report, "partly_matched") == "0") return;
    print_line(fmt::format("  sensors do not watch for {} of the indicators, and for {} only in part:",
                           text_of(report, "not_matched"), text_of(report, "partly_matched")));
    say_findings(true);
  }

  Result<void> search() {
    Client client = TRY(Client::open(common_));
    // Who is no peer may have given something all the same, through others: a whole id is one.
    if (!source_.empty() && source_ != "own" && !trust::PartyId::parse(source_))
      source_ = TRY(find_party(client, source_));
    std::vector<std::pair<std::string, std::string>> query;
    for (const auto& [name, value] :
         {std::pair("q", query_), std::pair("type", type_), std::pair("source", source_), std::pair("tlp", tlp_)})
      if (!value.empty()) query.emplace_back(name, value);
    const json::Value items = TRY(client.list("/api/intel", std::move(query), limit_));
    if (common_.json) {
      print_json(items);
      return {};
    }
    Table table({"item", "type", "name", "value", "from", "TLP", "matching", "modified"});
    for (const auto& item : list_of(items, "items")) {
      const std::string retracted = text_of(item, "retracted");
      table.add({text_of(item, "item"), text_of(item, "type"), text_of(item, "name"), text_of(item, "value"),
                 text_of(item, "voucher", "name"), text_of(item, "tlp"),
                 retracted.empty() ? text_of(item, "matching") : "retracted: " + retracted,
                 when(text_of(item, "modified"))});
    }
    table.print();
    return {};
  }

  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value item = TRY(client.get("/api/intel/" + path_segment(item_)));
    if (common_.json) {
      print_json(item);
      return {};
    }
    print_line(fmt::format("{}  {}", text_of(item, "id"), printable(text_of(item, "name"))));
    print_line(fmt::format("  {} {} {}; vouched for by {}; {}", text_of(item, "tlp"), text_of(item, "pap"),
                           text_of(item, "onward"), printable(text_of(item, "voucher", "name")),
                           text_of(item, "retracted").empty()
                               ? (item.boolean_or("matching", false) ? "matching" : "not matched")
                               : "retracted: " + text_of(item, "retracted")));
    for (const auto& origin : list_of(item, "provenance"))
      print_line(fmt::format("  received {} from {} ({})", when(text_of(origin, "received")),
                             printable(text_of(origin, "name")), text_of(origin, "basis")));
    for (const auto& finding : list_of(item, "findings"))
      print_line(fmt::format("  {} {}: {}", text_of(finding, "level"), printable(text_of(finding, "pointer")),
                             printable(text_of(finding, "message"))));
    for (const auto& group : list_of(item, "related"))
      print_line(fmt::format("  shares {} {} with {} others{}", text_of(group, "kind"),
                             printable(text_of(group, "value")), list_of(group, "items").size(),
                             group.boolean_or("too_common", false) ? " (too common to mean much)" : ""));
    for (const auto& sighting : list_of(item, "sightings"))
      print_line(fmt::format("  seen by {}: {} times, {} to {}", printable(text_of(sighting, "name")),
                             text_of(sighting, "count"), when(text_of(sighting, "first")),
                             when(text_of(sighting, "last"))));
    for (const auto& recipient : list_of(item, "sent_to"))
      print_line(fmt::format("  sent to {}: {}", printable(text_of(recipient, "name")), text_of(recipient, "state")));
    return {};
  }

  Common& common_;
  std::vector<std::string> files_;
  std::string tlp_, pap_, format_, query_, type_, source_, item_;
  bool dry_run_ = false, list_ = false;
  std::int64_t limit_ = 50;
};

}  // namespace

std::unique_ptr<Group> intel_commands(Menu& menu) {
  return std::make_unique<IntelCommands>(menu);
}

}  // namespace tocsin::cmd
