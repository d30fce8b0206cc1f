// A verified peer that keeps no rules: it says whatever an input tells it to, well signed, well logged and well proved
// unless the input says otherwise. For fuzz targets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/exchange/exchange_fixture.h"
#include "formats/merkle/test_tree.h"
#include "tests/support/fuzz.h"

namespace tocsin::exchange::testing {

using test_support::FuzzInput;

/// What it would honestly say; the input changes it.
struct Draft {
  std::string kind;
  json::Value body;
  std::vector<std::string> objects = {};
  std::optional<Digest> in_reply_to = {};
};

class HostilePeer {
 public:
  HostilePeer(std::uint8_t number, trust::Agreement agreement, std::vector<Draft> drafts)
      : root_(trust::testing::key_of(number)),
        keys_(keys_of(number)),
        descriptor_(trust::testing::descriptor_of(number)),
        agreement_(std::move(agreement)),
        drafts_(std::move(drafts)) {
    for (std::size_t i = 0; i < kEarlier; ++i) log_.add(merkle::numbered_leaf(i));
  }

  const PartyId& id() const { return descriptor_.party; }
  const trust::Descriptor& descriptor() const { return descriptor_; }
  trust::VerifiedDescriptor verified_descriptor() const {
    return must(trust::verify_descriptor(trust::sign_descriptor(root_, descriptor_)));
  }

  /// The node has met it, verified it, signed the agreement and seen its log.
  void befriend(Node& node) const {
    node.write([&](store::Transaction& tx) -> Result<void> {
      TRY(trust::take_descriptor(tx, verified_descriptor(), node.now));
      const std::string number =
          trust::verification_number(node.id(), node.descriptor().first_root(), id(), descriptor_.first_root());
      TRY_VOID(trust::verify_peer(tx, id(), number, trust::VerificationMethod::InPerson, "an", node.now));
      return trust::note_checkpoint(tx, id(), checkpoint(log_), kEarlier, node.now);
    });
    node.agree(agreement_);
  }

  /// Records for the recipient: statements of `author`, passed onward where that is somebody else.
  std::string delivery(const PartyId& recipient, const HostilePeer& author, FuzzInput& input) const {
    const bool onward = &author != this;
    merkle::MemoryTree log = author.log_;
    std::vector<Signed> said;
    for (std::size_t count = input.below(3) + 1; count > 0; --count) {
      said.push_back(author.statement(input));
      log.add(said.back().digest().view());
    }
    Envelope envelope{id(), recipient, {descriptor_.log.id, agreement_.id}, 0, {}, {}, Basis::Direct, {}};
    if (onward) envelope.basis = Basis::Onward;
    if (input.byte() % 2 == 1) envelope.stream.agreement.clear();

    std::vector<Record> records;
    records.push_back({RecordType::Checkpoint, {"", checkpoint(onward ? log_ : log)}});
    if (onward || input.byte() % 4 == 3) records.push_back({RecordType::Descriptor, author.said_of_itself(input)});
    const auto grown = merkle::consistency_proof(kEarlier, log.size(), log.reader());
    records.push_back(
        {RecordType::Proof,
         {"", changed(write_proof(ConsistencyProof{descriptor_.log.id, kEarlier, log.size(), must(grown)}), input)}});
    for (std::size_t i = 0; i < said.size(); ++i) {
      const Digest digest = said[i].digest();
      const std::uint64_t index = kEarlier + i;
      const InclusionProof proof{digest,
                                 author.descriptor_.log.id,
                                 index,
                                 log.size(),
                                 must(merkle::inclusion_proof(index, log.size(), log.reader())),
                                 onward ? author.checkpoint(log) : ""};
      envelope.statements.push_back(digest);
      records.push_back({RecordType::Statement, said[i]});
      records.push_back({RecordType::Proof, {"", changed(write_proof(proof), input)}});
    }
    const std::string payload = changed(sign_envelope(keys_, envelope).payload, input);
    records.push_back({RecordType::Envelope, trust::sign(trust::SignedType::Envelope, keys_.statement, payload)});
    return shuffled(std::move(records), input);
  }

 private:
  static constexpr std::size_t kEarlier = 3;  // leaves that the recipient has seen before

  // Edits of a document, as far as a short part of the input goes; none where it says zero.
  static std::string changed(const std::string& document, FuzzInput& input) {
    const std::string_view edits = input.text(input.byte() % 32);
    if (edits.empty()) return document;
    FuzzInput own(reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size());
    return json::write(test_support::edited(must(json::parse(document)), own));
  }

  Signed statement(FuzzInput& input) const {
    const Draft& draft = drafts_[input.below(drafts_.size())];
    Statement s;
    s.id = base::uuid7(trust::testing::kNow);
    s.author = id();
    s.time = trust::testing::kNow;
    s.kind = draft.kind;
    if (kind_class(draft.kind) == KindClass::Content) {
      s.agreement = agreement_.id;
      s.terms = trust::terms_digest(agreement_.terms);
    }
    s.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::Free, 30};
    s.body = draft.body;
    s.objects = draft.objects;
    s.in_reply_to = draft.in_reply_to;
    const std::string payload = changed(sign_statement(keys_, s).signed_bytes().payload, input);
    const bool exercise = input.byte() % 16 == 15;
    return trust::sign(trust::SignedType::Statement, exercise ? keys_.exercise : keys_.statement, payload);
  }

  Signed said_of_itself(FuzzInput& input) const {
    const std::string payload = changed(trust::write_descriptor(descriptor_), input);
    return trust::sign(trust::SignedType::Descriptor, root_, payload);
  }

  std::string checkpoint(const merkle::MemoryTree& log) const {
    const std::string name = origin(id(), descriptor_.log.id);
    return merkle::sign_checkpoint({name, log.size(), must(merkle::root(log.size(), log.reader()))}, name, keys_.log);
  }

  // Records dropped, doubled, swapped, or changed in a byte.
  static std::string shuffled(std::vector<Record> records, FuzzInput& input) {
    for (int i = 0; i < 4 && !input.empty() && !records.empty(); ++i) {
      const std::size_t place = input.below(records.size());
      const auto at = records.begin() + static_cast<std::ptrdiff_t>(place);
      switch (input.byte() % 5) {
        case 0:
          records.erase(at);
          break;
        case 1:
          records.push_back(Record(*at));
          break;
        case 2:
          std::swap(*at, records.front());
          break;
        case 3:
          test_support::edit_bytes(at->object.payload, input, 1);
          break;
        default:
          test_support::edit_bytes(at->object.jws, input, 1);
      }
    }
    std::string out;
    for (const Record& record : records) append_record(out, record.type, record.object);
    return out;
  }

  crypto::SigningKey root_;
  trust::OwnKeys keys_;
  trust::Descriptor descriptor_;
  trust::Agreement agreement_;
  std::vector<Draft> drafts_;
  merkle::MemoryTree log_;
};

}  // namespace tocsin::exchange::testing
