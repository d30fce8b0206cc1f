// The tamper-evident log: what is in it, and whether it holds.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "formats/merkle/merkle.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr std::uint64_t kTileWidth = 256;  // hashes in a full tile (C2SP tlog-tiles)

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
    CLI::App& write =
        menu.api_command(&log, "export", "Write checkpoint and tiles into a folder, for tools that know no tocsin",
                         "  tocsin log export our-log\n\n"
                         "The files are those of C2SP tlog-tiles. They hold digests, nothing of what was said.",
                         [this] { return this->write_files(); });
    write.add_option("folder", folder_, "Folder to write into")->required();
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

  // The checkpoint comes last: where it stands, everything that it speaks of does.
  Result<void> write_files() {
    Client client = TRY(Client::open(common_));
    const json::Value log = TRY(client.get("/api/log", {{"limit", "1"}}));
    const auto size = static_cast<std::uint64_t>(log.integer_or("size", 0));
    std::uint64_t tiles = 0;
    Progress progress("writing the log");
    for (unsigned level = 0; level < 8 && size >> (8 * level) != 0; ++level)
      for (std::uint64_t index = 0, hashes = size >> (8 * level); index * kTileWidth < hashes; ++index) {
        const auto width = static_cast<unsigned>(std::min<std::uint64_t>(kTileWidth, hashes - index * kTileWidth));
        TRY_VOID(write_tile(client, merkle::tile_path(level, index, width)));
        progress.show(++tiles, size / kTileWidth + 1, folder_);
      }
    progress.clear();
    TRY_VOID(write_file("checkpoint", text_of(log, "checkpoint")));
    if (common_.json) {
      print_json(json::Object{{"epoch", text_of(log, "epoch")},
                              {"size", static_cast<std::int64_t>(size)},
                              {"root", text_of(log, "root")},
                              {"verifier_key", text_of(log, "verifier_key")},
                              {"tiles", static_cast<std::int64_t>(tiles)}});
      return {};
    }
    print_line(fmt::format("Epoch {}, {} leaves, root {}: a checkpoint and {} tiles in {}", text_of(log, "epoch"), size,
                           text_of(log, "root"), tiles, printable(folder_)));
    print_line(fmt::format("Verifier key {}", text_of(log, "verifier_key")));
    return {};
  }

  Result<void> write_tile(Client& client, const std::string& path) {
    const auto answer = TRY(client.send({"GET", "/api/log/tile", {{"path", path}}}));
    if (answer.status != 200) return tl::unexpected(error_in(answer));
    return write_file("tile/" + path, answer.body);
  }

  Result<void> write_file(const std::string& path, const std::string& content) {
    const std::filesystem::path file = std::filesystem::path(folder_) / path;
    std::error_code problem;
    std::filesystem::create_directories(file.parent_path(), problem);
    return base::write_file_durably(file, content, 0644);
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
  std::string folder_;
  bool peers_ = false;
  std::int64_t limit_ = 20;
};

}  // namespace

std::unique_ptr<Group> log_commands(Menu& menu) {
  return std::make_unique<LogCommands>(menu);
}

}  // namespace tocsin::cmd
