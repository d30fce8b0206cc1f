// A sealed copy of the running node, and a node from such a copy.
#include <fmt/format.h>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "ground/base/file.h"
#include "ground/base/file_stream.h"

namespace tocsin::cmd {
namespace {

class BackupCommands final : public Group {
 public:
  explicit BackupCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& backup = menu.api_command(
        nullptr, "backup", "Write a sealed backup of the node, also while it serves",
        "  tocsin backup --out tocsin-2026-11-21.sealed\n"
        "  tocsin backup --out /mnt/backup/node.sealed --passphrase-file /etc/tocsin/backup-passphrase",
        [this] { return this->backup(); });
    backup.add_option("--out", file_, "File to write")->required();
    backup.add_option("--passphrase-file", passphrase_file_,
                      "Read the passphrase from this file (-: standard input, /dev/fd/N)");
    CLI::App& restore = menu.command(
        nullptr, "restore", "Make a node of a backup, in a new folder and with a new epoch of the log",
        "  tocsin restore --from node.sealed --root-file /media/safe/root.sealed --data /var/lib/tocsin\n\n"
        "Asks for the backup's passphrase, then for that of the root key, which signs the descriptor naming the new "
        "epoch.\n"
        "Stop the old node for good first: two nodes of one party contradict each other.",
        [this] { return this->restore(); });
    restore.add_option("--from", file_, "The sealed backup")->required();
    restore.add_option("--root-file", root_file_, "The sealed root key")->required();
    restore.add_option("--passphrase-file", passphrase_file_, "Read the backup's passphrase from this file");
    restore.add_option("--root-passphrase-file", root_passphrase_file_,
                       "Read the root key's passphrase from this file");
    restore.add_flag("--json", common_.json, "For programs");

    CLI::App& recovery = menu.group("recovery", "After a restore: what the peers give back");
    menu.api_command(&recovery, "show", "Which peers have given back what happened after the backup",
                     "  tocsin recovery show", [this] { return show_recovery(); });
    menu.api_command(
        &recovery, "proceed", "Wait no longer for the silent ones; your name is written down",
        "  tocsin recovery proceed --as an\n\n"
        "Until all have answered, or until this command, nothing leaves that could contradict what was "
        "said after the\nbackup. Alerts, sightings, acknowledgements and retractions leave at once. What a "
        "silent peer gives back\nlater is taken all the same.",
        [this] { return proceed(); });
  }

 private:
  Result<void> backup() {
    if (base::exists(file_)) return fail(ErrorCode::Conflict, "cli.file_exists", {file_});
    const std::string passphrase = TRY(ask_secret("Passphrase for the backup", passphrase_file_, Typed::Twice));
    Client client = TRY(Client::open(common_));
    base::NewFile file = TRY(base::NewFile::begin(file_));
    Progress progress("backup");
    progress.show(0, 0, "the node makes and seals a copy");
    std::uint64_t bytes = 0;
    Result<void> written;
    TRY_VOID(client.download({"POST", "/api/backup", {}, json::write(json::Object{{"passphrase", passphrase}})},
                             [&](std::string_view piece) {
                               written = file.add(piece);
                               bytes += piece.size();
                               progress.show(bytes, 0, bytes_text(bytes) + " written");
                               return written.has_value();
                             }));
    TRY_VOID(written);
    TRY_VOID(file.finish());
    progress.clear();
    if (common_.json)
      print_json(json::Object{{"file", file_}, {"bytes", bytes}});
    else
      print_line(fmt::format("{}  {}; it holds keys, sealed. Without the passphrase nobody can open it.", file_,
                             bytes_text(bytes)));
    return {};
  }

  Result<void> restore() {
    node::RestoreRequest request;
    request.folder = common_.folder;
    request.backup_file = file_;
    request.root_file = root_file_;
    request.backup_passphrase = TRY(ask_secret("Passphrase of the backup", passphrase_file_, Typed::Once));
    request.root_passphrase = TRY(ask_secret("Passphrase of the root key", root_passphrase_file_, Typed::Once));
    Progress progress("restore");
    request.on_progress = [&](std::uint64_t done, std::uint64_t total) {
      progress.show(done, total, fmt::format("{} of {}", bytes_text(done), bytes_text(total)));
    };
    const journeys::Reopened made = TRY(node::restore(request));
    progress.clear();
    if (common_.json) {
      print_json(json::Object{{"folder", common_.folder},
                              {"epoch", made.epoch},
                              {"descriptor_version", static_cast<std::int64_t>(made.descriptor_version)},
                              {"peers_asked", made.peers_asked}});
      return {};
    }
    print_line(fmt::format("Restored into {}", common_.folder));
    print_line(fmt::format("Log epoch   {} (new)", made.epoch));
    print_line(fmt::format("Descriptor  version {}", made.descriptor_version));
    print_line(fmt::format("Peers       {} will be asked for what happened after the backup", made.peers_asked));
    print_line(fmt::format("Next        tocsin serve --data {}", common_.folder));
    if (made.peers_asked > 0) print_line("            tocsin recovery show");
    return {};
  }

  Result<void> show_recovery() {
    Client client = TRY(Client::open(common_));
    return print_recovery(TRY(client.get("/api/recovery")));
  }

  Result<void> proceed() {
    Client client = TRY(Client::open(common_));
    return print_recovery(TRY(client.post("/api/recovery/proceed", json::Object{})));
  }

  Result<void> print_recovery(const json::Value& answer) {
    if (common_.json) {
      print_json(answer);
      return {};
    }
    Table table({"party", "asked", "answered", "given back", "not waited for"});
    for (const auto& one : list_of(answer, "peers"))
      table.add({printable(text_of(one, "name")), when(text_of(one, "asked")), when(text_of(one, "answered")),
                 text_of(one, "returned"), text_of(one, "waived_by")});
    table.print();
    print_line(answer.boolean_or("waiting", false) ? "Waiting: what could contradict earlier words stays here."
                                                   : "Not waiting for anybody.");
    return {};
  }

  Common& common_;
  std::string file_, root_file_, passphrase_file_, root_passphrase_file_;
};

}  // namespace

std::unique_ptr<Group> backup_commands(Menu& menu) {
  return std::make_unique<BackupCommands>(menu);
}

}  // namespace tocsin::cmd
