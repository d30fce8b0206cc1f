// Our description and its keys: renewed, followed by others, taken back. The root key is opened here, in the command,
// or on a machine that has no network; the node gets its signature only.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "core/trust/root_file.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr std::uint64_t kMaxRootFile = 1u << 16;
constexpr std::uint64_t kMaxDescriptorFile = 1u << 20;

// Written once: what lies there may be the only copy of a key.
Result<void> write_new(const std::string& file, std::string_view content) {
  if (base::exists(file)) return fail(ErrorCode::Conflict, "cli.file_exists", {file});
  return base::write_file_durably(file, content, 0600);
}

class KeyCommands final : public Group {
 public:
  explicit KeyCommands(Menu& menu) : common_(menu.common()) {
    add_party(menu);
    add_keys(menu);
    add_root(menu);
  }

 private:
  void add_party(Menu& menu) {
    CLI::App& party = menu.group("party", "Who we are");
    CLI::App& renew = menu.api_command(
        &party, "renew", "Announce the signatories as they are now, valid for two more years; the root key signs it",
        "  tocsin party renew --root-file /media/safe/root.sealed\n"
        "  tocsin party renew --to-sign next.json       to be signed elsewhere: tocsin root sign --help\n\n"
        "Needed after a signatory came or went, and before the description expires. The root key is opened here, in\n"
        "this command; the node gets the signature only.",
        [this] { return this->renew(); });
    add_signing(renew);
    CLI::App& announce = menu.api_command(&party, "announce", "Take a description that the root key has signed",
                                          "  tocsin party announce signed.json", [this] { return this->announce(); });
    announce.add_option("FILE", file_, "What tocsin root sign has written")->required();
  }

  void add_keys(Menu& menu) {
    CLI::App& key = menu.group("key", "The keys with which this party signs and is recognised");
    menu.api_command(&key, "list", "Keys in force, and those that were followed",
                     "  tocsin key list\n  tocsin key list --json | jq .retired", [this] { return list(); });
    CLI::App& rotate = menu.api_command(
        &key, "rotate", "Let new keys follow: what the ones before have signed stays good",
        "  tocsin key rotate statement log exercise tls --root-file /media/safe/root.sealed\n"
        "  tocsin key rotate tls --to-sign next.json    to be signed elsewhere: tocsin root sign --help\n\n"
        "The new keys are made on the node and never leave it. Peers learn of them by themselves.",
        [this] { return this->rotate(); });
    rotate.add_option("USE", uses_, "statement, log, exercise, tls")->required();
    add_signing(rotate);
    CLI::App& revoke = menu.api_command(
        &key, "revoke", "A key was stolen: what it has signed after a leaf of our log is no longer ours",
        "  tocsin log show --limit 50                   which was the last leaf that was yours?\n"
        "  tocsin key revoke statement --last-good 1204 --root-file /media/safe/root.sealed\n"
        "  tocsin key revoke statement --last-good none ...   none of this epoch\n\n"
        "Peers refuse what came later under that key, and take back what they have taken of it. What was really yours\n"
        "has to be said again. A key of tls has no leaves: tocsin key rotate tls.",
        [this] { return this->revoke(); });
    revoke.add_option("USE", uses_, "statement, log or exercise")->required();
    revoke
        .add_option("--last-good", last_good_,
                    "Number of the last good leaf of the present epoch, or none; of an earlier one: EPOCH:LEAF")
        ->required()
        ->type_name("LEAF");
    revoke.add_option("--key", key_,
                      "A key that was followed already (tocsin key list): it is only taken back further");
    add_signing(revoke);
  }

  void add_root(Menu& menu) {
    CLI::App& root = menu.group("root", "The root key, which lies elsewhere");
    CLI::App& sign = menu.command(&root, "sign", "Sign a description, on a machine that needs no network and no node",
                                  "  tocsin root sign next.json --root-file root.sealed --signed signed.json",
                                  [this] { return this->sign_file(); });
    sign.add_option("FILE", file_, "What --to-sign has written")->required();
    sign.add_option("--signed", signed_file_, "Where the signed description goes")->required();
    sign.add_option("--root-file", root_file_, "The sealed root key")->required();
    sign.add_option("--root-passphrase-file", passphrase_file_, "Read the passphrase from this file (- or /dev/fd/N)");
    CLI::App& succeed = menu.api_command(
        &root, "succeed", "The next root key takes the place of one that was lost or stolen",
        "  tocsin root succeed --next-root-file /media/other/next-root.sealed \\\n"
        "      --new-root-file root-2.sealed --new-next-root-file next-root-2.sealed\n\n"
        "The party stays who it is: its id, its agreements, its log. Peers take nothing any more that the root before\n"
        "signs. Keep the two new files in two places, and destroy the one given.",
        [this] { return this->succeed(); });
    succeed.add_option("--next-root-file", root_file_, "The sealed next root key")->required();
    succeed.add_option("--new-root-file", new_root_file_, "Where it goes as the root key that it becomes")->required();
    succeed.add_option("--new-next-root-file", new_next_file_, "Where the one that follows it goes")->required();
    succeed.add_option("--root-passphrase-file", passphrase_file_,
                       "Read the passphrase from this file (- or /dev/fd/N); the new files have the same");
  }

  void add_signing(CLI::App& command) {
    auto* here = command.add_option("--root-file", root_file_, "The sealed root key, to sign here and now");
    auto* elsewhere = command.add_option("--to-sign", to_sign_, "Write what is to be signed into this file instead");
    here->excludes(elsewhere);
    command.add_option("--root-passphrase-file", passphrase_file_,
                       "Read the root passphrase from this file (- or /dev/fd/N)");
  }

  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value party = TRY(client.get("/api/party"));
    if (common_.json) {
      print_json(party);
      return {};
    }
    Table table({"use", "key", "good for"});
    for (const auto& key : list_of(party, "keys")) table.add({text_of(key, "use"), text_of(key, "key"), "in force"});
    for (const auto& key : list_of(party, "retired"))
      table.add({text_of(key, "use"), text_of(key, "key"),
                 fmt::format("leaves to {} of epoch {}", text_of(key, "last"), text_of(key, "epoch"))});
    for (const auto& key : list_of(party, "earlier_roots"))
      if (key.string() != nullptr) table.add({"root", *key.string(), "the roots that followed"});
    table.print();
    return {};
  }

  Result<void> renew() {
    Client client = TRY(Client::open(common_));
    return sign(client, TRY(client.get("/api/party/next")));
  }

  Result<void> rotate() { return change_keys({}); }

  // "1204", "none", "2:1204", "2:none"
  Result<void> revoke() {
    const auto number = [&](std::string_view text) -> Result<std::int64_t> {
      std::int64_t out = -1;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size() || out < 0)
        return fail(ErrorCode::Malformed, "cli.usage.leaf", {last_good_});
      return out;
    };
    const std::string_view said = last_good_;
    const auto colon = said.find(':');
    const std::string_view leaf = colon == std::string_view::npos ? said : said.substr(colon + 1);
    json::Object good;
    if (colon != std::string_view::npos) good.set("epoch", TRY(number(said.substr(0, colon))));
    good.set("last_good", leaf == "none" ? -1 : TRY(number(leaf)));
    if (!key_.empty()) good.set("key", key_);
    return change_keys(good);
  }

  Result<void> change_keys(const json::Object& how) {
    json::Array keys;
    for (const std::string& use : uses_) {
      json::Object entry = how;
      entry.set("use", use);
      keys.emplace_back(std::move(entry));
    }
    Client client = TRY(Client::open(common_));
    return sign(client, TRY(client.post("/api/party/next", json::Object{{"keys", std::move(keys)}})));
  }

  // Here with the root key, or into a file for where it lies.
  Result<void> sign(Client& client, const json::Value& next) {
    if (root_file_.empty() && to_sign_.empty()) return fail(ErrorCode::Malformed, "cli.usage.root_or_file");
    if (!common_.json) {
      print_line(fmt::format("Version {}, valid until {}", text_of(next, "version"), when(text_of(next, "expires"))));
      for (const auto& name : list_of(next, "added")) print_line("+ signatory " + printable(*name.string()));
      for (const auto& name : list_of(next, "removed")) print_line("- signatory " + printable(*name.string()));
      if (next.integer_or("given_up", 0) > 0)
        print_line(fmt::format("{} entries of our log no longer count as ours: say again what was",
                               text_of(next, "given_up")));
    }
    if (!to_sign_.empty()) {
      TRY_VOID(write_new(to_sign_, json::write(next)));
      if (common_.json)
        print_json(json::Object{{"to_sign", to_sign_}});
      else
        print_line(fmt::format("Sign it where the root key lies: tocsin root sign {} --root-file ...", to_sign_));
      return {};
    }
    TRY_VOID(show_what_is_signed(text_of(next, "payload")));
    return announce(client, trust::sign(trust::SignedType::Descriptor, TRY(open_root()), text_of(next, "payload")));
  }

  // Read from the very bytes that the root will sign, not from what the node says of them: whoever has taken the node
  // over could otherwise have its own keys signed unseen.
  Result<void> show_what_is_signed(const std::string& payload) {
    const json::Value descriptor = TRY(json::parse(payload));
    if (descriptor.object() == nullptr) return fail(ErrorCode::Malformed, "json.not_an_object");
    for (const auto& [member, value] : *descriptor.object())
      print_note(fmt::format("{:<17}{}", printable(member), printable(json::write(value))));
    print_note("Compare keys and endpoints with what you have on paper (tocsin party show) before you sign.");
    return {};
  }

  Result<crypto::SigningKey> open_root() {
    const std::string sealed = TRY(base::read_file(root_file_, kMaxRootFile));
    return trust::open_root(sealed, TRY(ask_secret("Passphrase of the root key", passphrase_file_, Typed::Once)));
  }

  Result<void> announce(Client& client, const trust::Signed& descriptor) {
    const json::Value taken = TRY(
        client.post("/api/party/descriptor", json::Object{{"jws", descriptor.jws}, {"payload", descriptor.payload}}));
    if (common_.json)
      print_json(taken);
    else
      print_line("Renewed. Peers hear of it with the next delivery.");
    return {};
  }

  Result<void> announce() {
    const json::Value file = TRY(json::parse(TRY(base::read_file(file_, kMaxDescriptorFile))));
    Client client = TRY(Client::open(common_));
    return announce(client, {file.text("jws"), file.text("payload")});
  }

  Result<void> sign_file() {
    const json::Value next = TRY(json::parse(TRY(base::read_file(file_, kMaxDescriptorFile))));
    TRY_VOID(show_what_is_signed(next.text("payload")));
    const auto made = trust::sign(trust::SignedType::Descriptor, TRY(open_root()), next.text("payload"));
    TRY(trust::verify_descriptor(made));  // another root's signature would be refused there
    TRY_VOID(write_new(signed_file_, json::write(json::Object{{"jws", made.jws}, {"payload", made.payload}})));
    print_line(fmt::format("Signed. On the node: tocsin party announce {}", signed_file_));
    return {};
  }

  Result<void> succeed() {
    const std::string sealed = TRY(base::read_file(root_file_, kMaxRootFile));
    const std::string passphrase = TRY(ask_secret("Passphrase of the next root key", passphrase_file_, Typed::Once));
    const trust::NextRoot next = TRY(trust::open_next_root(sealed, passphrase));
    Client client = TRY(Client::open(common_));
    const json::Value planned = TRY(client.get("/api/party/next"));
    const crypto::SigningKey successor = crypto::SigningKey::generate();
    const std::string payload = TRY(trust::succeed(text_of(planned, "payload"), next, successor.public_key()));
    TRY_VOID(show_what_is_signed(payload));
    // Before anybody hears of it: a root that is announced and nowhere written down would be the end of the party.
    TRY_VOID(write_new(new_root_file_, trust::seal_root(next.key, passphrase)));
    TRY_VOID(write_new(new_next_file_, trust::seal_next_root(successor, next.key, passphrase)));
    return announce(client, trust::sign(trust::SignedType::Descriptor, next.key, payload));
  }

  Common& common_;
  std::string root_file_, passphrase_file_, to_sign_, signed_file_, file_, new_root_file_, new_next_file_, last_good_,
      key_;
  std::vector<std::string> uses_;
};

}  // namespace

std::unique_ptr<Group> key_commands(Menu& menu) {
  return std::make_unique<KeyCommands>(menu);
}

}  // namespace tocsin::cmd
