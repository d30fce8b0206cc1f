#include <map>

#include "core/exchange/delivery.h"
#include "core/exchange/proof.h"
#include "core/exchange/recover.h"

namespace tocsin::exchange {
namespace {

constexpr std::int64_t kMostADay = 10;

// Answers one recover statement. What leaves is decided when it is served, like everything else.
class GivingBack {
 public:
  GivingBack(store::Transaction& tx, const Self& self, const PartyId& peer, RecoverRequest request, Time now)
      : tx_(tx), self_(self), peer_(peer), now_(now) {
    for (auto& known : request.epochs) epochs_.emplace(known.epoch, known.size);
    for (auto& known : request.streams) streams_.emplace(std::pair(known.stream.epoch, known.stream.agreement), known);
  }

  Result<void> give(const Digest& asked, const std::string& peer_epoch) {
    const std::vector<Place> places = TRY(places_to_go_on());  // refused before anything is changed
    const auto first =
        TRY(tx_.run("INSERT INTO recoveries_served (party, epoch, statement, at) VALUES (?, ?, ?, ?) ON CONFLICT DO "
                    "NOTHING",
                    peer_.text(), peer_epoch, asked, now_));
    if (first == 0) return {};  // answered before
    // Each answer may bring gigabytes on their way, and epochs cost their owner nothing.
    const auto lately = TRY(tx_.integer("SELECT COUNT(*) FROM recoveries_served WHERE party = ? AND at > ? AND at <= ?",
                                        peer_.text(), now_ - base::days(1), now_));
    if (lately.value_or(0) > kMostADay)
      return fail(ErrorCode::TooFast, "recover.too_often", {std::to_string(kMostADay)});
    const std::int64_t returned = TRY(queue_its_own(peer_epoch));
    const std::int64_t again = TRY(queue_what_it_lost());
    for (const Place& place : places) TRY_VOID(turn_back(place));
    Statement ack;
    ack.kind = "ack";
    ack.in_reply_to = asked;
    json::Object body;
    body.set("of", "recover");
    body.set("returned", returned);
    body.set("again", again);
    body.set("checkpoints", TRY(last_checkpoints(peer_epoch)));
    ack.body = std::move(body);
    return enqueue(tx_, TRY(issue(tx_, self_, std::move(ack), {}, now_)), "", peer_, now_);
  }

 private:
  struct Place {
    AgreementId agreement;
    std::uint64_t position;
    std::optional<Digest> last_envelope;
  };

  bool knows(const InclusionProof& leaf) const {
    const auto known = epochs_.find(leaf.epoch);
    return known != epochs_.end() && leaf.index < known->second;
  }
  const RecoverRequest::KnownStream* known_stream(const Stream& stream) const {
    const auto known = streams_.find({stream.epoch, stream.agreement});
    return known != streams_.end() ? &known->second : nullptr;
  }

  // Statements of the peer that we hold and its backup does not, whoever brought them to us.
  Result<std::int64_t> queue_its_own(const std::string& peer_epoch) {
    struct Held {
      Digest digest;
      std::string proof;
    };
    std::vector<Held> held;
    TRY_VOID(tx_.each(
        "SELECT s.digest, p.proof FROM statements s JOIN kept_proofs p ON p.statement = s.digest WHERE s.author = ? "
        "AND s.erased_reason IS NULL ORDER BY s.row",
        [&](const store::Row& row) {
          held.push_back({row.digest(0), std::string(row.text(1))});
        },
        peer_.text()));
    std::int64_t count = 0;
    for (const Held& entry : held) {
      const auto proof = TRY(read_proof(entry.proof)).inclusion;
      if (!proof || proof->epoch == peer_epoch || knows(*proof)) continue;
      // It may have had it back after an earlier restore, and lost it once more.
      TRY(
          tx_.run("UPDATE ledger SET state = ?, envelope = NULL WHERE party = ? AND statement = ? AND direction = "
                  "'out' AND state" +
                      in_states(has_gone),
                  name(DeliveryState::Lost), peer_.text(), entry.digest));
      TRY_VOID(enqueue(tx_, TRY(archived(tx_, entry.digest)), "", peer_, now_));
      ++count;
    }
    return count;
  }

  Result<std::int64_t> queue_what_it_lost() {
    struct Sent {
      std::int64_t row;
      Digest statement;
      AgreementId agreement;
    };
    std::vector<Sent> lost;
    TRY_VOID(tx_.each(
        "SELECT l.row, l.statement, l.agreement, l.epoch, l.position FROM ledger l JOIN statements s ON s.digest = "
        "l.statement WHERE l.party = ? AND l.direction = 'out' AND l.state" +
            in_states(has_gone) + " AND s.author <> ? AND s.kind <> 'recover' ORDER BY l.row",
        [&](const store::Row& row) {
          const auto* known = known_stream({std::string(row.text(3)), std::string(row.text(2))});
          if (!known || static_cast<std::uint64_t>(row.integer(4)) >= known->position)
            lost.push_back({row.integer(0), row.digest(1), std::string(row.text(2))});
        },
        peer_.text(), peer_.text()));
    for (const Sent& entry : lost) {
      TRY(tx_.run("UPDATE ledger SET state = ?, envelope = NULL WHERE row = ?", name(DeliveryState::Lost), entry.row));
      TRY_VOID(enqueue(tx_, TRY(archived(tx_, entry.statement)), entry.agreement, peer_, now_));
    }
    return static_cast<std::int64_t>(lost.size());
  }

  // The streams of the present epoch go on at the positions the peer still has.
  Result<std::vector<Place>> places_to_go_on() {
    const std::string epoch = TRY(current_epoch(tx_)).id;
    std::vector<Place> out;
    TRY_VOID(tx_.each(
        "SELECT agreement FROM cursors WHERE recipient = ? AND epoch = ?",
        [&](const store::Row& row) {
          const AgreementId agreement(row.text(0));
          const auto* known = known_stream({epoch, agreement});
          out.push_back(known ? Place{agreement, known->position, known->last_envelope} : Place{agreement, 0, {}});
        },
        peer_.text(), epoch));
    for (const Place& place : out)
      if (place.last_envelope &&
          !TRY(tx_.integer("SELECT 1 FROM envelopes WHERE digest = ? AND recipient = ? AND agreement = ? AND epoch = ? "
                           "AND first + count = ?",
                           *place.last_envelope, peer_.text(), place.agreement, epoch, place.position)))
        return fail(ErrorCode::Malformed, "recover.malformed", {"streams"});
    return out;
  }

  Result<void> turn_back(const Place& place) {
    const std::string epoch = TRY(current_epoch(tx_)).id;
    TRY(tx_.run(
        "UPDATE envelopes SET state = 'void' WHERE recipient = ? AND agreement = ? AND epoch = ? AND first >= ?",
        peer_.text(), place.agreement, epoch, place.position));
    TRY(tx_.run("UPDATE cursors SET position = ?, last_envelope = ? WHERE recipient = ? AND agreement = ?",
                place.position, place.last_envelope, peer_.text(), place.agreement));
    return {};
  }

  Result<json::Array> last_checkpoints(const std::string& peer_epoch) {
    json::Array out;
    TRY_VOID(tx_.each(
        "SELECT note FROM peer_checkpoints WHERE party = ? AND epoch <> ? ORDER BY at DESC LIMIT 100",
        [&](const store::Row& row) { out.emplace_back(std::string(row.text(0))); }, peer_.text(), peer_epoch));
    return out;
  }

  store::Transaction& tx_;
  const Self& self_;
  const PartyId& peer_;
  const Time now_;
  std::map<std::string, std::uint64_t> epochs_;
  std::map<std::pair<std::string, AgreementId>, RecoverRequest::KnownStream> streams_;
};

}  // namespace

Result<void> give_back(store::Transaction& tx, const Self& self, const PartyId& peer, const VerifiedStatement& asked,
                       Time now) {
  RecoverRequest request = TRY(read_recover(asked->body));
  const std::string peer_epoch = TRY(trust::party(tx, peer)).descriptor.log.id;
  return GivingBack(tx, self, peer, std::move(request), now).give(asked.digest(), peer_epoch);
}

Result<std::string> peer_checkpoint(store::Transaction& tx, const PartyId& party, std::string_view epoch) {
  std::string note;
  TRY_VOID(tx.each(
      "SELECT note FROM peer_checkpoints WHERE party = ? AND epoch = ?",
      [&](const store::Row& row) { note = row.text(0); }, party.text(), epoch));
  return note;
}

Result<void> keep_peer_checkpoint(store::Transaction& tx, const PartyId& peer, std::string_view epoch,
                                  std::uint64_t size, std::string_view note, Time now) {
  TRY(
      tx.run("INSERT INTO peer_checkpoints (party, epoch, size, note, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (party, "
             "epoch) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at WHERE excluded.size > "
             "peer_checkpoints.size",
             peer.text(), epoch, size, note, now));
  return {};
}

}  // namespace tocsin::exchange
