#include "core/exchange/evidence_file.h"

#include <algorithm>

#include "core/exchange/record.h"

namespace tocsin::exchange {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ";

tl::unexpected<Error> malformed(std::size_t place) {
  return fail(ErrorCode::Malformed, "evidence.malformed", {std::to_string(place)});
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t out = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) ++out;
  return out;
}

// The newest descriptor of a party among those given; null where there is none.
const trust::VerifiedDescriptor* newest(const std::vector<trust::VerifiedDescriptor>& known, const PartyId& party) {
  const trust::VerifiedDescriptor* out = nullptr;
  for (const auto& one : known)
    if (one->party == party && (out == nullptr || (*out)->version < one->version)) out = &one;
  return out;
}

// A key that its owner has taken back stays so, whichever of its descriptors the file shows.
Result<trust::VerifiedDescriptor> agree_on(const trust::VerifiedDescriptor& shown,
                                           const trust::VerifiedDescriptor& known) {
  if (shown->version == known->version && shown.signed_bytes().payload != known.signed_bytes().payload)
    return fail(ErrorCode::Conflict, "descriptor.two_of_one_version", {std::to_string(known->version)});
  const bool is_older = trust::supersedes(*known, *shown);
  if (!trust::continues_roots(is_older ? *known : *shown, is_older ? *shown : *known))
    return fail(ErrorCode::Unauthenticated, "descriptor.other_roots");
  return is_older ? known : shown;
}

// The party with that statement key of its own, present or retired, that the signature names.
trust::Descriptor as_signed(trust::Descriptor party, const Signed& object) {
  const auto kid = trust::key_id(object.jws);
  for (const trust::RetiredKey& retired : party.retired)
    if (kid && retired.use == "statement" && *kid == trust::key_id(retired.key)) party.statement_key = retired.key;
  return party;
}

class Verification {
 public:
  Verification(const EvidenceFile& file, const std::vector<trust::VerifiedDescriptor>& known)
      : file_(file), known_(known), digest_(file.statement.digest()) {
    out_.vouches_for_itself = known.empty();
  }

  EvidenceVerdict verdict() && {
    if (note(EvidencePart::Descriptor, take_descriptor()) && note(EvidencePart::Party, take_party())) {
      author_ = out_.author->operator->();
      const bool is_placed =
          note(EvidencePart::Checkpoint, check_head()) && note(EvidencePart::Inclusion, check_inclusion());
      if (note(EvidencePart::Statement, check_statement()) && is_placed) out_.statement = std::move(statement_);
      for (const HandedOver& one : file_.handed_over) check_receipt(one);
    }
    return std::move(out_);
  }

 private:
  bool note(EvidencePart part, const Result<void>& found) {
    EvidenceCheck check{part, found ? Finding::Holds : Finding::Fails, {}, {}};
    if (part == EvidencePart::Party && out_.vouches_for_itself) check.finding = Finding::Unknown;
    if (out_.author) check.party = (*out_.author)->party;
    if (!found) check.error = found.error();
    out_.checks.push_back(std::move(check));
    return found.has_value();
  }

  Result<void> take_descriptor() {
    out_.author = TRY(trust::verify_descriptor(file_.descriptor));
    return {};
  }

  Result<void> take_party() {
    if (known_.empty()) return {};
    const PartyId& party = (*out_.author)->party;
    const auto* const known = newest(known_, party);
    if (known == nullptr) return fail(ErrorCode::Unauthenticated, "evidence.other_author", {party.text()});
    out_.author = TRY(agree_on(*out_.author, *known));
    return {};
  }

  Result<void> check_head() {
    out_.head = TRY(open_checkpoint(file_.proof.checkpoint, *author_, file_.proof.epoch));
    return {};
  }

  Result<void> check_inclusion() {
    const InclusionProof& proof = file_.proof;
    if (proof.statement != digest_) return fail(ErrorCode::Unauthenticated, "evidence.proof_of_another");
    if (proof.size != out_.head->size || !merkle::verify_inclusion(merkle::leaf_hash(digest_.view()), proof.index,
                                                                   proof.size, proof.hashes, out_.head->root))
      return fail(ErrorCode::Unauthenticated, "evidence.bad_inclusion");
    out_.leaf = LeafPosition{proof.epoch, proof.index};
    return {};
  }

  Result<void> check_statement() {
    statement_ = TRY(verify_statement(file_.statement, *author_, out_.leaf));
    return {};
  }

  void check_receipt(const HandedOver& one) {
    EvidenceCheck check{EvidencePart::Receipt, Finding::Holds, {}, {}};
    const auto confirmed = check_handed_over(one, check.party);
    if (!confirmed) {
      const std::string& id = confirmed.error().id;
      check.finding =
          id == "evidence.no_descriptor" || id == "evidence.retired_key" ? Finding::Unknown : Finding::Fails;
      check.error = confirmed.error();
    }
    out_.checks.push_back(std::move(check));
  }

  Result<void> check_handed_over(const HandedOver& one, PartyId& recipient) {
    const trust::Descriptor sender = as_signed(*author_, one.envelope);
    const Envelope envelope = TRY(verify_envelope(one.envelope, sender));
    recipient = envelope.recipient;
    if (std::find(envelope.statements.begin(), envelope.statements.end(), digest_) == envelope.statements.end())
      return fail(ErrorCode::Unauthenticated, "evidence.envelope_without_it");
    const auto* const descriptor = newest(known_, recipient);
    if (descriptor == nullptr) return fail(ErrorCode::NotFound, "evidence.no_descriptor", {recipient.text()});
    const trust::Descriptor signer = as_signed(**descriptor, one.receipt);
    const Receipt receipt = TRY(verify_receipt(one.receipt, signer));
    if (receipt.envelope != one.envelope.digest() || !confirms(receipt, envelope))
      return fail(ErrorCode::Conflict, "receipt.mismatch");
    // They are no leaves: when a key signed them that has been followed since, nobody can tell.
    for (const auto& [party, key] : {std::pair(author_, &sender), std::pair(&**descriptor, &signer)})
      if (party->statement_key != key->statement_key)
        return fail(ErrorCode::Unauthenticated, "evidence.retired_key", {party->party.text()});
    return {};
  }

  const EvidenceFile& file_;
  const std::vector<trust::VerifiedDescriptor>& known_;
  const Digest digest_;
  EvidenceVerdict out_;
  const trust::Descriptor* author_ = nullptr;
  VerifiedStatement statement_;
};

}  // namespace

std::string write_evidence(const EvidenceFile& file) {
  std::string records;
  append_record(records, RecordType::Descriptor, file.descriptor);
  append_record(records, RecordType::Statement, file.statement);
  append_record(records, RecordType::Proof, {"", write_proof(file.proof)});
  for (const HandedOver& one : file.handed_over) {
    append_record(records, RecordType::Envelope, one.envelope);
    append_record(records, RecordType::Receipt, one.receipt);
  }
  return armour(records, Armour::Statement);
}

Result<EvidenceFile> read_evidence(std::string_view text) {
  if (text.size() > kMaxEvidenceBytes)
    return fail(ErrorCode::TooLarge, "evidence.too_large", {std::to_string(kMaxEvidenceBytes)});
  // Of two in one file everybody might read another.
  if (count(text, kBegin) != 1 || count(text, kEnd) != 1) return fail(ErrorCode::Malformed, "evidence.not_one");
  std::vector<Record> records = TRY(read_records(TRY(open_armour(text, Armour::Statement))));
  if (records.size() < 3 || records.size() % 2 == 0 || records.size() > 3 + 2 * kMaxHandedOver)
    return malformed(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    constexpr RecordType kFirst[] = {RecordType::Descriptor, RecordType::Statement, RecordType::Proof};
    const RecordType expected = i < 3 ? kFirst[i] : i % 2 == 1 ? RecordType::Envelope : RecordType::Receipt;
    if (records[i].type != expected) return malformed(i);
    if (expected != RecordType::Proof)
      TRY(trust::key_id(records[i].object.jws));
    else if (!records[i].object.jws.empty())
      return malformed(i);
  }
  EvidenceFile out;
  out.descriptor = std::move(records[0].object);
  out.statement = std::move(records[1].object);
  Proof proof = TRY(read_proof(records[2].object.payload));
  if (!proof.inclusion || proof.inclusion->checkpoint.empty()) return malformed(2);
  out.proof = std::move(*proof.inclusion);
  for (std::size_t i = 3; i < records.size(); i += 2)
    out.handed_over.push_back({std::move(records[i].object), std::move(records[i + 1].object)});
  return out;
}

Result<trust::VerifiedDescriptor> read_invitation(std::string_view text) {
  const auto records = TRY(read_records(TRY(open_armour(text))));
  if (records.size() != 1 || records.front().type != RecordType::Descriptor)
    return fail(ErrorCode::Malformed, "peers.not_an_invitation");
  return trust::verify_descriptor(records.front().object);
}

std::string_view name(EvidencePart part) {
  switch (part) {
    case EvidencePart::Descriptor:
      return "descriptor";
    case EvidencePart::Party:
      return "party";
    case EvidencePart::Checkpoint:
      return "checkpoint";
    case EvidencePart::Inclusion:
      return "inclusion";
    case EvidencePart::Statement:
      return "statement";
    case EvidencePart::Receipt:
      return "receipt";
  }
  return "";
}

std::string_view name(Finding finding) {
  switch (finding) {
    case Finding::Holds:
      return "holds";
    case Finding::Fails:
      return "fails";
    case Finding::Unknown:
      return "unknown";
  }
  return "";
}

bool EvidenceVerdict::holds() const {
  return statement && std::none_of(checks.begin(), checks.end(),
                                   [](const EvidenceCheck& check) { return check.finding == Finding::Fails; });
}

EvidenceVerdict verify_evidence(const EvidenceFile& file, const std::vector<trust::VerifiedDescriptor>& known) {
  return Verification(file, known).verdict();
}

}  // namespace tocsin::exchange
