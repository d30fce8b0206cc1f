#include "core/exchange/evidence_file.h"

#include <gmock/gmock.h>

#include "core/exchange/deliveries_fixture.h"
#include "core/exchange/evidence_export.h"
#include "core/exchange/recover.h"

namespace tocsin::exchange {
namespace {

using testing::deliver_lawlessly;
using ::testing::ElementsAre;
using testing::must;
using testing::Node;
using trust::testing::key_of;

// "statement trust.bad_signature" for what fails; nothing where all holds.
std::vector<std::string> faults(const EvidenceVerdict& verdict) {
  std::vector<std::string> out;
  for (const EvidenceCheck& check : verdict.checks)
    if (check.finding == Finding::Fails) out.push_back(std::string(name(check.part)) + " " + check.error->id);
  EXPECT_EQ(verdict.holds(), out.empty());
  return out;
}

class EvidenceFiles : public testing::Deliveries {
 protected:
  EvidenceFiles() {
    a_.say(draft());
    said_ = a_.say(draft());
    hand_over(a_, b_);
  }
  static void hand_over(Node& from, Node& to) {
    const auto delivery = from.next(to);
    const auto taken = to.open(from, delivery->records);
    ASSERT_TRUE(taken) << testing::problem(taken);
    from.take(to, taken->receipts);
  }
  static Result<EvidenceFile> try_export(Node& node, const Digest& digest, bool with_receipts = true) {
    return node.db().write_value([&](store::Transaction& tx) -> Result<EvidenceFile> {
      const Archived found = TRY(archived(tx, digest));
      return evidence_of(tx, node.self, found, with_receipts, node.now);
    });
  }
  EvidenceFile evidence(bool with_receipts = true) { return must(try_export(a_, said_, with_receipts)); }
  std::vector<std::string> refusal(const EvidenceFile& file) { return faults(verify_evidence(file, {})); }
  std::vector<std::string> refusal_to_who_knows(const EvidenceFile& file, const Node& known) {
    return faults(verify_evidence(file, {known.verified_descriptor()}));
  }

  Digest said_;
};

TEST_F(EvidenceFiles, OfAuthorAndHolderHoldAndSayTheSame) {
  const EvidenceFile of_holder = must(try_export(b_, said_));
  for (const EvidenceFile& file : {evidence(), of_holder}) {
    const EvidenceVerdict verdict = verify_evidence(must(read_evidence(write_evidence(file))), {});
    EXPECT_THAT(faults(verdict), ElementsAre());
    EXPECT_TRUE(verdict.vouches_for_itself);
    ASSERT_TRUE(verdict.statement);
    EXPECT_EQ(verdict.statement->digest(), said_);
    EXPECT_EQ(verdict.leaf->index, 1u);
    EXPECT_EQ((*verdict.author)->party, a_.id());
    EXPECT_FALSE(verify_evidence(file, {a_.verified_descriptor()}).vouches_for_itself);
  }
  EXPECT_TRUE(of_holder.handed_over.empty());
}

TEST_F(EvidenceFiles, OfOurOwnHoldAgainstACheckpointThatHasGrown) {
  a_.say(draft());
  EXPECT_EQ(evidence().proof.size, 3u);
  EXPECT_THAT(refusal(evidence()), ElementsAre());
}

TEST_F(EvidenceFiles, OfAnEpochThatIsClosedHold) {
  const Digest last = a_.say(draft());  // no checkpoint covers it yet
  a_.write([&](store::Transaction& tx) -> Result<void> {
    TRY(open_epoch(tx, a_.now));
    return {};
  });
  const EvidenceFile file = must(try_export(a_, last));
  EXPECT_EQ(file.proof.size, 3u);
  EXPECT_THAT(refusal(file), ElementsAre());
}

TEST_F(EvidenceFiles, OfWhatWasPassedOnHoldAtWhoeverHasIt) {
  Statement free = draft();
  free.handling.onward = trust::Onward::Free;
  const Digest passed_on = a_.say(free);
  hand_over(a_, b_);
  b_.write([&](store::Transaction& tx) -> Result<void> {
    return enqueue(tx, TRY(archived(tx, passed_on)), agreement_.id, c_.id(), b_.now);
  });
  hand_over(b_, c_);
  const EvidenceFile file = must(try_export(c_, passed_on));
  EXPECT_THAT(refusal_to_who_knows(file, a_), ElementsAre());
  EXPECT_THAT(refusal_to_who_knows(file, b_), ElementsAre("party evidence.other_author"))
      << "who passes on says nothing";
}

TEST_F(EvidenceFiles, ShowReceiptsThatAreCheckedByWhoeverKnowsTheReceiver) {
  const EvidenceFile file = evidence();
  ASSERT_EQ(file.handed_over.size(), 1u);
  EXPECT_TRUE(evidence(false).handed_over.empty());
  const auto receipt_to = [&](const std::vector<trust::VerifiedDescriptor>& known) {
    const EvidenceVerdict verdict = verify_evidence(file, known);
    EXPECT_THAT(faults(verdict), ElementsAre());
    EXPECT_EQ(verdict.checks.back().part, EvidencePart::Receipt);
    EXPECT_EQ(verdict.checks.back().party, b_.id());
    return verdict.checks.back().finding;
  };
  EXPECT_EQ(receipt_to({}), Finding::Unknown);
  EXPECT_EQ(receipt_to({a_.verified_descriptor()}), Finding::Unknown);
  EXPECT_EQ(receipt_to({a_.verified_descriptor(), b_.verified_descriptor()}), Finding::Holds);
}

TEST_F(EvidenceFiles, DoNotHoldWithAReceiptForSomethingElse) {
  const EvidenceFile good = evidence();
  const auto problem = [&](const HandedOver& handed_over) {
    EvidenceFile file = good;
    file.handed_over = {handed_over};
    return faults(verify_evidence(file, {a_.verified_descriptor(), b_.verified_descriptor()}));
  };
  a_.say(draft());
  const Digest later = a_.say(draft());
  hand_over(a_, b_);
  const HandedOver own = good.handed_over.front();
  const HandedOver other = must(try_export(a_, later)).handed_over.front();
  EXPECT_THAT(problem(own), ElementsAre());
  EXPECT_THAT(problem(other), ElementsAre("receipt evidence.envelope_without_it"));
  EXPECT_THAT(problem({own.envelope, other.receipt}), ElementsAre("receipt receipt.mismatch"));
  EXPECT_THAT(problem({own.receipt, own.receipt}), ElementsAre("receipt trust.wrong_key"));
  // One that its giver has signed for other positions, or as if it were of another stream.
  const auto signed_again = [&](const std::function<void(Receipt&)>& change) {
    Receipt receipt = must(verify_receipt(own.receipt, b_.descriptor()));
    change(receipt);
    return HandedOver{own.envelope, sign_receipt(b_.keys(), receipt)};
  };
  EXPECT_THAT(problem(signed_again([](Receipt&) {})), ElementsAre());
  for (const std::function<void(Receipt&)>& change : std::initializer_list<std::function<void(Receipt&)>>{
           [](Receipt& r) { ++r.to; }, [](Receipt& r) { r.statements = Digest{}; },
           [](Receipt& r) { r.stream.epoch = "2-000102030405060708090a0b0c0d0e0f"; },
           [&](Receipt& r) { r.sender = c_.id(); }, [](Receipt& r) { r.envelope = Digest{}; }})
    EXPECT_THAT(problem(signed_again(change)), ElementsAre("receipt receipt.mismatch"));
}

TEST_F(EvidenceFiles, DoNotHoldWhereAnythingInThemWasChanged) {
  const EvidenceFile good = evidence(false);
  const auto problem = [&](const std::function<void(EvidenceFile&)>& change) {
    EvidenceFile file = good;
    change(file);
    return refusal(file);
  };
  EXPECT_THAT(problem([](EvidenceFile&) {}), ElementsAre());
  EXPECT_THAT(
      problem([](EvidenceFile& f) { f.statement.payload.replace(f.statement.payload.find("GREEN"), 5, "CLEAR"); }),
      ElementsAre("inclusion evidence.proof_of_another", "statement trust.bad_signature"));
  EXPECT_THAT(
      problem([](EvidenceFile& f) { f.descriptor.payload.replace(f.descriptor.payload.find("Party"), 5, "State"); }),
      ElementsAre("descriptor trust.bad_signature"));
  EXPECT_THAT(problem([&](EvidenceFile& f) { f.descriptor = b_.verified_descriptor().signed_bytes(); }),
              ElementsAre("checkpoint log.bad_signature", "statement trust.wrong_key"));
  EXPECT_THAT(problem([](EvidenceFile& f) { f.proof.index = 0; }), ElementsAre("inclusion evidence.bad_inclusion"));
  EXPECT_THAT(problem([](EvidenceFile& f) { f.proof.size = 3; }), ElementsAre("inclusion evidence.bad_inclusion"));
  EXPECT_THAT(problem([](EvidenceFile& f) { f.proof.hashes.push_back(Digest{}); }),
              ElementsAre("inclusion evidence.bad_inclusion"));
  EXPECT_THAT(problem([](EvidenceFile& f) { f.proof.epoch = "2-000102030405060708090a0b0c0d0e0f"; }),
              ElementsAre("checkpoint log.bad_signature"));
  EXPECT_THAT(
      problem([](EvidenceFile& f) { f.proof.checkpoint.replace(f.proof.checkpoint.find("\n2\n"), 3, "\n3\n"); }),
      ElementsAre("checkpoint log.bad_signature"));
}

TEST_F(EvidenceFiles, AreHeldAgainstTheNewestDescriptorThatIsKnown) {
  const EvidenceFile file = evidence(false);
  const auto with = [&](const std::function<void(trust::Descriptor&)>& change) {
    trust::Descriptor other = a_.descriptor();
    other.version = 2;
    change(other);
    const auto known = must(trust::verify_descriptor(trust::sign_descriptor(key_of(10), other)));
    return faults(verify_evidence(file, {known}));
  };
  EXPECT_THAT(with([](trust::Descriptor&) {}), ElementsAre());
  const auto retire = [&](std::uint64_t first, std::uint64_t last) {
    return with([=](trust::Descriptor& d) {
      d.retired = {{"statement", d.statement_key, d.log.id, first, last}};
      d.statement_key = key_of(99).public_key();
    });
  };
  EXPECT_THAT(retire(0, 1), ElementsAre()) << "good for this leaf";
  EXPECT_THAT(retire(0, 0), ElementsAre("statement statement.retired_key"));
  EXPECT_THAT(with([](trust::Descriptor& d) {
                d.version = 1;
                d.name.en = "Another";
              }),
              ElementsAre("party descriptor.two_of_one_version"));
  EXPECT_THAT(with([](trust::Descriptor& d) { d.next_root = Digest{}; }), ElementsAre("party descriptor.other_roots"));
}

TEST_F(EvidenceFiles, OfWhatWasErasedDoNotExist) {
  a_.write([&](store::Transaction& tx) { return erase(tx, said_, "personal_data"); });
  const auto refused = try_export(a_, said_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "evidence.erased");
  EXPECT_THAT(refused.error().args, ElementsAre(said_.hex(), "personal_data"));
}

TEST_F(EvidenceFiles, ThatWouldConvinceNobodyAreNotHandedOut) {
  a_.sql("UPDATE log_checkpoints SET note = substr(note, 2)");
  EXPECT_FALSE(try_export(a_, said_));
  b_.sql("UPDATE kept_proofs SET proof = replace(proof, '\"index\":1', '\"index\":0')");
  EXPECT_EQ(try_export(b_, said_).error().id, "evidence.does_not_hold");
  b_.sql("DELETE FROM kept_proofs");
  EXPECT_EQ(try_export(b_, said_).error().id, "evidence.no_proof");
}

TEST_F(EvidenceFiles, HaveOneFormAndNoOther) {
  const EvidenceFile file = evidence();
  const std::string text = write_evidence(file);
  EXPECT_TRUE(read_evidence("Dear colleague,\r\n\r\n" + text + "\r\nYours\n"));
  const auto problem = [](const std::string& changed) {
    const auto read = read_evidence(changed);
    return read ? "" : read.error().id;
  };
  EXPECT_EQ(problem(text + text), "evidence.not_one");
  EXPECT_EQ(problem(text.substr(0, text.size() / 2)), "evidence.not_one");
  EXPECT_EQ(problem(""), "evidence.not_one");
  std::string records;
  append_record(records, RecordType::Descriptor, file.descriptor);
  EXPECT_EQ(problem(armour(records)), "evidence.not_one") << "an invitation";
  EXPECT_EQ(problem(armour(records, Armour::Statement)), "evidence.malformed");
  append_record(records, RecordType::Statement, file.statement);
  append_record(records, RecordType::Proof, {"", write_proof(file.proof)});
  EXPECT_EQ(problem(armour(records, Armour::Statement)), "");
  append_record(records, RecordType::Receipt, file.handed_over.front().receipt);
  append_record(records, RecordType::Envelope, file.handed_over.front().envelope);
  EXPECT_EQ(problem(armour(records, Armour::Statement)), "evidence.malformed") << "in another order";
  EvidenceFile without_head = file;
  without_head.proof.checkpoint.clear();
  EXPECT_EQ(problem(write_evidence(without_head)), "evidence.malformed");
}

TEST_F(EvidenceFiles, AreFoundByTheBeginningOfADigest) {
  const auto found = [&](const std::string& hex) {
    return a_.db().write_value([&](store::Transaction& tx) -> Result<Archived> {
      const auto scope = TRY(trust::scope(tx, trust::PersonReader{{a_.id(), "an"}}));
      return find_archived(tx, hex, scope);
    });
  };
  EXPECT_EQ(must(found(said_.hex())).digest, said_);
  for (const std::size_t digits : {8u, 9u, 63u}) EXPECT_EQ(must(found(said_.hex().substr(0, digits))).digest, said_);
  EXPECT_EQ(found(said_.hex().substr(0, 7)).error().id, "statement.bad_digest");
  EXPECT_EQ(found(said_.hex() + "0").error().id, "statement.bad_digest");
  EXPECT_EQ(found("no digest").error().id, "statement.bad_digest");
  EXPECT_EQ(found(std::string(64, '0')).error().id, "statement.unknown");
  Statement red = draft();
  red.handling.tlp = stix::Tlp::Red;
  EXPECT_EQ(found(a_.say(red, {{a_.id(), "linh"}}).hex()).error().id, "statement.unknown") << "not for this reader";
}

}  // namespace
}  // namespace tocsin::exchange
