// One statement as evidence for somebody who has no node, and the check of such a file with nothing but the file.
#include <fmt/format.h>

#include <filesystem>

#include "cmd/tocsin/client.h"
#include "cmd/tocsin/output.h"
#include "core/exchange/evidence_file.h"
#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

using exchange::EvidenceCheck;
using exchange::EvidencePart;
using exchange::EvidenceVerdict;
using exchange::Finding;

constexpr std::size_t kMaxInvitation = 1u << 20;

class StatementCommands final : public Group {
 public:
  explicit StatementCommands(Menu& menu) : common_(menu.common()) {
    CLI::App& statement = menu.group("statement", "One statement as evidence for others, and the check of such a file");
    CLI::App& write = menu.api_command(
        &statement, "export", "Write what proves a statement to somebody who has no node",
        "  tocsin statement export 9f86d081884c7d65 --as linh\n"
        "  tocsin statement export 9f86d081884c7d65 -o said.evidence --without-receipts --as linh\n\n"
        "The file holds the statement whole, the description of its author, and the proof that it stands in its\n"
        "author's log; of a statement of ours also who has given a receipt for it, where --as may see the log.\n"
        "Hand it to nobody who may not read the statement.",
        [this] { return export_evidence(); });
    write.add_option("digest", digest_, "The statement's digest, or its beginning, from `tocsin statements`")
        ->required();
    write.add_option("-o,--out", file_, "File to write (-: standard output); default: the name the node gives it");
    write.add_flag("--without-receipts", without_receipts_, "Do not name those who have given a receipt for it");

    CLI::App& verify = menu.bare_command(
        &statement, "verify", "Check such a file, with no node and no network",
        "  tocsin statement verify said.evidence\n"
        "  tocsin statement verify said.evidence --descriptor author.invitation --descriptor receiver.invitation\n\n"
        "Exit code 0: all that could be checked holds; 1: something does not. Without --descriptor the file speaks\n"
        "for itself alone: compare the party id that is printed with one that you have from elsewhere.",
        [this] { return verify_evidence(); });
    verify.add_option("file", file_, "The file (-: standard input)")->required();
    verify.add_option("--descriptor", descriptors_,
                      "An invitation that you have from elsewhere: of the author, and of who gave receipts");
    verify.add_flag("--json", common_.json, "Print what was found as JSON, with the statement's exact text");
  }

 private:
  Result<void> export_evidence() {
    Client client = TRY(Client::open(common_));
    std::vector<std::pair<std::string, std::string>> query;
    if (without_receipts_) query.emplace_back("without_receipts", "1");
    const json::Value answer =
        TRY(client.get("/api/statements/" + path_segment(digest_) + "/evidence", std::move(query)));
    const std::string content = answer.text("content");
    if (content.empty()) return fail(ErrorCode::Malformed, "cli.bad_answer", {"200"});
    if (file_.empty()) file_ = std::filesystem::path(answer.text("file_name")).filename();
    if (file_ == "-") {
      fmt::print("{}", content);
      return {};
    }
    TRY_VOID(base::write_file_durably(file_, content));
    if (common_.json) {
      print_json(answer);
      return {};
    }
    print_line(fmt::format("Statement  {}", text_of(answer, "digest")));
    print_line(fmt::format("Author     {}  {}", text_of(answer, "author", "party_id"),
                           printable(text_of(answer, "author", "name"))));
    print_line(fmt::format("Evidence   {}", printable(file_)));
    for (const auto& giver : list_of(answer, "receipts"))
      print_line(fmt::format("Receipt    {}  {}", text_of(giver, "party_id"), printable(text_of(giver, "name"))));
    if (answer.boolean_or("retracted", false))
      print_line("The statement was retracted. The file proves that it was said, not that it still stands.");
    print_line("Whoever has the file checks it by: tocsin statement verify FILE");
    return {};
  }

  Result<void> verify_evidence() {
    const std::string text = TRY(base::read_file(file_, exchange::kMaxEvidenceBytes));
    std::vector<trust::VerifiedDescriptor> known;
    for (const std::string& file : descriptors_)
      known.push_back(TRY(exchange::read_invitation(TRY(base::read_file(file, kMaxInvitation)))));
    const exchange::EvidenceFile evidence = TRY(exchange::read_evidence(text));
    const EvidenceVerdict verdict = exchange::verify_evidence(evidence, known);
    if (common_.json) {
      print_json(as_json(verdict));
    } else {
      if (verdict.statement) say_statement(verdict);
      for (const EvidenceCheck& check : verdict.checks) say_check(verdict, check);
      if (verdict.vouches_for_itself && verdict.author) warn_of_itself((*verdict.author)->party);
    }
    return verdict.holds() ? Result<void>{} : fail(ErrorCode::Unauthenticated, "cli.evidence_does_not_hold");
  }

  static void say_statement(const EvidenceVerdict& verdict) {
    const trust::Descriptor& author = **verdict.author;
    const exchange::Statement& s = **verdict.statement;
    const auto say = [](std::string_view what, const std::string& value) {
      print_line(fmt::format("{:10} {}", what, printable(value)));
    };
    say("Statement", verdict.statement->digest().hex());
    say("Author", fmt::format("{} ({}, {})", author.name.in("en"), trust::name(author.kind), author.country));
    say("Party id", author.party.text());
    say("Kind", s.kind);
    say("Time", when(base::to_rfc3339(s.time)) + " by its author's clock");
    say("Handling", fmt::format("{}, {}, onward {}", stix::name(s.handling.tlp), stix::name(s.handling.pap),
                                trust::name(s.handling.onward)));
    say("Agreement", s.agreement.empty() ? "none" : s.agreement);
    say("Realm", s.realm);
    if (!s.objects.empty()) say("Objects", std::to_string(s.objects.size()));
    say("Log", fmt::format("leaf {} of epoch {}, which had {} leaves by its checkpoint", verdict.leaf->index,
                           verdict.leaf->epoch, verdict.head->size));
  }

  static void say_check(const EvidenceVerdict& verdict, const EvidenceCheck& check) {
    const std::string_view word = check.finding == Finding::Holds   ? "holds"
                                  : check.finding == Finding::Fails ? "FAILS"
                                                                    : "open";
    std::string text = sentence(verdict, check);
    if (check.error) text += ". " + explain(*check.error);
    print_line(fmt::format("{:6} {}", word, text));
  }

  static std::string sentence(const EvidenceVerdict& verdict, const EvidenceCheck& check) {
    switch (check.part) {
      case EvidencePart::Descriptor:
        return "description: of the author, signed by its root key";
      case EvidencePart::Party:
        return verdict.vouches_for_itself ? "party: only the file itself says who the author is"
                                          : "party: the author is one whose description was given";
      case EvidencePart::Checkpoint:
        return "checkpoint: signed by the author's log key";
      case EvidencePart::Inclusion:
        return "inclusion: the statement stands in that log";
      case EvidencePart::Statement:
        return "statement: signed by the author's key for it";
      case EvidencePart::Receipt:
        return fmt::format("receipt of {}", check.party.empty() ? "nobody" : check.party.text());
    }
    return "";
  }

  static void warn_of_itself(const trust::PartyId& party) {
    print_line("");
    print_line("ATTENTION: the description of the author comes from the file, which so far vouches only for itself.");
    print_line("Anybody can make a party of any name. Compare this party id, whole, with one that you know:");
    print_line("  " + party.text());
    print_line("or give the author's invitation, as you have it from elsewhere: --descriptor FILE");
  }

  static json::Value as_json(const EvidenceVerdict& verdict) {
    json::Object out;
    out.set("holds", verdict.holds());
    out.set("vouches_for_itself", verdict.vouches_for_itself);
    if (verdict.author) {
      const trust::Descriptor& d = **verdict.author;
      json::Object author{{"party_id", d.party.text()}, {"name", d.name.in("en")}};
      author.set("kind", trust::name(d.kind));
      author.set("country", d.country);
      author.set("version", static_cast<std::int64_t>(d.version));
      out.set("author", std::move(author));
    }
    if (verdict.statement) {
      const exchange::Statement& s = **verdict.statement;
      json::Object said{{"digest", verdict.statement->digest().hex()}, {"id", s.id}, {"kind", s.kind}};
      said.set("time", base::to_rfc3339(s.time));
      said.set("tlp", stix::name(s.handling.tlp));
      said.set("agreement", s.agreement.empty() ? json::Value() : json::Value(s.agreement));
      said.set("realm", s.realm);
      said.set("epoch", verdict.leaf->epoch);
      said.set("index", static_cast<std::int64_t>(verdict.leaf->index));
      said.set("size", static_cast<std::int64_t>(verdict.head->size));
      said.set("payload", verdict.statement->signed_bytes().payload);
      out.set("statement", std::move(said));
    }
    json::Array checks;
    for (const EvidenceCheck& check : verdict.checks) {
      json::Object entry;
      entry.set("part", exchange::name(check.part));
      entry.set("finding", exchange::name(check.finding));
      if (!check.party.empty()) entry.set("party_id", check.party.text());
      if (check.error) entry.set("reason", json::Object{{"id", check.error->id}, {"message", explain(*check.error)}});
      checks.push_back(std::move(entry));
    }
    out.set("checks", std::move(checks));
    return json::Value(std::move(out));
  }

  Common& common_;
  std::string digest_, file_;
  std::vector<std::string> descriptors_;
  bool without_receipts_ = false;
};

}  // namespace

std::unique_ptr<Group> statement_commands(Menu& menu) {
  return std::make_unique<StatementCommands>(menu);
}

}  // namespace tocsin::cmd
