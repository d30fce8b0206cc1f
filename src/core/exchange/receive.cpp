#include <algorithm>
#include <functional>
#include <map>

#include "core/exchange/delivery.h"
#include "core/exchange/ledger.h"
#include "core/exchange/proof.h"
#include "core/exchange/recover.h"
#include "core/trust/exercises.h"
#include "core/trust/release.h"
#include "ground/base/log.h"
#include "ground/store/attempt.h"

namespace tocsin::exchange {
namespace {

// Of all bodies in a delivery, which are held at once. Objects stay as they were signed and do not count.
constexpr std::size_t kMaxBodyValues = 1'000'000;

// One delivery being opened. The members say how far it has come, so that a refusal can name its cause.
class Opening {
 public:
  Opening(store::Transaction& tx, const Self& self, const trust::Party& sender, Time now)
      : tx_(tx), self_(self), sender_(sender), now_(now) {}

  Result<Incoming> open(std::string_view bytes) {
    TRY_VOID(sort_records(TRY(read_records(bytes))));
    TRY_VOID(take_checkpoint());
    TRY_VOID(refuse_too_fast());
    Incoming out;
    out.renewed = std::move(renewed_);
    if (is_unproved_) out.unproved_since = sender_.checkpoint;
    for (const Signed& object : envelopes_) {
      envelope_ = object.digest();
      TRY_VOID(open_envelope(object, out));
      envelope_.reset();
    }
    return out;
  }

  Refusal refusal(Error error) const {
    return {std::move(error), envelope_, statement_, two_statements_, two_histories_, held_};
  }

 private:
  Result<void> sort_records(std::vector<Record> records) {
    for (Record& record : records) switch (record.type) {
        case RecordType::Checkpoint:
          checkpoint_note_ = std::move(record.object.payload);
          break;
        case RecordType::Envelope:
          TRY(trust::key_id(record.object.jws));
          envelopes_.push_back(std::move(record.object));
          break;
        case RecordType::Statement: {
          TRY(trust::key_id(record.object.jws));
          const Digest digest = record.object.digest();
          statements_.insert_or_assign(digest, std::move(record.object));
          break;
        }
        case RecordType::Proof: {
          auto proof = TRY(read_proof(record.object.payload));
          if (proof.inclusion) {
            const Digest digest = proof.inclusion->statement;
            proofs_.insert_or_assign(digest, std::pair(std::move(*proof.inclusion), std::move(record.object.payload)));
          } else {
            consistency_ = std::move(proof.consistency);
          }
          break;
        }
        case RecordType::Descriptor:
          TRY_VOID(take_descriptor(record.object));
          break;
        case RecordType::Receipt:
          return fail(ErrorCode::Malformed, "record.unexpected_receipt");
      }
    return {};
  }

  Result<void> take_descriptor(const Signed& object) {
    auto verified = TRY(trust::verify_descriptor(object));
    if (descriptors_.contains(verified->party)) return fail(ErrorCode::Malformed, "delivery.two_descriptors");
    if (verified->party == sender_.id) {
      const auto outcome = TRY(trust::take_descriptor(tx_, verified, now_));
      TRY_VOID(trust::acceptable(outcome, *verified));
      if (outcome == trust::DescriptorOutcome::Newer) {
        renewed_.push_back({sender_.descriptor, verified});
        sender_ = TRY(trust::party(tx_, sender_.id));
      }
    } else if (verified->party != self_.party) {
      TRY_VOID(take_by_way_of_others(verified));
      // A key that its owner has taken back stays so, even where a forwarder shows the descriptor of before: what does
      // not lawfully follow the one that we hold says nothing, and what it alone would vouch for is refused by itself.
      if (const auto held = author_descriptor(tx_, verified->party)) {
        auto ours = TRY(trust::verify_descriptor(*held));
        if (trust::supersedes(*verified, *ours) && trust::keep_retired(*verified, *ours))
          renewed_.push_back({*ours, verified});
        else
          verified = std::move(ours);
      }
    }
    const PartyId party = verified->party;
    descriptors_.insert_or_assign(party, std::move(verified));
    return {};
  }

  // A peer's newer descriptor counts whoever brings it: its root has signed it. One that cannot be taken is its
  // author's trouble, not that of whoever passes it on.
  Result<void> take_by_way_of_others(const trust::VerifiedDescriptor& shown) {
    const auto peer = trust::party(tx_, shown->party);
    if (!peer || !trust::supersedes(*shown, peer->descriptor)) return {};
    const auto outcome = TRY(store::attempt(tx_, [&]() -> Result<void> {
      const auto taken = TRY(trust::take_descriptor(tx_, shown, now_));
      if (taken == trust::DescriptorOutcome::Newer) renewed_.push_back({peer->descriptor, shown});
      return {};
    }));
    if (!outcome)
      base::log_warning("descriptor of {} not taken: {}", shown->party.text(), base::describe(outcome.error()));
    return {};
  }

  // What was proved once is what everything later has to go on from. Two checkpoints of one epoch and size, both signed
  // by the sender's own log key, are evidence; a proof that is missing or fails is only "unverified".
  Result<void> take_checkpoint() {
    if (checkpoint_note_.empty()) return fail(ErrorCode::Malformed, "delivery.no_checkpoint");
    const std::string epoch = sender_.descriptor.log.id;
    const std::string from = origin(sender_.id, epoch);
    head_ = TRY(merkle::open_checkpoint(checkpoint_note_, from, sender_.descriptor.log_key));
    const auto open = [&](std::string_view note) {
      return note.empty() ? Result<merkle::Checkpoint>(fail(ErrorCode::NotFound, "log.none"))
                          : merkle::read_stored_checkpoint(note, from);
    };
    const std::string highest = TRY(peer_checkpoint(tx_, sender_.id, epoch));  // perhaps unproved
    for (const std::string& note : {sender_.checkpoint, highest})
      if (const auto known = open(note); known && known->size == head_.size && known->root != head_.root) {
        two_histories_ = TwoHistories{epoch, head_.size, note, checkpoint_note_};
        return fail(ErrorCode::Conflict, "delivery.two_histories", {std::to_string(head_.size)});
      }
    TRY_VOID(keep_peer_checkpoint(tx_, sender_.id, epoch, head_.size, checkpoint_note_, now_));
    const auto proved = open(sender_.checkpoint);  // nothing where an epoch is new
    if (proved && proved->size > head_.size) {
      is_older_ = true;
      return {};
    }
    if (proved && proved->size > 0 && proved->size < head_.size) {
      is_unproved_ =
          !consistency_ || consistency_->epoch != epoch || consistency_->from != proved->size ||
          consistency_->to != head_.size ||
          !merkle::verify_consistency(proved->size, proved->root, head_.size, head_.root, consistency_->hashes);
    }
    if (is_unproved_) return trust::note_checkpoint_state(tx_, sender_.id, "unverified");
    return trust::note_checkpoint(tx_, sender_.id, checkpoint_note_, head_.size, now_);
  }

  Result<void> refuse_too_fast() {
    // What a clock that was ahead has written says nothing of the last minute.
    const auto lately =
        TRY(tx_.integer("SELECT COUNT(*) FROM ledger WHERE party = ? AND direction = 'in' AND at > ? AND at <= ?",
                        sender_.id.text(), now_ - base::minutes(1), now_));
    constexpr std::int64_t kPerMinute = trust::kOwnLimits.statements_per_minute;
    if (lately.value_or(0) + static_cast<std::int64_t>(statements_.size()) > kPerMinute)
      return fail(ErrorCode::TooFast, "delivery.too_fast", {std::to_string(kPerMinute)});
    return {};
  }

  Result<void> open_envelope(const Signed& object, Incoming& out) {
    const Envelope envelope = TRY(verify_envelope(object, sender_.descriptor));
    if (envelope.recipient != self_.party) return fail(ErrorCode::Forbidden, "envelope.not_for_us");
    if (envelope.stream.epoch != sender_.descriptor.log.id) return fail(ErrorCode::Conflict, "envelope.other_epoch");
    std::uint64_t expected = 0;
    std::optional<Digest> last;
    TRY_VOID(tx_.each(
        "SELECT position, last_envelope FROM inbound WHERE sender = ? AND generation = ? AND agreement = ?",
        [&](const store::Row& row) {
          expected = static_cast<std::uint64_t>(row.integer(0));
          if (!row.is_null(1)) last = row.digest(1);
        },
        sender_.id.text(), envelope.stream.generation(), envelope.stream.agreement));
    if (auto given = TRY(receipt_given(*envelope_))) {
      out.receipts.push_back(std::move(*given));  // it arrived before: nothing else
      ++out.repetitions;
      return {};
    }
    if (!TRY(is_present(tx_, sender_.id, envelope.stream))) return fail(ErrorCode::Conflict, "envelope.other_recovery");
    if (envelope.first != expected || envelope.previous != last) {
      // What we hold may be an envelope that the sender believes refused: our receipt tells it.
      if (last) held_ = TRY(receipt_given(*last));
      return fail(ErrorCode::Conflict, "envelope.gap", {std::to_string(envelope.first), std::to_string(expected)});
    }
    const auto agreement = TRY(agreement_for(envelope));
    std::uint64_t position = envelope.first;
    for (const Digest& digest : envelope.statements) {
      statement_ = digest;
      TRY_VOID(open_statement(envelope, agreement, digest, position++, out));
      statement_.reset();
    }
    TRY(tx_.run(
        "INSERT INTO inbound (sender, generation, agreement, position, last_envelope) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (sender, generation, agreement) DO UPDATE SET position = excluded.position, last_envelope = "
        "excluded.last_envelope",
        sender_.id.text(), envelope.stream.generation(), envelope.stream.agreement, position, *envelope_));
    TRY_VOID(give_receipt(envelope, out));
    return {};
  }

  // The same receipt again; under the key that we have by now, since the sender may not know another one any more.
  Result<std::optional<Signed>> receipt_given(const Digest& envelope) {
    std::optional<Signed> out;
    TRY_VOID(tx_.each(
        "SELECT jws, payload FROM receipts_given WHERE envelope = ?",
        [&](const store::Row& row) {
          out = Signed{std::string(row.text(0)), std::string(base::as_text(row.blob(1)))};
        },
        envelope));
    if (!out || TRY(trust::key_id(out->jws)) == trust::key_id(self_.keys->statement.public_key())) return out;
    out = trust::sign(trust::SignedType::Receipt, self_.keys->statement, std::move(out->payload));
    TRY(tx_.run("UPDATE receipts_given SET jws = ? WHERE envelope = ?", out->jws, envelope));
    return out;
  }

  Result<void> give_receipt(const Envelope& envelope, Incoming& out) {
    std::optional<Digest> latest;
    TRY_VOID(tx_.each("SELECT note FROM log_checkpoints ORDER BY at DESC, size DESC LIMIT 1",
                      [&](const store::Row& row) { latest = crypto::sha256(row.text(0)); }));
    Signed receipt = sign_receipt(*self_.keys, {sender_.id, self_.party, envelope.stream, envelope.first,
                                                envelope.first + envelope.statements.size() - 1,
                                                run_digest(envelope.statements), *envelope_, latest});
    TRY(tx_.run("INSERT INTO receipts_given (envelope, sender, jws, payload, at) VALUES (?, ?, ?, ?, ?)", *envelope_,
                sender_.id.text(), receipt.jws, base::as_bytes(receipt.payload), now_));
    out.receipts.push_back(std::move(receipt));
    return {};
  }

  // Nothing for control streams; otherwise what governs the pair now.
  Result<std::optional<trust::StoredAgreement>> agreement_for(const Envelope& envelope) {
    if (sender_.state == trust::PeerState::Invited) return fail(ErrorCode::Forbidden, "delivery.not_verified_here");
    if (sender_.state == trust::PeerState::Suspended) return fail(ErrorCode::Forbidden, "delivery.suspended");
    if (envelope.stream.agreement.empty()) return std::optional<trust::StoredAgreement>{};
    if (sender_.state == trust::PeerState::Quarantined) return fail(ErrorCode::Forbidden, "delivery.quarantined");
    auto agreement = TRY(trust::in_force(tx_, envelope.stream.agreement, now_));
    if (!agreement || !agreement->takes_part(sender_.id) || !agreement->takes_part(self_.party))
      return fail(ErrorCode::Forbidden, "delivery.no_agreement", {envelope.stream.agreement});
    return agreement;
  }

  Result<void> open_statement(const Envelope& envelope, const std::optional<trust::StoredAgreement>& agreement,
                              const Digest& digest, std::uint64_t position, Incoming& out) {
    const auto found = statements_.find(digest);
    if (found == statements_.end()) return fail(ErrorCode::Malformed, "envelope.missing_statement", {digest.hex()});
    const Signed& object = found->second;
    if (object.payload.size() > trust::kOwnLimits.statement_bytes)
      return fail(ErrorCode::TooLarge, "delivery.statement_too_large",
                  {std::to_string(object.payload.size()), std::to_string(trust::kOwnLimits.statement_bytes)});
    if (envelope.basis == Basis::Returned) return open_returned(envelope, object, digest, position, out);
    const bool direct = envelope.basis == Basis::Direct;
    const trust::Descriptor& descriptor = direct ? sender_.descriptor : TRY(shown_author(object)).get();
    const PartyId author = descriptor.party;
    const LeafPosition leaf = TRY(check_inclusion(digest, descriptor, direct));
    const VerifiedStatement statement = TRY(verify_statement(object, descriptor, leaf));
    TRY_VOID(count_values(*statement));
    if (sender_.state == trust::PeerState::Quarantined && statement->kind != "ack")
      return fail(ErrorCode::Forbidden, "delivery.quarantined");
    if (statement->kind != "ack" && !TRY(may_speak(author)))
      return fail(ErrorCode::Forbidden, "delivery.author_held_back");
    if (!TRY(trust::takes_part(tx_, statement->realm)))
      return fail(ErrorCode::Forbidden, "delivery.unknown_exercise", {statement->realm});
    IncomingStatement in{statement, envelope.basis, sender_.id, {}, 0, {}, *envelope_};
    in.label_value = TRY(label_for(envelope, agreement, *statement));
    in.voucher = in.label_value.voucher;
    in.label = TRY(trust::intern(tx_, in.label_value));
    auto kept = keep(tx_, statement, sender_.id, !direct, in.label, now_);
    if (!kept) {
      if (kept.error().id == "statement.two_of_one_id") two_statements_ = {author, statement->id, object};
      return tl::unexpected(kept.error());
    }
    TRY_VOID(note_arrival(envelope, statement, position));
    if (!direct && author != self_.party) TRY_VOID(keep_author(tx_, descriptors_.at(author)));
    if (const auto proof = proofs_.find(digest); proof != proofs_.end())
      TRY_VOID(keep_travelling_proof(digest, proof->second.first, direct));
    if (*kept == Novelty::New)
      out.fresh.push_back(std::move(in));
    else
      out.known.emplace(digest, statement->kind);
    return {};
  }

  // Whose word it claims to be says only whose keys it is verified with.
  Result<std::reference_wrapper<const trust::Descriptor>> shown_author(const Signed& object) {
    const PartyId author = TRY(claimed_author(object));
    if (author == sender_.id) return fail(ErrorCode::Unauthenticated, "envelope.wrong_basis");
    if (author == self_.party) return fail(ErrorCode::Conflict, "delivery.our_own");
    const auto shown = descriptors_.find(author);
    if (shown == descriptors_.end()) return fail(ErrorCode::Malformed, "delivery.no_author_descriptor");
    return std::cref(*shown->second);
  }

  Result<void> count_values(const Statement& statement) {
    body_values_ += statement.body.count();
    if (body_values_ > kMaxBodyValues)
      return fail(ErrorCode::TooLarge, "delivery.too_many_values", {std::to_string(kMaxBodyValues)});
    return {};
  }

  // Whoever persons of ours have put in quarantine, or who was restored twice, does not speak through others either.
  Result<bool> may_speak(const PartyId& author) {
    if (author == sender_.id) return true;  // agreement_for()
    const auto known = trust::party(tx_, author);
    if (!known) return known.error().code == ErrorCode::NotFound ? Result<bool>(true) : tl::unexpected(known.error());
    return known->state != trust::PeerState::Quarantined && known->state != trust::PeerState::Suspended;
  }

  // One of our own statements comes back: only what our keys have signed and our log has held.
  Result<void> open_returned(const Envelope& envelope, const Signed& object, const Digest& digest,
                             std::uint64_t position, Incoming& out) {
    if (!envelope.stream.agreement.empty()) return fail(ErrorCode::Unauthenticated, "envelope.wrong_basis");
    if (sender_.state == trust::PeerState::Quarantined) return fail(ErrorCode::Forbidden, "delivery.quarantined");
    const trust::Descriptor own = TRY(trust::own_party(tx_)).descriptor;
    const auto leaf = TRY(check_inclusion(digest, own, false));
    const VerifiedStatement statement = TRY(verify_statement(object, own, leaf));
    TRY_VOID(count_values(*statement));
    const Novelty found = TRY(take_back(tx_, self_, statement, sender_.id, now_));
    TRY_VOID(note_arrival(envelope, statement, position));
    if (found == Novelty::Known) return {};
    const Archived kept = TRY(archived(tx_, digest));
    trust::Label label = TRY(trust::label(tx_, kept.label));
    out.fresh.push_back({statement, envelope.basis, sender_.id, self_.party, kept.label, std::move(label), *envelope_});
    return {};
  }

  Result<void> note_arrival(const Envelope& envelope, const VerifiedStatement& statement, std::uint64_t position) {
    return enter(tx_,
                 {sender_.id,
                  "in",
                  DeliveryState::Received,
                  statement.digest(),
                  statement->kind,
                  envelope.stream,
                  static_cast<std::int64_t>(position),
                  *envelope_,
                  "",
                  {},
                  static_cast<std::int64_t>(statement.signed_bytes().payload.size()),
                  envelope.basis == Basis::Onward},
                 now_);
  }

  // For a later onward delivery the proof has to carry its own checkpoint with it.
  Result<void> keep_travelling_proof(const Digest& digest, InclusionProof proof, bool direct) {
    if (direct) proof.checkpoint = checkpoint_note_;
    return keep_proof(tx_, digest, {write_proof(proof), proof.checkpoint});
  }

  Result<LeafPosition> check_inclusion(const Digest& digest, const trust::Descriptor& author, bool direct) {
    const auto found = proofs_.find(digest);
    if (found == proofs_.end()) return fail(ErrorCode::Unauthenticated, "delivery.no_inclusion_proof");
    const InclusionProof& proof = found->second.first;
    merkle::Checkpoint head = head_;
    if (direct && is_older_)
      return fail(ErrorCode::Conflict, "delivery.old_checkpoint",
                  {std::to_string(head_.size), std::to_string(sender_.checkpoint_size)});
    if (!direct)
      head = TRY(open_checkpoint(proof.checkpoint, author, proof.epoch));
    else if (proof.epoch != author.log.id)
      return fail(ErrorCode::Unauthenticated, "delivery.bad_inclusion_proof");
    if (proof.size != head.size ||
        !merkle::verify_inclusion(merkle::leaf_hash(digest.view()), proof.index, proof.size, proof.hashes, head.root))
      return fail(ErrorCode::Unauthenticated, "delivery.bad_inclusion_proof");
    return LeafPosition{proof.epoch, proof.index};
  }

  Result<trust::Label> label_for(const Envelope& envelope, const std::optional<trust::StoredAgreement>& agreement,
                                 const Statement& s) {
    trust::Label label;
    label.tlp = s.handling.tlp;
    label.pap = s.handling.pap;
    label.onward = s.handling.onward;
    label.realm = s.realm;
    label.voucher = s.author;
    const bool control = kind_class(s.kind) == KindClass::Control;
    if (control != envelope.stream.agreement.empty())
      return fail(ErrorCode::Forbidden, "delivery.wrong_stream", {s.kind});
    if (control) {
      // A retraction goes the way its target went, an acknowledgement back to whom it is for, where its author permits
      // it. Everything else between peers is said by whoever says it.
      const bool travels = s.kind == "retract" || (s.kind == "ack" && s.handling.onward == trust::Onward::Free);
      if (envelope.basis == Basis::Onward && !travels)
        return fail(ErrorCode::Forbidden, "delivery.onward_not_permitted",
                    {std::string(trust::name(s.handling.onward))});
      return label;
    }

    trust::Terms terms = agreement->agreement.terms;
    label.agreement = agreement->agreement.id;
    label.agreement_version = agreement->agreement.version;
    if (envelope.basis == Basis::Direct) {
      if (s.agreement != agreement->agreement.id) return fail(ErrorCode::Forbidden, "delivery.other_agreement");
      if (s.terms != agreement->terms) terms = trust::narrower(terms, TRY(terms_by_digest(s)));
    } else {
      const bool permitted =
          s.handling.onward == trust::Onward::Free ||
          (s.handling.onward == trust::Onward::WithinAgreement && s.agreement == agreement->agreement.id);
      if (!permitted)
        return fail(ErrorCode::Forbidden, "delivery.onward_not_permitted",
                    {std::string(trust::name(s.handling.onward))});
      const auto author = trust::party(tx_, s.author);
      const bool known = author && !author->own && author->state == trust::PeerState::Verified;
      if (!known) label.voucher = sender_.id;
    }
    if (!terms.permits_kind(s.kind)) return fail(ErrorCode::Forbidden, "release.kind_not_agreed", {s.kind});
    if (s.handling.tlp > terms.tlp)
      return fail(ErrorCode::Forbidden, "release.above_tlp_ceiling",
                  {std::string(stix::name(s.handling.tlp)), std::string(stix::name(terms.tlp))});
    if (s.handling.pap > terms.pap)
      return fail(ErrorCode::Forbidden, "release.above_pap_ceiling",
                  {std::string(stix::name(s.handling.pap)), std::string(stix::name(terms.pap))});
    if (s.handling.tlp == stix::Tlp::Red) label.readers = TRY(readers_of(envelope));
    label.onward = std::min(label.onward, envelope.basis == Basis::Direct ? terms.onward : label.onward);
    return label;
  }

  // Persons of ours by the names their author gave. That there is no such account is not for the sender to learn, and
  // there may be one tomorrow.
  Result<std::set<trust::Person>> readers_of(const Envelope& envelope) {
    if (envelope.basis != Basis::Direct) return fail(ErrorCode::Forbidden, "delivery.red_onward");
    if (envelope.readers.empty()) return fail(ErrorCode::Forbidden, "delivery.red_names_nobody");
    std::set<trust::Person> out;
    for (const std::string& account : envelope.readers) out.insert({self_.party, account});
    return out;
  }

  // A statement made under an earlier version that both signed arrives late: the narrower of both governs it.
  Result<trust::Terms> terms_by_digest(const Statement& s) {
    for (const auto& stored : TRY(trust::agreements(tx_)))
      if (stored.agreement.id == s.agreement && stored.terms == s.terms && stored.signed_by(sender_.id) &&
          stored.signed_by(self_.party))
        return stored.agreement.terms;
    return fail(ErrorCode::Forbidden, "delivery.unknown_terms");
  }

  store::Transaction& tx_;
  const Self& self_;
  trust::Party sender_;
  const Time now_;
  std::string checkpoint_note_;
  merkle::Checkpoint head_;
  std::optional<ConsistencyProof> consistency_;
  std::vector<Signed> envelopes_;
  std::map<Digest, Signed> statements_;
  std::map<Digest, std::pair<InclusionProof, std::string>> proofs_;
  std::map<PartyId, trust::VerifiedDescriptor> descriptors_;
  std::vector<Renewed> renewed_;
  std::optional<Digest> envelope_, statement_;
  std::optional<TwoStatements> two_statements_;
  std::optional<TwoHistories> two_histories_;
  std::optional<Signed> held_;
  std::size_t body_values_ = 0;
  bool is_unproved_ = false, is_older_ = false;  // the head, against the last one that was proved
};

}  // namespace

tl::expected<Incoming, Refusal> open_delivery(store::Transaction& tx, const Self& self, const trust::Party& sender,
                                              std::string_view records, Time now) {
  Opening opening(tx, self, sender, now);
  auto out = opening.open(records);
  if (!out) return tl::unexpected(opening.refusal(std::move(out).error()));
  return std::move(*out);
}

}  // namespace tocsin::exchange
