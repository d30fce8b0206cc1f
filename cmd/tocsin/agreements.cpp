// Agreements: proposed by one, signed by two persons of each party.
#include <fmt/format.h>

#include "cmd/tocsin/agreement_terms.h"
#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "cmd/tocsin/prompts.h"
#include "journeys/agree.h"

namespace tocsin::cmd {
namespace {

// The member's title in English, where it is an object of languages; else as it is.
std::string title_of(const json::Value& agreement) {
  const json::Value* title = agreement.find("title");
  if (title == nullptr) return "";
  return title->string() != nullptr ? *title->string() : title->text("en", title->text("fr", title->text("vi")));
}

bool is_unpeered(const json::Value& agreement, const json::Value& party) {
  for (const auto& id : list_of(agreement, "unpeered"))
    if (id.string() != nullptr && *id.string() == text_of(party, "party_id")) return true;
  return false;
}

std::string stand_of(const json::Value& party) {
  if (const std::string left = text_of(party, "left_at"); !left.empty()) return "withdrew " + when(left);
  if (text_of(party, "signed") == "yes") return "signed";
  const std::string needed = text_of(party, "needed");
  return fmt::format("{}/{}", text_of(party, "approvals"), needed.empty() ? "?" : needed);
}

std::string signed_by(const json::Value& agreement) {
  std::string out;
  for (const auto& party : list_of(agreement, "parties"))
    out += fmt::format("{}{} ({}{})", out.empty() ? "" : ", ", text_of(party, "name"), stand_of(party),
                       is_unpeered(agreement, party) ? ", not a verified peer" : "");
  return out;
}

// Nobody else says it: the others see only that a signature is missing.
std::vector<std::string> unpeered_in_words(const json::Value& agreement) {
  std::vector<std::string> out;
  for (const auto& party : list_of(agreement, "parties"))
    if (is_unpeered(agreement, party))
      out.push_back(
          fmt::format("  {} ({}) is not a verified peer of this node: nothing passes between the two, not even "
                      "a signature, until they have exchanged invitations and compared the number",
                      text_of(party, "name"), text_of(party, "party_id")));
  return out;
}

// Severity and duration of "5=PT15M".
Result<std::pair<std::string, std::string>> read_ack(const std::string& text) {
  const bool has_severity = text.size() > 2 && text[0] >= '0' && text[0] <= '5' && text[1] == '=';
  const auto duration = has_severity ? base::from_iso_duration(text.substr(2)) : std::nullopt;
  if (!duration || duration->us <= 0) return fail(ErrorCode::Malformed, "cli.usage.ack", {text});
  return std::pair(text.substr(0, 1), text.substr(2));
}

// The node's own default where nothing is given.
Result<Time> read_time(const std::string& option, const std::string& text, Time fallback) {
  if (text.empty()) return fallback;
  const auto time = base::from_rfc3339(text);
  if (!time) return fail(ErrorCode::Malformed, "cli.usage.time", {option, text});
  return *time;
}

// All that somebody who signs it agrees to, a line each, fit for a terminal.
std::vector<std::string> in_words(const json::Value& agreement) {
  std::vector<std::string> out;
  const auto say = [&](const std::string& line) { out.push_back(printable(line)); };
  say(fmt::format("{}, version {}, {}", title_of(agreement), text_of(agreement, "version"),
                  text_of(agreement, "state")));
  say(fmt::format("  between {}", signed_by(agreement)));
  for (const std::string& warning : unpeered_in_words(agreement)) say(warning);
  if (const json::Value* document = agreement.find("document"))
    if (const json::Value* terms = document->find("terms"))
      for (const std::string& line : terms_in_words(*terms)) say("  " + line);
  say("  In plain language:");
  for (const auto& sentence : list_of(agreement, "summary"))
    if (sentence.string() != nullptr) say("    " + *sentence.string());
  say(fmt::format("  Digest of the terms: {}", text_of(agreement, "terms_digest")));
  say(fmt::format("  Digest of the document: {}", text_of(agreement, "document_digest")));
  return out;
}

class AgreementCommands final : public Group {
 public:
  explicit AgreementCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& agreement = menu.group("agreement", "What may be shared with whom, signed");
    add_propose(menu, agreement);
    CLI::App& sign =
        menu.api_command(&agreement, "sign",
                         "Show the terms, then approve exactly these as one signatory; asks for the password, and the "
                         "authenticator's code",
                         "  tocsin agreement sign 01934c7e --person linh", [this] { return this->sign(); });
    add_proof(sign);
    sign.add_flag("--yes", yes_, "Do not ask before signing");
    CLI::App& withdraw = menu.api_command(
        &agreement, "withdraw",
        "Leave an agreement as one signatory: content between this party and the others stops at once, "
        "both ways, and the others go on while two remain; asks as sign does",
        "  tocsin agreement withdraw 01934c7e --person linh", [this] { return this->withdraw(); });
    add_proof(withdraw);
    withdraw.add_flag("--yes", yes_, "Do not ask before withdrawing");
    menu.api_command(&agreement, "list", "All agreements and who has signed", "  tocsin agreement list",
                     [this] { return list(); });
    CLI::App& show = menu.api_command(&agreement, "show", "One agreement in plain words",
                                      "  tocsin agreement show 01934c7e", [this] { return this->show(); });
    show.add_option("agreement", id_, "Id of the agreement, or its beginning")->required();
  }

 private:
  void add_proof(CLI::App& command) {
    command.add_option("agreement", id_, "Id of the agreement, or its beginning")->required();
    command.add_option("--person", person_, "Account of the signatory")->required();
    command.add_option("--password-file", password_file_,
                       "Read the password from this file (-: standard input, /dev/fd/N)");
  }

  void add_propose(Menu& menu, CLI::App& agreement) {
    CLI::App& propose = menu.api_command(
        &agreement, "propose", "Write an agreement and send it to the others for signature",
        "  tocsin agreement propose --as linh --with \"Neighbour CERT\" --with \"Hospital\" --title \"Early warning\" "
        "\\\n"
        "      --level multilateral --tlp TLP:AMBER --onward within_agreement --ack 4=PT15M --ack 5=PT10M \\\n"
        "      --automatic alert --automatic sighting --until 2027-12-31T00:00:00Z\n"
        "  tocsin agreement propose --as linh --next-of \"Early warning\" --tlp TLP:GREEN",
        [this] { return this->propose(); });
    propose.add_option("--next-of", next_of_,
                       "The agreement of which this is the next version, for a year from now: what is not given here "
                       "stays as it is, and so do its parties. It is in force once all have signed; until then the "
                       "one before is");
    propose.add_option("--with", parties_, "The other parties: ids, their beginnings, or names");
    propose.add_option("--title", title_en_, "Title in English");
    propose.add_option("--title-fr", title_fr_, "... in French");
    propose.add_option("--title-vi", title_vi_, "... in Vietnamese");
    // What is not given is the node's to fill in; the help says with what.
    const trust::Terms usual = journeys::usual_terms(1, Time{});
    const auto or_else = [](std::string_view what, std::string_view word) {
      return fmt::format("{}; default: {}", what, word);
    };
    propose.add_option(
        "--level", level_,
        "bilateral, multilateral, regional, global or public_private; default: bilateral, with more than "
        "one other party multilateral");
    propose.add_option("--purpose", purposes_, "What for, in words of the field");
    propose.add_option("--category", categories_,
                       or_else("Kinds of statements permitted", fmt::format("{}", fmt::join(usual.categories, ", "))));
    propose.add_option("--tlp", tlp_, or_else("Ceiling: nothing more restricted is sent", stix::name(usual.tlp)));
    propose.add_option("--pap", pap_, or_else("Ceiling of permissible actions", stix::name(usual.pap)));
    propose.add_option(
        "--onward", onward_,
        or_else("none, own_constituency, within_agreement, with_consent or free", trust::name(usual.onward)));
    propose.add_option("--retention-days", retention_days_,
                       or_else("How long a receiver may keep it", std::to_string(usual.retention_days)));
    std::string deadlines;
    for (std::size_t severity = 0; severity < usual.acknowledge.size(); ++severity)
      deadlines +=
          fmt::format("{}{}=PT{}M", severity == 0 ? "" : " ", severity, usual.acknowledge[severity].us / 60'000'000);
    propose.add_option("--ack", acks_, or_else("Time to acknowledge an alert, SEVERITY=DURATION: 5=PT15M", deadlines))
        ->type_name("N=D");
    propose.add_option("--automatic", automatic_,
                       "Kinds that go without asking a person: alert, sighting; none; default: none");
    propose.add_option("--from", from_, "Begin, RFC 3339; default: now");
    propose.add_option("--until", until_, "End, RFC 3339; default: in a year");
  }

  Result<void> propose() {
    if (next_of_.empty() && (parties_.empty() || title_en_.empty()))
      return fail(ErrorCode::Malformed, "cli.usage.proposal");
    const trust::Terms usual = journeys::usual_terms(1, base::system_clock().now());
    const Time from = TRY(read_time("--from", from_, usual.from));
    const Time until = TRY(read_time("--until", until_, usual.until));
    if (until <= from)
      return fail(ErrorCode::Malformed, "cli.usage.until", {base::to_rfc3339(until), base::to_rfc3339(from)});
    json::Object ack;
    for (const std::string& entry : acks_) {
      const auto [severity, duration] = TRY(read_ack(entry));
      ack.set(severity, duration);
    }
    Client client = TRY(Client::open(common_));
    json::Array parties;
    for (const std::string& party : parties_) parties.push_back(TRY(find_party(client, party)));
    json::Object title;
    for (const auto& [language, words] :
         {std::pair("en", &title_en_), std::pair("fr", &title_fr_), std::pair("vi", &title_vi_)})
      if (!words->empty()) title.set(language, *words);
    json::Object document{{"parties", std::move(parties)}, {"ack", std::move(ack)}};
    if (!next_of_.empty()) document.set("id", TRY(find_agreement(client, next_of_)));
    if (!title.empty()) document.set("title", std::move(title));
    for (const auto& [name, words] : {std::pair("purposes", &purposes_), std::pair("categories", &categories_),
                                      std::pair("automatic", &automatic_)})
      if (*words == std::vector<std::string>{"none"})
        document.set(name, json::Array{});
      else if (!words->empty())
        document.set(name, json::Array(words->begin(), words->end()));
    for (const auto& [name, word] :
         {std::pair("level", &level_), std::pair("tlp", &tlp_), std::pair("pap", &pap_), std::pair("onward", &onward_)})
      if (!word->empty()) document.set(name, *word);
    if (retention_days_) document.set("retention_days", *retention_days_);
    if (!from_.empty()) document.set("from", from_);
    if (!until_.empty()) document.set("until", until_);
    const json::Value made = TRY(client.post("/api/agreements", std::move(document)));
    if (common_.json) {
      print_json(made);
      return {};
    }
    print_line(fmt::format("{}  {}  {}", text_of(made, "id"), printable(title_of(made)), text_of(made, "state")));
    print_line(fmt::format("Next: tocsin agreement sign {} --person ACCOUNT, by the signatories of each party",
                           text_of(made, "id")));
    return {};
  }

  Result<void> sign() { return act_as_signatory("Sign this", "/sign"); }
  Result<void> withdraw() { return act_as_signatory("Leave this agreement, for good", "/withdraw"); }

  Result<void> act_as_signatory(const std::string& question, const std::string& call) {
    // A signatory acts in their own name, whoever sits at the console; the password proves it.
    if (!base::environment("TOCSIN_AS") && common_.as == "admin") common_.as = person_;
    Client client = TRY(Client::open(common_));
    const std::string path = "/api/agreements/" + path_segment(TRY(find_agreement(client, id_)));
    const json::Value shown = TRY(client.get(path));
    for (const std::string& line : in_words(shown)) print_note(line);
    TRY_VOID(confirm(question, yes_));
    const std::string password = TRY(ask_secret("Password of " + person_, password_file_, Typed::Once));
    json::Object said{{"person", person_}, {"password", password}};
    if (call == "/sign") said.set("document", text_of(shown, "document_digest"));
    const auto act = [&](const std::string& code) {
      said.set("code", code);
      return client.post(path + call, said);
    };
    auto done = act("");
    if (!done && done.error().id == "people.totp_needed")
      done = act(TRY(ask_line("Code of the authenticator of " + person_)));
    say_state(TRY(std::move(done)));
    return {};
  }

  void say_state(const json::Value& agreement) const {
    if (common_.json)
      print_json(agreement);
    else
      print_line(fmt::format("{}  {}  {}: {}", text_of(agreement, "id"), printable(title_of(agreement)),
                             text_of(agreement, "state"), printable(signed_by(agreement))));
  }

  Result<void> list() {
    Client client = TRY(Client::open(common_));
    const json::Value agreements = TRY(client.get("/api/agreements"));
    if (common_.json) {
      print_json(agreements);
      return {};
    }
    Table table({"agreement", "version", "title", "state", "TLP up to", "onward", "until", "parties"});
    for (const auto& one : list_of(agreements, "items"))
      table.add({text_of(one, "id"), text_of(one, "version"), title_of(one), text_of(one, "state"), text_of(one, "tlp"),
                 text_of(one, "onward"), when(text_of(one, "until")), signed_by(one)});
    table.print();
    return {};
  }

  Result<void> show() {
    Client client = TRY(Client::open(common_));
    const json::Value agreement = TRY(client.get("/api/agreements/" + path_segment(TRY(find_agreement(client, id_)))));
    if (common_.json) {
      print_json(agreement);
      return {};
    }
    for (const std::string& line : in_words(agreement)) print_line(line);
    for (const auto& approval : list_of(agreement, "approvals"))
      print_line(fmt::format("  approved by {} ({}) for {}, {}", printable(text_of(approval, "person")),
                             printable(text_of(approval, "account")), printable(text_of(approval, "name")),
                             when(text_of(approval, "at"))));
    for (const auto& signature : list_of(agreement, "signatures"))
      print_line(
          fmt::format("  signed by {}, {}", printable(text_of(signature, "name")), when(text_of(signature, "at"))));
    return {};
  }

  Common& common_;
  std::string id_, person_, password_file_;
  std::vector<std::string> parties_, purposes_, categories_, acks_, automatic_;
  std::string next_of_, title_en_, title_fr_, title_vi_, from_, until_;
  std::string level_, tlp_, pap_, onward_;
  std::optional<std::int64_t> retention_days_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Group> agreement_commands(Menu& menu) {
  return std::make_unique<AgreementCommands>(menu);
}

}  // namespace tocsin::cmd
