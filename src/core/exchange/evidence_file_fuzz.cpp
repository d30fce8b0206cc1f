// Laws: a file that is read is written back to the same file; evidence that holds shows the statement that its author
// has signed, at the place that its author's checkpoint proves, whoever reads it; a receipt that holds is for exactly
// the envelope beside it.
#include "core/exchange/evidence_file.h"
#include "core/exchange/exchange_fixture.h"
#include "core/exchange/record.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using exchange::EvidenceFile;
using exchange::EvidenceVerdict;
using exchange::Finding;
using trust::testing::key_of;

constexpr std::uint8_t kAuthor = 10, kReceiver = 30;

trust::VerifiedDescriptor described(std::uint8_t number) {
  return *trust::verify_descriptor(trust::sign_descriptor(key_of(number), trust::testing::descriptor_of(number)));
}
const trust::VerifiedDescriptor& author() {
  static const trust::VerifiedDescriptor made = described(kAuthor);
  return made;
}
const std::vector<trust::VerifiedDescriptor>& known() {
  static const std::vector<trust::VerifiedDescriptor> made{author(), described(kReceiver)};
  return made;
}

const json::Value& statement_document() {
  static const json::Value made = [] {
    exchange::Statement s;
    s.id = "0193a0c4-0000-7000-8000-000000000002";
    s.author = author()->party;
    s.time = trust::testing::kNow;
    s.kind = "intel";
    s.agreement = "0193a0c4-0000-7000-8000-000000000001";
    s.terms = crypto::sha256("terms");
    s.body = json::Object{{"text", "hello"}};
    const auto keys = exchange::testing::keys_of(kAuthor);
    json::Value out = *json::parse(exchange::sign_statement(keys, s).signed_bytes().payload);
    out.object()->set("nonce", crypto::sha256("nonce").base64url());  // the same in every run
    return out;
  }();
  return made;
}

exchange::Envelope envelope_with(const Digest& statement) {
  return {author()->party,
          trust::testing::party_of(kReceiver),
          {author()->log.id, "0193a0c4-0000-7000-8000-000000000001"},
          7,
          {crypto::sha256("before"), statement},
          {},
          exchange::Basis::Direct,
          {}};
}

// The second leaf of two, handed over with another.
EvidenceFile file_with(std::string payload) {
  EvidenceFile out;
  out.descriptor = author().signed_bytes();
  out.statement = trust::sign(trust::SignedType::Statement, key_of(std::uint8_t{kAuthor + 2}), std::move(payload));
  const Digest digest = out.statement.digest();
  const Digest first = merkle::leaf_hash(crypto::sha256("before").view());
  const std::string origin = exchange::origin(author()->party, author()->log.id);
  const merkle::Checkpoint head{origin, 2, merkle::node_hash(first, merkle::leaf_hash(digest.view()))};
  out.proof = {digest, author()->log.id, 1,
               2,      {first},          merkle::sign_checkpoint(head, origin, key_of(std::uint8_t{kAuthor + 3}))};
  const exchange::Envelope envelope = envelope_with(digest);
  const trust::Signed sent = exchange::sign_envelope(exchange::testing::keys_of(kAuthor), envelope);
  const exchange::Receipt receipt{envelope.sender,    envelope.recipient,
                                  envelope.stream,    envelope.first,
                                  envelope.first + 1, exchange::run_digest(envelope.statements),
                                  sent.digest(),      {}};
  out.handed_over = {{sent, exchange::sign_receipt(exchange::testing::keys_of(kReceiver), receipt)}};
  return out;
}

const EvidenceFile& good() {
  static const EvidenceFile made = file_with(json::write(statement_document()));
  return made;
}

EvidenceVerdict checked(const EvidenceFile& file, const std::vector<trust::VerifiedDescriptor>& descriptors) {
  EvidenceVerdict verdict = exchange::verify_evidence(file, descriptors);
  CHECK(!verdict.checks.empty());
  for (const auto& check : verdict.checks) {
    CHECK(check.error.has_value() || check.finding != Finding::Fails);
    if (check.error) test_support::check_refusal(*check.error);
  }
  if (verdict.statement) {
    CHECK(verdict.author && verdict.leaf && verdict.head);
    CHECK((*verdict.statement)->author == (*verdict.author)->party);
    CHECK(verdict.statement->digest() == file.proof.statement);
    CHECK(verdict.leaf->index == file.proof.index && verdict.head->size == file.proof.size);
  }
  return verdict;
}

/// What holds for who knows the parties holds for who knows nothing; the other way round only of who they are.
EvidenceVerdict check(const EvidenceFile& file) {
  EvidenceVerdict verdict = checked(file, known());
  const EvidenceVerdict by_itself = checked(file, {});
  CHECK(by_itself.vouches_for_itself && !verdict.vouches_for_itself);
  if (verdict.holds()) CHECK(by_itself.holds());
  return verdict;
}

// Only the input's own keys could make it another.
void check_nothing_was_forged(const EvidenceFile& file) {
  const EvidenceVerdict verdict = check(file);
  if (!verdict.holds()) return;
  CHECK(file.descriptor.payload == good().descriptor.payload);
  CHECK(file.statement.payload == good().statement.payload);
  CHECK(verdict.leaf->index == 1 && verdict.head->size == 2 && verdict.leaf->epoch == author()->log.id);
  for (const auto& one : file.handed_over) CHECK(one.receipt.payload == good().handed_over.front().receipt.payload);
}

void check_text(std::string_view text) {
  const auto file = exchange::read_evidence(text);
  if (!file) return test_support::check_refusal(file.error());
  const std::string written = exchange::write_evidence(*file);
  const auto again = exchange::read_evidence(written);
  CHECK(again && exchange::write_evidence(*again) == written);
  check_nothing_was_forged(*file);
}

std::string records_of(const EvidenceFile& file) {
  return *exchange::open_armour(exchange::write_evidence(file), exchange::Armour::Statement);
}

json::Value edited(const std::string& document, test_support::FuzzInput& input) {
  return test_support::edited(*json::parse(document), input);
}

}  // namespace

/// The first byte: 0 takes the rest as the file, 1 as changes of bytes in the records of a good one; then edits of the
/// statement, the proof, the receipt and the envelope, each signed again by who may.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte() % 6;
  if (mode == 0) {
    check_text(input.rest());
  } else if (mode == 1) {
    std::string records = records_of(good());
    test_support::edit_bytes(records, input);
    check_text(exchange::armour(records, exchange::Armour::Statement));
  } else if (mode == 2) {
    const EvidenceFile file = file_with(json::write(test_support::edited(statement_document(), input)));
    const auto read =
        exchange::verify_statement(file.statement, *author(), exchange::LeafPosition{author()->log.id, 1});
    CHECK(check(file).holds() == read.has_value());
  } else if (mode == 3) {
    const auto proof = exchange::read_proof(json::write(edited(exchange::write_proof(good().proof), input)));
    if (!proof || !proof->inclusion) return 0;
    EvidenceFile file = good();
    file.proof = *proof->inclusion;
    check_nothing_was_forged(file);
  } else {
    EvidenceFile file = good();
    auto& one = file.handed_over.front();
    const bool of_receipt = mode == 4;
    trust::Signed& object = of_receipt ? one.receipt : one.envelope;
    const std::string before = object.payload;
    const auto type = of_receipt ? trust::SignedType::Receipt : trust::SignedType::Envelope;
    object = trust::sign(type, key_of(of_receipt ? kReceiver + 2 : kAuthor + 2), json::write(edited(before, input)));
    const EvidenceVerdict verdict = check(file);
    if (!verdict.holds()) return 0;
    if (!of_receipt) {
      CHECK(object.payload == before);  // the receipt names the digest of another
      return 0;
    }
    const json::Value receipt = *json::parse(object.payload), was = *json::parse(before);
    for (const char* member : {"sender", "recipient", "statements", "envelope"})
      CHECK(receipt.text(member) == was.text(member));
    for (const char* member : {"from", "to"}) CHECK(receipt.integer_or(member, -1) == was.integer_or(member, -2));
  }
  return 0;
}
